import { summarize } from './operation-summary.ts';
import { PENDING_MAX } from './pending-request.ts';
import type { Candidates, Prepared } from './prepared.ts';

/** Estimated bytes of what one session keeps under names, and of what it has in flight. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
/** Of a value, beside its own bytes. */
const VALUE_BYTES = 64;

/**
 * How much memory the statements and values of one session take. What is added up is looked through only where it has
 * come to be too much: much of it may be gone.
 */
export class KeptMemory {
  #inFlight = 0;
  #kept = 0;
  /** It was found to be too much, and nothing came of which some could be gone. */
  #isKnownFull = false;

  /** Whether answers have to come before more is sent. */
  isCrowded(pendingCount: number): boolean {
    return pendingCount >= PENDING_MAX || (pendingCount > 0 && this.#inFlight >= KEPT_BYTES_MAX);
  }

  /** It was sent, and may come to have a name. */
  add(prepared: Prepared): void {
    const bytes = weighStatement(prepared);
    this.#inFlight += bytes;
    this.#kept += bytes;
  }

  /** Values were sent. What was bound without any is the statement itself. */
  bind(bound: Candidates): void {
    if (bound === 'unknown') return;
    for (const prepared of bound) {
      const bytes = weighValues(prepared);
      this.#inFlight += bytes;
      this.#kept += bytes;
    }
  }

  /** A request was answered: what had a name before may have none now. */
  answered(pendingCount: number): void {
    this.#isKnownFull = false;
    if (pendingCount === 0) this.#inFlight = 0;
  }

  /** Whether there should be no more names. */
  isFull(...names: readonly ReadonlyMap<string, Candidates>[]): boolean {
    if (this.#isKnownFull) return true;
    if (this.#kept < KEPT_BYTES_MAX) return false;
    const kept = new Set<Prepared>();
    for (const held of names.flatMap((one) => [...one.values()])) {
      if (held !== 'unknown') for (const prepared of held) kept.add(prepared);
    }
    this.#kept = this.#inFlight;
    for (const prepared of kept) this.#kept += weighStatement(prepared) + weighValues(prepared);
    this.#isKnownFull = this.#kept >= KEPT_BYTES_MAX;
    return this.#isKnownFull;
  }
}

function weighStatement({ text, masking, analysis }: Prepared): number {
  return 2 * (text.length + (masking?.text.length ?? 0)) + summarize(analysis).bytes;
}

function weighValues({ parameters = [], bound = [] }: Prepared): number {
  let bytes = VALUE_BYTES * (parameters.length + bound.length);
  for (const text of parameters) bytes += 2 * (text?.length ?? 0);
  for (const { value } of bound) bytes += value?.length ?? 0;
  return bytes;
}
