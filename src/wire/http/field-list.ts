import { isBlankCode, isFieldText, isToken } from './field-syntax.ts';
import { HttpMessageError } from './http-message-error.ts';

/** One header or trailer field: its name in lower case, and its value. */
export type Field = readonly [name: string, value: string];

/** Of each field, beside its name and value: `: ` and the end of the line. */
const BYTES_PER_FIELD = 4;

/** Fields of which a second one makes the message unclear (RFC 9110, 6454, 6455; and ours). */
const SINGULAR: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-disposition',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'range',
  'referer',
  'retry-after',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-websocket-accept',
  'sec-websocket-key',
  'user-agent',
  'x-sallyport-token',
]);

/**
 * The fields of a head or of trailers, in their order: names in lower case, values in latin1 (each
 * character a byte), both checked. Never changes.
 */
export class FieldList implements Iterable<Field> {
  static readonly empty: FieldList = new FieldList([]);

  /** Names and values by turns. */
  readonly #parts: readonly string[];
  #byteLength = -1;
  #derivedBy: ((fields: FieldList) => FieldList) | undefined;
  #derived: FieldList | undefined;

  private constructor(parts: readonly string[]) {
    this.#parts = parts;
  }

  /** @throws {HttpMessageError} If a name is no token in lower case, or a value holds what none may. */
  static of(fields: Iterable<Field>): FieldList {
    const parts: string[] = [];
    for (const [name, value] of fields) {
      checkField(name, value);
      parts.push(name, value);
    }
    return new FieldList(parts);
  }

  /** For decoders. @param parts Names and values by turns, checked by the caller, who keeps no hold of them. */
  static ofChecked(parts: readonly string[]): FieldList {
    return new FieldList(parts);
  }

  /** Number of fields. */
  get size(): number {
    return this.#parts.length / 2;
  }

  /** Of the fields as HTTP/1.1 writes them. */
  get byteLength(): number {
    if (this.#byteLength === -1) {
      const textBytes = this.#parts.reduce((sum, part) => sum + part.length, 0);
      this.#byteLength = textBytes + this.size * BYTES_PER_FIELD;
    }
    return this.#byteLength;
  }

  has(name: string): boolean {
    for (let at = 0; at < this.#parts.length; at += 2) {
      if (this.#parts[at] === name) return true;
    }
    return false;
  }

  /**
   * The value of a field; of several of one name, all joined by commas (cookies by semicolons). Ask
   * {@link all} for `set-cookie`, which cannot be joined.
   *
   * @throws {HttpMessageError} If there are several of a name that may be there but once.
   */
  get(name: string): string | undefined {
    let found: string | undefined;
    for (let at = 0; at < this.#parts.length; at += 2) {
      if (this.#parts[at] !== name) continue;
      const value = this.#parts[at + 1];
      if (found === undefined) found = value;
      else if (SINGULAR.has(name)) throw new HttpMessageError('head', `has ${name} twice`);
      else found += `${name === 'cookie' ? '; ' : ', '}${value}`;
    }
    return found;
  }

  /** @throws {HttpMessageError} As {@link get}, for any name. */
  checkSingular(): void {
    this.each((name) => {
      if (SINGULAR.has(name)) this.get(name);
    });
  }

  /** Every value of a name, in order. */
  all(name: string): readonly string[] {
    return this.#parts.filter((_, at) => at % 2 === 1 && this.#parts[at - 1] === name);
  }

  /** With one field of the name, behind the others. @throws {HttpMessageError} As {@link of}. */
  with(name: string, value: string): FieldList {
    return this.without(name).append(name, value);
  }

  /** With one more field, whether or not there are others of the name. @throws {HttpMessageError} As {@link of}. */
  append(name: string, value: string): FieldList {
    checkField(name, value);
    const parts = this.#parts.slice();
    parts.push(name, value);
    return new FieldList(parts);
  }

  /** With more fields behind the others. @throws {HttpMessageError} As {@link of}. */
  concat(fields: Iterable<Field>): FieldList {
    const parts = [...this.#parts];
    for (const [name, value] of fields) {
      checkField(name, value);
      parts.push(name, value);
    }
    return new FieldList(parts);
  }

  /** Without any field of the names. */
  without(...names: readonly string[]): FieldList {
    return this.filter((name) => !names.includes(name));
  }

  /** The fields that `keeps` is true for. */
  filter(keeps: (name: string, value: string) => boolean): FieldList {
    const parts: string[] = [];
    for (let at = 0; at < this.#parts.length; at += 2) {
      const name = this.#parts[at] ?? '';
      const value = this.#parts[at + 1] ?? '';
      if (keeps(name, value)) parts.push(name, value);
    }
    return parts.length === this.#parts.length ? this : new FieldList(parts);
  }

  /** What a function makes of the list, kept with it: of the list alone, and the same each time. */
  derive(how: (fields: FieldList) => FieldList): FieldList {
    if (this.#derived !== undefined && this.#derivedBy === how) return this.#derived;
    const derived = how(this);
    this.#derivedBy = how;
    this.#derived = derived;
    return derived;
  }

  /** For what runs with every request: an iterator makes an array of each field. */
  each(take: (name: string, value: string) => void): void {
    for (let at = 0; at < this.#parts.length; at += 2) {
      take(this.#parts[at] ?? '', this.#parts[at + 1] ?? '');
    }
  }

  *[Symbol.iterator](): Iterator<Field> {
    for (let at = 0; at < this.#parts.length; at += 2) {
      yield [this.#parts[at] ?? '', this.#parts[at + 1] ?? ''];
    }
  }

  /** The fields as lines of HTTP/1.1, each with its end; latin1. */
  format(): string {
    let text = '';
    for (let at = 0; at < this.#parts.length; at += 2) {
      text += `${this.#parts[at]}: ${this.#parts[at + 1]}\r\n`;
    }
    return text;
  }
}

function checkField(name: string, value: string): void {
  if (!isToken(name) || name !== name.toLowerCase()) {
    throw new HttpMessageError('head', 'has a field whose name is no token in lower case');
  }
  const isPadded =
    isBlankCode(value.charCodeAt(0)) || isBlankCode(value.charCodeAt(value.length - 1));
  if (isPadded || !isFieldText(value)) {
    throw new HttpMessageError('head', 'has a character in a field that none may hold');
  }
}
