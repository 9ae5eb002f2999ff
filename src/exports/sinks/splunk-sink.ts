import { randomUUID } from 'node:crypto';
import type { ExportRecord } from '../export-record.ts';
import { toJsonLine } from '../formats/json-event.ts';
import { ALL_TAKEN, type Delivery, type Sink, SinkError } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { expectTaken, HttpPoster, parseAnswer } from './http-poster.ts';

export interface SplunkSinkOptions {
  readonly name: string;
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string;
  /** Whether to ask the indexers until they have it. */
  readonly acknowledge: boolean;
  readonly format: (record: ExportRecord) => unknown;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Milliseconds between two questions for an acknowledgement. */
const ASK_MS = 1_000;
/** Answers of the collector that are about events, and not about the token or the index. */
const EVENT_CODES: ReadonlySet<unknown> = new Set([5, 6, 12, 13, 15]);

/**
 * Sends to Splunk's HTTP Event Collector.
 *
 * @see https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
 */
export class SplunkSink implements Sink {
  readonly name: string;
  readonly #options: SplunkSinkOptions;
  readonly #poster: HttpPoster;
  /** Under which the collector keeps acknowledgements. */
  readonly #channel: string = randomUUID();

  constructor(options: SplunkSinkOptions) {
    this.name = options.name;
    this.#options = options;
    const headers = {
      authorization: `Splunk ${options.token}`,
      ...(options.acknowledge && { 'x-splunk-request-channel': this.#channel }),
    };
    this.#poster = new HttpPoster({ url: options.url, ca: options.ca, headers });
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { format } = this.#options;
    const lines = await formatRecords(records, (record) => toJsonLine(format(record)));
    const body = lines.join('\n');
    const answer = await this.#poster.post(
      { path: '/services/collector/event', contentType: 'application/json', body },
      signal,
    );
    if (answer.status === 400) return takeApart(records, parseAnswer(answer.body));
    expectTaken(answer);
    if (this.#options.acknowledge) await this.#untilIndexed(parseAnswer(answer.body), signal);
    return ALL_TAKEN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#poster[Symbol.dispose]();
  }

  async #untilIndexed(
    { ackId }: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<void> {
    if (typeof ackId !== 'number') {
      throw new SinkError('ERR_SINK_FORBIDDEN', 'its token does not acknowledge');
    }
    const path = `/services/collector/ack?channel=${this.#channel}`;
    const body = JSON.stringify({ acks: [ackId] });
    for (;;) {
      const answer = await this.#poster.post(
        { path, contentType: 'application/json', body },
        signal,
      );
      expectTaken(answer);
      const { acks } = parseAnswer(answer.body);
      if ((acks as Readonly<Record<string, unknown>> | undefined)?.[ackId] === true) return;
      await this.#options.wait(ASK_MS, signal);
    }
  }
}

/** The collector names the first event that it does not take. What stood before it may come twice. */
function takeApart(
  records: readonly ExportRecord[],
  answer: Readonly<Record<string, unknown>>,
): Delivery {
  if (!EVENT_CODES.has(answer['code'])) {
    throw new SinkError('ERR_SINK_FORBIDDEN', 'it does not take events for this token or index');
  }
  const index = answer['invalid-event-number'];
  const refused = typeof index === 'number' ? records[index] : undefined;
  if (refused === undefined) throw new SinkError('ERR_SINK_REFUSED', 'it finds an event invalid');
  return {
    again: records.filter((record) => record !== refused),
    refused: [refused],
    refusedUnnamed: 0,
  };
}
