import type { Claim } from './read-claims.ts';
import type { NoteVerifier } from './signed-note.ts';
import type { LogProblem } from './verify-log.ts';

/** Which witnesses are believed, and how late they may have seen a log. */
export interface WitnessTrust {
  readonly witnesses: readonly NoteVerifier[];
  /** So many of them must have cosigned. */
  readonly required: number;
  /** When the ledger was as it is here: when it was copied. Milliseconds since the Unix epoch. */
  readonly asOfMs: number;
  readonly staleAfterMs: number;
}

/** How much of a log enough witnesses have seen. */
export interface WitnessedPart {
  readonly entries: number;
  /** When enough of them had cosigned last. Undefined: never. */
  readonly atMs: number | undefined;
}

/** Of the claims that the log bears out, what witnesses say. */
export function findWitnessed(
  claims: readonly Claim[],
  { witnesses, required }: WitnessTrust,
): WitnessedPart {
  const latest = witnesses.map((witness) => {
    // A witness cosigns the largest that it knows: what it says of it last counts.
    const largest = claims.findLast(({ cosignedAtMs }) => cosignedAtMs.has(witness));
    return { size: largest?.size ?? 0, atMs: largest?.cosignedAtMs.get(witness) ?? 0 };
  });
  const sizes = latest.map(({ size }) => size).toSorted((a, b) => b - a);
  const times = latest.map(({ atMs }) => atMs).toSorted((a, b) => b - a);
  const atMs = times[required - 1] ?? 0;
  return { entries: sizes[required - 1] ?? 0, atMs: atMs === 0 ? undefined : atMs };
}

/**
 * What is wrong with a log that too few witnesses have seen lately: whoever has its keys may have cut it, or written it
 * anew, from there on. Undefined if enough have.
 */
export function complainOfStaleness(
  { entries, atMs }: WitnessedPart,
  { asOfMs, staleAfterMs }: WitnessTrust,
): LogProblem | undefined {
  if (atMs !== undefined && asOfMs - atMs <= staleAfterMs) return undefined;
  const last = atMs === undefined ? 'never' : `last at ${new Date(atMs).toISOString()}`;
  const what = `entries from ${entries} on are not vouched for: enough witnesses saw the log ${last}`;
  return { file: 'checkpoints', offset: 0, seq: entries, what };
}
