import type { KeyObject } from 'node:crypto';
import type { CheckpointFile } from './checkpoint-file.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import { type Checkpoint, signCheckpoint } from './signed-note.ts';

/** A checkpoint with the note that states it. */
export interface SignedCheckpoint extends Checkpoint {
  /** The signed note, byte for byte. */
  readonly note: string;
}

/** What signs the checkpoints of one log. */
export interface CheckpointWriterOptions {
  /** Name of the log. */
  readonly origin: string;
  readonly signingKey: KeyObject;
  readonly file: CheckpointFile;
  /** The newest checkpoint of the file. */
  readonly last: SignedCheckpoint | undefined;
  readonly intervalMs: number;
  /** Where the tree of the durable entries stands. */
  readonly durable: () => Pick<MerkleFrontier, 'size' | 'peaks'>;
  /** Entries are safe without a checkpoint, and the next one covers them. */
  readonly onError: (error: Error) => void;
}

/** Called at each interval with the newest checkpoint, whether it is new or not. `close` waits for its answer. */
export type CheckpointListener = (checkpoint: SignedCheckpoint) => Promise<void>;

/** Signs at intervals, and at the end, where a log stands; adds what witnesses signed below it. */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  readonly #timer: NodeJS.Timeout;
  #signingKey: KeyObject;
  #last: SignedCheckpoint | undefined;
  #listener: CheckpointListener | undefined;
  /** One note is written at a time. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
    this.#signingKey = options.signingKey;
    this.#last = options.last;
    this.#timer = setInterval(() => void this.#tick(), options.intervalMs).unref();
  }

  /** The newest. */
  get last(): SignedCheckpoint | undefined {
    return this.#last;
  }

  /** Who hears of checkpoints; there is one. */
  listen(listener: CheckpointListener | undefined): void {
    this.#listener = listener;
  }

  /** Signs what is durable, if that is more than was signed. Does not reject. */
  write(): Promise<void> {
    return this.#enqueue(async () => {
      const { size, peaks } = this.#options.durable();
      if (size === (this.#last?.size ?? 0)) return;
      const root = new MerkleFrontier(size, peaks()).root();
      const { origin } = this.#options;
      const note = signCheckpoint({ origin, size, root }, this.#signingKey);
      await this.#options.file.append(note);
      this.#last = { origin, size, root, note };
    });
  }

  /**
   * Writes a checkpoint of this log again, with what witnesses signed below it. Does not reject.
   *
   * @param cosignatures Signature lines, each with its line end.
   */
  addCosignatures({ note }: SignedCheckpoint, cosignatures: readonly string[]): Promise<void> {
    return this.#enqueue(() => this.#options.file.append(note + cosignatures.join('')));
  }

  /** Signs a last time, hears the witnesses, and lets go of the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#tick();
    await this.#writing;
    await this.#options.file.close();
  }

  async #tick(): Promise<void> {
    await this.write();
    if (this.#last !== undefined) await this.#listener?.(this.#last);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work).catch(this.#options.onError);
    return this.#writing;
  }
}
