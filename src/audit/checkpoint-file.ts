import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { openEvidence } from './open-evidence.ts';

/** Bytes that are read at a time. No note is as long, with as many signatures as it may have. */
const CHUNK_BYTES = 1024 * 1024;

/** A signed note, and where it begins. */
export interface FiledNote {
  readonly text: string;
  readonly offset: number;
}

/** What a checkpoint file holds, in order: runs of notes, and how it ends. */
export type NotesPart =
  | { readonly kind: 'notes'; readonly notes: readonly FiledNote[] }
  | {
      readonly kind: 'end';
      /** Offset behind the last whole note: more bytes are a note that a crash cut. */
      readonly wholeBytes: number;
      readonly fileBytes: number;
    };

/**
 * Splits a checkpoint file into its notes, with bounded memory: a year has millions. A missing file holds none.
 *
 * @param fromOffset Where a note begins. In bytes.
 */
export async function* readNotes(
  checkpointPath: string,
  fromOffset = 0,
): AsyncGenerator<NotesPart, void> {
  const opened = await openIfPresent(checkpointPath);
  if (opened === undefined) {
    yield { kind: 'end', wholeBytes: 0, fileBytes: 0 };
    return;
  }
  await using file = opened;
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  for (let offset = fromOffset; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
    const { notes, end } = splitNotes(chunk.subarray(0, bytesRead), offset);
    offset += end;
    if (notes.length === 0) {
      const { size } = await file.stat();
      yield { kind: 'end', wholeBytes: offset, fileBytes: Math.max(offset, size) };
      return;
    }
    yield { kind: 'notes', notes };
  }
}

/** @param offset Of `bytes` in the file. */
function splitNotes(bytes: Buffer, offset: number): { notes: readonly FiledNote[]; end: number } {
  const notes: FiledNote[] = [];
  for (let start = 0; ; ) {
    // A note is text, empty line, signatures; an empty line stands between two notes.
    const signatures = bytes.indexOf('\n\n', start);
    const end = signatures === -1 ? -1 : bytes.indexOf('\n\n', signatures + 2);
    if (end === -1) return { notes, end: start };
    notes.push({ text: bytes.toString('utf8', start, end + 1), offset: offset + start });
    start = end + 2;
  }
}

async function openIfPresent(filePath: string): Promise<FileHandle | undefined> {
  try {
    return await openEvidence(filePath);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a file operation failed because there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Appends notes, each durable before the next. What a failed attempt left is overwritten by the next one. */
export class CheckpointFile {
  /** Of the log. */
  readonly directory: string;
  readonly #file: FileHandle;
  #bytes: number;

  private constructor(directory: string, file: FileHandle, bytes: number) {
    this.directory = directory;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Opens the file for appending behind its last whole note. */
  static async open(checkpointPath: string, wholeBytes: number): Promise<CheckpointFile> {
    const file = await open(checkpointPath, wholeBytes === 0 ? 'w' : 'r+', 0o600);
    return new CheckpointFile(path.dirname(checkpointPath), file, wholeBytes);
  }

  async append(note: string): Promise<void> {
    const bytes = Buffer.from(`${note}\n`);
    await this.#file.truncate(this.#bytes);
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(
        bytes,
        done,
        bytes.length - done,
        this.#bytes + done,
      );
      done += bytesWritten;
    }
    await this.#file.sync();
    this.#bytes += bytes.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
