import type { HttpRequest, HttpResponse } from '../../exchange.ts';
import type { RunningUpgrade, UpgradedExchange, UpgradeHandler } from '../../upgrade-handler.ts';
import { openPlainForward, openTunnelledForward } from './forward-carrier.ts';
import { offerProtocols, offerSubprotocols, WEBSOCKET } from './offers.ts';
import { PortForwardRelay } from './port-forward-relay.ts';

/** SPDY within the messages of a WebSocket. */
const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const STREAMS = 'portforward.k8s.io';

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
    const openCarrier = this.#isTunnelled ? openTunnelledForward : openPlainForward;
    const relay = new PortForwardRelay(exchange, openCarrier);
    relay.start();
    return relay;
  }
}
