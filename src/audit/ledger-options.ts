import type { DayKeys } from '../encryption/day-keys.ts';

/** How to open one log. One process writes it. */
export interface LedgerOptions {
  /** The gateway's data directory. */
  readonly dataDirectory: string;
  /** Lower-case letters, digits, `.`, `_`, `-`; one per gateway process: `gw-1.0`. */
  readonly logName: string;
  /** Wall clock, for the entries. */
  readonly nowMs: () => number;
  /** Wrap the keys of contents. */
  readonly dayKeys: Pick<DayKeys, 'today' | 'open'>;
  /** Default: 64 MiB. */
  readonly segmentBytesMax?: number;
  /** Milliseconds after which a segment is closed, with the next entry. Default: at the end of the day. */
  readonly segmentAgeMaxMs?: number;
  /** How often new entries are put under a signed checkpoint. Default: 10 s. */
  readonly checkpointIntervalMs?: number;
  /** What `written` entries may lose in a power failure, in milliseconds. Default: 50. */
  readonly flushIntervalMs?: number;
  /** Called when `failing` begins, with its cause, and when it ends. */
  readonly onEvent?: (event: LedgerEvent) => void;
}

/** What an operator should hear of. */
export type LedgerEvent =
  | { readonly kind: 'failed'; readonly error: Error; readonly refusedCount: number }
  | { readonly kind: 'recovered'; readonly failedForMs: number }
  /** Entries are safe, but not yet under a signature; it is tried again. */
  | { readonly kind: 'checkpoint-failed'; readonly error: Error }
  /** At opening: a record that a crash had cut was dropped. */
  | { readonly kind: 'tail-dropped'; readonly bytes: number };
