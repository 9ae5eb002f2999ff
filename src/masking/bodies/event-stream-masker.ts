import { ByteOutput } from '../content/byte-output.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import type { MaskMessage } from './body-subject.ts';

/** Longest event. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Of the end of the line before. */
const BLANK_START = /^\n/u;
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
  /** Of the event at hand. */
  readonly #kept = new ByteOutput();
  #keptBytes = 0;
  /** Of the line at hand. */
  #lineBytes = 0;
  /** A line feed would be of the end of the line before. */
  #followsReturn = false;
  /** Whole events that are not masked yet, in latin1. */
  readonly #ready: string[] = [];
  #pending: Promise<void> | undefined;
  #events = 0;

  constructor(masks: EventMasks, write: (bytes: Buffer) => void) {
    this.#masks = masks;
    this.#write = write;
  }

  get pending(): Promise<void> | undefined {
    return this.#pending;
  }

  /** Looks at each byte once: an event may come in pieces of any size. */
  push(bytes: Buffer): void {
    let start = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      const isOfReturn = byte === LINE_FEED && this.#followsReturn;
      this.#followsReturn = byte === CARRIAGE_RETURN;
      if (isOfReturn) continue;
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        this.#lineBytes += 1;
        continue;
      }
      const isEmpty = this.#lineBytes === 0;
      this.#lineBytes = 0;
      if (!isEmpty) continue;
      this.#ready.push(this.#takeEvent(bytes, start, at));
      start = at + 1;
    }
    this.#keep(bytes, start, bytes.length);
    this.#advance();
  }

  end(): void {
    // What is no whole event is none for the client either.
    this.#kept.take();
  }

  describe(): EvidenceFields {
    return { rows: this.#events };
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    this.#keptBytes += end - start;
    if (this.#keptBytes > EVENT_BYTES_MAX) {
      throw new ContentFormatError('event stream', `event of more than ${EVENT_BYTES_MAX} bytes`);
    }
    this.#kept.copy(bytes, start, end);
  }

  #takeEvent(bytes: Buffer, start: number, end: number): string {
    if (this.#keptBytes === 0) return bytes.toString('latin1', start, end);
    this.#keep(bytes, start, end);
    this.#keptBytes = 0;
    return this.#kept.take().toString('latin1');
  }

  /** Masks the events that are there, until one has to wait. */
  #advance(): void {
    let done = 0;
    while (this.#pending === undefined && done < this.#ready.length) {
      const event = this.#ready[done++]?.replace(BLANK_START, '') ?? '';
      // The end of lines alone: some keep a stream open by that.
      if (event === '') this.#write(Buffer.from('\n'));
      else this.#event(event);
    }
    this.#ready.splice(0, done);
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
