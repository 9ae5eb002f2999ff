import type { ContentMasker, OpenContentMasker } from '../content-masker.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { writtenForms } from './written-forms.ts';

/** A value that a request asked by for somebody who may not see it, and what stood for it there. */
export interface AskedValue {
  readonly value: string;
  readonly standIn: string;
}

/** Shorter ones stand everywhere: no page would be left whole. */
const LENGTH_MIN = 4;
/** Shorter ones are parts of other words. */
const PART_LENGTH_MIN = 6;
const NUMBER = /^[0-9]+$/;
/** Stands for numbers, which JSON writes without quotes. */
const ZERO = '0';

/**
 * Hides the values that a request asked by wherever an answer says them again, as a page does that tells what it did not
 * find: the target knows them from the gateway alone. They are found as they are, in any case, and as JSON, XML and URLs
 * write them; what a target makes of them besides is not.
 */
export class AskedValues {
  /** Each form in lower case, as latin1 of its UTF-8, with what is shown in its place. */
  readonly #shown: ReadonlyMap<string, string>;
  readonly #pattern: RegExp;

  constructor(asked: readonly AskedValue[]) {
    const long = asked.filter(({ value }) => value.length >= LENGTH_MIN);
    this.#shown = new Map(
      long.flatMap(({ value, standIn }) =>
        writtenForms(value).map((form) => [form, NUMBER.test(value) ? ZERO : standIn] as const),
      ),
    );
    // The longest first: one may begin another.
    const forms = [...this.#shown.keys()].toSorted((a, b) => b.length - a.length);
    this.#pattern = new RegExp(forms.map(toPattern).join('|') || '(?!)', 'gi');
  }

  /** @param bytes Latin1 of what is mostly UTF-8. */
  hide(bytes: string): string {
    return this.hideWithin(bytes, { start: 0, end: bytes.length }).shown;
  }

  /**
   * As `hide`, of what is between two places: what is around it says where words begin and end.
   *
   * @returns With the place up to which it was looked at: a value that begins before the end may end behind it.
   */
  hideWithin(
    bytes: string,
    { start, end }: { readonly start: number; readonly end: number },
  ): { readonly shown: string; readonly end: number } {
    const shown: string[] = [];
    let at = start;
    this.#pattern.lastIndex = start;
    for (let found = this.#pattern.exec(bytes); found; found = this.#pattern.exec(bytes)) {
      if (found.index >= end) break;
      shown.push(
        bytes.slice(at, found.index),
        this.#shown.get(found[0].toLowerCase()) ?? REDACTED_TEXT,
      );
      at = this.#pattern.lastIndex;
    }
    const seen = Math.max(at, end);
    return { shown: shown.join('') + bytes.slice(at, seen), end: seen };
  }

  /** Where the first form begins that may go on behind the end of `bytes`; their length if none does. */
  findOpen(bytes: string): number {
    const lower = bytes.toLowerCase();
    let first = lower.length;
    for (const form of this.#shown.keys()) {
      for (let at = Math.max(0, lower.length - form.length); at < first; at += 1) {
        if (form.startsWith(lower.slice(at))) first = at;
      }
    }
    return first;
  }

  /** Hides them in what a masker shows. */
  within(openMasker: OpenContentMasker): OpenContentMasker {
    return (write) => new AskedValueMasker(openMasker, this, write);
  }
}

class AskedValueMasker implements ContentMasker {
  readonly #inner: ContentMasker;
  readonly #asked: AskedValues;
  readonly #write: (bytes: Buffer) => void;
  /** The last byte that was looked at, which says whether a word begins behind it. */
  #before = '';
  #held = '';
  #ending: Promise<void> | undefined;

  constructor(open: OpenContentMasker, asked: AskedValues, write: (bytes: Buffer) => void) {
    this.#asked = asked;
    this.#write = write;
    this.#inner = open((bytes) => {
      const text = this.#held + bytes.toString('latin1');
      this.#show(text, this.#asked.findOpen(text));
    });
  }

  get pending(): Promise<void> | undefined {
    return this.#ending ?? this.#inner.pending;
  }

  push(bytes: Buffer): void {
    this.#inner.push(bytes);
  }

  end(): void {
    this.#inner.end();
    if (this.#inner.pending === undefined) this.#showHeld();
    else this.#ending = this.#endLater();
  }

  describe(): EvidenceFields {
    return this.#inner.describe();
  }

  async #endLater(): Promise<void> {
    while (this.#inner.pending !== undefined) await this.#inner.pending;
    this.#ending = undefined;
    this.#showHeld();
  }

  #showHeld(): void {
    this.#show(this.#held, this.#held.length);
  }

  #show(text: string, endMin: number): void {
    const start = this.#before.length;
    const bytes = this.#before + text;
    const { shown, end } = this.#asked.hideWithin(bytes, { start, end: start + endMin });
    this.#held = bytes.slice(end);
    if (end === start) return;
    this.#before = bytes.charAt(end - 1);
    this.#write(Buffer.from(shown, 'latin1'));
  }
}

function toPattern(form: string): string {
  const written = form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  if (NUMBER.test(form)) return `(?<![0-9])${written}(?![0-9])`;
  return form.length < PART_LENGTH_MIN ? `(?<![0-9a-z])${written}(?![0-9a-z])` : written;
}
