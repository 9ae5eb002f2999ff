import type { HostMasking } from '../../../../masking/host-masking.ts';
import type { HttpRequest, HttpResponse } from '../../exchange.ts';
import type { RunningUpgrade, UpgradedExchange, UpgradeHandler } from '../../upgrade-handler.ts';
import { CommandRelay } from './command-relay.ts';
import { offerProtocols, offerSubprotocols, WEBSOCKET } from './offers.ts';
import { readRemoteCommand } from './remote-command.ts';
import { SPDY_STREAM_PROTOCOL, SpdyCarrier } from './spdy-carrier.ts';
import type { StreamCarrier } from './stream-carrier.ts';
import { CHANNEL_PROTOCOLS, WebSocketCarrier } from './websocket-carrier.ts';

/** What the commands of a target are served with. */
export interface CommandHandlerParts {
  readonly findOutputMasking: () => HostMasking | undefined;
}

/** Serves `exec` and `attach`, over WebSockets. */
export class WebSocketCommandHandler implements UpgradeHandler {
  readonly recordsItself = true;
  readonly followsRights = false;
  readonly #parts: CommandHandlerParts;

  constructor(parts: CommandHandlerParts) {
    this.#parts = parts;
  }

  prepare(request: HttpRequest): HttpRequest {
    return offerSubprotocols(request, CHANNEL_PROTOCOLS);
  }

  accepts(request: HttpRequest, response: HttpResponse): boolean {
    return WEBSOCKET.accepts(request, response) && isOneOf(response, CHANNEL_PROTOCOLS);
  }

  carry(exchange: UpgradedExchange): RunningUpgrade {
    const protocol = exchange.response.fields.get(SUBPROTOCOL) ?? '';
    return carryCommand(
      exchange,
      this.#parts,
      (...ends) => new WebSocketCarrier(protocol, ...ends),
    );
  }
}

/** The same over SPDY/3.1. */
export class SpdyCommandHandler implements UpgradeHandler {
  readonly recordsItself = true;
  readonly followsRights = false;
  readonly #parts: CommandHandlerParts;

  constructor(parts: CommandHandlerParts) {
    this.#parts = parts;
  }

  prepare(request: HttpRequest): HttpRequest {
    return offerProtocols(request, [SPDY_STREAM_PROTOCOL]);
  }

  accepts(_request: HttpRequest, { fields }: HttpResponse): boolean {
    return fields.all('x-stream-protocol-version').join() === SPDY_STREAM_PROTOCOL;
  }

  carry(exchange: UpgradedExchange): RunningUpgrade {
    return carryCommand(exchange, this.#parts, (...ends) => new SpdyCarrier(...ends));
  }
}

const SUBPROTOCOL = 'sec-websocket-protocol';

function isOneOf({ fields }: HttpResponse, protocols: readonly string[]): boolean {
  return protocols.includes(fields.get(SUBPROTOCOL) ?? '');
}

function carryCommand(
  exchange: UpgradedExchange,
  parts: CommandHandlerParts,
  openCarrier: (...ends: ConstructorParameters<typeof SpdyCarrier>) => StreamCarrier,
): RunningUpgrade {
  const command = readRemoteCommand(exchange.request);
  const relay = new CommandRelay({ exchange, command, openCarrier, ...parts });
  relay.start();
  return relay;
}
