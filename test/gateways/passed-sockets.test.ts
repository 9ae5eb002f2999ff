import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { findFreePort } from '../../demo/find-free-port.ts';
import { changeYaml } from '../../demo/write-configuration.ts';
import { PEER_PROTOCOL } from '../../src/gateway/peers/peer-identity.ts';
import { readPeer } from '../../src/protocols/tunnel/peer.ts';
import { isAlive } from '../../src/store/running-process.ts';
import { encodeSslRequest } from '../../src/wire/postgres/ssl-request.ts';
import { TUNNEL_APPLICATION } from '../../src/wire/tunnel/tunnel-protocol.ts';
import { CHECKOUT } from '../../tools/source-file.ts';
import { query, signIn } from '../e2e/raw-connection.ts';
import { becomes } from '../faults/process-status.ts';
import { type Gateways, type Member, startGateways } from './environment.ts';
import { SessionLoop } from './session-loop.ts';

const SUBJECT = 'tester';
const WAIT_MS_MAX = 60_000;
const PROGRAM = join(CHECKOUT, 'src/bin/gateway.ts');

/** The gateway that listens for tunnels or links at a port, by its certificate. */
async function readName(port: number, application: string): Promise<string | undefined> {
  const socket = connectTls({
    ...{ host: '127.0.0.1', port, ALPNProtocols: [application], rejectUnauthorized: false },
  });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.on('error', () => undefined).destroy();
  return certificate && readPeer(certificate)?.name;
}

/** What keeps a socket open while gateways come and go, as systemd does. */
class SocketHolder implements Disposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  readonly #started: number[] = [];

  constructor() {
    const script = join(import.meta.dirname, 'hold_sockets.py');
    this.#child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Port of the socket; asked for once. */
  async readPort(): Promise<number> {
    return Number(await this.#nextLine());
  }

  /** Starts a gateway with the socket, and resolves with its process id when it serves. */
  async start(
    configurationDirectory: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<number> {
    const args = [process.execPath, PROGRAM, '--config', configurationDirectory];
    this.#child.stdin.write(`${JSON.stringify({ arguments: args, environment })}\n`);
    const { pid } = JSON.parse(await this.#nextLine()) as { readonly pid: number };
    this.#started.push(pid);
    return pid;
  }

  /** Ends the holder, and what it started that still runs. */
  [Symbol.dispose](): void {
    this.#reader.close();
    this.#child.kill('SIGKILL');
    for (const pid of this.#started) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }

  async #nextLine(): Promise<string> {
    const next = (await this.#lines.next()) as IteratorResult<string, undefined>;
    assert(next.done !== true, 'nothing was started');
    return next.value;
  }
}

describe('a socket that is passed to gateways', () => {
  let gateways: Gateways;

  before(async () => {
    gateways = await startGateways({
      count: 2,
      gateway: [
        [['drain'], { announce: '0s', timeout: '5m' }],
        [['listeners', 'connectors'], { address: '127.0.0.1:0' }],
      ],
    });
    // Started anew below, with the socket.
    for (const { process: own } of gateways.members) await own.stop();
    const [, second] = gateways.members;
    assert(second);
    // One of one process, one of two.
    await changeYaml(join(second.configurationDirectory, 'sallyport.yaml'), [
      [['gateway', 'workers'], 2],
    ]);
  });

  after(() => gateways[Symbol.asyncDispose]());

  it('is served while one takes the place of the other, and nobody is refused', async () => {
    using holder = new SocketHolder();
    const port = await holder.readPort();
    const [first, second] = gateways.members;
    assert(first && second);
    const side = { ...first.side(SUBJECT), port };
    const start = (member: Member): Promise<number> =>
      holder.start(member.configurationDirectory, gateways.environment);
    const pid = await start(first);
    using running = await signIn(side);
    await using loop = new SessionLoop(() => side);
    const next = await start(second);
    process.kill(pid, 'SIGTERM');
    await loop.goesOn();
    running.send(query('SELECT 1'));
    assert((await running.messagesUntil('Z')).some(({ type }) => type === 'C'));
    await loop.stop();
    assert.deepEqual(loop.failures, []);
    running.socket.destroy();
    assert(await becomes(() => !isAlive(pid), WAIT_MS_MAX));
    process.kill(next, 'SIGINT');
    assert(await becomes(() => !isAlive(next), WAIT_MS_MAX));
  });

  it('may be of systemd, and the connection that has a gateway started is served', async () => {
    const [member] = gateways.members;
    assert(member);
    const ports = [await findFreePort(), await findFreePort(), await findFreePort()] as const;
    const variables = Object.entries(gateways.environment).map(
      ([name, value]) => `-E${name}=${value}`,
    );
    const program = [process.execPath, PROGRAM, '--config', member.configurationDirectory];
    const sockets = ports.flatMap((port) => ['--listen', `127.0.0.1:${port}`]);
    const names = ['--fdname', 'postgres:connectors:gateways'];
    const child = spawn(
      'systemd-socket-activate',
      [...variables, ...sockets, ...names, ...program],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const ended = once(child, 'exit');
    // It says that it listens.
    await once(child.stderr, 'data');
    child.stderr.resume();
    const [postgres, connectors, links] = ports;
    // Answered once the gateway serves, however long its start takes.
    const starting = connect(postgres, '127.0.0.1');
    starting.write(encodeSslRequest());
    const [answer] = (await once(starting, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'S');
    starting.destroy();
    using session = await signIn({ ...member.side(SUBJECT), port: postgres });
    session.send(query('SELECT 1'));
    assert((await session.messagesUntil('Z')).some(({ type }) => type === 'C'));
    assert.equal(await readName(connectors, TUNNEL_APPLICATION), member.name);
    assert.equal(await readName(links, PEER_PROTOCOL), member.name);
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
  });
});
