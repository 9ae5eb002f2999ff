import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { LoginCredential } from '../../src/protocols/ssh/authentication/log-in.ts';
import {
  type Behaviour,
  createFakeDoor,
  createFakeLog,
  type FakeLog,
} from '../../src/protocols/ssh/session.fixture.ts';
import { SshProtocol } from '../../src/protocols/ssh/ssh-protocol.ts';
import type { HostKey } from '../../src/protocols/ssh/transport/transport-options.ts';
import { connectUpstream } from '../../src/protocols/ssh/upstream.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';

/** SSH through the gateway's protocol on a free port of 127.0.0.1, with a door, a guard and a ledger of the test. */
export interface GuardedGateway extends AsyncDisposable {
  readonly port: number;
  readonly log: FakeLog;
  readonly behaviour: Behaviour;
  /** What went wrong, in order. */
  readonly errors: readonly Error[];
  readonly hostKey: HostKey;
  /** Of the connection to the target that was opened last. */
  readonly upstreams: readonly Socket[];
}

/** The host behind the gateway. */
export interface GuardedHost {
  readonly port: number;
  readonly hostKeys: readonly Buffer[];
  readonly hostAuthorities?: readonly Buffer[];
  readonly account: string;
  readonly credential: LoginCredential;
}

export async function startGuardedGateway(
  host: GuardedHost,
  behaviour: Behaviour = {},
): Promise<GuardedGateway> {
  const log = createFakeLog();
  const errors: Error[] = [];
  const sockets = new Set<Socket>();
  const upstreams: Socket[] = [];
  const hostKey = makeHostKey();
  const stopping = new AbortController();
  const protocol = new SshProtocol({
    hostKeys: () => [hostKey],
    hostNames: () => ['sallyport'],
    suffix: () => 'sallyport',
    handshakeTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    async connect(_session, signal) {
      const socket = connect(host.port, '127.0.0.1');
      await once(socket, 'connect');
      upstreams.push(socket);
      const { account, credential, hostKeys, hostAuthorities = [] } = host;
      const login = { account, credential, hostKeys, hostAuthorities, hostName: 'ward' };
      return connectUpstream(socket, { ...login, nowMs: Date.now() }, signal);
    },
    findMasking: () => undefined,
    onUpstreamError: (_session, error) => errors.push(error),
    onProtocolError: (error) => errors.push(error),
    onActivity() {},
    nowMs: () => Date.now(),
  });
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    protocol
      .serve(socket, createFakeDoor(log, behaviour), stopping.signal)
      .catch((error: Error) => errors.push(error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    log,
    behaviour,
    errors,
    hostKey,
    upstreams,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      for (const socket of [...sockets, ...upstreams]) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function makeHostKey(): HostKey {
  const { privateKey }: { privateKey: KeyObject } = generateKeyPairSync('ed25519');
  return { privateKey, blob: encodePublicKey(privateKey) };
}
