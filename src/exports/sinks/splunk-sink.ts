import { randomUUID } from 'node:crypto';
import type { ExportRecord } from '../export-record.ts';
import { toJsonLine } from '../formats/json-event.ts';
import { ALL_TAKEN, type Delivery, type Sink, SinkError } from '../sink.ts';
import { formatRecords } from './format-records.ts';
import { expectTaken, type HttpPoster, parseAnswer } from './http-poster.ts';

export interface SplunkSinkOptions {
  readonly name: string;
  readonly poster: HttpPoster;
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
  /** Under which the collector keeps acknowledgements. */
  readonly #channel: string = randomUUID();
  readonly #channelHeader: Readonly<Record<string, string>> = {
    'x-splunk-request-channel': this.#channel,
  };

  constructor(options: SplunkSinkOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    const { poster, format, acknowledge } = this.#options;
    const lines = await formatRecords(records, (record) => toJsonLine(format(record)));
    const answer = await poster.post(
      {
        path: '/services/collector/event',
        contentType: 'application/json',
        body: lines.join('\n'),
        headers: acknowledge ? this.#channelHeader : {},
      },
      signal,
    );
    if (answer.status === 400) return takeApart(records, parseAnswer(answer.body));
    expectTaken(answer);
    if (acknowledge) await this.#untilIndexed(parseAnswer(answer.body), signal);
    return ALL_TAKEN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.poster[Symbol.dispose]();
  }

  async #untilIndexed(
    { ackId }: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<void> {
    if (typeof ackId !== 'number') {
      throw new SinkError('ERR_SINK_FORBIDDEN', 'its token does not acknowledge');
    }
    const { poster, wait } = this.#options;
    const asking = {
      path: `/services/collector/ack?channel=${this.#channel}`,
      contentType: 'application/json',
      body: JSON.stringify({ acks: [ackId] }),
      headers: this.#channelHeader,
    };
    for (;;) {
      const answer = await poster.post(asking, signal);
      expectTaken(answer);
      const { acks } = parseAnswer(answer.body);
      if ((acks as Readonly<Record<string, unknown>> | undefined)?.[ackId] === true) return;
      await wait(ASK_MS, signal);
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
