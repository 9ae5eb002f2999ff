import { listenForTunnels, type TunnelApplication } from '../gateway/connectors/tunnel-listener.ts';
import type { CarriedStreams } from '../gateway/peers/carried-streams.ts';
import { PeerError } from '../gateway/peers/peer-error.ts';
import { PEER_PROTOCOL } from '../gateway/peers/peer-identity.ts';
import type { PeerPlace } from '../gateway/peers/peer-link.ts';
import { PeerLinks } from '../gateway/peers/peer-links.ts';
import { servePeer } from '../gateway/peers/serve-peer.ts';
import type { Log } from '../telemetry/log.ts';
import type { OpenStream } from '../upstream/open-stream.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { ownerOf } from './log-owner.ts';
import { openForPeers } from './open-for-peers.ts';
import type { FindLink } from './open-stream-anywhere.ts';
import { openTunnelIdentity } from './open-tunnel-identity.ts';

/** Where the processes that one can be linked to are found. */
export interface ProcessPlaces {
  /** Port of this machine, by the name of each process of this gateway. */
  readonly processes: Readonly<Record<string, number>>;
  readonly gateways: readonly PeerPlace[];
}

/** The ways from one process of several to the others of its gateway, and to other gateways. */
export interface ProcessLinks extends Disposable {
  /** Where the others find this process. Undefined where no connector comes to it. */
  readonly port: number | undefined;
  readonly find: FindLink;
  set(places: ProcessPlaces): void;
}

const LOOPBACK = '127.0.0.1';

/**
 * Opens the listener where the other processes of the gateway find this one, if connectors come to it, and the links
 * to them. They go by TLS, in which both ends prove themselves: whatever else runs on the machine can connect to it.
 */
export async function openProcessLinks(
  own: GatewayProcess,
  carried: CarriedStreams,
  log: Log,
): Promise<ProcessLinks> {
  using opened = new DisposableStack();
  const { name } = own.configuration.gateway;
  const identity = opened.use(await openTunnelIdentity(own.services, name, log));
  const processes = opened.use(new PeerLinks(() => identity.current));
  const gateways = opened.use(new PeerLinks(() => identity.current));
  const openHere = carried.count(openForPeers(own, own.connectors.openStream));
  let port: number | undefined;
  if (own.addresses.connectors.length > 0) {
    const listener = await listenForTunnels({
      name: 'processes',
      address: { host: LOOPBACK, port: 0 },
      isOwn: true,
      authorityPem: identity.authority.certificatePem,
      certificate: identity.current,
      applications: new Map([[PEER_PROTOCOL, serveProcesses(name, openHere, log)]]),
      log,
    });
    opened.defer(() => listener.close());
    identity.renewAt(listener);
    port = listener.port;
  }
  const resources = opened.move();
  return {
    port,
    find: (logName) => processes.find(logName) ?? gateways.find(ownerOf(logName)),
    set(places) {
      const ports = Object.entries(places.processes);
      processes.set(
        new Map(
          ports
            .filter(([, there]) => there !== port)
            .map(([process, there]) => [
              `${name}.${process}`,
              { name, host: LOOPBACK, port: there },
            ]),
        ),
      );
      gateways.set(new Map(places.gateways.map((place) => [place.name, place])));
    },
    [Symbol.dispose]: () => resources.dispose(),
  };
}

/** Streams for the processes of this gateway; other gateways ask its first process. */
function serveProcesses(gateway: string, openStream: OpenStream, log: Log): TunnelApplication {
  const answer = (): never => {
    throw new PeerError(gateway, 'this process carries streams only');
  };
  return {
    role: 'gateway',
    serve: (socket, peer) => {
      if (peer.name === gateway) servePeer(socket, { answer, openStream }, log);
      else socket.destroy();
    },
  };
}
