import { type FileHandle, open, stat } from 'node:fs/promises';
import type { ExportRecord } from '../export-record.ts';
import { ALL_TAKEN, type Delivery, type Sink, SinkError } from '../sink.ts';
import { formatRecords } from './format-records.ts';

export interface FileSinkOptions {
  readonly name: string;
  readonly path: string;
  /** One line without its end. */
  readonly format: (record: ExportRecord) => string;
}

const LINE_END = 0x0a;

/**
 * Appends lines to a file, which may be renamed or removed at any time: it is looked at before each batch, and made anew when it
 * is another one. A batch is on the disk before it counts.
 */
export class FileSink implements Sink {
  readonly name: string;
  readonly #options: FileSinkOptions;
  #file: FileHandle | undefined;

  constructor(options: FileSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], _signal: AbortSignal): Promise<Delivery> {
    const lines = await formatRecords(records, this.#options.format);
    try {
      const file = await this.#open();
      await file.appendFile(`${lines.join('\n')}\n`);
      await file.datasync();
    } catch (cause) {
      // Part of a line may have been written: the next opening ends it.
      await this.#close();
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
      throw new SinkError('ERR_SINK_UNAVAILABLE', `the file cannot be written (${code})`, {
        cause,
      });
    }
    return ALL_TAKEN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #open(): Promise<FileHandle> {
    const { path } = this.#options;
    if (this.#file !== undefined) {
      const [own, there] = await Promise.all([
        this.#file.stat(),
        stat(path).catch(() => undefined),
      ]);
      if (own.ino === there?.ino && own.dev === there.dev) return this.#file;
      await this.#close();
    }
    const file = await open(path, 'a+', 0o600);
    this.#file = file;
    const { size } = await file.stat();
    if (size > 0) {
      const last = Buffer.alloc(1);
      await file.read(last, 0, 1, size - 1);
      // A line that was cut is no part of the next one.
      if (last[0] !== LINE_END) await file.appendFile('\n');
    }
    return file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
