import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { replaceDurably } from '../../encryption/durable-file.ts';
import { cosign, type WitnessKey } from '../cosignature.ts';
import { verifyConsistency } from '../merkle-proof.ts';
import { readTextIfPresent } from '../read-if-present.ts';
import {
  type Checkpoint,
  complainOfSignature,
  type NoteVerifier,
  readCheckpoint,
  splitNote,
} from '../signed-note.ts';
import { type AddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';

/** What a witness is made of. */
export interface WitnessOptions {
  /** Where it keeps what it cosigned last, one file for each log. A witness that loses it must not go on. */
  readonly directory: string;
  readonly key: WitnessKey;
  /** The keys that may sign checkpoints of a log; none if the log is not known. */
  readonly findLogKeys: (origin: string) => Promise<readonly NoteVerifier[]>;
  readonly nowMs: () => number;
}

/** An answer, as HTTP has it. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
}

/**
 * Cosigns checkpoints of logs, never two of which one does not continue the other. It keeps the last one of each log,
 * on stable storage before it answers.
 *
 * @see https://c2sp.org/tlog-witness
 */
export class Witness {
  readonly #options: WitnessOptions;
  /** Of each log: what is read, checked and written is one step. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Answers a request. Rejects if its files cannot be read or written: nothing was cosigned then. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    const request = parseAddCheckpoint(body);
    const note = request && splitNote(request.note);
    if (note === undefined || typeof note === 'string') return refuse(400, 'not a request');
    const read = readCheckpoint(note.text);
    if (read.state === 'invalid') return refuse(400, `checkpoint ${read.reason}`);
    const { checkpoint } = read;
    const keys = await this.#options.findLogKeys(checkpoint.origin);
    if (keys.length === 0) return refuse(404, 'log is not known');
    // Lines of other keys, and of other witnesses, are no concern of this one.
    if (keys.every((key) => complainOfSignature(note, key) !== undefined)) {
      return refuse(403, 'checkpoint is not signed by a known key of the log');
    }
    if (request === undefined || request.oldSize > checkpoint.size) {
      return refuse(400, 'old size is larger than the checkpoint');
    }
    return this.#inTurn(checkpoint.origin, () => this.#advance(request, checkpoint, note.text));
  }

  /** The last checkpoint of a log that was cosigned, as a note. */
  findLatest(origin: string): Promise<string | undefined> {
    return readTextIfPresent(this.#statePath(origin));
  }

  async #advance(
    { oldSize, proof, note }: AddCheckpoint,
    { origin, size, root }: Checkpoint,
    text: string,
  ): Promise<WitnessAnswer> {
    const latest = readLatest(await this.findLatest(origin));
    if (oldSize !== latest.size) return conflict(latest.size);
    if (size === latest.size && !root.equals(latest.root)) return conflict(latest.size);
    const claim = { oldSize, oldRoot: latest.root, size, root };
    if (!verifyConsistency(claim, proof)) return refuse(422, 'proof does not lead to the root');

    const { key, nowMs } = this.#options;
    const line = cosign(text, key, nowMs());
    await mkdir(path.dirname(this.#statePath(origin)), { recursive: true, mode: 0o700 });
    await replaceDurably(this.#statePath(origin), note + line);
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: line };
  }

  async #inTurn<Answer>(origin: string, step: () => Promise<Answer>): Promise<Answer> {
    const turn = (this.#turns.get(origin) ?? Promise.resolve()).then(step);
    this.#turns.set(
      origin,
      turn.catch(() => undefined),
    );
    return turn;
  }

  /** An origin can be any text. */
  #statePath(origin: string): string {
    return path.join(this.#options.directory, 'latest', hash('sha256', origin, 'hex'));
  }
}

/** @throws {Error} If the file does not hold a checkpoint: then nothing may be cosigned. */
function readLatest(note: string | undefined): Pick<Checkpoint, 'size' | 'root'> {
  if (note === undefined) return { size: 0, root: hash('sha256', '', 'buffer') };
  const split = splitNote(note);
  const read = typeof split === 'string' ? undefined : readCheckpoint(split.text);
  if (read?.state !== 'signed') throw new Error('Cannot read the last checkpoint: file is damaged');
  return read.checkpoint;
}

function conflict(size: number): WitnessAnswer {
  return { status: 409, contentType: 'text/x.tlog.size', body: `${size}\n` };
}

function refuse(status: 400 | 403 | 404 | 422, reason: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${reason}\n` };
}
