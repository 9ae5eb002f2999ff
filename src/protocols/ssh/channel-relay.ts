import type { ChannelRequest } from '../../wire/ssh/channel-request.ts';
import { decodeExitSignal, encodeExitSignal } from '../../wire/ssh/exit-signal.ts';
import { decodeExitStatus, encodeExitStatus } from '../../wire/ssh/exit-status.ts';
import { decodeWindowChange } from '../../wire/ssh/pty-request.ts';
import type { Session } from '../protocol.ts';
import type { ChannelEnds, ChannelHandler, OutputStream } from './channel-handler.ts';
import type { Channel, ChannelListener } from './connection/channel.ts';
import type { Reply } from './connection/reply-queue.ts';
import { SendQueue } from './connection/send-queue.ts';
import { ChannelFrames } from './recorded-frame.ts';

/** Requests of a client that the target gets as they are, without an answer or with its own. */
const PASSED_TO_TARGET: ReadonlySet<string> = new Set(['signal', 'break', 'eow@openssh.com']);
/** The same from the target. */
const PASSED_TO_CLIENT: ReadonlySet<string> = new Set([
  'exit-status',
  'exit-signal',
  'xon-xoff',
  'eow@openssh.com',
]);

/**
 * Bytes that may wait for a client before its own are held: more than a window of the target, so the gateway's answers are
 * among them.
 */
const ANSWERED_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes that may wait for a target beyond what the client's window lets it send: those that others type. */
const GUEST_BYTES_MAX = 64 * 1024;

/** What a channel's relay needs to know of where it is. */
export interface ChannelRelayParts {
  readonly session: Pick<Session, 'counts' | 'recorder' | 'rawTrack'>;
  /** The number of the channel in the recording. */
  readonly number: number;
  readonly frames: ChannelFrames;
  /** Texts of the gateway itself go to a terminal. */
  readonly hasTerminal: boolean;
  readonly onActivity: () => void;
  /**
   * Asked before any bytes pass; ends the channel if what it is for is not permitted any more. Default: each thing that is done in it
   * is decided by itself.
   */
  readonly mayGoOn?: () => boolean;
  /** Told once, when the client was told how it ended, or one of the sides is gone. Default: nobody is told. */
  readonly onOver?: () => void;
}

/** How a channel begins. */
export interface ChannelBeginning {
  /** Has the target start what the channel is for. */
  begin(): void;
  /** Called before the client is told the channel's end: some clients show nothing of one that did not start. */
  grant(): void;
  /** What the client sent before there was anybody to take it, and whether that is all. */
  readonly early: SendQueue;
  readonly isEnded: boolean;
}

/** Of a channel that is for nothing but its bytes. */
const BEGUN: ChannelBeginning = { begin() {}, grant() {}, early: new SendQueue(), isEnded: false };

/**
 * Carries one channel between a client and its target, through a handler. Each side gets credit as the
 * other takes what it sent.
 */
export class ChannelRelay implements ChannelEnds {
  readonly #client: Channel;
  readonly #target: Channel;
  readonly #parts: ChannelRelayParts;
  /** What goes to the target and comes from it, whatever the client sends and is shown. */
  #rawFrames: ChannelFrames | undefined;
  #handler: ChannelHandler | undefined;
  #beginning = BEGUN;
  /** What the handler wrote before the target had started anything. */
  #held: SendQueue | undefined = new SendQueue();
  #isTargetAtEnd = false;
  /** The client was told how it ended, or one of the sides is gone. */
  #isOver = false;
  #isRecorderBehind = false;

  constructor(client: Channel, target: Channel, parts: ChannelRelayParts) {
    this.#client = client;
    this.#target = target;
    this.#parts = parts;
  }

  /** Makes the handler, which may refuse at once: then nothing begins. Else begins, and carries from then on. */
  start(
    openHandler: (ends: ChannelEnds) => ChannelHandler,
    beginning: ChannelBeginning = BEGUN,
  ): void {
    const client = this.#client;
    const target = this.#target;
    this.#beginning = beginning;
    const handler = openHandler(this);
    if (this.#isOver) return handler.close();
    this.#handler = handler;
    beginning.begin();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) drain(held, (bytes) => this.toTarget(bytes));
    client.listen(this.#clientListener, () =>
      Math.max(target.waitingBytes, client.waitingBytes - ANSWERED_BYTES_MAX),
    );
    target.listen(this.#targetListener, () => client.waitingBytes);
    drain(beginning.early, (bytes) => this.#receive(bytes));
    if (beginning.isEnded && !this.#isOver) handler.receiveEnd();
    client.renew();
  }

  // What the handler does.

  toTarget(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#held !== undefined) return this.#held.push(bytes, 'stdout');
    this.#raw?.input(bytes);
    this.#target.write(bytes);
  }

  get isTargetTaking(): boolean {
    return this.#target.waitingBytes < GUEST_BYTES_MAX;
  }

  endTarget(): void {
    if (!this.#isOver) this.#target.end();
  }

  toClient(bytes: Buffer, stream: OutputStream): void {
    if (this.#isOver) return;
    const { session, frames } = this.#parts;
    session.counts.bytesShown += bytes.length;
    if (stream === 'stderr' || this.#handler?.recording !== 'none') frames.output(bytes, stream);
    this.#client.write(bytes, stream);
    this.#waitForRecorders();
  }

  endClient(): void {
    if (!this.#isOver) this.#client.end();
  }

  holdClient(): void {
    this.#client.hold();
  }

  releaseClient(): void {
    this.#client.release();
  }

  holdTarget(): void {
    this.#target.hold();
  }

  releaseTarget(): void {
    this.#target.release();
  }

  fail(message: string, exitStatus: number): void {
    if (this.#isOver) return;
    this.#beginning.grant();
    this.toClient(encodeMessage(message, this.#parts.hasTerminal), 'stderr');
    this.exit(exitStatus);
  }

  exit(status: number): void {
    if (this.#isOver) return;
    this.#beginning.grant();
    this.#parts.frames.exit({ status });
    this.#client.request('exit-status', encodeExitStatus(status));
    this.#client.end();
    this.#finish();
    this.#target.abort();
    this.#client.close();
  }

  // The client's side.

  readonly #clientListener: ChannelListener = {
    onData: (bytes, stream) => {
      // Nobody reads stderr of a client.
      if (stream === 'stdout') this.#receive(bytes);
    },
    onEof: () => {
      if (!this.#isOver) this.#handler?.receiveEnd();
    },
    onRequest: (request, reply) => this.#takeFromClient(request, reply),
    onSent: () => {
      this.#target.renew();
      this.#client.renew();
    },
    onPeerClose: () => {
      if (this.#isOver) return false;
      // A program may go on without its streams; how it ends is for the client to know.
      this.#target.close();
      return true;
    },
    onClose: () => {
      this.#finish();
      this.#target.close();
    },
  };

  #receive(bytes: Buffer): void {
    if (this.#isOver || !this.#mayGoOn()) return;
    const { session, frames, onActivity } = this.#parts;
    session.counts.bytesSent += bytes.length;
    onActivity();
    if ((this.#handler?.recording ?? 'all') === 'all') frames.input(bytes);
    this.#handler?.receive(bytes);
    this.#waitForRecorders();
  }

  #takeFromClient(request: ChannelRequest, reply: Reply): void {
    const { requestType, requestData } = request;
    if (this.#isOver) return reply(false);
    if (requestType === 'window-change') {
      const size = decodeWindowChange(requestData);
      this.#parts.frames.resize(size);
      this.#handler?.resize(size);
    } else if (!PASSED_TO_TARGET.has(requestType)) {
      return reply(false);
    }
    pass(request, reply, this.#target);
  }

  // The target's side.

  readonly #targetListener: ChannelListener = {
    onData: (bytes, stream) => {
      if (this.#isOver || !this.#mayGoOn()) return;
      this.#parts.onActivity();
      this.#raw?.output(bytes, stream);
      this.#handler?.deliver(bytes, stream);
      this.#waitForRecorders();
    },
    onEof: () => this.#endDelivery(),
    onRequest: (request, reply) => this.#takeFromTarget(request, reply),
    onSent: () => this.#client.renew(),
    onClose: () => {
      this.#endDelivery();
      this.#finish();
      this.#client.close();
    },
  };

  #endDelivery(): void {
    if (this.#isOver || this.#isTargetAtEnd) return;
    this.#isTargetAtEnd = true;
    this.#handler?.deliverEnd();
  }

  #takeFromTarget(request: ChannelRequest, reply: Reply): void {
    const { requestType, requestData } = request;
    if (this.#isOver || !PASSED_TO_CLIENT.has(requestType)) return reply(false);
    const { frames } = this.#parts;
    if (requestType === 'exit-status') frames.exit({ status: decodeExitStatus(requestData) });
    if (requestType !== 'exit-signal') return pass(request, reply, this.#client);
    const { signalName, coreDumped } = decodeExitSignal(requestData);
    frames.exit({ signal: signalName, coreDumped });
    // What the target says beside it passes no mask.
    const withoutWords = encodeExitSignal({ signalName, coreDumped, message: '' });
    pass({ ...request, requestData: withoutWords }, reply, this.#client);
  }

  // Both.

  #mayGoOn(): boolean {
    return this.#parts.mayGoOn?.() ?? true;
  }

  get #raw(): ChannelFrames | undefined {
    const { session, number } = this.#parts;
    const { rawTrack } = session;
    if (rawTrack !== undefined) this.#rawFrames ??= new ChannelFrames(rawTrack, number);
    return this.#rawFrames;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler?.close();
    this.#parts.frames.close();
    this.#parts.onOver?.();
  }

  /** While a recording is behind, neither side may send more than it was allowed. */
  #waitForRecorders(): void {
    const { recorder, rawTrack } = this.#parts.session;
    const behind = [recorder, rawTrack].find((one) => one?.congested === true);
    if (this.#isRecorderBehind || behind === undefined) return;
    this.#isRecorderBehind = true;
    this.#client.hold();
    this.#target.hold();
    behind.onDrain(() => {
      this.#isRecorderBehind = false;
      this.#client.release();
      this.#target.release();
    });
  }
}

function drain(queue: SendQueue, take: (bytes: Buffer) => void): void {
  for (;;) {
    const next = queue.shift(Number.POSITIVE_INFINITY);
    if (next === undefined) return;
    take(next.bytes);
  }
}

/** A text of the gateway's own, as a terminal or a file takes it. */
export function encodeMessage(message: string, hasTerminal: boolean): Buffer {
  return Buffer.from(hasTerminal ? `${message}\n`.replaceAll('\n', '\r\n') : `${message}\n`);
}

/** Passes a request on, and its answer back if one is asked for. */
function pass(
  { requestType, requestData, wantReply }: ChannelRequest,
  reply: Reply,
  to: Channel,
): void {
  if (wantReply) to.request(requestType, requestData, (isGranted) => reply(isGranted));
  else to.request(requestType, requestData);
}
