import type { ConnectorStore } from '../gateway/connectors/connector-store.ts';
import type { Connectors } from '../gateway/connectors/connectors.ts';
import { PeerError } from '../gateway/peers/peer-error.ts';
import type { PeerLink } from '../gateway/peers/peer-link.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { OpenedStream, OpenStream } from '../upstream/open-stream.ts';

/** Finds the way to the process that has a log, or to its gateway. Undefined where there is none. */
export type FindLink = (log: string) => Pick<PeerLink, 'openStream'> | undefined;

/** Where connectors can be attached. */
export interface StreamPlaces {
  /** To this process. */
  readonly connectors: Pick<Connectors, 'tunnels' | 'openStream'>;
  readonly store: Pick<ConnectorStore, 'list' | 'listTunnels'>;
  readonly findLink: FindLink;
  readonly log: Log;
}

const STORE_SILENT = 'the store does not say in time where its connector is';
/** Milliseconds after which a tunnel is gone of which its process says nothing any more. */
const TUNNEL_SEEN_MS = 5_000;

/** Opens streams through a connector of this process, or where none is attached, through one of another. */
export function openStreamAnywhere(places: StreamPlaces): OpenStream {
  const { connectors } = places;
  return async (...question) => {
    const [names, , signal] = question;
    const isHere = connectors.tunnels.some(
      ({ peer, isOpen }) => isOpen && names.includes(peer.name),
    );
    if (isHere) return connectors.openStream(...question);
    const elsewhere = await openElsewhere(places, question);
    if (elsewhere !== undefined) return elsewhere;
    try {
      return await connectors.openStream(...question);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      signal.throwIfAborted();
      // While it was waited for here, it may have come back to another.
      const returned = await openElsewhere(places, question);
      if (returned === undefined) throw error;
      return returned;
    }
  };
}

/** Undefined where nobody else has a connector, or who has cannot be asked. */
async function openElsewhere(
  places: StreamPlaces,
  question: Parameters<OpenStream>,
): Promise<OpenedStream | undefined> {
  const [names, , signal] = question;
  const links = await findLinks(places, names);
  // That says nothing of the target.
  if (signal.aborted) throw new UpstreamError('ERR_UPSTREAM_UNREACHABLE', STORE_SILENT);
  for (const link of links) {
    try {
      return await link.openStream(...question);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      logUnexpectedError(places.log, 'gateway link', error);
    }
  }
  return undefined;
}

/** The ways to where a connector is attached, by what the processes say in the store. */
async function findLinks(
  { store, findLink, log }: StreamPlaces,
  names: readonly string[],
): Promise<readonly Pick<PeerLink, 'openStream'>[]> {
  try {
    const [known, tunnels] = await Promise.all([
      store.list(),
      store.listTunnels(Date.now() - TUNNEL_SEEN_MS),
    ]);
    const ids = known.filter(({ name }) => names.includes(name)).map(({ id }) => id);
    const logs = tunnels
      .filter(({ connectorId, facts }) => ids.includes(connectorId) && facts.state === 'open')
      .map((tunnel) => tunnel.log);
    const links = logs.map(findLink).filter((link) => link !== undefined);
    return [...new Set(links)];
  } catch (error) {
    logUnexpectedError(log, 'connectors', error);
    return [];
  }
}
