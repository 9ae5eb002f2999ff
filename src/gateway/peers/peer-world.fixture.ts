import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Peer } from '../../protocols/tunnel/peer.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import { SILENT_LOG } from '../../telemetry/log.ts';
import type { OpenStream } from '../../upstream/open-stream.ts';
import { TunnelAuthority } from '../connectors/tunnel-authority.ts';
import { listenForTunnels, type TunnelListener } from '../connectors/tunnel-listener.ts';
import { PEER_PROTOCOL, type PeerIdentity } from './peer-identity.ts';
import { PeerLink, type PeerPlace } from './peer-link.ts';
import { type AnswerPeer, servePeer } from './serve-peer.ts';

const HOUR_MS = 3_600_000;
const HOST = '127.0.0.1';

/** Of every gateway. */
export const GATEWAY = { role: 'gateway', id: undefined } as const;

/** Gateways of one authority, as far as links need them. */
export class PeerWorld implements Disposable {
  readonly #authority: TunnelAuthority;
  readonly #stranger: TunnelAuthority;
  readonly #opened = new DisposableStack();

  static async open(): Promise<PeerWorld> {
    return new PeerWorld(await makeAuthority(), await makeAuthority());
  }

  private constructor(authority: TunnelAuthority, stranger: TunnelAuthority) {
    this.#authority = authority;
    this.#stranger = stranger;
  }

  get authorityPem(): string {
    return this.#authority.certificatePem;
  }

  /** @param isStranger Whether another authority signs. */
  async identify(peer: Peer, isStranger = false): Promise<PeerIdentity> {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const by = isStranger ? this.#stranger : this.#authority;
    return {
      certificatePem: await by.issue(peer, spki, HOUR_MS),
      keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      authorityPem: this.authorityPem,
    };
  }

  /** Listens as `b`, or as who the identity says, and answers. */
  listen(
    answer: AnswerPeer,
    identity?: PeerIdentity,
    openStream: OpenStream = noStream,
  ): Promise<TunnelListener> {
    return this.take((socket) => servePeer(socket, { answer, openStream }, SILENT_LOG), identity);
  }

  /** Listens as `b`, or as who the identity says, and serves gateways so. */
  async take(serve: (socket: TLSSocket) => void, identity?: PeerIdentity): Promise<TunnelListener> {
    const listener = await listenForTunnels({
      name: 'gateways',
      address: { host: HOST, port: 0 },
      authorityPem: this.authorityPem,
      certificate: identity ?? (await this.identify({ ...GATEWAY, name: 'b' })),
      applications: new Map([[PEER_PROTOCOL, { role: 'gateway', serve }]]),
      log: SILENT_LOG,
    });
    this.#opened.defer(() => listener.close());
    return listener;
  }

  /** A link to `b`. */
  link({ host, port }: Pick<PeerPlace, 'host' | 'port'>, identity: PeerIdentity): PeerLink {
    return this.#opened.use(new PeerLink({ name: 'b', host, port }, () => identity));
  }

  /** A way to a listener on which bytes can be held up. */
  async openWay(to: TunnelListener): Promise<HeldWay> {
    return this.#opened.use(await HeldWay.open(to));
  }

  [Symbol.dispose](): void {
    this.#opened.dispose();
  }
}

/** Carries connections, and holds what comes on them as long as it is told to. */
export class HeldWay implements Disposable {
  readonly #server = createServer((near) => this.#carry(near));
  readonly #to: TunnelListener;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  /** Which connections are held, by how many there were before. */
  #isHeld: (index: number) => boolean = () => false;
  #count = 0;
  #onConnection: () => void = () => undefined;

  static async open(to: TunnelListener): Promise<HeldWay> {
    const way = new HeldWay(to);
    way.#server.listen(0, HOST);
    await once(way.#server, 'listening');
    return way;
  }

  private constructor(to: TunnelListener) {
    this.#to = to;
  }

  get host(): string {
    return HOST;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when the next connection comes. */
  untilNext(): Promise<void> {
    return new Promise((resolve) => {
      this.#onConnection = resolve;
    });
  }

  /** Holds what comes from now on. */
  hold(isHeld: (index: number) => boolean = () => true): void {
    this.#isHeld = isHeld;
  }

  /** Has all go on that was held. */
  release(): void {
    this.#isHeld = () => false;
    for (const goOn of this.#held.splice(0)) goOn();
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #carry(near: Socket): void {
    const far = connect(this.#to.port, this.#to.host);
    const index = this.#count;
    this.#count += 1;
    this.#pass(index, near, far);
    this.#pass(index, far, near);
    this.#onConnection();
  }

  #pass(index: number, from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
    from.on('data', (bytes) => {
      if (this.#isHeld(index)) this.#held.push(() => to.write(bytes));
      else to.write(bytes);
    });
  }
}

async function makeAuthority(): Promise<TunnelAuthority> {
  return TunnelAuthority.open({ findOrKeep: async (_, candidate) => candidate });
}

function noStream(): Promise<never> {
  return Promise.reject(new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'nobody is there'));
}
