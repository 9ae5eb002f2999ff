import { FieldList } from '../../../../wire/http/field-list.ts';
import type { ControlFrame, SynStream } from '../../../../wire/spdy/control-frame.ts';
import { SpdyEnd, violation } from './spdy-end.ts';
import type {
  CarrierEnds,
  CarrierListener,
  SentStream,
  ShownStream,
  StreamCarrier,
  StreamName,
} from './stream-carrier.ts';

/** Says which of the streams it is. */
const STREAM_TYPE = 'streamtype';
const STREAMS: ReadonlySet<string> = new Set(['stdin', 'stdout', 'stderr', 'error', 'resize']);
const GO_AWAY_OK = 0;

/** The version of Kubernetes' streams over SPDY that is spoken: a status of the command on the stream `error`. */
export const SPDY_STREAM_PROTOCOL = 'v4.channel.k8s.io';

/** Streams of SPDY/3.1, opened by the client, each with its own ends. */
export class SpdyCarrier implements StreamCarrier {
  readonly #listener: CarrierListener;
  readonly #client: SpdyEnd;
  readonly #target: SpdyEnd;
  readonly #names = new Map<number, StreamName>();
  readonly #ids = new Map<StreamName, number>();

  constructor(listener: CarrierListener, ends: CarrierEnds) {
    this.#listener = listener;
    this.#client = new SpdyEnd(
      {
        control: (frame) => this.#controlOfClient(frame),
        data: (id, piece, isLast) => this.#takeSent(id, piece, isLast),
      },
      (frame) => ends.writeClient(frame),
    );
    this.#target = new SpdyEnd(
      {
        control: (frame) => this.#controlOfTarget(frame),
        data: (id, piece, isLast) => this.#takeShown(id, piece, isLast),
      },
      (frame) => ends.writeTarget(frame),
    );
  }

  fromClient(bytes: Buffer): void {
    this.#client.push(bytes);
  }

  fromTarget(bytes: Buffer): void {
    this.#target.push(bytes);
  }

  // Whoever did not open a stream does not get what is on it, nor its end.

  send(stream: SentStream, bytes: Buffer): void {
    const id = this.#ids.get(stream);
    if (id !== undefined) this.#target.send(id, bytes);
  }

  endSent(stream: SentStream): void {
    const id = this.#ids.get(stream);
    if (id !== undefined) this.#target.end(id);
  }

  show(stream: ShownStream, bytes: Buffer): void {
    const id = this.#ids.get(stream);
    if (id !== undefined) this.#client.send(id, bytes);
  }

  endShown(stream: ShownStream): void {
    const id = this.#ids.get(stream);
    if (id !== undefined) this.#client.end(id);
  }

  farewell(): void {
    this.#client.tell({ kind: 'go-away', lastStreamId: 0, status: GO_AWAY_OK });
  }

  #controlOfClient(frame: ControlFrame): void {
    switch (frame.kind) {
      case 'syn-stream':
        return this.#open(frame);
      case 'rst-stream':
      case 'ping':
      case 'go-away':
        return this.#target.tell(frame);
      // Nothing that anybody does who speaks these streams.
      case 'syn-reply':
      case 'headers':
      case 'settings':
      case 'window-update':
        return;
    }
  }

  #open({ streamId, priority, isLast, fields }: SynStream): void {
    const name = fields.get(STREAM_TYPE)?.toLowerCase() ?? '';
    if (!isStream(name) || this.#ids.has(name) || this.#names.has(streamId)) {
      throw violation('opens no stream of a remote command');
    }
    this.#names.set(streamId, name);
    this.#ids.set(name, streamId);
    this.#target.tell({
      ...{ kind: 'syn-stream', streamId, associatedStreamId: 0, priority },
      // What is at its end at once is told apart below.
      ...{ isLast: false, isUnidirectional: false },
      fields: FieldList.of([[STREAM_TYPE, name]]),
    });
    if (isLast) this.#tellSentEnd(streamId, name);
  }

  #takeSent(id: number, piece: Buffer, isLast: boolean): void {
    const name = this.#names.get(id);
    if (name === undefined) throw violation('is of a stream that is not open');
    if (piece.length > 0) {
      if (name !== 'stdin' && name !== 'resize') throw violation('is of a stream of the server');
      this.#listener.sent(name, piece);
    }
    if (isLast) this.#tellSentEnd(id, name);
  }

  /** Of what it only reads, the client may end its own direction. */
  #tellSentEnd(id: number, name: StreamName): void {
    if (name === 'stdin' || name === 'resize') return this.#listener.sentEnd(name);
    this.#target.end(id);
  }

  #controlOfTarget(frame: ControlFrame): void {
    switch (frame.kind) {
      case 'syn-reply': {
        // Its fields say nothing.
        const { streamId } = frame;
        this.#client.tell({ kind: 'syn-reply', streamId, isLast: false, fields: FieldList.empty });
        if (frame.isLast) this.#takeShown(streamId, Buffer.alloc(0), true);
        return;
      }
      case 'rst-stream':
      case 'ping':
      case 'go-away':
        return this.#client.tell(frame);
      case 'syn-stream':
        throw violation('opens a stream, which no server does');
      case 'headers':
      case 'settings':
      case 'window-update':
        return;
    }
  }

  #takeShown(id: number, piece: Buffer, isLast: boolean): void {
    const name = this.#names.get(id);
    if (name === undefined) throw violation('is of a stream that is not open');
    const isSent = name === 'stdin' || name === 'resize';
    if (isSent && piece.length > 0) throw violation('is of a stream of the client');
    if (isSent) {
      if (isLast) this.#client.end(id);
      return;
    }
    if (piece.length > 0) this.#listener.shown(name, piece);
    if (isLast) this.#listener.shownEnd(name);
  }
}

function isStream(name: string): name is StreamName {
  return STREAMS.has(name);
}
