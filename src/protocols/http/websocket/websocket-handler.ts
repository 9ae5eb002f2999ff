import { ProtocolError } from '../../../wire/protocol-error.ts';
import { checkAcceptance, decodeOffer } from '../../../wire/websocket/offer.ts';
import type { HttpRequest, HttpResponse } from '../exchange.ts';
import { ProblemError } from '../problem.ts';
import type { RunningUpgrade, UpgradedExchange, UpgradeHandler } from '../upgrade-handler.ts';
import { WebSocketRelay } from './websocket-relay.ts';

/** Carries WebSockets: messages as they are, or masked one by one. */
export class WebSocketHandler implements UpgradeHandler {
  readonly recordsItself = false;
  readonly followsRights = true;

  /** Without extensions: what is compressed nobody has looked through. */
  prepare(request: HttpRequest): HttpRequest {
    try {
      decodeOffer(request.method, request.fields);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ProblemError({
        status: 400,
        title: 'No WebSocket',
        detail: `The ${error.messageName} ${error.reason}. It was not passed on.`,
      });
    }
    return { ...request, fields: request.fields.without('sec-websocket-extensions') };
  }

  accepts({ method, fields }: HttpRequest, response: HttpResponse): boolean {
    try {
      checkAcceptance(decodeOffer(method, fields), response.fields);
      return true;
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }

  carry(exchange: UpgradedExchange): RunningUpgrade {
    const relay = new WebSocketRelay(exchange);
    relay.start();
    return relay;
  }
}
