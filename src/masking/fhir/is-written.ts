import { TokenKind } from '../content/json-grammar.ts';
import type { JsonTape } from '../content/json-tape.ts';

/** Of a string without characters: its quotes. */
const EMPTY_BYTES = 2;
const QUESTION_MARK = 0x3f;

/** Whether a token is a string without characters. */
export function isEmptyString(tape: JsonTape, token: number): boolean {
  const length = (tape.ends[token] as number) - (tape.starts[token] as number);
  return length === EMPTY_BYTES && tape.isString(token);
}

/** Whether `bytes[start, end)` say this already. */
export function isWritten(bytes: Buffer, start: number, end: number, text: string): boolean {
  const length = end - start;
  // What is longer in UTF-8 than it has characters has as many only by chance: then it is written anew.
  if (length !== text.length) return false;
  for (let index = 0; index < length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Whether there may be a question mark in a string. */
export function mayHaveQuery(tape: JsonTape, bytes: Buffer, token: number): boolean {
  if (tape.kinds[token] === TokenKind.escapedString) return true;
  const end = tape.ends[token] as number;
  for (let offset = tape.starts[token] as number; offset < end; offset++) {
    if (bytes[offset] === QUESTION_MARK) return true;
  }
  return false;
}
