import type { ExportRecord } from '../export-record.ts';
import { toJsonLine } from '../formats/json-event.ts';
import type { OtlpLogRecord } from '../formats/otlp-log-record.ts';
import { ALL_TAKEN, type Delivery, type Sink } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { expectTaken, type HttpPoster, parseAnswer } from './http-poster.ts';

/** A receiver of OTLP, and how entries are said to it. */
export interface OtlpSinkOptions {
  readonly name: string;
  readonly poster: HttpPoster;
  readonly format: (record: ExportRecord) => OtlpLogRecord;
  /** Makes one request of log records. */
  readonly wrap: (records: readonly OtlpLogRecord[]) => unknown;
}

/** Sends log records by OTLP, JSON over HTTP. */
export class OtlpSink implements Sink {
  readonly name: string;
  readonly #options: OtlpSinkOptions;

  constructor(options: OtlpSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { poster, format, wrap } = this.#options;
    const body = toJsonLine(wrap(await formatRecords(records, format)));
    const answer = await poster.post(
      { path: '/v1/logs', contentType: 'application/json', body },
      signal,
    );
    expectTaken(answer);
    const rejected = answer.body === '' ? 0 : countRejected(parseAnswer(answer.body));
    if (rejected === 0) return ALL_TAKEN;
    // By the protocol a partial success is not to be repeated, and does not say what was rejected.
    return { again: [], refused: [], refusedUnnamed: Math.min(rejected, records.length) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.poster[Symbol.dispose]();
  }
}

/** A 64-bit integer, which may come as text. */
function countRejected({ partialSuccess }: Readonly<Record<string, unknown>>): number {
  const { rejectedLogRecords } = (partialSuccess ?? {}) as {
    readonly rejectedLogRecords?: unknown;
  };
  const count = Number(rejectedLogRecords ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
