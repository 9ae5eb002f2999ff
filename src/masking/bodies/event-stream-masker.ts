import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import type { MaskMessage } from './body-subject.ts';

/** Longest event. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;
/** The end of an event: a line with nothing in it. */
const EVENT_END = /\r\n\r\n|\n\n|\r\r|\r\n\n|\n\r\n|\r\r\n/u;
const LINE_END = /\r\n|\n|\r/u;
/** What else an event may say that is shown: its type and its id in one word, and how long to wait. */
const SHOWN_LINE = /^(?:(?:event|id): ?[\w.:/+=-]{0,256}|retry: ?\d{1,9})$/u;
/** Shown of any comment: streams are kept open by them. */
const COMMENT = ':';
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** What events are masked with. */
export interface EventMasks {
  readonly data: MaskMessage;
  /** Of its type and its id. */
  readonly text: MaskMessage;
}

/**
 * Masks server-sent events one by one: the data of each is masked as a message of its own, its type and id as text. Of comments
 * nothing is shown but that there were some; of fields that no client knows, nothing.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class EventStreamMasker implements ContentMasker {
  readonly #masks: EventMasks;
  readonly #write: (bytes: Buffer) => void;
  /** In latin1. */
  #kept = '';
  #pending: Promise<void> | undefined;
  #events = 0;

  constructor(masks: EventMasks, write: (bytes: Buffer) => void) {
    this.#masks = masks;
    this.#write = write;
  }

  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  push(bytes: Buffer): void {
    this.#kept += bytes.toString('latin1');
    this.#advance();
    if (this.#kept.length > EVENT_BYTES_MAX) {
      throw new ContentFormatError('event stream', `event of more than ${EVENT_BYTES_MAX} bytes`);
    }
  }

  end(): void {
    // What is no whole event is none for the client either.
    this.#kept = '';
  }

  describe(): EvidenceFields {
    return { rows: this.#events };
  }

  /** Masks the events that are there, until one has to wait. */
  #advance(): void {
    while (this.#pending === undefined) {
      const end = EVENT_END.exec(this.#kept);
      // A line feed may follow what looks like the end.
      const isCut =
        end !== null && end.index + end[0].length === this.#kept.length && end[0].endsWith('\r');
      if (end === null || isCut) return;
      const event = this.#kept.slice(0, end.index);
      this.#kept = this.#kept.slice(end.index + end[0].length);
      this.#event(event);
    }
  }

  #event(event: string): void {
    this.#events += 1;
    const lines = event.replace(BYTE_ORDER_MARK, '').split(LINE_END);
    const data = lines.filter((line) => isData(line)).map((line) => valueOf(line));
    const others = lines
      .map((line) => (line.startsWith(':') ? COMMENT : line))
      .filter((line) => line === COMMENT || SHOWN_LINE.test(line));
    const text = this.#masks.text(toBytes(others));
    const content = data.length === 0 ? undefined : this.#masks.data(toBytes(data));
    if (text instanceof Promise || content instanceof Promise) {
      this.#pending = this.#writeLater(Promise.all([text, content]));
    } else {
      this.#writeEvent(text, content);
    }
  }

  async #writeLater(masked: Promise<readonly [Buffer, Buffer | undefined]>): Promise<void> {
    this.#writeEvent(...(await masked));
    this.#pending = undefined;
    this.#advance();
    await this.pending;
  }

  #writeEvent(text: Buffer, content: Buffer | undefined): void {
    const data = content === undefined ? [] : content.toString('latin1').split(LINE_END);
    const lines = [
      ...text.toString('latin1').split('\n').filter(Boolean),
      ...data.map((line) => `data: ${line}`),
    ];
    this.#write(Buffer.from(`${lines.join('\n')}\n\n`, 'latin1'));
  }
}

function toBytes(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join('\n'), 'latin1');
}

function isData(line: string): boolean {
  return line === 'data' || line.startsWith('data:');
}

function valueOf(line: string): string {
  return line.slice('data:'.length).replace(/^ /u, '');
}
