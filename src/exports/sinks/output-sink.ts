import type { Writable } from 'node:stream';
import type { ExportRecord } from '../export-record.ts';
import { ALL_TAKEN, type Delivery, type Sink, SinkError } from '../sink.ts';
import { formatRecords } from './format-records.ts';

export interface OutputSinkOptions {
  readonly name: string;
  readonly output: Writable;
  /** One line without its end. */
  readonly format: (record: ExportRecord) => string;
}

/** Writes lines to standard output, for whoever collects it. */
export class OutputSink implements Sink {
  readonly name: string;
  readonly #options: OutputSinkOptions;

  constructor(options: OutputSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { output, format } = this.#options;
    const lines = await formatRecords(records, format);
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(new SinkError('ERR_SINK_UNAVAILABLE', reason));
      signal.addEventListener('abort', () => fail('it took too long'), { once: true });
      output.write(`${lines.join('\n')}\n`, (error) => {
        if (error) fail('standard output cannot be written');
        else resolve(ALL_TAKEN);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Standard output belongs to the process.
  }
}
