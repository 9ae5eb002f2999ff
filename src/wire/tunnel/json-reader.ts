import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../protocol-error.ts';

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * Reads the members of one JSON object, each once. What it was not asked for is an error: a peer that says more
 * than we understand means something that we would not do.
 *
 * Every method throws {@link ProtocolError} where a member is missing, of another type or too long.
 */
export class JsonReader {
  readonly #members: Map<string, unknown>;
  readonly #messageName: string;

  constructor(value: unknown, messageName: string) {
    this.#messageName = messageName;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.error('is no object');
    }
    this.#members = new Map(Object.entries(value));
  }

  /** @param lengthMax UTF-16 code units. */
  string(name: string, lengthMax: number): string {
    const value = this.#take(name);
    if (typeof value !== 'string') throw this.error(`${name} is no string`);
    if (value.length > lengthMax) throw this.error(`${name} is longer than ${lengthMax}`);
    return value;
  }

  /** One of a few words. */
  word<const Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.#take(name);
    const word = words.find((known) => known === value);
    if (word === undefined) throw this.error(`${name} is none of ${words.join(', ')}`);
    return word;
  }

  /** A whole number from 0 to 2⁵³ - 1. */
  count(name: string): number {
    const value = this.#take(name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.error(`${name} is no count`);
  }

  boolean(name: string): boolean {
    const value = this.#take(name);
    if (typeof value !== 'boolean') throw this.error(`${name} is no boolean`);
    return value;
  }

  /** Bytes that were written in base64. */
  bytes(name: string, bytesMax: number): Buffer {
    const text = this.string(name, Math.ceil(bytesMax / 3) * 4);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text) throw this.error(`${name} is no base64`);
    return bytes;
  }

  /** @param read Reads one element. */
  list<Element>(
    name: string,
    lengthMax: number,
    read: (value: unknown) => Element,
  ): readonly Element[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) throw this.error(`${name} is no list`);
    if (value.length > lengthMax) throw this.error(`${name} has more than ${lengthMax} elements`);
    return value.map((element: unknown) => read(element));
  }

  strings(name: string, lengthMax: number, stringLengthMax: number): readonly string[] {
    return this.list(name, lengthMax, (value) => {
      if (typeof value === 'string' && value.length <= stringLengthMax) return value;
      throw this.error(`${name} has an element that is no string, or too long`);
    });
  }

  /** Anything that JSON can say, or undefined where the member is missing. */
  anything(name: string): JsonValue | undefined {
    const value = this.#members.get(name);
    this.#members.delete(name);
    // It was parsed from JSON, so it is nothing else.
    return value as JsonValue | undefined;
  }

  /** Call after the last member. */
  expectEnd(): void {
    if (this.#members.size > 0) throw this.error('has members that are not known');
  }

  /** A {@link ProtocolError} about this message, for the caller to throw. */
  error(reason: string): ProtocolError {
    return new ProtocolError(this.#messageName, reason);
  }

  #take(name: string): unknown {
    if (!this.#members.has(name)) throw this.error(`${name} is missing`);
    const value = this.#members.get(name);
    this.#members.delete(name);
    return value;
  }
}

/**
 * Parses a message of a tunnel.
 *
 * @throws {ProtocolError} If it is no UTF-8, or no JSON.
 */
export function parseJson(bytes: Buffer, messageName: string): unknown {
  if (!isUtf8(bytes)) throw new ProtocolError(messageName, 'is not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    // What JSON.parse says quotes the text.
    throw new ProtocolError(messageName, 'is no JSON');
  }
}

/** A value as a field of HTTP/2 carries it: JSON in base64url. */
export function encodeField(value: JsonValue): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @throws {ProtocolError} If the field was not made by {@link encodeField}, or of more than `lengthMax` characters. */
export function decodeField(field: string, messageName: string, lengthMax: number): unknown {
  if (field.length > lengthMax) {
    throw new ProtocolError(messageName, `is longer than ${lengthMax}`);
  }
  const bytes = Buffer.from(field, 'base64url');
  if (bytes.toString('base64url') !== field)
    throw new ProtocolError(messageName, 'is no base64url');
  return parseJson(bytes, messageName);
}
