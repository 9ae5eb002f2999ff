import assert from 'node:assert/strict';
import { BackendType, MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import { type MessageSink, MessageStream } from '../../wire/postgres/message-stream.ts';
import { decodeParameterStatus } from '../../wire/postgres/parameter-status.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { SessionCounts } from '../protocol.ts';
import type { ExpectedAnswers } from './expected-answers.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { Refusals } from './refusal.ts';
import type { BegunResult, ResultMasks } from './result-masks.ts';
import type { SessionNames } from './session-names.ts';
import type { SessionSettings } from './session-settings.ts';
import type { StatementAnalyzer } from './statement-analyzer.ts';

/** Bytes of the largest answer that is looked at whole (errors, settings). */
const WHOLE_BYTES_MAX = 1024 * 1024;
/** Bytes of rows that answer one question of the gateway's own. */
const OWN_ROWS_BYTES_MAX = 16 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);
const IDLE_STATUS = 0x49;
/** The format that a CopyOutResponse says. */
const BINARY_FORMAT = 1;
const FAILED_STATUS = 0x45;

const KNOWN = tableOf(Object.values(BackendType));
const INSPECTED_ALWAYS = [
  BackendType.ReadyForQuery,
  BackendType.ParameterStatus,
  BackendType.CopyOutResponse,
];
const INSPECTED_FOR_MASKS = [
  BackendType.ErrorResponse,
  BackendType.NoticeResponse,
  BackendType.NotificationResponse,
  BackendType.RowDescription,
  BackendType.NoData,
];
const INSPECTED_ROWS = [BackendType.DataRow, BackendType.CopyData, BackendType.CopyDone];
const INSPECTED = tableOf(INSPECTED_ALWAYS);
const INSPECTED_WITH_ERRORS = tableOf([...INSPECTED_ALWAYS, BackendType.ErrorResponse]);
const INSPECTED_WITH_MASKS = tableOf([...INSPECTED_ALWAYS, ...INSPECTED_FOR_MASKS]);
const INSPECTED_WITH_ROWS = tableOf([
  ...INSPECTED_ALWAYS,
  ...INSPECTED_FOR_MASKS,
  ...INSPECTED_ROWS,
]);
const INSPECTED_IN_INTERLUDE = tableOf(Object.values(BackendType));
/** What a server may send at any time. */
const UNASKED = tableOf([
  BackendType.NoticeResponse,
  BackendType.NotificationResponse,
  BackendType.ParameterStatus,
  BackendType.ErrorResponse,
]);
/** Messages that only a login has, or that nobody asked for. */
const NEVER = tableOf([
  BackendType.Authentication,
  BackendType.BackendKeyData,
  BackendType.CopyBothResponse,
  BackendType.NegotiateProtocolVersion,
]);

export interface ResultsParts {
  readonly counts: SessionCounts;
  readonly settings: SessionSettings;
  readonly names: SessionNames;
  readonly refusals: Refusals;
  readonly analyzer: StatementAnalyzer;
  /** Whether something is hidden from the principal at this moment. */
  readonly isMasking: () => boolean;
  /** Largest message that is looked at whole once something is masked, in bytes. */
  readonly messageBytesMax: number;
  /** Bytes for the client, only lent. */
  readonly show: (buffer: Buffer, start: number, end: number) => void;
}

/** A question that the gateway itself put to the server. */
interface Interlude {
  readonly rows: Buffer[];
  rowBytes: number;
  readonly done: (rows: readonly Buffer[] | undefined) => void;
  hasFailed: boolean;
  /** CloseComplete messages to come; undefined where ReadyForQuery ends it. */
  closes: number | undefined;
}

/** Follows the server's answers; what the client shall see passes by. */
export class Results implements MessageSink {
  readonly #parts: ResultsParts;
  readonly #stream: MessageStream;
  #interlude: Interlude | undefined;
  /** What came behind a row that waits. */
  #held: Buffer | undefined;
  #endsWithError = false;
  /** An error came since the last ReadyForQuery. */
  #hasFailed = false;
  /** Set once something is hidden from the principal, and for the rest of the session. */
  #masks: ResultMasks | undefined;
  /** The result at hand was announced. */
  #isBegun = false;
  /** Rows of the session before it. */
  #rowsBefore = 0;
  /** The data of the COPY at hand end with a trailer, which is no row. */
  #hasTrailer = false;
  /** Statements of the simple query at hand that were answered already. */
  #results = 0;
  /** ReadyForQuery messages so far. */
  #readyCount = 0;
  #isCut = false;
  /** What passes while rows are masked, to be shown at once. */
  #output: OutputBuffer | undefined;

  constructor(parts: ResultsParts) {
    this.#parts = parts;
    this.#stream = new MessageStream(this, {
      name: 'upstream',
      inspected: INSPECTED,
      known: KNOWN,
      wholeBytesMax: WHOLE_BYTES_MAX,
    });
  }

  /** Rows wait for tokens, and what was read behind them with them: nothing more should be read. */
  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Takes what the server sent, `buffer[start, end)`.
   *
   * @returns What it has to wait for, if it has: then {@link goOn} is to be called. Rejects if the store
   *   cannot be asked.
   * @throws {ProtocolError} If the server breaks the protocol.
   */
  push(buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    if (this.#held !== undefined) {
      this.#held = Buffer.concat([this.#held, buffer.subarray(start, end)]);
      return undefined;
    }
    let stopped = end;
    this.#output?.begin(buffer);
    try {
      stopped = this.#stream.push(buffer, start, end);
    } finally {
      this.#output?.flush();
    }
    this.#parts.analyzer.answersCame();
    const loaded = this.#masks?.loadTokens(buffer, stopped, end);
    if (loaded !== undefined) this.#held = Buffer.from(buffer.subarray(stopped, end));
    return loaded;
  }

  /** Takes what was held: the tokens have come. As {@link push}. */
  goOn(): Promise<void> | undefined {
    const held = this.#held ?? NOTHING;
    this.#held = undefined;
    return this.push(held, 0, held.length);
  }

  /** From now on, what the target says passes the second net. */
  mask(masks: ResultMasks): void {
    if (this.#masks !== undefined) return;
    this.#masks = masks;
    this.#output = new OutputBuffer(this.#parts.show);
    this.#stream.wholeBytesMax = this.#parts.messageBytesMax;
    this.#stream.inspected = this.#tableNow();
  }

  /** The server's last word was an error: if it leaves now, it has said why. */
  get endsWithError(): boolean {
    return this.#endsWithError;
  }

  /** Changes with each ReadyForQuery; undefined while the server owes no answer, or nobody waits for it any more. */
  get atWork(): number | undefined {
    return this.#isCut || this.#parts.names.pendingCount === 0 ? undefined : this.#readyCount;
  }

  /** Whether the client has got nothing but whole messages. */
  get isBetweenMessages(): boolean {
    return this.#stream.isBetweenMessages;
  }

  /** A refusal is on its way: the server's errors have to be looked at until it came. */
  expectRefusal(): void {
    this.#stream.inspected = this.#tableNow();
  }

  /**
   * The next answers are for the gateway. `done` gets DataRow bodies, or undefined.
   *
   * @param closes Where it does not end with ReadyForQuery: with so many CloseComplete, or an error.
   */
  beginInterlude(done: (rows: readonly Buffer[] | undefined) => void, closes?: number): void {
    this.#interlude = { rows: [], rowBytes: 0, done, hasFailed: false, closes };
    this.#stream.inspected = INSPECTED_IN_INTERLUDE;
  }

  passed(type: number): void {
    const { names, counts } = this.#parts;
    this.#expectAsked(type);
    this.#endsWithError = type === BackendType.ErrorResponse;
    switch (type) {
      case BackendType.DataRow:
      case BackendType.CopyData:
        counts.rows += 1;
        return;
      case BackendType.CommandComplete:
      case BackendType.EmptyQueryResponse:
      case BackendType.PortalSuspended:
        this.#endResult();
        names.executed();
        return;
      case BackendType.ParseComplete:
        names.parseComplete();
        return;
      case BackendType.BindComplete:
        names.bindComplete();
        return;
      case BackendType.CloseComplete:
        names.closeComplete();
        return;
      case BackendType.RowDescription:
      case BackendType.NoData:
        names.described();
        return;
      case BackendType.ErrorResponse:
        this.#hasFailed = true;
        names.failed();
        return;
      case BackendType.CopyInResponse:
        names.copyIn();
        return;
      case BackendType.CopyDone:
        if (this.#hasTrailer) counts.rows -= 1;
        return;
    }
    if (NEVER[type] === 1) {
      throw new ProtocolError('upstream', `message type 0x${type.toString(16)} out of place`);
    }
  }

  #expectAsked(type: number): void {
    if (this.#parts.names.pendingCount === 0 && UNASKED[type] === 0) {
      throw new ProtocolError('upstream', 'an answer to nothing');
    }
  }

  message(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    if (this.#interlude !== undefined) return this.#answer(type, buffer, start, end);
    switch (type) {
      case BackendType.ReadyForQuery:
        this.#ready(buffer, start);
        return true;
      case BackendType.ParameterStatus:
        this.#report(buffer, start, end);
        return true;
      case BackendType.CopyOutResponse:
        this.#hasTrailer = buffer[start + MESSAGE_HEADER_BYTES] === BINARY_FORMAT;
        break;
      case BackendType.ErrorResponse: {
        const scrubbed = this.#scrub(type, buffer.subarray(start, end));
        this.#endResult();
        this.#parts.names.failed();
        this.#endsWithError = true;
        this.#hasFailed = true;
        const refusal = this.#parts.refusals.translate(buffer.subarray(start, end));
        if (refusal !== undefined) this.#stream.inspected = this.#tableNow();
        return refusal ?? scrubbed ?? true;
      }
    }
    const masked = this.#mask(type, buffer, start, end);
    if (masked !== undefined) return masked;
    this.passed(type);
    return true;
  }

  /** Messages that only the second net looks at. Undefined: nothing to do with it. */
  #mask(
    type: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): true | 'later' | Buffer | undefined {
    const masks = this.#masks;
    if (masks === undefined) return undefined;
    switch (type) {
      case BackendType.RowDescription:
      case BackendType.NoData: {
        this.#expectAsked(type);
        const { names } = this.#parts;
        const what = names.described();
        if (what !== 'describe' && type === BackendType.RowDescription) {
          if (names.expected !== undefined) {
            masks.beginRows(this.#begun(names.expected), buffer.subarray(start, end));
            this.#isBegun = true;
            this.#stream.inspected = this.#tableNow();
          }
        }
        return what === 'own-describe' ? NOTHING : true;
      }
      case BackendType.CopyOutResponse: {
        this.passed(type);
        const { expected } = this.#parts.names;
        if (expected === undefined) return true;
        masks.beginCopy(this.#begun(expected), buffer.subarray(start, end));
        this.#isBegun = true;
        this.#stream.inspected = this.#tableNow();
        return true;
      }
      case BackendType.DataRow:
      case BackendType.CopyData:
      case BackendType.CopyDone: {
        this.#expectAsked(type);
        const shown =
          type === BackendType.DataRow
            ? masks.row(buffer, start, end)
            : masks.copy(type, buffer, start, end);
        if (shown !== 'later') this.passed(type);
        return shown;
      }
      case BackendType.NoticeResponse:
        return this.#scrub(type, buffer.subarray(start, end)) ?? true;
      case BackendType.NotificationResponse:
        return this.#parts.isMasking() ? masks.notification(buffer.subarray(start, end)) : true;
    }
    return undefined;
  }

  /** The error or notice as a principal may see it from whom something is hidden. */
  #scrub(type: number, message: Buffer): Buffer | undefined {
    const { names, isMasking } = this.#parts;
    const { expected } = names;
    // What is not known to belong to a request that may see everything is taken for one that may not.
    const isMasked = expected?.isMasked ?? isMasking();
    if (!isMasked) return undefined;
    const answer = expected && this.#begun(expected).answer;
    return this.#masks?.scrub(type, message, { answer, findPosition: names.findPosition });
  }

  /** What is known of the statement that is being answered. */
  #begun({ isMasked, statements }: ExpectedAnswers): BegunResult {
    return {
      isMasked,
      answer: statements[this.#parts.names.isAnsweringQuery ? this.#results : 0],
    };
  }

  /** The session ends, perhaps in the middle of a result: who leaves before the last row has seen the others. */
  cut(): void {
    this.#isCut = true;
    this.#endResult();
  }

  /** Rows or nothing: one statement is answered. */
  #endResult(): void {
    const masks = this.#masks;
    if (masks === undefined) return;
    const { expected } = this.#parts.names;
    const rows = this.#parts.counts.rows - this.#rowsBefore;
    if (expected !== undefined && (this.#isBegun || rows > 0)) {
      if (!this.#isBegun) masks.beginUndescribed(this.#begun(expected));
      masks.end(expected.operation, rows);
      this.#stream.inspected = this.#tableNow();
    }
    this.#isBegun = false;
    this.#rowsBefore = this.#parts.counts.rows;
    // What was executed before it in the same batch is not of its text.
    if (this.#parts.names.isAnsweringQuery) this.#results += 1;
  }

  oversized(type: number, bodyBytes: number): Buffer {
    throw new ProtocolError('upstream', `${bodyBytes} bytes in a 0x${type.toString(16)} message`);
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    if (this.#output === undefined) this.#parts.show(buffer, start, end);
    else this.#output.add(buffer, start, end);
  }

  #ready(buffer: Buffer, start: number): void {
    const { names, analyzer, refusals, settings } = this.#parts;
    if (names.syncsPending === 0) throw new ProtocolError('upstream', 'an answer to nothing');
    this.#endsWithError = false;
    this.#results = 0;
    this.#readyCount += 1;
    const status = buffer[start + MESSAGE_HEADER_BYTES];
    const isInTransaction = status !== IDLE_STATUS;
    settings.history.ready(isInTransaction, this.#hasFailed || status === FAILED_STATUS);
    this.#hasFailed = false;
    names.ready(isInTransaction, status === FAILED_STATUS);
    analyzer.ready(isInTransaction);
    if (refusals.isExpecting && names.isIdle) {
      refusals.forget();
      this.#stream.inspected = this.#tableNow();
    }
  }

  #report(buffer: Buffer, start: number, end: number): void {
    const status = decodeParameterStatus(buffer.subarray(start + MESSAGE_HEADER_BYTES, end));
    const { settings, names } = this.#parts;
    if (
      status.name === 'client_encoding' &&
      status.value.toUpperCase() !== settings.clientEncoding
    ) {
      names.forget();
    }
    settings.report(status.name, status.value);
  }

  /** Takes an answer to the gateway's own question. */
  #answer(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    const interlude = this.#interlude;
    assert(interlude);
    switch (type) {
      case BackendType.ParameterStatus:
        this.#report(buffer, start, end);
        return true;
      case BackendType.NotificationResponse:
        return this.#mask(type, buffer, start, end) ?? true;
      case BackendType.NoticeResponse:
        // About the gateway's own question: the client did not ask it.
        return NOTHING;
      case BackendType.DataRow:
        interlude.rowBytes += end - start;
        if (interlude.rowBytes > OWN_ROWS_BYTES_MAX) {
          throw new ProtocolError('upstream', `rows of more than ${OWN_ROWS_BYTES_MAX} bytes`);
        }
        interlude.rows.push(Buffer.from(buffer.subarray(start + MESSAGE_HEADER_BYTES, end)));
        return NOTHING;
      case BackendType.ErrorResponse:
        interlude.hasFailed = true;
        if (interlude.closes !== undefined) this.#endInterlude(interlude);
        return NOTHING;
      case BackendType.CloseComplete:
        if (interlude.closes === undefined) break;
        interlude.closes -= 1;
        if (interlude.closes === 0) this.#endInterlude(interlude);
        return NOTHING;
      case BackendType.ReadyForQuery:
        this.#endInterlude(interlude);
        return NOTHING;
    }
    if (NEVER[type] === 1) {
      throw new ProtocolError('upstream', `message type 0x${type.toString(16)} out of place`);
    }
    return NOTHING;
  }

  #endInterlude({ done, hasFailed, rows }: Interlude): void {
    this.#interlude = undefined;
    this.#stream.inspected = this.#tableNow();
    done(hasFailed ? undefined : rows);
  }

  #tableNow(): Uint8Array {
    if (this.#masks !== undefined) {
      return this.#masks.isLooking ? INSPECTED_WITH_ROWS : INSPECTED_WITH_MASKS;
    }
    return this.#parts.refusals.isExpecting ? INSPECTED_WITH_ERRORS : INSPECTED;
  }
}

/** A table indexed by type byte: 1 for the given ones. */
export function tableOf(types: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const type of types) table[type] = 1;
  return table;
}
