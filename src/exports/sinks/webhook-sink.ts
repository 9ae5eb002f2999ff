import type { ExportRecord } from '../export-record.ts';
import { toJsonLine } from '../formats/json-event.ts';
import { ALL_TAKEN, type Delivery, type Sink } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { expectTaken, type HttpPoster } from './http-poster.ts';
import { signWebhook } from './sign-webhook.ts';

/** A receiver of our own documents, and what they are signed with. */
export interface WebhookSinkOptions {
  readonly name: string;
  readonly poster: HttpPoster;
  readonly secret: string;
  readonly format: (record: ExportRecord) => unknown;
  readonly nowMs: () => number;
}

/** Posts signed JSON: `{"version":1,"entries":[…]}`. `sallyport-delivery` is the same when a batch is sent again. */
export class WebhookSink implements Sink {
  readonly name: string;
  readonly #options: WebhookSinkOptions;

  constructor(options: WebhookSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { poster, format, secret, nowMs } = this.#options;
    const body = toJsonLine({ version: 1, entries: await formatRecords(records, format) });
    const headers = {
      ...signWebhook(secret, body, nowMs()),
      'sallyport-delivery': `${records[0]?.id}-${records.at(-1)?.seq}`,
    };
    const contentType = 'application/json; charset=utf-8';
    expectTaken(await poster.post({ path: '', contentType, body, headers }, signal));
    return ALL_TAKEN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.poster[Symbol.dispose]();
  }
}
