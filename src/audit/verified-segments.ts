import { hash } from 'node:crypto';
import path from 'node:path';
import type { LogState } from './log-state.ts';
import { openEvidence } from './open-evidence.ts';

/** A place in a log: all bytes up to there. Hex. */
type PlaceInLog = string;

/** How a log stood at a place. */
export interface KnownLog {
  readonly state: LogState;
  /** Hex roots that its tree had up to there at the sizes that were signed then. */
  readonly roots: Readonly<Record<number, string>>;
}

/**
 * Segments that a verifier walked and found whole, and how their logs stood behind them. A log that begins with the
 * same bytes, of whichever copy, need not be walked up to there again; every byte of it is still read and hashed.
 * The files must not change while they are verified.
 */
export class VerifiedSegments {
  readonly #known = new Map<PlaceInLog, KnownLog>();
  #isClosed = false;

  /** The beginning of a log. */
  begin(name: string): PlaceInLog {
    return hash('sha256', name);
  }

  /**
   * The place behind the next segment.
   *
   * @param nextSeq Where the segment after it begins: what this one has from there on is void.
   */
  async goOn(
    before: PlaceInLog,
    { file, nextSeq }: { readonly file: string; readonly nextSeq: number | undefined },
  ): Promise<PlaceInLog> {
    await using opened = await openEvidence(file);
    const bytesHash = hash('sha256', await opened.readFile());
    return hash('sha256', `${before} ${path.basename(file)} ${nextSeq} ${bytesHash}`);
  }

  /** How the log stood there; undefined if it was never walked up to there. */
  find(place: PlaceInLog): KnownLog | undefined {
    return this.#known.get(place);
  }

  add(place: PlaceInLog, { state, roots }: KnownLog): void {
    if (this.#isClosed || this.#known.has(place)) return;
    this.#known.set(place, { state: state.copy(), roots: { ...roots } });
  }

  /** From now on nothing is added. */
  close(): void {
    this.#isClosed = true;
  }
}
