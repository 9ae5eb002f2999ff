import { FieldList } from '../../../../wire/http/field-list.ts';
import type { ControlFrame, SynStream } from '../../../../wire/spdy/control-frame.ts';
import { SpdyEnd, violation } from './spdy-end.ts';

/** Streams that are open at a time: two for each connection. */
const STREAMS_MAX = 2048;
const PORT_MAX = 65_535;
/** @see SPDY/3, section 2.6.3 */
const REFUSED_STREAM = 3;
const CANCELLED = 5;
const GO_AWAY_OK = 0;

/** One of the two streams of a connection to a port. */
export interface ForwardedStream {
  readonly port: number;
  /** The first of the two; the target, or the gateway, says on it what went wrong. */
  readonly isOfErrors: boolean;
}

/** Told of streams that a client opens. */
export interface ForwardStreamsListener {
  /** Nothing of it goes on before `permit`. Throws a `ProtocolError` if there may be no such stream. */
  opened(stream: ForwardedStream): void;
}

/** Where whole frames go. */
export interface ForwardStreamsEnds {
  toClient(frame: Buffer): void;
  toTarget(frame: Buffer): void;
}

/** How far a stream has come. */
interface OpenStream extends ForwardedStream {
  readonly opening: SynStream;
  /** Its number at the target, which counts the permitted ones only; undefined before it is. */
  targetId: number | undefined;
  /** Data of the client for a target that has not been asked. */
  held: Buffer[];
  hasSentAll: boolean;
  hasShownAll: boolean;
}

/**
 * The streams of one port-forward, over SPDY/3.1. Each is accepted at once and passed on when it is permitted, under a number of
 * its own: SPDY wants numbers to rise, and a stream may wait longer than one that came later.
 */
export class ForwardStreams {
  readonly #listener: ForwardStreamsListener;
  readonly #client: SpdyEnd;
  readonly #target: SpdyEnd;
  readonly #byClientId = new Map<number, OpenStream>();
  readonly #byTargetId = new Map<number, OpenStream>();
  #lastClientId = 0;
  #nextTargetId = 1;
  #heldBytes = 0;

  constructor(listener: ForwardStreamsListener, ends: ForwardStreamsEnds) {
    this.#listener = listener;
    this.#client = new SpdyEnd(
      {
        control: (frame) => this.#controlOfClient(frame),
        data: (id, piece, isLast) => this.#takeSent(id, piece, isLast),
      },
      (frame) => ends.toClient(frame),
    );
    this.#target = new SpdyEnd(
      {
        control: (frame) => this.#controlOfTarget(frame),
        data: (id, piece, isLast) => this.#takeShown(id, piece, isLast),
      },
      (frame) => ends.toTarget(frame),
    );
  }

  /** Of streams that are not permitted yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @throws {ProtocolError} If it is not what was agreed on. Nothing more can be read then. */
  fromClient(bytes: Buffer): void {
    this.#client.push(bytes);
  }

  /** @throws {ProtocolError} As above. */
  fromTarget(bytes: Buffer): void {
    this.#target.push(bytes);
  }

  /** Passes on the streams to a port that were opened so far, and what came on them. */
  permit(port: number): void {
    for (const stream of this.#streamsTo(port)) {
      if (stream.targetId === undefined) this.#passOn(stream);
    }
  }

  /** Ends the streams to a port that were opened so far. @param message For people. */
  refuse(port: number, message: string): void {
    for (const stream of this.#streamsTo(port)) this.#refuseStream(stream, message);
  }

  /** Ends all of them, and says that no more are served. @param message For people. */
  endAll(message: string): void {
    for (const stream of this.#byClientId.values()) this.#refuseStream(stream, message);
    this.#client.tell({ kind: 'go-away', lastStreamId: this.#lastClientId, status: GO_AWAY_OK });
  }

  #streamsTo(port: number): readonly OpenStream[] {
    return [...this.#byClientId.values()].filter((stream) => stream.port === port);
  }

  // From the client.

  #controlOfClient(frame: ControlFrame): void {
    switch (frame.kind) {
      case 'syn-stream':
        return this.#open(frame);
      case 'rst-stream': {
        const stream = this.#byClientId.get(frame.streamId);
        if (stream === undefined) return;
        this.#forget(stream);
        if (stream.targetId !== undefined)
          this.#target.tell({ ...frame, streamId: stream.targetId });
        return;
      }
      case 'ping':
        return this.#target.tell(frame);
      case 'go-away':
        return this.#target.tell({ ...frame, lastStreamId: 0 });
      // Nothing that anybody does who speaks these streams.
      case 'syn-reply':
      case 'headers':
      case 'settings':
      case 'window-update':
        return;
    }
  }

  #open(opening: SynStream): void {
    const { streamId, fields, isLast } = opening;
    const stream: OpenStream = {
      ...{ port: readPort(fields), isOfErrors: isOfErrors(fields), opening },
      ...{ targetId: undefined, held: [], hasSentAll: isLast, hasShownAll: false },
    };
    if (streamId <= this.#lastClientId) throw violation('opens a stream out of turn');
    this.#lastClientId = streamId;
    if (this.#byClientId.size === STREAMS_MAX)
      return this.#client.tell({ kind: 'rst-stream', streamId, status: REFUSED_STREAM });
    this.#byClientId.set(streamId, stream);
    this.#client.tell({ kind: 'syn-reply', streamId, isLast: false, fields: FieldList.empty });
    this.#listener.opened(stream);
  }

  #takeSent(id: number, piece: Buffer, isLast: boolean): void {
    const stream = this.#byClientId.get(id);
    // Its end may be on its way.
    if (stream === undefined || stream.hasSentAll) return;
    if (isLast) stream.hasSentAll = true;
    if (stream.targetId === undefined) {
      if (piece.length === 0) return;
      stream.held.push(Buffer.from(piece));
      this.#heldBytes += piece.length;
      return;
    }
    this.#target.send(stream.targetId, piece, isLast);
    this.#forgetIfOver(stream);
  }

  #passOn(stream: OpenStream): void {
    const targetId = this.#nextTargetId;
    this.#nextTargetId += 2;
    stream.targetId = targetId;
    this.#byTargetId.set(targetId, stream);
    this.#target.tell({
      ...stream.opening,
      ...{ streamId: targetId, associatedStreamId: 0, isLast: false, isUnidirectional: false },
    });
    for (const piece of this.#takeHeld(stream)) this.#target.send(targetId, piece);
    if (stream.hasSentAll) this.#target.end(targetId);
  }

  #refuseStream(stream: OpenStream, message: string): void {
    const { opening, isOfErrors, targetId, hasShownAll } = stream;
    const words = isOfErrors ? Buffer.from(message) : NOTHING;
    if (!hasShownAll) this.#client.send(opening.streamId, words, true);
    this.#forget(stream);
    if (targetId !== undefined)
      this.#target.tell({ kind: 'rst-stream', streamId: targetId, status: CANCELLED });
  }

  // From the target.

  #controlOfTarget(frame: ControlFrame): void {
    switch (frame.kind) {
      case 'syn-reply':
        // The client has had one.
        if (frame.isLast) this.#takeShown(frame.streamId, NOTHING, true);
        return;
      case 'rst-stream': {
        const stream = this.#byTargetId.get(frame.streamId);
        if (stream === undefined) return;
        this.#forget(stream);
        return this.#client.tell({ ...frame, streamId: stream.opening.streamId });
      }
      case 'ping':
        return this.#client.tell(frame);
      case 'go-away':
        return this.#client.tell({ ...frame, lastStreamId: this.#lastClientId });
      case 'syn-stream':
        throw violation('opens a stream, which no server does');
      case 'headers':
      case 'settings':
      case 'window-update':
        return;
    }
  }

  #takeShown(id: number, piece: Buffer, isLast: boolean): void {
    const stream = this.#byTargetId.get(id);
    if (stream === undefined || stream.hasShownAll) return;
    if (isLast) stream.hasShownAll = true;
    this.#client.send(stream.opening.streamId, piece, isLast);
    this.#forgetIfOver(stream);
  }

  // What both have in common.

  #forgetIfOver(stream: OpenStream): void {
    if (stream.hasSentAll && stream.hasShownAll) this.#forget(stream);
  }

  #forget(stream: OpenStream): void {
    this.#byClientId.delete(stream.opening.streamId);
    if (stream.targetId !== undefined) this.#byTargetId.delete(stream.targetId);
    this.#takeHeld(stream);
  }

  #takeHeld(stream: OpenStream): readonly Buffer[] {
    const { held } = stream;
    stream.held = [];
    for (const { length } of held) this.#heldBytes -= length;
    return held;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Both streams of a connection name its port. @throws {ProtocolError} If it is none, or there are several. */
function readPort(fields: FieldList): number {
  const ports = fields.all('port');
  const port = Number(ports[0]);
  const isOne = ports.length === 1 && /^[1-9]\d{0,4}$/.test(ports[0] ?? '') && port <= PORT_MAX;
  if (!isOne) throw violation('opens a stream for no port, or for several');
  return port;
}

/** @throws {ProtocolError} If it is neither of the two streams that a connection has. */
function isOfErrors(fields: FieldList): boolean {
  const types = fields.all('streamtype');
  const type = types.length === 1 ? types[0] : undefined;
  if (type !== 'error' && type !== 'data') throw violation('opens no stream of a port-forward');
  return type === 'error';
}
