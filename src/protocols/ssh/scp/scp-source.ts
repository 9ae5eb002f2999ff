import { posix } from 'node:path';
import { ContentFormatError } from '../../../masking/content-masker.ts';
import type { ScpCommand } from '../../../shell/recognise-command.ts';
import { type Attributes, isDirectory, isRegularFile } from '../../../wire/sftp/attributes.ts';
import { OpenFlag } from '../../../wire/sftp/packet-type.ts';
import { RIGHTS_CHANGED } from '../held-rights.ts';
import { listDirectory } from '../sftp/list-directory.ts';
import { measureMasked } from '../sftp/masked-file.ts';
import type { OpenedFile } from '../sftp/opened-file.ts';
import { FileReadError, readAhead } from '../sftp/read-ahead.ts';
import { expandWord } from './expand-word.ts';
import { formatEntry, formatTimes, isPlainName } from './scp-line.ts';
import { describeAnswer, ScpAnswers, type ScpParts } from './scp-session.ts';

const DEPTH_MAX = 128;
const PADDING: Buffer = Buffer.alloc(32 * 1024);

/** The far side of `scp -O host:path …`: sends files, each decided by itself, masked where they have to be. */
export class ScpSource {
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
    await this.#answers.read();
    for (const word of this.#command.paths) {
      for (const path of await expandWord(this.#parts, word)) await this.#send(path, 0);
    }
    return !this.#answers.hasFailed;
  }

  async #send(path: string, depth: number): Promise<void> {
    if (this.#command.isRecursive) {
      // What there is, is said only to who may list or read it.
      const response = await this.#parts.target.ask({ kind: 'stat', path: Buffer.from(path) });
      if (response.kind === 'attributes' && isDirectory(response.attributes)) {
        return this.#sendDirectory(path, response.attributes, depth);
      }
    }
    const opened = await this.#parts.files.open(
      { path: Buffer.from(path), flags: OpenFlag.read, attributes: {} },
      this.#parts.onWaiting,
    );
    if (opened.kind === 'answer') {
      this.#answers.warn(`${path}: ${describeAnswer(opened.response)}`);
      return;
    }
    const { file } = opened;
    const isDone = await this.#sendFile(path, file);
    await this.#parts.target.ask({ kind: 'close', handle: file.handle });
    file.finish(isDone ? 'done' : 'failed', this.#evidence);
    this.#evidence = undefined;
  }

  /** What was shown of the file at hand. */
  #evidence: Parameters<OpenedFile['finish']>[1];

  async #sendFile(path: string, file: OpenedFile): Promise<boolean> {
    const { target } = this.#parts;
    const response = await target.ask({ kind: 'fstat', handle: file.handle });
    if (response.kind !== 'attributes' || !isRegularFile(response.attributes)) {
      this.#answers.warn(`${path}: not a regular file`);
      return false;
    }
    const { attributes } = response;
    const { openMasker } = file;
    const size =
      openMasker === undefined
        ? attributes.size
        : await measureMasked(target, file.handle, openMasker);
    if (size === undefined) {
      this.#answers.warn(`${path}: it cannot be masked, or is too large to know its masked size`);
      return false;
    }
    if (!(await this.#announce('C', path, { attributes, size }))) return false;
    const problem = await this.#sendContent(file, size);
    if (problem === undefined) this.#answers.ok();
    else this.#answers.warn(`${path}: ${problem}`);
    return (await this.#answers.read()) && problem === undefined;
  }

  /** Says what comes next; returns whether the client takes it. */
  async #announce(
    letter: 'C' | 'D',
    path: string,
    { attributes, size }: { readonly attributes: Attributes; readonly size: number },
  ): Promise<boolean> {
    const { permissions = 0, times } = attributes;
    const name = nameOf(path);
    if (name === undefined) {
      this.#answers.warn('a name that cannot be sent');
      return false;
    }
    if (this.#command.preservesTimes && times !== undefined) {
      this.#parts.write(Buffer.from(formatTimes(times)));
      if (!(await this.#answers.read())) return false;
    }
    this.#parts.write(Buffer.from(formatEntry(letter, permissions, size, name)));
    return this.#answers.read();
  }

  /** Sends exactly as many bytes as were said; returns what went wrong. */
  async #sendContent(file: OpenedFile, size: number): Promise<string | undefined> {
    const { target, write } = this.#parts;
    let sent = 0;
    const send = (bytes: Buffer): void => {
      const piece = bytes.subarray(0, size - sent);
      if (piece.length > 0) write(piece);
      file.show(sent, piece);
      sent += piece.length;
    };
    const masker = file.openMasker?.(send);
    let problem: string | undefined;
    try {
      for await (const chunk of readAhead(
        target,
        file.handle,
        masker === undefined ? size : undefined,
      )) {
        if (!file.isPermitted) {
          problem = RIGHTS_CHANGED;
          break;
        }
        if (masker === undefined) send(chunk);
        else masker.push(chunk);
      }
      if (problem === undefined) masker?.end();
    } catch (error) {
      if (!(error instanceof ContentFormatError || error instanceof FileReadError)) throw error;
      problem = error.message;
    }
    this.#evidence = masker?.describe();
    if (problem === undefined && sent === size) {
      file.sawEnd();
      return undefined;
    }
    file.spoil();
    while (sent < size) {
      const padding = PADDING.subarray(0, size - sent);
      write(padding);
      sent += padding.length;
    }
    return problem ?? 'changed while it was read';
  }

  async #sendDirectory(path: string, attributes: Attributes, depth: number): Promise<void> {
    const { target, files, onWaiting } = this.#parts;
    if (depth === DEPTH_MAX) return this.#answers.warn(`${path}: too deep`);
    const rule = { verb: 'list', last: 'follow' } as const;
    const found = await files.clearPath(Buffer.from(path), rule, onWaiting);
    if (found.kind === 'answer') {
      return this.#answers.warn(`${path}: ${describeAnswer(found.response)}`);
    }
    if (!(await this.#announce('D', path, { attributes, size: 0 }))) return;
    for (const { name } of await listDirectory(target, files.paths, found.paths[0] ?? '')) {
      await this.#send(posix.join(path, name), depth + 1);
    }
    this.#parts.write(Buffer.from('E\n'));
    await this.#answers.read();
  }
}

/** The name that a client is told; undefined if it might mean something else to it. */
function nameOf(path: string): string | undefined {
  const name = posix.basename(path);
  return isPlainName(name) ? name : undefined;
}
