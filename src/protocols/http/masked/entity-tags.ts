import { createHash } from 'node:crypto';
import { openSealedText, sealText } from './sealed-text.ts';

/**
 * Marks the entity tags of what is shown masked, so that they never stand for what the target has, nor for what is
 * shown under other rights. Many are digests of what is hidden, by which it could be guessed: only numbers of versions
 * are shown.
 */
export class EntityTags {
  /** Of tags that were strong at the target, and of those that were weak. */
  readonly #marks: { readonly strong: string; readonly weak: string };

  /** @param shown Names of the data classes that are shown raw. */
  constructor(shown: Iterable<string>) {
    const rights = [...shown].toSorted().join(' ');
    const digest = createHash('sha256').update(rights).digest('hex').slice(0, 8);
    this.#marks = { strong: `.s${digest}`, weak: `.w${digest}` };
  }

  /** A tag of the target as it is shown: weak, since the bytes are not those. Undefined for what is no tag. */
  show(tag: string): string | undefined {
    const groups = TAG.exec(tag)?.groups;
    if (groups === undefined) return undefined;
    const mark = groups['weak'] === undefined ? this.#marks.strong : this.#marks.weak;
    const text = groups['text'] ?? '';
    return `W/"${VERSION.test(text) ? text : sealText(text, mark)}${mark}"`;
  }

  /**
   * The tags of a conditional field as the target knows them. Those that were shown under other rights, or by the
   * target itself, stand for nothing. Undefined if none is left.
   */
  restore(value: string): string | undefined {
    if (value.trim() === '*') return '*';
    const restored = [...value.matchAll(TAGS)]
      .map(([, text = '']) => this.#restoreOne(text))
      .filter((tag) => tag !== undefined);
    return restored.length === 0 ? undefined : restored.join(', ');
  }

  #restoreOne(text: string): string | undefined {
    const { strong, weak } = this.#marks;
    const mark = [strong, weak].find((one) => text.endsWith(one));
    if (mark === undefined) return undefined;
    const marked = text.slice(0, -mark.length);
    const tag = VERSION.test(marked) ? marked : openSealedText(marked, mark);
    if (tag === undefined) return undefined;
    return mark === strong ? `"${tag}"` : `W/"${tag}"`;
  }
}

/** As FHIR servers count the versions of a resource. */
const VERSION = /^\d{1,6}$/;
/** RFC 9110, section 8.8.3. */
const TAG = /^(?<weak>W\/)?"(?<text>[\x21\x23-\x7e\x80-\xff]*)"$/;
const TAGS = /(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g;
