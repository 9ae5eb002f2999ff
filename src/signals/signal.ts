/** What a rule found in the ledger. */
export type SignalRuleName =
  | 'refusals'
  | 'masked-columns'
  | 'rows'
  | 'patients'
  | 'hour'
  | 'origin'
  | 'one-patient'
  | 'dormant';

/** Where an entry stands. */
export interface EntryReference {
  readonly log: string;
  readonly seq: number;
}

/** Something that somebody should look at. Holds no statement, no value and no free text of people. */
export interface Signal {
  readonly rule: SignalRuleName;
  readonly principalId: string;
  /** Absent where it is about several, or none. */
  readonly target?: string;
  /** Milliseconds since the Unix epoch: when the last of its entries was made. */
  readonly atMs: number;
  /** One line for people. */
  readonly summary: string;
  /** The entries behind it, the last ones first to be left out. */
  readonly entries: readonly EntryReference[];
}

/** Entries that one signal names. */
export const REFERENCES_MAX = 20;
