import { KnownNames } from '../content/known-names.ts';
import type { Findings } from '../rows/findings.ts';
import type { Edits } from './edits.ts';
import { type ObjectReader, readString } from './rule.ts';

/** Texts in which nothing was found: their number, and how long they are. */
const CLEAN_TEXTS_MAX = 4096;
const CLEAN_LENGTH_MAX = 200;

/** A text that is looked through when the names of its resource are known. */
interface PendingText {
  /** The number of its edit. */
  readonly edit: number;
  readonly token: number;
  /** Whether detectors look through it, too. */
  readonly isInspected: boolean;
}

/** What the detectors leave of texts. */
export class TextInspector {
  readonly #found: Findings;
  readonly #clean = new Set<string>();

  constructor(found: Findings) {
    this.#found = found;
  }

  /** Undefined: nothing was found. */
  inspect(text: string): string | undefined {
    if (this.#clean.has(text)) return undefined;
    const masked = this.inspectBytes(Buffer.from(text))?.toString('utf8');
    if (masked === undefined && text.length <= CLEAN_LENGTH_MAX) {
      if (this.#clean.size === CLEAN_TEXTS_MAX) this.#clean.clear();
      this.#clean.add(text);
    }
    return masked;
  }

  /** The same of a text in UTF-8. */
  inspectBytes(text: Buffer): Buffer | undefined {
    return this.#found.redact(text, 0, text.length);
  }
}

/** The texts of one resource. */
export class ResourceTexts {
  readonly #pending: PendingText[] = [];
  /** Strings whose words are hidden in the texts, too. */
  readonly #taught: { readonly token: number; readonly className: string }[] = [];

  /** What a string says is hidden in the texts, too: those in front of it as well as those behind. */
  teach(token: number, className: string): void {
    this.#taught.push({ token, className });
  }

  add(text: PendingText): void {
    this.#pending.push(text);
  }

  /**
   * Hides in the texts what is to be hidden; all of the resource was seen.
   *
   * @param resource Reads its strings.
   * @returns Whether anything was hidden.
   */
  settle(resource: ObjectReader, inspector: TextInspector, edits: Edits): boolean {
    if (this.#pending.length === 0) return false;
    if (this.#taught.length === 0 && !this.#pending.some(({ isInspected }) => isInspected)) {
      return false;
    }
    const names = this.#learnNames(resource);
    let isAnyHidden = false;
    for (const { edit, token, isInspected } of this.#pending) {
      const text = readString(resource, token);
      const named = names.hide(text);
      const masked = (isInspected ? inspector.inspect(named ?? text) : undefined) ?? named;
      if (masked === undefined) continue;
      edits.settle(edit, JSON.stringify(masked));
      isAnyHidden = true;
    }
    return isAnyHidden;
  }

  #learnNames({ tape, bytes }: ObjectReader): KnownNames {
    const names = new KnownNames();
    for (const { token, className } of this.#taught) {
      names.add(tape.textOf(bytes, token), className);
    }
    return names;
  }
}
