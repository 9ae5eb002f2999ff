import type { ConnectorStore } from '../gateway/connectors/connector-store.ts';
import type { Connectors } from '../gateway/connectors/connectors.ts';
import { PeerError } from '../gateway/peers/peer-error.ts';
import type { Peers } from '../gateway/peers/peers.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { OpenStream } from '../upstream/open-stream.ts';
import { ownerOf } from './log-owner.ts';

/** Where connectors can be attached. */
export interface StreamPlaces {
  /** To this process. */
  readonly connectors: Pick<Connectors, 'tunnels' | 'openStream'>;
  readonly store: Pick<ConnectorStore, 'list' | 'listTunnels'>;
  /** The other gateways, once they are known. */
  readonly peers: () => Pick<Peers, 'names' | 'openStream'> | undefined;
  readonly log: Log;
}

/** Milliseconds after which a tunnel is gone of which its process says nothing any more. */
const TUNNEL_SEEN_MS = 5_000;

/** Opens streams through a connector of this process, or where none is attached, through one of another gateway. */
export function openStreamAnywhere({ connectors, store, peers, log }: StreamPlaces): OpenStream {
  const findGateways = async (names: readonly string[]): Promise<readonly string[]> => {
    const known = peers()?.names ?? [];
    if (known.length === 0) return [];
    try {
      const ids = (await store.list())
        .filter(({ name }) => names.includes(name))
        .map(({ id }) => id);
      const tunnels = await store.listTunnels(Date.now() - TUNNEL_SEEN_MS);
      const open = tunnels.filter(
        ({ connectorId, facts }) => ids.includes(connectorId) && facts.state === 'open',
      );
      return [...new Set(open.map((one) => ownerOf(one.log)))].filter((name) =>
        known.includes(name),
      );
    } catch (error) {
      logUnexpectedError(log, 'connectors', error);
      return [];
    }
  };
  return async (names, request, signal) => {
    const isHere = connectors.tunnels.some(
      ({ peer, isOpen }) => isOpen && names.includes(peer.name),
    );
    for (const gateway of isHere ? [] : await findGateways(names)) {
      try {
        const opened = await peers()?.openStream(gateway, names, request, signal);
        if (opened !== undefined) return opened;
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        logUnexpectedError(log, 'gateway link', error);
      }
    }
    return connectors.openStream(names, request, signal);
  };
}
