import type { KeyObject } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CheckpointFile } from './checkpoint-file.ts';
import type { RecentLeaves } from './growing-tree.ts';
import { MerkleFrontier } from './merkle-frontier.ts';
import type { MerklePath } from './merkle-proof.ts';
import { type Checkpoint, signCheckpoint } from './signed-note.ts';
import { TileWriter } from './tile-writer.ts';

/** By the layout of tiled logs. @see https://c2sp.org/tlog-tiles */
const NEWEST_FILE = 'checkpoint';
/** Milliseconds that closing waits for what is being laid out, or heard. A witness has as many to answer. */
const CLOSE_WAIT_MS_MAX = 5_000;

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
  /** Of the entries that came last, so that they are not read again. */
  readonly leaves?: RecentLeaves;
  /** Entries are safe without a checkpoint, and the next one covers them. */
  readonly onError: (error: Error) => void;
}

/** Called at each interval with the newest checkpoint that is laid out, new or not. `close` waits for its answer. */
export type CheckpointListener = (checkpoint: SignedCheckpoint) => Promise<void>;

/** Signs at intervals, and at the end, where a log stands; adds what witnesses signed below it. */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions;
  readonly #tiles: TileWriter;
  readonly #timer: NodeJS.Timeout;
  #signingKey: KeyObject;
  /** Of a change of the key that is half done. */
  #handOver: (() => Promise<void>) | undefined;
  #last: SignedCheckpoint | undefined;
  #listener: CheckpointListener | undefined;
  #isPublishing = false;
  /** Those that run: witnesses may take longer than an interval. */
  readonly #advances = new Set<Promise<void>>();
  #published: SignedCheckpoint | undefined;
  /** One note, or the copy of one, is written at a time. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CheckpointWriterOptions) {
    this.#options = options;
    this.#signingKey = options.signingKey;
    this.#last = options.last;
    const { last, leaves } = options;
    this.#tiles = new TileWriter(options.file.directory, { last, leaves });
    this.#timer = setInterval(() => void this.advance(), options.intervalMs).unref();
    // What a crash left without a signature does not wait for what comes now: nobody could tell when it was written.
    void this.write();
  }

  /** The newest. */
  get last(): SignedCheckpoint | undefined {
    return this.#last;
  }

  /** Who hears of checkpoints; there is one. */
  listen(listener: CheckpointListener | undefined): void {
    this.#listener = listener;
  }

  /** Signs, lays out and has cosigned what is durable: at each interval. Does not reject. */
  advance(): Promise<void> {
    const advance = this.#advance().finally(() => this.#advances.delete(advance));
    this.#advances.add(advance);
    return advance;
  }

  async #advance(): Promise<void> {
    await this.write();
    if (this.#last === undefined) return;
    await this.#publish(this.#last);
    if (this.#published !== undefined) await this.#listener?.(this.#published);
  }

  /**
   * The path from an older tree of the log to that of a checkpoint of which it was heard. If the hashes that are laid out do not
   * lead there, they are laid out anew at the next interval.
   *
   * @throws {TileError} Then.
   */
  prove(oldSize: number, checkpoint: Checkpoint): Promise<MerklePath> {
    return this.#tiles.prove(oldSize, checkpoint);
  }

  /** Signs what is durable, if that is more than was signed. Does not reject. */
  write(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#handOver?.();
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
  addCosignatures(
    { note, size }: SignedCheckpoint,
    cosignatures: readonly string[],
  ): Promise<void> {
    return this.#enqueue(async () => {
      const cosigned = note + cosignatures.join('');
      await this.#options.file.append(cosigned);
      if (size === this.#published?.size) await this.#replaceNewest(cosigned);
    });
  }

  /**
   * Signs with another key from now on. What is durable is first signed by the old key, which then hands over. If that fails,
   * nobody knows which of them would be believed: neither signs before it is done.
   *
   * @param handOver Makes the change known, on stable storage, given the last checkpoint of the old key. Called until it does.
   */
  async changeKey(
    next: KeyObject,
    handOver: (last: SignedCheckpoint, old: KeyObject) => Promise<void>,
  ): Promise<void> {
    const { size } = this.#options.durable();
    await this.write();
    await this.#inTurn(async () => {
      if (this.#last === undefined || this.#last.size < size) {
        throw new Error('Cannot change key: what announces the new one is not signed');
      }
      const [last, old] = [this.#last, this.#signingKey];
      this.#handOver = async () => {
        await handOver(last, old);
        this.#signingKey = next;
        this.#handOver = undefined;
      };
      await this.#handOver();
    });
  }

  /** Resolves once no change of the key is half done. Rejects if one still cannot be made known. */
  settleKey(): Promise<void> {
    return this.#inTurn(async () => this.#handOver?.());
  }

  /** Signs a last time, hears the witnesses, and lets go of the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
    // Neither the tiles nor a witness that is being asked would take another checkpoint meanwhile.
    const waited = delay(CLOSE_WAIT_MS_MAX, undefined, { ref: false });
    await Promise.race([Promise.all(this.#advances), waited]);
    await this.advance();
    await this.#writing;
    await this.#options.file.close();
  }

  /** Lays the tree out. To do so anew for a long log takes longer than an interval: entries are signed all the same. */
  async #publish(checkpoint: SignedCheckpoint): Promise<void> {
    const isPublished = checkpoint.size === this.#published?.size && !this.#tiles.areDamaged;
    if (this.#isPublishing || isPublished) return;
    this.#isPublishing = true;
    try {
      await this.#tiles.advance(checkpoint);
      await this.#inTurn(async () => {
        await this.#replaceNewest(checkpoint.note);
        this.#published = checkpoint;
      });
    } catch (error) {
      this.#options.onError(error as Error);
    }
    this.#isPublishing = false;
  }

  /** The file that tools for tiled logs begin with: a copy, like the tiles. Only ever called in turn. */
  async #replaceNewest(note: string): Promise<void> {
    const file = path.join(this.#options.file.directory, NEWEST_FILE);
    await writeFile(`${file}.unfinished`, note, { mode: 0o600 });
    await rename(`${file}.unfinished`, file);
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(work).catch(this.#options.onError);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(work);
    this.#writing = turn.catch(() => undefined);
    return turn;
  }
}
