import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type PrivateSshd, startPrivateSshd } from '../../demo/private-sshd.ts';
import {
  type Behaviour,
  createFakeDoor,
  createFakeLog,
  type FakeLog,
  TARGET,
} from '../../src/protocols/ssh/session.fixture.ts';
import { SshProtocol } from '../../src/protocols/ssh/ssh-protocol.ts';
import type { HostKey } from '../../src/protocols/ssh/transport/transport-options.ts';
import { connectUpstream } from '../../src/protocols/ssh/upstream.ts';
import { decodePrivateKeyFile } from '../../src/wire/ssh/private-key-file.ts';
import { encodePublicKey } from '../../src/wire/ssh/public-key.ts';
import { OpenSshClient } from './openssh-client.ts';

/** User name under which the gateway's target is reached. */
export const USER = 'deploy@ward@127.0.0.1';

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

/** Debian's sshd behind the gateway's protocol, and OpenSSH's client before it. */
export interface GatewayToSshd extends AsyncDisposable {
  readonly sshd: PrivateSshd;
  readonly gateway: GuardedGateway;
  readonly client: OpenSshClient;
  readonly behaviour: Behaviour;
}

/** @param settings Lines of sshd_config. */
export async function startGatewayToSshd(settings: readonly string[] = []): Promise<GatewayToSshd> {
  const sshd = await startPrivateSshd({ settings });
  const [account] = sshd.accounts;
  const behaviour: Behaviour = { target: { ...TARGET, account, port: sshd.port } };
  const gateway = await startGuardedGateway(sshd, behaviour);
  const client = await OpenSshClient.create(gateway.port);
  return {
    sshd,
    gateway,
    client,
    behaviour,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await gateway[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    },
  };
}

/** The key of a line such as `ssh-ed25519 AAAA…`, as on the wire. */
export function decodeKeyLine(line: string): Buffer {
  return Buffer.from(line.split(' ')[1] ?? '', 'base64');
}

async function startGuardedGateway(
  host: PrivateSshd,
  behaviour: Behaviour,
): Promise<GuardedGateway> {
  const log = createFakeLog();
  const errors: Error[] = [];
  const sockets = new Set<Socket>();
  const upstreams: Socket[] = [];
  const hostKey = makeHostKey();
  const login = {
    account: host.accounts[0],
    credential: {
      kind: 'privateKey',
      key: decodePrivateKeyFile(await readFile(host.clientKeyFile, 'utf8')),
    },
    hostKeys: [decodeKeyLine(host.hostKey)],
    hostAuthorities: [],
    hostName: 'ward',
  } as const;
  const stopping = new AbortController();
  const protocol = new SshProtocol({
    hostKeys: () => [hostKey],
    hostNames: () => ['sallyport'],
    suffix: () => 'sallyport',
    handshakeTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    async connect(_session, signal) {
      const socket = connect(host.port, host.host);
      await once(socket, 'connect');
      upstreams.push(socket);
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
