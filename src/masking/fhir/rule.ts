import type { MaskValue } from '../content/content-masks.ts';
import type { JsonTape } from '../content/json-tape.ts';
import type { ResourceKind } from './resource-kinds.ts';

/** How a hidden value has to look, so that the element stays valid: `date` is a date, dateTime or year. */
export type ValueForm =
  | 'text'
  | 'date'
  | 'instant'
  | 'number'
  | 'positive'
  | 'base64'
  | 'id'
  | 'oid'
  | 'uuid'
  | 'time';

/** Codes of v3-ObservationValue for what was done to a value. */
export type SecurityCode = 'REDACTED' | 'ABSTRED' | 'MASKED' | 'PSEUDED';

/** What becomes of an element. What is in it and is not what its rule expects is hidden. */
export type Rule =
  /** Stays, if it is a primitive. */
  | { readonly kind: 'keep' }
  /** Stays, if it is a primitive, but no string. */
  | { readonly kind: 'literal' }
  /** Every primitive in it is masked. */
  | ValueRule
  /** Looked through. */
  | { readonly kind: 'text' }
  /** Names that the resource hides are hidden here, too. */
  | { readonly kind: 'names' }
  /** Stays if it is written like that. */
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  /** A URL, of which the query is looked at. */
  | { readonly kind: 'url' }
  /** The XHTML of a narrative. */
  | { readonly kind: 'narrative' }
  /** Text in Base64, which is looked through. */
  | { readonly kind: 'encoded-text' }
  /** Its shape is worked out when it is first asked for. */
  | { readonly kind: 'object'; readonly find: () => Shape }
  /** A resource, of which only itself says what type it is. */
  | { readonly kind: 'resource'; readonly isContained: boolean };

export interface ValueRule {
  readonly kind: 'value';
  readonly className: string;
  readonly mask: MaskValue;
  /** What every string becomes, as JSON has it; undefined where that depends on the value. */
  readonly constant: string | undefined;
  readonly form: ValueForm;
  readonly code: SecurityCode;
  /** Dates move by the days of the patient. */
  readonly isShifted: boolean;
  /** The words of the value are hidden in the texts of its resource as well. */
  readonly isTaught: boolean;
}

/** What becomes of the elements of a type, in one surrounding. */
export interface Shape {
  readonly type: string;
  readonly kind: ResourceKind;
  /** By the number of the element's name in `ELEMENT_NAMES`; undefined: the type has no such element. */
  readonly rules: readonly (Rule | undefined)[];
  /** What to go by instead, where that depends on what the object says of itself. */
  readonly choose?: (object: ObjectReader) => Shape;
}

/** Reads primitives of the object that begins at a token. */
export interface ObjectReader {
  readonly tape: JsonTape;
  readonly bytes: Buffer;
  readonly token: number;
}

/** The value of an element of an object; -1 if it has none. @param nameId In `ELEMENT_NAMES`. */
export function findElement({ tape, token }: ObjectReader, nameId: number): number {
  const end = tape.links[token] as number;
  for (let key = token + 1; key < end; key = tape.links[key + 1] as number) {
    if (tape.links[key] === nameId) return key + 1;
  }
  return -1;
}

/** The text of an element that is a string; empty if it is none. */
export function readElement(object: ObjectReader, nameId: number): string {
  const value = findElement(object, nameId);
  if (value === -1 || !object.tape.isString(value)) return '';
  return object.tape.textOf(object.bytes, value);
}
