import { UpstreamError } from '../protocols/upstream-error.ts';
import type { OpenStream } from '../upstream/open-stream.ts';
import type { GatewayProcess } from './gateway-process.ts';

/**
 * Opens streams for sessions of others, through the connectors that the target's file here names, and through no others.
 *
 * @param openHere Looks where this gateway has them, and does not ask other gateways once more.
 */
export function openForPeers(own: GatewayProcess, openHere: OpenStream): OpenStream {
  return async (names, request, signal) => {
    const target = own.configuration.targets.find(({ name }) => name === request.target);
    if (target === undefined || !names.every((name) => target.connectors.includes(name))) {
      throw new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'the target is not reached that way');
    }
    return openHere(names, request, signal);
  };
}
