import { posix } from 'node:path';
import type { ScpCommand } from '../../../shell/recognise-command.ts';
import { isDirectory } from '../../../wire/sftp/attributes.ts';
import { OpenFlag, StatusCode } from '../../../wire/sftp/packet-type.ts';
import { RIGHTS_CHANGED } from '../held-rights.ts';
import type { OpenedFile } from '../sftp/opened-file.ts';
import { homeward } from './expand-word.ts';
import { parseScpLine, type ScpLine } from './scp-line.ts';
import { describeAnswer, ScpAbortedError, ScpAnswers, type ScpParts } from './scp-session.ts';

/** Longest WRITE that every server takes. */
const WRITE_BYTES_MAX = 32 * 1024;
/** WRITEs without an answer. */
const WRITES_AHEAD = 64;
const DEPTH_MAX = 128;
const OWNER_ALL = 0o700;

type Entry = Extract<ScpLine, { readonly name: string }>;
type Times = Extract<ScpLine, { readonly kind: 'times' }>;

/** The far side of `scp -O file host:path`: takes what the client sends, each file decided before its first byte. */
export class ScpSink {
  readonly #parts: ScpParts;
  readonly #command: ScpCommand;
  readonly #answers: ScpAnswers;

  constructor(command: ScpCommand, parts: ScpParts) {
    this.#command = command;
    this.#parts = parts;
    this.#answers = new ScpAnswers(parts);
  }

  /** @returns Whether all was done. */
  async run(): Promise<boolean> {
    const path = homeward(this.#command.paths[0]?.text ?? '');
    // Where one is needed and there is none, opening fails: of what there is, only who may ask is told.
    const isDirectory = this.#command.needsDirectory || (await this.#kindOf(path)) === 'directory';
    await this.#takeAll({ path, isDirectory }, 0);
    return !this.#answers.hasFailed;
  }

  async #kindOf(path: string): Promise<'directory' | 'other'> {
    const response = await this.#parts.target.ask({ kind: 'stat', path: Buffer.from(path) });
    return response.kind === 'attributes' && isDirectory(response.attributes)
      ? 'directory'
      : 'other';
  }

  /** Takes the entries of one directory, or what was named in the command. */
  async #takeAll(
    into: { readonly path: string; readonly isDirectory: boolean },
    depth: number,
  ): Promise<void> {
    let times: Times | undefined;
    this.#answers.ok();
    for (;;) {
      const line = await this.#nextLine(depth);
      if (line === undefined) return;
      switch (line.kind) {
        case 'times':
          times = line;
          this.#answers.ok();
          continue;
        case 'error':
          if (line.isFatal) throw new ScpAbortedError();
          continue;
        case 'end':
          if (depth > 0) {
            this.#answers.ok();
            return;
          }
          this.#answers.warn('protocol error: unexpected end of a directory');
          throw new ScpAbortedError();
        case 'malformed':
          this.#answers.warn(`protocol error: ${line.reason}`);
          throw new ScpAbortedError();
        case 'file':
        case 'directory':
          break;
      }
      const path = into.isDirectory ? posix.join(into.path, line.name) : into.path;
      if (line.kind === 'file') await this.#takeFile(path, line, times);
      else await this.#takeDirectory(path, line, { times, depth });
      times = undefined;
    }
  }

  /** Undefined where the client may stop, and does. */
  async #nextLine(depth: number): Promise<ScpLine | undefined> {
    try {
      return parseScpLine(await this.#parts.input.readLine());
    } catch (error) {
      if (depth === 0) return undefined;
      throw error;
    }
  }

  async #takeFile(path: string, entry: Entry, times: Times | undefined): Promise<void> {
    const { files, onWaiting } = this.#parts;
    const opened = await files.open(
      {
        path: Buffer.from(path),
        flags: OpenFlag.write | OpenFlag.create | OpenFlag.truncate,
        attributes: { permissions: entry.mode },
        size: entry.size,
      },
      onWaiting,
    );
    if (opened.kind === 'answer') {
      this.#answers.warn(`${entry.name}: ${describeAnswer(opened.response)}`);
      return;
    }
    this.#answers.ok();
    const { file } = opened;
    const problem = await this.#takeContent(file, entry.size);
    // The client says whether it could read all of its file.
    const wasSent = await this.#answers.read();
    const { target } = this.#parts;
    if (this.#command.preservesTimes) {
      const attributes = { permissions: entry.mode, ...(times !== undefined && { times }) };
      await target.ask({ kind: 'fsetstat', handle: file.handle, attributes });
    }
    const closed = await target.ask({ kind: 'close', handle: file.handle });
    const isClosed = closed.kind === 'status' && closed.code === StatusCode.ok;
    file.finish(problem === undefined && wasSent && isClosed ? 'done' : 'failed');
    if (problem !== undefined) this.#answers.warn(`${path}: ${problem}`);
    else if (isClosed) this.#answers.ok();
    else this.#answers.warn(`${path}: ${describeAnswer(closed)}`);
  }

  /** Passes content on as it comes; returns what went wrong. */
  async #takeContent(file: OpenedFile, size: number): Promise<string | undefined> {
    const { target, input, hold } = this.#parts;
    const all = Promise.withResolvers<void>();
    let problem: string | undefined;
    let offset = 0;
    let waiting = 0;
    const settle = (): void => {
      if (waiting === WRITES_AHEAD - 1) hold(false);
      if (waiting === 0 && offset === size) all.resolve();
    };
    const write = (bytes: Buffer): void => {
      if (!file.isPermitted) {
        problem ??= RIGHTS_CHANGED;
        file.written.spoil();
        offset += bytes.length;
        return;
      }
      waiting += 1;
      if (waiting === WRITES_AHEAD) hold(true);
      const place = { handle: file.handle, offset, dataBytes: bytes.length };
      target.startWrite(place, {
        response(response) {
          waiting -= 1;
          if (response.kind !== 'status' || response.code !== StatusCode.ok) {
            problem ??= describeAnswer(response);
            file.written.spoil();
          }
          settle();
        },
      });
      target.writeData(bytes);
      file.written.add(offset, bytes);
      offset += bytes.length;
    };
    await input.readContent(size, (bytes) => {
      for (let start = 0; start < bytes.length; start += WRITE_BYTES_MAX) {
        write(bytes.subarray(start, start + WRITE_BYTES_MAX));
      }
    });
    settle();
    await all.promise;
    return problem;
  }

  async #takeDirectory(
    path: string,
    entry: Entry,
    { times, depth }: { readonly times: Times | undefined; readonly depth: number },
  ): Promise<void> {
    if (!this.#command.isRecursive || depth === DEPTH_MAX) {
      this.#answers.warn(`${path}: protocol error: unexpected directory`);
      throw new ScpAbortedError();
    }
    const { target, files, onWaiting } = this.#parts;
    if ((await this.#kindOf(path)) !== 'directory') {
      const rule = { verb: 'mkdir', last: 'keep' } as const;
      const found = await files.clearPath(Buffer.from(path), rule, onWaiting);
      const response =
        found.kind === 'answer'
          ? found.response
          : await target.ask({
              kind: 'mkdir',
              path: Buffer.from(found.paths[0] ?? ''),
              attributes: { permissions: entry.mode | OWNER_ALL },
            });
      if (response.kind !== 'status' || response.code !== StatusCode.ok) {
        this.#answers.warn(`${path}: ${describeAnswer(response)}`);
        return;
      }
    }
    await this.#takeAll({ path, isDirectory: true }, depth + 1);
    if (this.#command.preservesTimes) await this.#setDirectory(path, entry, times);
  }

  async #setDirectory(path: string, entry: Entry, times: Times | undefined): Promise<void> {
    const { target, files, onWaiting } = this.#parts;
    const rule = { verb: 'setstat', last: 'follow' } as const;
    const found = await files.clearPath(Buffer.from(path), rule, onWaiting);
    if (found.kind === 'answer') return;
    const attributes = { permissions: entry.mode, ...(times !== undefined && { times }) };
    await target.ask({ kind: 'setstat', path: Buffer.from(found.paths[0] ?? ''), attributes });
  }
}
