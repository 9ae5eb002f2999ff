import type { MaskValue } from '../content/content-masks.ts';
import type { InternedTexts } from '../content/interned-texts.ts';
import { TokenKind } from '../content/json-grammar.ts';
import type { JsonTape } from '../content/json-tape.ts';
import type { ResourceKind } from './resource-kinds.ts';
import type { YearMasks } from './year-masks.ts';

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
  /** The number of the class among those of one principal's shapes. */
  readonly classNumber: number;
  readonly mask: MaskValue;
  /** What every string becomes, as JSON has it; undefined where that depends on the value. */
  readonly constant: string | undefined;
  /** Whether what the mask makes of a text is written in JSON as it is. */
  readonly isPlain: boolean;
  /** For dates of which the year is left. */
  readonly years: YearMasks | undefined;
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
  /** By the number of an element's name in `ELEMENT_NAMES`: that of its rule; 0: the type has no such element. */
  readonly places: Uint16Array;
  /** By number; the first is none. */
  readonly rules: readonly (Rule | undefined)[];
  /** Of each rule, what is to be known first: rules are many kinds of objects, and slower to ask. */
  readonly steps: Uint8Array;
  /** Whether it is a reference to a patient. */
  readonly isOfPatient: boolean;
  /** Shapes with some rules of their own, by what says which. */
  readonly variants: Map<string, Shape>;
  /** What to go by instead, where that depends on what the object says of itself. */
  readonly choose: ((object: ObjectReader) => Shape) | undefined;
}

/** How to go on with an element. */
export const Step = { hide: 0, keep: 1, mask: 2, look: 3 } as const;

const STEPS: Readonly<Partial<Record<Rule['kind'], number>>> = {
  keep: Step.keep,
  value: Step.mask,
};

/** The first of what a rule asks for. */
export function stepOf(rule: Rule | undefined): number {
  return rule === undefined ? Step.hide : (STEPS[rule.kind] ?? Step.look);
}

/** Reads primitives of the object that begins at a token. */
export interface ObjectReader {
  readonly tape: JsonTape;
  readonly bytes: Buffer;
  readonly token: number;
  readonly texts: InternedTexts;
}

/** The value of an element of the object at a token; -1 if it has none. @param nameId In `ELEMENT_NAMES`. */
export function findElement({ tape }: ObjectReader, token: number, nameId: number): number {
  const { links } = tape;
  const end = links[token] as number;
  for (let key = token + 1; key < end; key = links[key + 1] as number) {
    if (links[key] === nameId) return key + 1;
  }
  return -1;
}

/** The text of an element that is a string; empty if it is none. */
export function readElement(
  object: ObjectReader,
  nameId: number,
  token: number = object.token,
): string {
  const value = findElement(object, token, nameId);
  return value === -1 ? '' : readString(object, value);
}

/** What a string means, by which something is chosen: short ones are remembered. Empty if it is no string. */
export function readString({ tape, bytes, texts }: ObjectReader, token: number): string {
  const kind = tape.kinds[token];
  if (kind === TokenKind.string) {
    return texts.find(bytes, (tape.starts[token] as number) + 1, (tape.ends[token] as number) - 1);
  }
  return kind === TokenKind.escapedString ? tape.textOf(bytes, token) : '';
}
