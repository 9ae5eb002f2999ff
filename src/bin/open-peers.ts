import { createHmac } from 'node:crypto';
import { listenForTunnels, type TunnelListener } from '../gateway/connectors/tunnel-listener.ts';
import type { PassedSockets } from '../gateway/passed-sockets.ts';
import { PEER_PROTOCOL } from '../gateway/peers/peer-identity.ts';
import { type PeerRecord, Peers, type PeersOptions } from '../gateway/peers/peers.ts';
import { type PeerService, servePeer } from '../gateway/peers/serve-peer.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { openTunnelIdentity } from './open-tunnel-identity.ts';
import { VERSION } from './version.ts';

/** The other gateways, and the listener where they find this one. */
export interface OpenedPeers extends AsyncDisposable {
  readonly peers: Peers;
}

/** What the links to other gateways are opened with. */
export interface PeersParts extends Pick<PeersOptions, 'onPlaces' | 'log'> {
  readonly service: PeerService;
  readonly passedSockets: PassedSockets;
}

/**
 * Opens the listener for the other gateways on the store, and the links to them. Undefined where there is none.
 *
 * @throws If the keys that all gateways share are others than theirs.
 */
export async function openPeers(
  own: GatewayProcess,
  { service, passedSockets, onPlaces, log }: PeersParts,
): Promise<OpenedPeers | undefined> {
  const { listeners, gateway } = own.configuration;
  const { store } = own.services;
  if (listeners.gateways === undefined) return undefined;
  const { address, advertised } = listeners.gateways;
  await using opened = new AsyncDisposableStack();
  const identity = opened.use(await openTunnelIdentity(own.services, gateway.name, log));
  const listener = await listenForTunnels({
    name: 'gateways',
    address,
    descriptor: passedSockets.gateways?.[0],
    authorityPem: identity.authority.certificatePem,
    certificate: identity.current,
    applications: new Map([
      [PEER_PROTOCOL, { role: 'gateway', serve: (socket) => servePeer(socket, service, log) }],
    ]),
    log,
  });
  opened.defer(() => listener.close());
  identity.renewAt(listener);
  const record: PeerRecord = {
    name: gateway.name,
    ...placeOf(listener, advertised),
    version: VERSION,
    keys: fingerprintKeys(own),
  };
  assertSameKeys(record, await store.gateways.listAlive());
  const peers = opened.use(
    await Peers.open({
      ...{ own: record, store: store.gateways, onPlaces, log },
      identity: () => identity.current,
    }),
  );
  const resources = opened.move();
  return { peers, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function placeOf(
  { host, port }: TunnelListener,
  advertised: { readonly host: string; readonly port: number } | undefined,
): { readonly host: string; readonly port: number } {
  if (advertised === undefined) return { host, port };
  return { host: advertised.host, port: advertised.port === 0 ? port : advertised.port };
}

/** What the gateway shows to SSH clients; empty where it shows nothing. */
function fingerprintKeys({ services: { sshAuthorities, maskingKey } }: GatewayProcess): string {
  if (sshAuthorities === undefined) return '';
  const fingerprint = createHmac('sha256', maskingKey).update('sallyport ssh authorities');
  fingerprint.update(sshAuthorities.hostAuthority).update(sshAuthorities.userAuthority);
  return fingerprint.digest('hex');
}

function assertSameKeys(own: PeerRecord, others: readonly PeerRecord[]): void {
  const other = others.find(
    ({ name, keys }) => name !== own.name && own.keys !== '' && keys !== '' && keys !== own.keys,
  );
  if (other === undefined) return;
  throw new Error(
    `Cannot join the gateways on this store: the SSH keys here are others than those of ${other.name}`,
  );
}
