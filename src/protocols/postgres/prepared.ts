import type { BoundParameter } from '../../access/operation-digest.ts';
import type { LookUp, LookUpKeys } from './kept-look-ups.ts';
import type { PreparedMasking } from './prepared-masking.ts';
import type { Approval } from './review-hold.ts';

/** A statement that the client prepared, bound or declared under a name. */
export interface Prepared extends LookUp, LookUpKeys {
  /** As sent; of a statement held by PREPARE or DECLARE, with the PREPARE or DECLARE around it. */
  readonly text: string;
  /** Hex SHA-256 of the bytes that came, where the text in UTF-8 is not just those. */
  readonly textSha256?: string | undefined;
  /** Under other settings than these, since it was last bound: the server may have looked up its names then, or may not. */
  readonly lookUps?: readonly LookUp[];
  /** The part of `text` that is meant, where it is not the whole. */
  readonly heldBy?: 'prepare' | 'declare';
  /** Ids of the patients whose rows alone it can show, as the values bound to it name them. */
  readonly patients?: readonly string[];
  /** Values bound to it, as the ledger shall have them. */
  readonly parameters?: readonly (string | null)[];
  /** What the target was given in place of `text`, for a principal who may not see everything. */
  readonly masking?: PreparedMasking;
  /** Of a prepared statement: the types that the client gave its parameters, as bytes of the Parse; absent if it gave none. */
  readonly parameterTypes?: string;
  /** Of a portal or cursor that people have approved. */
  readonly approval?: Approval;
  /** Of a portal: the values bound to it, kept only if people may have to look at them. */
  readonly bound?: readonly BoundParameter[];
}

/** What a name stands for: usually one statement, several when the gateway cannot know which. */
export type Candidates = readonly Prepared[] | 'unknown';
