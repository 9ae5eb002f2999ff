import type { Mask } from '../mask.ts';

/** The letters of the identifiers in 45 CFR 164.514(b)(2)(i), and the gateway's own kinds. */
export type DataClassLetter =
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'N'
  | 'O'
  | 'P'
  | 'Q'
  | 'R';

/** What kind of PHI a field holds. */
export interface DataClass {
  readonly name: string;
  /** Of the identifier in the rule; undefined for content that may hold any of them, and for a target's own classes. */
  readonly letter: DataClassLetter | undefined;
  readonly title: string;
  /** Applies where the data map names no other. */
  readonly mask: Mask;
}
