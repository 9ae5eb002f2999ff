import { FieldList } from '../../../../wire/http/field-list.ts';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import {
  type ControlFrame,
  encodeControlFrame,
  type SynStream,
} from '../../../../wire/spdy/control-frame.ts';
import {
  DATA_BYTES_MAX,
  encodeDataHead,
  SpdyFrameDecoder,
} from '../../../../wire/spdy/frame-decoder.ts';
import { HeaderDeflater, HeaderInflater } from '../../../../wire/spdy/header-compression.ts';
import { RAW_DEFLATE } from './raw-deflate.ts';
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
  readonly #ends: CarrierEnds;
  readonly #toTarget = new HeaderDeflater(RAW_DEFLATE);
  readonly #toClient = new HeaderDeflater(RAW_DEFLATE);
  readonly #ofClient: SpdyFrameDecoder;
  readonly #ofTarget: SpdyFrameDecoder;
  readonly #names = new Map<number, StreamName>();
  readonly #ids = new Map<StreamName, number>();

  constructor(listener: CarrierListener, ends: CarrierEnds) {
    this.#listener = listener;
    this.#ends = ends;
    this.#ofClient = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
      control: (frame) => this.#controlOfClient(frame),
      data: (id, piece, isLast) => this.#takeSent(id, piece, isLast),
    });
    this.#ofTarget = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
      control: (frame) => this.#controlOfTarget(frame),
      data: (id, piece, isLast) => this.#takeShown(id, piece, isLast),
    });
  }

  fromClient(bytes: Buffer): void {
    this.#ofClient.push(bytes);
  }

  fromTarget(bytes: Buffer): void {
    this.#ofTarget.push(bytes);
  }

  send(stream: SentStream, bytes: Buffer): void {
    this.#writeData((frame) => this.#ends.writeTarget(frame), stream, bytes);
  }

  endSent(stream: SentStream): void {
    const id = this.#ids.get(stream);
    if (id !== undefined) this.#ends.writeTarget(encodeDataHead(id, 0, true));
  }

  show(stream: ShownStream, bytes: Buffer): void {
    this.#writeData((frame) => this.#ends.writeClient(frame), stream, bytes);
  }

  endShown(stream: ShownStream): void {
    const id = this.#ids.get(stream);
    if (id !== undefined) this.#ends.writeClient(encodeDataHead(id, 0, true));
  }

  farewell(): void {
    const frame: ControlFrame = { kind: 'go-away', lastStreamId: 0, status: GO_AWAY_OK };
    this.#ends.writeClient(encodeControlFrame(frame, this.#toClient));
  }

  #writeData(write: (frame: Buffer) => void, stream: StreamName, bytes: Buffer): void {
    const id = this.#ids.get(stream);
    // Whoever did not open a stream does not get what is on it.
    if (id === undefined) return;
    for (let start = 0; start < bytes.length; start += DATA_BYTES_MAX) {
      const piece = bytes.subarray(start, start + DATA_BYTES_MAX);
      write(Buffer.concat([encodeDataHead(id, piece.length, false), piece]));
    }
  }

  #controlOfClient(frame: ControlFrame): void {
    switch (frame.kind) {
      case 'syn-stream':
        return this.#open(frame);
      case 'rst-stream':
      case 'ping':
      case 'go-away':
        return this.#ends.writeTarget(encodeControlFrame(frame, this.#toTarget));
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
    const frame: ControlFrame = {
      ...{ kind: 'syn-stream', streamId, associatedStreamId: 0, priority },
      // What is at its end at once is told apart below.
      ...{ isLast: false, isUnidirectional: false },
      fields: FieldList.of([[STREAM_TYPE, name]]),
    };
    this.#ends.writeTarget(encodeControlFrame(frame, this.#toTarget));
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
    this.#ends.writeTarget(encodeDataHead(id, 0, true));
  }

  #controlOfTarget(frame: ControlFrame): void {
    switch (frame.kind) {
      case 'syn-reply': {
        // Its fields say nothing.
        const { streamId } = frame;
        const reply = { kind: frame.kind, streamId, isLast: false, fields: FieldList.empty };
        this.#ends.writeClient(encodeControlFrame(reply, this.#toClient));
        if (frame.isLast) this.#takeShown(streamId, Buffer.alloc(0), true);
        return;
      }
      case 'rst-stream':
      case 'ping':
      case 'go-away':
        return this.#ends.writeClient(encodeControlFrame(frame, this.#toClient));
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
      if (isLast) this.#ends.writeClient(encodeDataHead(id, 0, true));
      return;
    }
    if (piece.length > 0) this.#listener.shown(name, piece);
    if (isLast) this.#listener.shownEnd(name);
  }
}

function isStream(name: string): name is StreamName {
  return STREAMS.has(name);
}

function violation(reason: string): ProtocolError {
  return new ProtocolError('SPDY frame', reason);
}
