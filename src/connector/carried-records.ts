import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CarriedRecord,
  digestRecord,
  encodeRecordBody,
  encodeSignedRecord,
  NO_RECORD,
} from '../wire/tunnel/carried-record.ts';
import type { StreamRequest } from '../wire/tunnel/stream-request.ts';

/** Milliseconds between records. */
const RECORD_INTERVAL_MS = 2_000;
/** Lines that no gateway has entered are kept in memory up to here; all are in the file. */
const WAITING_LINES_MAX = 100_000;

/** What was carried for one session on one target, and is in no record yet. */
export interface Carried {
  streams: number;
  operations: number;
  bytesToTarget: number;
  bytesFromTarget: number;
}

const NOTHING: Carried = { streams: 0, operations: 0, bytesToTarget: 0, bytesFromTarget: 0 };

interface CountedSession extends Carried {
  readonly gateway: string;
  readonly request: StreamRequest;
  /** Streams that may still add to it. */
  users: number;
}

/** A line that waits to be entered in a ledger. */
export interface WaitingLine {
  readonly sequence: number;
  readonly line: Buffer;
}

/**
 * Counts what this process carries, and writes signed records of it, each with the digest of the one before. The
 * files stay: what a gateway's ledger says is compared with them.
 */
export class CarriedRecords implements AsyncDisposable {
  readonly #connector: string;
  readonly #process: string;
  readonly #key: KeyObject;
  readonly #file: RecordsFile;
  readonly #nowMs: () => number;
  readonly #onWaiting: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #sessions = new Map<string, CountedSession>();
  #waiting: readonly WaitingLine[] = [];
  /** Signed, and not in the file. Nothing more is signed before they are: a record that is missing breaks the chain. */
  #unwritten: readonly WaitingLine[] = [];
  /** Of lines that are in the file. */
  #fileBytes = 0;
  #sequence = 0;
  #previous: string = NO_RECORD;
  #writing: Promise<void> = Promise.resolve();

  private constructor(parts: {
    readonly options: CarriedRecordsOptions;
    readonly key: KeyObject;
    readonly file: RecordsFile;
  }) {
    const { connector, process, nowMs, onWaiting, onError } = parts.options;
    this.#connector = connector;
    this.#process = process;
    this.#nowMs = nowMs;
    this.#onWaiting = onWaiting;
    this.#key = parts.key;
    this.#file = parts.file;
    this.#timer = setInterval(() => void this.flush().catch(onError), RECORD_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Opens the directory `carried` with the key, and a file for this process. */
  static async open(options: CarriedRecordsOptions): Promise<CarriedRecords> {
    const directory = join(options.dataDirectory, 'carried');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const key = await openKey(directory);
    const path = join(directory, `${options.process}.jsonl`);
    const { openFile = openToAppend } = options;
    return new CarriedRecords({ options, key, file: await openFile(path) });
  }

  /** The key that the records verify with: SPKI, DER. */
  get publicKey(): Buffer {
    return createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
  }

  /** Not entered by any gateway, oldest first. */
  get waiting(): readonly WaitingLine[] {
    return this.#waiting;
  }

  /**
   * The counter of a session on a target; add to it.
   *
   * @returns With what to call once nothing is added any more.
   */
  count(gateway: string, request: StreamRequest): { carried: Carried; done: () => void } {
    const { sessionId, principalId, target, kind } = request;
    const key = JSON.stringify([gateway, sessionId, principalId, target, kind]);
    const counted = this.#sessions.get(key) ?? { gateway, request, users: 0, ...NOTHING };
    counted.users += 1;
    counted.streams += 1;
    this.#sessions.set(key, counted);
    return { carried: counted, done: () => void (counted.users -= 1) };
  }

  /** Those up to this one are in a ledger. */
  noteEntered(sequence: number): void {
    this.#waiting = this.#waiting.filter((line) => line.sequence > sequence);
  }

  /** Writes records of all that was carried since the last ones. What fails is done with the next. */
  flush(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }

  async #write(): Promise<void> {
    const isNew = this.#unwritten.length === 0;
    if (isNew) this.#unwritten = this.#signAll();
    const lines = this.#unwritten;
    if (lines.length === 0) return;
    // Some of it may be there.
    if (!isNew) await this.#file.truncate(this.#fileBytes);
    const bytes = Buffer.concat(lines.flatMap(({ line }) => [line, Buffer.from('\n')]));
    await this.#file.appendFile(bytes);
    await this.#file.datasync();
    this.#fileBytes += bytes.length;
    this.#unwritten = [];
    this.#waiting = [...this.#waiting, ...lines].slice(-WAITING_LINES_MAX);
    this.#onWaiting();
    // And all that was carried meanwhile.
    if (!isNew) await this.#write();
  }

  /** Of all that was carried since the last time. */
  #signAll(): readonly WaitingLine[] {
    const lines: WaitingLine[] = [];
    for (const [key, session] of this.#sessions) {
      const record = this.#take(session);
      if (record !== undefined) lines.push(this.#sign(record));
      if (session.users === 0) this.#sessions.delete(key);
    }
    return lines;
  }

  /** Undefined if there is nothing to say. The counter stays for the streams that hold it. */
  #take(session: CountedSession): CarriedRecord | undefined {
    const { gateway, request, streams, operations, bytesToTarget, bytesFromTarget } = session;
    if (streams + operations + bytesToTarget + bytesFromTarget === 0) return undefined;
    Object.assign(session, NOTHING);
    return {
      connector: this.#connector,
      process: this.#process,
      sequence: (this.#sequence += 1),
      atMs: this.#nowMs(),
      gateway,
      sessionId: request.sessionId,
      principalId: request.principalId,
      target: request.target,
      kind: request.kind,
      streams,
      operations,
      bytesToTarget,
      bytesFromTarget,
      previous: this.#previous,
    };
  }

  #sign(record: CarriedRecord): WaitingLine {
    const body = encodeRecordBody(record);
    this.#previous = digestRecord(body);
    const signature = sign(null, body, this.#key);
    return { sequence: record.sequence, line: encodeSignedRecord({ body, signature }) };
  }
}

/** Where records are written, and who is told. */
export interface CarriedRecordsOptions {
  readonly dataDirectory: string;
  readonly connector: string;
  /** Another one in each process. */
  readonly process: string;
  readonly nowMs: () => number;
  /** There are lines to enter. */
  readonly onWaiting: () => void;
  readonly onError: (error: unknown) => void;
  /** Default: as files are opened. */
  readonly openFile?: (path: string) => Promise<RecordsFile>;
}

/** What is needed of a file. */
export interface RecordsFile {
  appendFile(bytes: Buffer): Promise<void>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

function openToAppend(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o600);
}

/** The key of this connector's records, made at the first start; the public half beside it for who verifies. */
async function openKey(directory: string): Promise<KeyObject> {
  const path = join(directory, 'records.key');
  try {
    return createPrivateKey(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  await writeFile(join(directory, 'records.pub'), pem, { mode: 0o644 });
  // Never written over: a second process that starts now fails, and is started again.
  const secret = privateKey.export({ format: 'pem', type: 'pkcs8' });
  await writeFile(path, secret, { mode: 0o600, flag: 'wx' });
  return privateKey;
}
