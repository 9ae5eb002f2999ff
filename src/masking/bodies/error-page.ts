import type { ContentMasker, OpenContentMasker } from '../content-masker.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';

/** JSON whose beginning is nothing else: a line of a log may begin with a bracket, too. */
const JSON_START = /^[\s\ufeff]*(?:\{\s*["}]|\[\s*[[{"\]]|")/u;
/** Bytes by which text that is JSON can be told. */
const START_BYTES = 1024;

/** Shows of a body only that there was one. */
export const openWithheld: OpenContentMasker = (write) => ({
  push() {
    // None of it is shown.
  },
  end: () => write(Buffer.from(REDACTED_TEXT)),
  describe: () => ({ rows: 0 }),
});

/** Shows a body as it is. */
export const openPassed: OpenContentMasker = (write) => ({
  push: (bytes) => write(Buffer.from(bytes)),
  end() {
    // Nothing was held back.
  },
  describe: () => ({ rows: 0 }),
});

/** Masks what says that it is text as JSON, if it looks like that. */
export function openErrorPage(json: OpenContentMasker, text: OpenContentMasker): OpenContentMasker {
  return (write) => new LookingMasker({ json, text }, write);
}

class LookingMasker implements ContentMasker {
  readonly #maskers: { readonly json: OpenContentMasker; readonly text: OpenContentMasker };
  readonly #write: (bytes: Buffer) => void;
  #start: Buffer = Buffer.alloc(0);
  #chosen: ContentMasker | undefined;

  constructor(
    maskers: { readonly json: OpenContentMasker; readonly text: OpenContentMasker },
    write: (bytes: Buffer) => void,
  ) {
    this.#maskers = maskers;
    this.#write = write;
  }

  get pending(): Promise<void> | undefined {
    return this.#chosen?.pending;
  }

  push(bytes: Buffer): void {
    if (this.#chosen !== undefined) return this.#chosen.push(bytes);
    this.#start = Buffer.concat([this.#start, bytes]);
    if (this.#start.length >= START_BYTES) this.#choose().push(this.#start);
  }

  end(): void {
    if (this.#chosen === undefined) this.#choose().push(this.#start);
    this.#chosen?.end();
  }

  describe(): EvidenceFields {
    return this.#chosen?.describe() ?? { rows: 0 };
  }

  #choose(): ContentMasker {
    const isJson = JSON_START.test(this.#start.toString('utf8', 0, START_BYTES));
    const { json, text } = this.#maskers;
    this.#chosen = (isJson ? json : text)(this.#write);
    return this.#chosen;
  }
}
