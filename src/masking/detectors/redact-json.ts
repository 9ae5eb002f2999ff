import { JsonCursor } from './json-cursor.ts';
import type { KeyRedaction } from './key-redaction.ts';
import { type JsonVisitor, walkJson } from './walk-json.ts';

/** What a path leads to, and how that is masked. */
export interface JsonPathMask {
  readonly path: string;
  readonly className: string;
  /** Of a string its characters, of a number its digits as they stand. */
  readonly mask: (text: string) => string;
}

/** Masks text by its content; undefined if nothing was found. */
export type RedactText = (bytes: Uint8Array, start: number, end: number) => Buffer | undefined;

/** What a document is masked with. */
export interface JsonMasking {
  readonly paths: readonly JsonPathMask[];
  readonly redactText: RedactText;
  readonly keys: KeyRedaction;
  readonly report: (className: string) => void;
}

/** Stands for a document that cannot be looked through. Valid JSON. */
const WITHHELD = Buffer.from('"[redacted]"');

/**
 * Masks a JSON document: by path, then by key, then every other string, and every key, by its content. Numbers that no path
 * leads to, and all formatting stay byte for byte; what comes out is JSON with as many keys.
 *
 * @returns The masked document, or undefined if nothing was found. Text that is not JSON is masked as text.
 */
export function redactJsonDocument(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  masking: JsonMasking,
): Buffer | undefined {
  masking.keys.begin();
  const redaction = new JsonRedaction(bytes, masking);
  switch (walkJson(bytes, { start, end }, redaction)) {
    case 'done':
      return redaction.result(start, end);
    case 'not-json':
      return masking.redactText(bytes, start, end);
    case 'too-deep':
      masking.report('json');
      return WITHHELD;
  }
}

class JsonRedaction implements JsonVisitor {
  readonly #bytes: Buffer;
  readonly #masking: JsonMasking;
  readonly #cursor: JsonCursor<JsonPathMask>;
  readonly #parts: Buffer[] = [];
  #writtenTo = -1;

  constructor(bytes: Uint8Array, masking: JsonMasking) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#masking = masking;
    this.#cursor = new JsonCursor(masking.paths);
  }

  result(start: number, end: number): Buffer | undefined {
    if (this.#writtenTo === -1) return undefined;
    const [first, ...rest] = this.#parts;
    return Buffer.concat([
      this.#bytes.subarray(start, this.#firstAt),
      first as Buffer,
      ...rest,
      this.#bytes.subarray(this.#writtenTo, end),
    ]);
  }

  #firstAt = 0;

  enter(isArray: boolean): void {
    this.#cursor.enter(isArray);
  }

  leave(): void {
    this.#cursor.leave();
  }

  key(start: number, end: number): void {
    const key = this.#decode(start, end);
    this.#cursor.key(key);
    const shown = this.#masking.keys.redact(key, this.#masking.redactText);
    if (shown !== undefined) this.#replace(start - 1, end + 1, JSON.stringify(shown));
  }

  string(start: number, end: number): void {
    const mask = this.#cursor.value();
    if (mask !== undefined) {
      this.#replace(start - 1, end + 1, JSON.stringify(mask.mask(this.#decode(start, end))));
      this.#masking.report(mask.className);
      return;
    }
    const { keyClass } = this.#cursor;
    if (keyClass !== undefined && end > start) {
      this.#replace(start, end, `[${keyClass}]`);
      this.#masking.report(keyClass);
      return;
    }
    this.#redactString(start, end);
  }

  literal(start: number, end: number): void {
    const mask = this.#cursor.value();
    const text = this.#bytes.toString('latin1', start, end);
    if (mask === undefined || text === 'null') return;
    const masked = mask.mask(text);
    const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(masked);
    this.#replace(start, end, isNumber ? masked : JSON.stringify(masked));
    this.#masking.report(mask.className);
  }

  #redactString(start: number, end: number): void {
    const escape = this.#bytes.indexOf(0x5c, start);
    if (escape === -1 || escape >= end) {
      const redacted = this.#masking.redactText(this.#bytes, start, end);
      // Neither what is left of the text nor what replaces the rest needs an escape.
      if (redacted !== undefined) this.#replace(start, end, redacted);
      return;
    }
    const decoded = Buffer.from(this.#decode(start, end));
    const redacted = this.#masking.redactText(decoded, 0, decoded.length);
    if (redacted !== undefined)
      this.#replace(start - 1, end + 1, JSON.stringify(redacted.toString()));
  }

  #decode(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }

  #replace(start: number, end: number, replacement: string | Buffer): void {
    if (this.#writtenTo === -1) this.#firstAt = start;
    else this.#parts.push(this.#bytes.subarray(this.#writtenTo, start));
    this.#parts.push(Buffer.from(replacement));
    this.#writtenTo = end;
  }
}
