import { type Rewrite, type TamperedRecord, withEntry } from './rewrite-log.ts';

/** What is done to a log. */
export type ChangeKind =
  | 'edit'
  | 'delete'
  | 'reorder'
  | 'insert'
  | 'truncate'
  | 'roll back or fork';

export const CHANGE_KINDS: readonly ChangeKind[] = [
  'edit',
  'delete',
  'reorder',
  'insert',
  'truncate',
  'roll back or fork',
];

/** How the one who does it goes about it: several ways, in turn. */
export interface ChangePlan {
  readonly kind: ChangeKind;
  /** The entry at which it begins. */
  readonly at: number;
  /** Of this plan among those of its kind. */
  readonly turn: number;
  /** Private keys of the log, oldest first; none for who has only its files. */
  readonly pems: readonly string[];
  /** Sizes that witnesses cosigned. */
  readonly witnessedSizes: readonly number[];
}

/** The change of a log's records that a plan means. */
export function planRewrite({ kind, at, turn, pems, witnessedSizes }: ChangePlan): Rewrite {
  const dropsCheckpoints = turn % 2 === 0;
  // Who has the keys leaves nothing unmended; who has only the files is now and then careless.
  const rewrite = { from: at, pems, dropsCheckpoints, mends: pems.length > 0 || turn % 4 < 2 };
  switch (kind) {
    case 'edit':
      return {
        ...rewrite,
        change: (records) => records.map((record, at) => (at === 0 ? edit(record) : record)),
      };
    case 'delete':
      return { ...rewrite, change: ([, ...rest]) => rest };
    case 'reorder':
      return {
        ...rewrite,
        change: ([a, b, ...rest]) => [b, a, ...rest].filter((one) => one !== undefined),
      };
    case 'insert':
      return { ...rewrite, change: (records) => [...records.slice(0, 1).map(forge), ...records] };
    case 'truncate':
      return { ...rewrite, mends: false, change: () => [] };
    case 'roll back or fork':
      if (turn % 4 < 2) {
        // To a backup: all that is left was signed, and cosigned, once.
        const size = witnessedSizes.findLast((one) => one <= at) ?? 0;
        return { ...rewrite, from: size, mends: false, dropsCheckpoints: true, change: () => [] };
      }
      return { ...rewrite, mends: true, change: (records) => records.map(forge) };
  }
}

/** Without a session, so that it fits everywhere once it is numbered. */
function forge({ segment }: TamperedRecord): TamperedRecord {
  const entry = `{"v":1,"seq":0,"at":"2026-01-02T03:04:05.678Z","kind":"sign-in","principal":"okta:nobody"}`;
  const content = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  return { entry, content, contentOffset: 0, segment };
}

/** Something else was done. */
function edit(record: TamperedRecord): TamperedRecord {
  return withEntry(record, `${record.entry.slice(0, -1)},"edited":true}`);
}
