import type { ExportRecord } from './export-record.ts';
import { type Delivery, type Sink, SinkError } from './sink.ts';

/**
 * A sink that is opened when it is needed, and anew after it did not let us in: its token may have been replaced. Until its secrets
 * can be read it is a sink that fails, and no other one waits for it.
 */
export class ReopeningSink implements Sink {
  readonly name: string;
  readonly #open: () => Promise<Sink>;
  #sink: Sink | undefined;

  constructor(name: string, open: () => Promise<Sink>) {
    this.name = name;
    this.#open = open;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    try {
      this.#sink ??= await this.#open();
    } catch (cause) {
      const reason = 'a secret or a file that it needs cannot be read';
      throw new SinkError('ERR_SINK_FORBIDDEN', reason, { cause });
    }
    try {
      return await this.#sink.deliver(records, signal);
    } catch (error) {
      if (error instanceof SinkError && error.code === 'ERR_SINK_FORBIDDEN') await this.#close();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  async #close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = undefined;
    await sink?.[Symbol.asyncDispose]();
  }
}
