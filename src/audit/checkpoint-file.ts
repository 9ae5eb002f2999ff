import { type FileHandle, open, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Bytes of a checkpoint file that a reader takes into memory: ten million checkpoints at most. */
const FILE_BYTES_MAX = 2 ** 31 - 1;

/** The notes of a checkpoint file, and where each begins. */
export interface CheckpointNotes {
  readonly notes: readonly { readonly text: string; readonly offset: number }[];
  /** Offset behind the last whole note: more bytes are a note that a crash cut. */
  readonly wholeBytes: number;
  readonly fileBytes: number;
}

/** Splits a checkpoint file into its notes. A missing file holds none. */
export async function readCheckpointNotes(checkpointPath: string): Promise<CheckpointNotes> {
  const bytes = await readIfPresent(checkpointPath);
  if (bytes.length > FILE_BYTES_MAX) throw new RangeError('Cannot read checkpoints: file too long');
  const notes: { text: string; offset: number }[] = [];
  let offset = 0;
  for (;;) {
    // A note is text, empty line, signatures; an empty line stands between two notes.
    const signatures = bytes.indexOf('\n\n', offset);
    const end = signatures === -1 ? -1 : bytes.indexOf('\n\n', signatures + 2);
    if (end === -1) return { notes, wholeBytes: offset, fileBytes: bytes.length };
    notes.push({ text: bytes.toString('utf8', offset, end + 1), offset });
    offset = end + 2;
  }
}

async function readIfPresent(filePath: string): Promise<Buffer> {
  try {
    return await readFile(filePath);
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
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
