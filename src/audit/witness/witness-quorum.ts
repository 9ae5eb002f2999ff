import type { CheckpointListener, SignedCheckpoint } from '../checkpoint-writer.ts';
import type { MerklePath } from '../merkle-proof.ts';
import type { Checkpoint } from '../signed-note.ts';
import { askWitness, type KnownWitness, type WitnessOutcome } from './ask-witness.ts';

/** How many witnesses there must be, and how they are asked. */
export interface WitnessQuorumOptions {
  readonly witnesses: readonly KnownWitness[];
  /** So many of them must have cosigned. */
  readonly required: number;
  /** Milliseconds after which the last time that enough had cosigned is too long ago. */
  readonly staleAfterMs: number;
  /** The path from an older tree of the log to that of a checkpoint. */
  readonly prove: (oldSize: number, checkpoint: Checkpoint) => Promise<MerklePath>;
  /** Keeps what was cosigned. */
  readonly addCosignatures: (
    checkpoint: SignedCheckpoint,
    lines: readonly string[],
  ) => Promise<void>;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly onEvent: (event: WitnessEvent) => void;
}

/** What an operator should hear of. */
export type WitnessEvent =
  /** A witness does not cosign any more; once for each kind of failure. */
  | { readonly kind: 'failed'; readonly witness: string; readonly outcome: WitnessFailure }
  | { readonly kind: 'cosigned-again'; readonly witness: string }
  /** Too few have cosigned for too long. */
  | { readonly kind: 'stale' }
  | { readonly kind: 'fresh' };

type WitnessFailure = Exclude<WitnessOutcome, { kind: 'cosigned' }>;

/** One witness, as it stands. */
export interface WitnessStanding {
  readonly name: string;
  /** Entries under the checkpoint that it cosigned last; undefined before the first in this process. */
  readonly size: number | undefined;
  /** Milliseconds since then. */
  readonly ageMs: number | undefined;
  readonly failure: WitnessFailure | undefined;
}

interface AskedWitness {
  readonly known: KnownWitness;
  isBusy: boolean;
  size: number | undefined;
  atMs: number | undefined;
  failure: WitnessFailure | undefined;
}

/** Witnesses that answer at about the same time share one note. */
const GATHER_MS = 100;
/** While nothing new comes, the same checkpoint is cosigned again so often within `staleAfterMs`. */
const REPEATS = 3;

/**
 * Has each checkpoint of a log cosigned by witnesses, all at once: one that is slow or away holds up neither the others
 * nor the log. Knows whether enough of them have cosigned lately.
 */
export class WitnessQuorum {
  readonly #options: WitnessQuorumOptions;
  readonly #witnesses: readonly AskedWitness[];
  readonly #startedAtMs: number;
  #heardSize = 0;
  #wasStale = false;

  constructor(options: WitnessQuorumOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs();
    this.#witnesses = options.witnesses.map((known) => ({
      known,
      isBusy: false,
      size: undefined,
      atMs: undefined,
      failure: undefined,
    }));
  }

  get witnesses(): readonly WitnessStanding[] {
    const nowMs = this.#options.nowMs();
    return this.#witnesses.map(({ known, size, atMs, failure }) => ({
      name: known.verifier.name,
      size,
      ageMs: atMs === undefined ? undefined : nowMs - atMs,
      failure,
    }));
  }

  /** Milliseconds since enough witnesses had cosigned; since the start, if they have not yet. */
  get ageMs(): number {
    const { required, nowMs } = this.#options;
    if (required === 0) return 0;
    const newestFirst = this.#witnesses
      .map(({ atMs }) => atMs ?? this.#startedAtMs)
      .toSorted((a, b) => b - a);
    return nowMs() - (newestFirst[required - 1] ?? this.#startedAtMs);
  }

  get isStale(): boolean {
    return this.ageMs > this.#options.staleAfterMs;
  }

  /** Whether enough have cosigned lately: what strict use asks for, from the start on. */
  get isWitnessed(): boolean {
    const known = this.#witnesses.filter(({ atMs }) => atMs !== undefined).length;
    return known >= this.#options.required && !this.isStale;
  }

  /** Entries that enough have cosigned, in this process. Without any who must: those under the last checkpoint. */
  get witnessedSize(): number {
    const { required } = this.#options;
    if (required === 0) return this.#heardSize;
    const largestFirst = this.#witnesses.map(({ size }) => size ?? 0).toSorted((a, b) => b - a);
    return largestFirst[required - 1] ?? 0;
  }

  /** To be called with each new checkpoint, and with the same one while nothing new comes. Does not reject. */
  readonly hear: CheckpointListener = async (checkpoint) => {
    const { addCosignatures } = this.#options;
    this.#heardSize = checkpoint.size;
    const lines: string[] = [];
    let timer: NodeJS.Timeout | undefined;
    const keep = async (): Promise<void> => {
      clearTimeout(timer);
      timer = undefined;
      const gathered = lines.splice(0);
      if (gathered.length > 0) await addCosignatures(checkpoint, gathered);
    };
    const due = this.#witnesses.filter((witness) => this.#isDue(witness, checkpoint));
    await Promise.all(
      due.map(async (witness) => {
        const outcome = await this.#ask(witness, checkpoint);
        if (outcome.kind !== 'cosigned') return;
        lines.push(outcome.line);
        timer ??= setTimeout(() => void keep(), GATHER_MS);
      }),
    );
    await keep();
    this.#report();
  };

  #isDue({ isBusy, size, atMs }: AskedWitness, checkpoint: SignedCheckpoint): boolean {
    if (isBusy) return false;
    if (size !== checkpoint.size || atMs === undefined) return true;
    return this.#options.nowMs() - atMs > this.#options.staleAfterMs / REPEATS;
  }

  async #ask(witness: AskedWitness, checkpoint: SignedCheckpoint): Promise<WitnessOutcome> {
    const { prove, nowMs, onEvent } = this.#options;
    witness.isBusy = true;
    const outcome = await askWitness(witness.known, {
      checkpoint,
      oldSize: witness.size ?? 0,
      prove: (oldSize) => prove(oldSize, checkpoint),
    });
    witness.isBusy = false;
    const { name } = witness.known.verifier;
    if (outcome.kind === 'cosigned') {
      witness.size = checkpoint.size;
      witness.atMs = nowMs();
      if (witness.failure !== undefined) onEvent({ kind: 'cosigned-again', witness: name });
      witness.failure = undefined;
      return outcome;
    }
    const isNews = witness.failure?.kind !== outcome.kind;
    witness.failure = outcome;
    if (isNews) onEvent({ kind: 'failed', witness: name, outcome });
    return outcome;
  }

  #report(): void {
    const { isStale } = this;
    if (isStale === this.#wasStale) return;
    this.#wasStale = isStale;
    this.#options.onEvent({ kind: isStale ? 'stale' : 'fresh' });
  }
}
