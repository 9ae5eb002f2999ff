import type { FieldList } from '../../../../wire/http/field-list.ts';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { SpdyFrameDecoder } from '../../../../wire/spdy/frame-decoder.ts';
import { HeaderInflater } from '../../../../wire/spdy/header-compression.ts';
import { FrameDecoder } from '../../../../wire/websocket/frame-decoder.ts';
import type { HttpRequest, HttpResponse } from '../../exchange.ts';
import type { RunningUpgrade, UpgradedExchange, UpgradeHandler } from '../../upgrade-handler.ts';
import { offerProtocols, offerSubprotocols, WEBSOCKET } from './offers.ts';
import { PortForwardRelay } from './port-forward-relay.ts';
import { RAW_DEFLATE } from './raw-deflate.ts';

/** SPDY within the messages of a WebSocket. */
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const STREAMS = 'portforward.k8s.io';
const PORT_MAX = 65_535;

/** Told to which port a stream of a forward goes; it has not been passed on. */
export type OnPort = (port: number) => void;

/** Takes apart what a client of a port-forward sends. @throws {ProtocolError} If it is not what was agreed on. */
export type ReadForward = (bytes: Buffer) => void;

/** Serves `port-forward`, over SPDY or, in it, a WebSocket. */
export class PortForwardHandler implements UpgradeHandler {
  readonly recordsItself = true;
  readonly followsRights = false;
  readonly #isTunnelled: boolean;

  constructor({ isTunnelled }: { readonly isTunnelled: boolean }) {
    this.#isTunnelled = isTunnelled;
  }

  prepare(request: HttpRequest): HttpRequest {
    return this.#isTunnelled
      ? offerSubprotocols(request, [TUNNEL])
      : offerProtocols(request, [STREAMS]);
  }

  accepts(request: HttpRequest, response: HttpResponse): boolean {
    const { fields } = response;
    if (!this.#isTunnelled) return fields.all('x-stream-protocol-version').join() === STREAMS;
    return WEBSOCKET.accepts(request, response) && fields.get('sec-websocket-protocol') === TUNNEL;
  }

  carry(exchange: UpgradedExchange): RunningUpgrade {
    const open = this.#isTunnelled ? openTunnelReader : openReader;
    const relay = new PortForwardRelay(exchange, open);
    relay.start();
    return relay;
  }
}

function openReader(onPort: OnPort): ReadForward {
  const decoder = new SpdyFrameDecoder(new HeaderInflater(RAW_DEFLATE), {
    control: (frame) => {
      if (frame.kind === 'syn-stream') onPort(readPort(frame.fields));
    },
    data: () => undefined,
  });
  return (bytes) => decoder.push(bytes);
}

/** Both streams of a connection name its port. @throws {ProtocolError} If it is none, or there are several. */
function readPort(fields: FieldList): number {
  const ports = fields.all('port');
  const port = Number(ports[0]);
  const isOne = ports.length === 1 && /^[1-9]\d{0,4}$/.test(ports[0] ?? '') && port <= PORT_MAX;
  if (!isOne) throw new ProtocolError('port-forward', 'has a stream for no port, or for several');
  return port;
}

function openTunnelReader(onPort: OnPort): ReadForward {
  const read = openReader(onPort);
  const decoder = new FrameDecoder('client', {
    data: (_kind, piece) => read(piece),
    ping: () => undefined,
    pong: () => undefined,
    close: () => undefined,
  });
  return (bytes) => decoder.push(bytes);
}
