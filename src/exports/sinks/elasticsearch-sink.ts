import type { ExportRecord } from '../export-record.ts';
import type { Delivery, Sink } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { expectTaken, type HttpPoster, parseAnswer } from './http-poster.ts';
import { sortByStatus } from './sort-by-status.ts';

export interface ElasticsearchSinkOptions {
  readonly name: string;
  readonly poster: HttpPoster;
  /** The lines of one entry. */
  readonly format: (record: ExportRecord) => string;
}

/** It was there already. */
const CONFLICT = 409;

/** Sends to the bulk API of Elasticsearch or OpenSearch, which answers for each entry by itself. */
export class ElasticsearchSink implements Sink {
  readonly name: string;
  readonly #options: ElasticsearchSinkOptions;

  constructor(options: ElasticsearchSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { poster, format } = this.#options;
    const body = (await formatRecords(records, format)).join('');
    const answer = await poster.post(
      { path: '/_bulk', contentType: 'application/x-ndjson', body },
      signal,
    );
    expectTaken(answer);
    const { items } = parseAnswer(answer.body);
    const statuses = Array.isArray(items) ? items.map(readStatus) : [];
    return sortByStatus(
      records,
      statuses.map((status) => (status === CONFLICT ? 200 : status)),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.poster[Symbol.dispose]();
  }
}

function readStatus(item: unknown): number | undefined {
  const { create } = item as { readonly create?: { readonly status?: unknown } };
  return typeof create?.status === 'number' ? create.status : undefined;
}
