import type { Duplex } from 'node:stream';
import { encodeEmptyMessage } from '../../wire/postgres/empty-message.ts';
import { encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { FrontendType } from '../../wire/postgres/message-framing.ts';
import { type MessageSink, MessageStream } from '../../wire/postgres/message-stream.ts';
import { encodeNoticeResponse } from '../../wire/postgres/notice-response.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { SessionEnd } from '../protocol.ts';
import { openRecordedTransport } from '../record-transport.ts';
import { RecordingPace } from '../recording-pace.ts';
import { openTransport, type Peer, type Transport, type TransportOwner } from '../transport.ts';
import type { TextRow } from './catalog-reader.ts';
import { FAREWELLS } from './farewells.ts';
import { HeldOutput, type Release } from './held-output.ts';
import { Operations, type OperationsParts, type Sealing } from './operations.ts';
import { encodeQuestion, QUESTION_CLOSES, readAnswer } from './own-question.ts';
import type { PostgresSession as Session } from './postgres-session.ts';
import { Refusals } from './refusal.ts';
import { RequestBacklog } from './request-backlog.ts';
import { INSPECTED_REQUESTS, KNOWN_REQUESTS } from './request-types.ts';
import { ResultMasks } from './result-masks.ts';
import { Results } from './results.ts';
import { phraseFailure } from './review-notice.ts';
import { readSearchPath, SEARCH_PATH_QUERY } from './search-path-query.ts';
import { SessionMasks, type SessionMasksParts } from './session-masks.ts';
import { SessionNames } from './session-names.ts';
import type { SessionSettings } from './session-settings.ts';
import { StatementAnalyzer, type StatementAnalyzerParts } from './statement-analyzer.ts';
import type { StatementCanceller } from './statement-canceller.ts';

/** Bytes queued towards one side before reading from the other stops. */
const QUEUED_BYTES_MAX = 1024 * 1024;
/** Bytes that a client may send behind a statement that waits for people. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);
const FLUSH = encodeEmptyMessage('Flush');
const TERMINATE = encodeEmptyMessage('Terminate');

/** The two sides of a session, logged in and quiet. */
export interface RelayEnds {
  readonly downstream: Duplex;
  readonly upstream: Duplex;
}

/** What the relay shares with other sessions on the target. */
export type RelayParts = Pick<
  StatementAnalyzerParts,
  'catalogs' | 'cache' | 'parser' | 'catalog' | 'nowMs'
> & {
  readonly estimates: OperationsParts['estimates'];
  readonly askApart: OperationsParts['askApart'];
  readonly settings: SessionSettings;
  readonly findMasking: SessionMasksParts['findMasking'];
  readonly rewrites: SessionMasksParts['rewrites'];
  /** Bytes of the largest message that is looked at whole. */
  readonly messageBytesMax: number;
  /** Asks the server to stop what it runs for this session. */
  readonly canceller: StatementCanceller;
  /** Called for every read, with monotonic milliseconds kept by whoever looks for idle sessions. */
  readonly onActivity: () => void;
  readonly onProtocolError: (error: ProtocolError) => void;
};

/**
 * Carries one session until either side leaves or `session.onAbort` ends it.
 *
 * The only way from a client to a target: what the client sends passes through {@link Operations}.
 * Rejects, once both sides are closed, if the gateway itself failed.
 */
export function relay(ends: RelayEnds, session: Session, parts: RelayParts): Promise<SessionEnd> {
  return new Promise((resolve, reject) => {
    new Relay(ends, session, parts, { ended: resolve, failed: reject }).start();
  });
}

/** Who waits for the end of a session. */
interface RelayOwner {
  ended(end: SessionEnd): void;
  failed(error: unknown): void;
}

class Relay implements MessageSink, TransportOwner {
  readonly #session: Session;
  readonly #parts: RelayParts;
  readonly #downstream: Transport;
  readonly #upstream: Transport;
  readonly #names = new SessionNames();
  readonly #refusals = new Refusals();
  readonly #analyzer: StatementAnalyzer;
  readonly #masks: SessionMasks;
  readonly #operations: Operations;
  readonly #results: Results;
  readonly #requests: MessageStream;
  readonly #held: HeldOutput;
  readonly #pace: RecordingPace;
  readonly #owner: RelayOwner;
  /** What the client sent behind a message that waits. */
  #backlog: RequestBacklog | undefined;
  /** What the gateway itself has to tell the client once the target's message at hand is whole. */
  #notices: Buffer | undefined;
  #isWaiting = false;
  #isLooking = false;
  /** The client said that it leaves. */
  #isLeaving = false;
  #end: SessionEnd | undefined;
  #failure: unknown;
  #openSides = 2;

  constructor(
    { downstream, upstream }: RelayEnds,
    session: Session,
    parts: RelayParts,
    owner: RelayOwner,
  ) {
    this.#session = session;
    this.#parts = parts;
    this.#owner = owner;
    // Named one by one: what is spread out of a large object takes more memory than it needs.
    const { settings, catalogs, catalog, cache, parser, nowMs } = parts;
    this.#analyzer = new StatementAnalyzer({
      settings,
      names: this.#names,
      catalogs,
      cache,
      parser,
      catalog,
      askSearchPath: () => this.#askSearchPath(),
      nowMs,
    });
    this.#masks = new SessionMasks({
      guard: session.guard,
      findMasking: parts.findMasking,
      rewrites: parts.rewrites,
      parser,
      analyzer: this.#analyzer,
      settings,
    });
    this.#operations = new Operations({
      session,
      settings,
      names: this.#names,
      refusals: this.#refusals,
      analyzer: this.#analyzer,
      masks: this.#masks,
      parser,
      estimates: parts.estimates,
      notify: (notice) => this.#notify(encodeNoticeResponse(notice)),
      ask: (sql) => this.#askInside(sql),
      askApart: parts.askApart,
    });
    this.#results = new Results({
      counts: session.counts,
      settings,
      names: this.#names,
      refusals: this.#refusals,
      analyzer: this.#analyzer,
      messageBytesMax: parts.messageBytesMax,
      isMasking: () => this.#masks.plan !== undefined,
      show: (buffer, start, end) => this.#show(buffer, start, end),
    });
    this.#requests = new MessageStream(this, {
      name: 'downstream',
      inspected: INSPECTED_REQUESTS,
      known: KNOWN_REQUESTS,
      wholeBytesMax: parts.messageBytesMax,
    });
    this.#downstream = openTransport(downstream, 'client', this);
    this.#upstream = openRecordedTransport(upstream, session, this);
    this.#held = new HeldOutput(this.#upstream);
    this.#pace = new RecordingPace(session, () => {
      this.#resumeAnswers();
      this.#resumeReading();
    });
  }

  start(): void {
    this.#parts.canceller.isHolding = () => this.#isHolding;
    this.#parts.canceller.withdraw = () => this.#operations.hold?.cancel() ?? false;
    this.#parts.canceller.atWork = () => this.#results.atWork;
    this.#session.onAbort((reason) => this.#finish(reason));
    if (this.#end !== undefined) return;
    this.#upstream.resume();
    this.#downstream.resume();
  }

  // Both sides.

  received(from: Peer, buffer: Buffer, start: number, end: number): void {
    this.#guarded(() => {
      if (from === 'client') this.#receive(buffer, start, end);
      else this.#takeAnswer(() => this.#results.push(buffer, start, end));
    });
    if (this.#end === undefined) this.#pace.holdUp(this.#upstream, this.#downstream);
  }

  drained(to: Peer): void {
    if (to === 'client') this.#resumeAnswers();
    else this.#resumeReading();
  }

  ended(peer: Peer): void {
    this.#finish(this.#endBy(peer));
  }

  /** A target that leaves after its client does so for it. */
  #endBy(peer: Peer): SessionEnd {
    return peer === 'target' && !this.#isLeaving ? 'target-left' : 'client-left';
  }

  // The client's messages.

  /** Bytes from the client: `MessageStream` cuts them and calls `message`, `passed` and `bytes`. */
  #receive(buffer: Buffer, start: number, end: number): void {
    if (this.#end !== undefined) return;
    this.#session.counts.bytesSent += end - start;
    this.#session.recorder?.record('sent', buffer, start, end);
    this.#parts.onActivity();
    if (this.#isWaiting) {
      this.#backlog ??= new RequestBacklog(NOTHING);
      this.#backlog.add(buffer, start, end);
      if (this.#operations.hold?.isWaiting === true && !this.#isHearing) {
        this.#downstream.pause();
        this.#operations.hold.giveUp();
      }
      return;
    }
    this.#push(buffer, start, end);
  }

  #push(buffer: Buffer, start: number, end: number): void {
    this.#analyzer.beginTurn();
    this.#held.begin();
    const stopped = this.#requests.push(buffer, start, end);
    if (this.#analyzer.takeFlushWish()) this.#held.offer(FLUSH, 0, FLUSH.length);
    this.#held.end();
    const { waiting } = this.#analyzer;
    if (waiting === undefined) {
      this.#backlog = undefined;
      if (this.#isCongested) this.#downstream.pause();
      return;
    }
    this.#isWaiting = true;
    this.#backlog ??= new RequestBacklog(buffer.subarray(stopped, end));
    this.#backlog.keepLast(end - stopped);
    if (this.#isHearing) this.#resumeReading();
    else this.#downstream.pause();
    void waiting.then(() => this.#guarded(() => this.#goOn()));
  }

  /** What the message waited for has come: offer it again, and what came behind it. */
  #goOn(): void {
    if (this.#end !== undefined) return;
    const backlog = this.#backlog?.bytes ?? NOTHING;
    this.#isWaiting = false;
    this.#push(backlog, 0, backlog.length);
    this.#resumeReading();
    this.#parts.canceller.released();
  }

  /** Something of the client's waits in the gateway. */
  get #isHolding(): boolean {
    if (this.#end !== undefined) return false;
    // What is waited for may be what the client wants to cancel.
    return this.#held.heldBytes > 0 || (this.#isWaiting && !this.#analyzer.isWaitingForAnswers);
  }

  get #isCongested(): boolean {
    return this.#upstream.queuedBytes + this.#held.heldBytes > QUEUED_BYTES_MAX;
  }

  /** While people are asked, the client is heard: it may leave, or give up. */
  get #isHearing(): boolean {
    const behind = this.#backlog?.byteCount ?? 0;
    return this.#operations.hold?.isWaiting === true && behind <= BACKLOG_BYTES_MAX;
  }

  #resumeReading(): void {
    if (this.#end !== undefined || this.#pace.isBehind()) return;
    if (this.#isWaiting ? this.#isHearing : !this.#isCongested) this.#downstream.resume();
  }

  /** Messages that carry no operation. */
  passed(type: number): void {
    switch (type) {
      case FrontendType.CopyData:
        this.#names.copyData();
        break;
      case FrontendType.CopyDone:
      case FrontendType.CopyFail:
        this.#names.copyEnd();
        break;
      case FrontendType.Terminate:
        this.#isLeaving = true;
        break;
    }
  }

  message(type: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    const before = this.#parts.canceller.repeating ?? this.#analyzer.othersTurn();
    if (before !== undefined) return this.#analyzer.waitFor(before);
    this.#masks.refresh();
    if (!this.#isLooking && this.#masks.masking !== undefined) this.#startLooking();
    const answer = this.#operations.message(type, buffer, start, end);
    if (answer instanceof Buffer) this.#results.expectRefusal();
    return answer;
  }

  /** The target has a data map: what it says is looked at from now on. */
  #startLooking(): void {
    this.#isLooking = true;
    this.#results.mask(
      new ResultMasks({
        masking: () => this.#masks.lastMasking,
        catalog: () => this.#analyzer.catalog,
        encodings: () => this.#parts.settings.encodings,
        plan: () => this.#masks.plan,
        enter: (operation, fields) => this.#session.guard.note('result', { operation, ...fields }),
      }),
    );
  }

  oversized(type: number, bodyBytes: number): Buffer {
    const answer = this.#operations.oversized(type, bodyBytes);
    this.#results.expectRefusal();
    return answer;
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    const sealings = this.#operations.takeSealings(buffer);
    if (sealings.length === 0) return this.#held.offer(buffer, start, end);
    const release = this.#held.hold(buffer, start, end, sealings.length);
    for (const sealing of sealings) this.#seal(sealing, start, release);
  }

  #seal(sealing: Sealing, start: number, release: Release): void {
    const sealed = (error: Error | undefined): void => {
      if (this.#end !== undefined) return;
      if (error === undefined) {
        release(undefined);
      } else {
        const instead = this.#operations.unsealed(sealing, error);
        this.#results.expectRefusal();
        release({ start: sealing.start - start, end: sealing.end - start, instead });
      }
      if (this.#held.heldBytes === 0) this.#resumeReading();
      this.#parts.canceller.released();
    };
    this.#session.guard.seal(sealing.decision, sealing.entry, (error) =>
      this.#guarded(() => sealed(error)),
    );
  }

  // The target's messages.

  /** Bytes from the target, or none where its answers go on. */
  #takeAnswer(push: () => Promise<void> | undefined): void {
    if (this.#end !== undefined) return;
    const wait = push();
    this.#sayNotices();
    if (wait === undefined) return;
    this.#upstream.pause();
    wait.then(
      () =>
        this.#guarded(() => {
          this.#takeAnswer(() => this.#results.goOn());
          this.#resumeAnswers();
        }),
      (error: unknown) => this.#guarded(() => this.#failTokens(error)),
    );
  }

  /** What cannot be shown with its tokens is not shown, and a result cannot go on without a row. */
  #failTokens(error: unknown): void {
    if (error instanceof ProtocolError) throw error;
    this.#finish('store-failed');
  }

  #resumeAnswers(): void {
    // Where the client or a recording is behind, they say when to go on.
    if (this.#downstream.queuedBytes > QUEUED_BYTES_MAX || this.#pace.isBehind()) return;
    if (!this.#results.isHolding) this.#upstream.resume();
  }

  /** Tells the client something of the gateway's own, once it has got whole messages only. */
  #notify(notice: Buffer): void {
    this.#notices = this.#notices === undefined ? notice : Buffer.concat([this.#notices, notice]);
    this.#sayNotices();
  }

  #sayNotices(): void {
    const notices = this.#notices;
    if (notices === undefined || !this.#results.isBetweenMessages) return;
    this.#notices = undefined;
    this.#show(notices, 0, notices.length);
  }

  #show(buffer: Buffer, start: number, end: number): void {
    if (this.#end !== undefined) return;
    this.#session.counts.bytesShown += end - start;
    this.#session.recorder?.record('shown', buffer, start, end);
    this.#downstream.write(buffer, start, end);
    if (this.#downstream.queuedBytes > QUEUED_BYTES_MAX) this.#upstream.pause();
  }

  /** Asks the target itself for the search path, while nothing else is in flight. */
  #askSearchPath(): Promise<void> {
    return new Promise((resolve) => {
      this.#names.query([]);
      this.#results.beginInterlude((rows) => {
        this.#names.ready(false);
        const path = rows && readSearchPath(rows, this.#parts.settings.encodings);
        if (path !== undefined) this.#parts.settings.learnSearchPath(path);
        resolve();
      });
      this.#upstream.write(SEARCH_PATH_QUERY, 0, SEARCH_PATH_QUERY.length);
    });
  }

  /** Asks the target something within the client's transaction, while nothing else is in flight. */
  #askInside(sql: string): Promise<readonly TextRow[] | undefined> {
    return new Promise((resolve) => {
      const isBatchOpen = this.#names.isBatchOpen;
      const done = (rows: readonly Buffer[] | undefined): void => {
        if (!isBatchOpen) this.#names.ready(true, rows === undefined);
        else if (rows !== undefined) this.#names.described();
        else this.#failInside();
        resolve(rows?.map((row) => readAnswer(row, this.#parts.settings.encodings)));
      };
      // In the middle of a batch, a Query would make an end of the portals without a name.
      if (isBatchOpen) this.#names.describe();
      else this.#names.query([]);
      this.#results.beginInterlude(done, isBatchOpen ? QUESTION_CLOSES : undefined);
      const question = isBatchOpen ? encodeQuestion(sql) : encodeQuery(sql);
      this.#upstream.write(question, 0, question.length);
    });
  }

  /** The target drops the rest of the batch, and the client has not been told of an error yet. */
  #failInside(): void {
    this.#names.failed();
    this.#notify(encodeErrorResponse(phraseFailure('unknown-changes')));
  }

  // The end.

  /** Runs a callback of a socket: whatever it throws ends this session and no other. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#parts.onProtocolError(error);
        this.#finish('protocol-error');
      } else {
        this.#failure ??= error;
        this.#finish('internal-error');
      }
    }
  }

  #finish(end: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#results.cut();
    this.#operations.hold?.end(end === 'gateway-stopping' ? 'gateway-stopping' : 'disconnected');
    const farewell = FAREWELLS[end];
    // Inside a message a farewell would be taken for the rest of it: of a row, say.
    const isSaid = end === 'target-left' && this.#results.endsWithError;
    if (farewell !== undefined && !isSaid && this.#results.isBetweenMessages) {
      const [sqlState, message] = farewell;
      this.#downstream.writeOwned(encodeErrorResponse({ severity: 'FATAL', sqlState, message }));
    }
    // A server does not notice that nobody waits any more; where clients leave, that is theirs to want.
    const isOurs = end !== 'client-left' && end !== 'target-left';
    if (isOurs && !this.#names.isIdle) void this.#parts.canceller.cancel();
    if (this.#requests.isBetweenMessages) this.#upstream.write(TERMINATE, 0, TERMINATE.length);
    this.#upstream.end();
    this.#downstream.end();
    // A peer that does not read must not keep the other side's resources.
    setTimeout(() => {
      this.#upstream.destroy();
      this.#downstream.destroy();
    }, LINGER_MS).unref();
    this.#upstream.resume();
    this.#downstream.resume();
  }

  closed(peer: Peer): void {
    const end = this.#endBy(peer);
    this.#finish(end);
    this.#openSides -= 1;
    if (this.#openSides > 0) return;
    if (this.#failure === undefined) this.#owner.ended(this.#end ?? end);
    else this.#owner.failed(this.#failure);
  }
}

/** Milliseconds that a side gets to take what is left and close. */
const LINGER_MS = 2_000;
