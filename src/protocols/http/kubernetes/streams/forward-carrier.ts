import { randomBytes } from 'node:crypto';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { FrameDecoder } from '../../../../wire/websocket/frame-decoder.ts';
import { FrameEncoder } from '../../../../wire/websocket/frame-encoder.ts';
import { MASK_BYTES } from '../../../../wire/websocket/mask.ts';
import type { MessageKind } from '../../../../wire/websocket/opcode.ts';
import type { CarrierEnds } from './stream-carrier.ts';

const GOING_AWAY = 1001;

/** Told the SPDY that comes. Buffers are valid during the call only. */
export interface ForwardCarrierListener {
  sent(bytes: Buffer): void;
  shown(bytes: Buffer): void;
}

/**
 * How the SPDY of a port-forward lies in one connection, and goes into the other. Each of the first two throws a
 * `ProtocolError` if a side breaks its protocol: nothing more can be read of it then.
 */
export interface ForwardCarrier {
  fromClient(bytes: Buffer): void;
  fromTarget(bytes: Buffer): void;
  toClient(frame: Buffer): void;
  toTarget(frame: Buffer): void;
  /** Says to the client that it is over, where SPDY is not all that it speaks. */
  farewell(): void;
}

export type OpenForwardCarrier = (
  listener: ForwardCarrierListener,
  ends: CarrierEnds,
) => ForwardCarrier;

/** SPDY and nothing else. */
export const openPlainForward: OpenForwardCarrier = (listener, ends) => ({
  fromClient: (bytes) => listener.sent(bytes),
  fromTarget: (bytes) => listener.shown(bytes),
  toClient: (frame) => ends.writeClient(frame),
  toTarget: (frame) => ends.writeTarget(frame),
  farewell: () => undefined,
});

/** SPDY in the messages of a WebSocket, wherever those begin and end (kubernetes/enhancements KEP-4006). */
export const openTunnelledForward: OpenForwardCarrier = (listener, ends) => {
  const forClient = new FrameEncoder(undefined);
  const forTarget = new FrameEncoder(() => randomBytes(MASK_BYTES));
  let hasClosed = false;
  const closeClient = (code: number | undefined): void => {
    if (hasClosed) return;
    hasClosed = true;
    ends.writeClient(forClient.close({ code, reason: '' }));
  };
  const ofClient = new FrameDecoder('client', {
    data: (kind, piece) => listener.sent(expectBinary(kind, piece)),
    ping: (payload) => ends.writeTarget(forTarget.ping(payload)),
    pong: (payload) => ends.writeTarget(forTarget.pong(payload)),
    close: ({ code }) => ends.writeTarget(forTarget.close({ code, reason: '' })),
  });
  const ofTarget = new FrameDecoder('server', {
    data: (kind, piece) => listener.shown(expectBinary(kind, piece)),
    ping: (payload) => ends.writeClient(forClient.ping(payload)),
    pong: (payload) => ends.writeClient(forClient.pong(payload)),
    close: ({ code }) => closeClient(code),
  });
  return {
    fromClient: (bytes) => ofClient.push(bytes),
    fromTarget: (bytes) => ofTarget.push(bytes),
    toClient: (frame) => {
      if (!hasClosed) ends.writeClient(forClient.data('binary', frame, true));
    },
    toTarget: (frame) => ends.writeTarget(forTarget.data('binary', frame, true)),
    farewell: () => closeClient(GOING_AWAY),
  };
};

function expectBinary(kind: MessageKind, piece: Buffer): Buffer {
  if (kind === 'binary') return piece;
  throw new ProtocolError('message of a port-forward', 'is text');
}
