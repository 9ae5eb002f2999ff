import { UNKNOWN_NAME } from '../content/json-grammar.ts';
import type { JsonTape } from '../content/json-tape.ts';
import { ContentFormatError } from '../content-masker.ts';
import { ELEMENT_NAMES } from './element-types.ts';

/** Finds keys that occur twice in an object: readers differ in which of the two values they take. */
export class TwinKeys {
  readonly #tape: JsonTape;
  /** For each name, the last object that was found to have it. */
  #seenIn: Int32Array | undefined;
  #check = 0;

  constructor(tape: JsonTape) {
    this.#tape = tape;
  }

  /** @throws {ContentFormatError} If the object at the token has such keys. */
  refuse(bytes: Buffer, token: number): void {
    const tape = this.#tape;
    const check = ++this.#check;
    const seenIn = (this.#seenIn ??= new Int32Array(ELEMENT_NAMES.size));
    let unknown: Set<string> | undefined;
    const end = tape.links[token] as number;
    for (let key = token + 1; key < end; key = tape.links[key + 1] as number) {
      const name = tape.links[key] as number;
      if (name === UNKNOWN_NAME) {
        unknown ??= new Set();
        const text = tape.textOf(bytes, key);
        if (unknown.has(text)) throw new ContentFormatError('FHIR', 'key that occurs twice');
        unknown.add(text);
      } else {
        if (seenIn[name] === check) throw new ContentFormatError('FHIR', 'key that occurs twice');
        seenIn[name] = check;
      }
    }
  }
}
