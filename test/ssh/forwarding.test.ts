import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { findFreePort } from '../../demo/find-free-port.ts';
import { TOKEN } from '../../src/protocols/ssh/session.fixture.ts';
import { untilClosed } from '../../src/protocols/until-closed.fixture.ts';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';
import { finish, untilPrinted } from './openssh-client.ts';

/** An address of this machine that is not loopback: what a target may be asked to connect to. */
const OWN_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv4' && !found.internal)?.address;

describe('forwarding', { skip: OWN_ADDRESS === undefined && 'this machine has no network' }, () => {
  let world: GatewayToSshd;
  let echo: Server;
  let echoPort: number;
  before(async () => {
    world = await startGatewayToSshd(['AllowAgentForwarding yes', 'X11Forwarding yes']);
    echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    echo.listen(0, '0.0.0.0');
    await once(echo, 'listening');
    echoPort = (echo.address() as AddressInfo).port;
    const target = world.behaviour.target;
    if (target === undefined) return;
    world.behaviour.target = {
      ...target,
      forwards: [
        { host: OWN_ADDRESS ?? '', port: echoPort },
        { host: '127.0.0.1', port: echoPort },
        { host: 'localhost', port: target.port },
        { host: OWN_ADDRESS ?? '', port: target.port },
      ],
    };
  });
  after(async () => {
    echo.close();
    await world[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    delete world.behaviour.decide;
  });

  /** Sends a text through `-W`, which asks for one `direct-tcpip` channel. */
  async function talkTo(host: string, port: number, text = 'ping'): ReturnType<typeof finish> {
    return world.client.run(['-o', 'LogLevel=INFO', '-W', `${host}:${port}`, USER], text);
  }

  it('to a place that target and policy permit is counted and hashed', async () => {
    const { log } = world.gateway;
    const outcome = await talkTo(OWN_ADDRESS ?? '', echoPort);
    assert.equal(outcome.stdout.toString(), 'ping');
    assert.equal(log.entries.at(-1)?.text, `connect to ${OWN_ADDRESS}:${echoPort}`);
    const digest = createHash('sha256').update('ping').digest('hex');
    assert.deepEqual(log.notes.at(-1), {
      kind: 'forward',
      detail: {
        operation: 'ssh.forward.local',
        direction: 'local',
        host: OWN_ADDRESS,
        port: echoPort,
        bytesSent: 4,
        bytesShown: 4,
        sha256Sent: digest,
        sha256Shown: digest,
      },
    });
  });

  it('is decided by the name that the target lists, however the client spells it', async () => {
    const { target } = world.behaviour;
    assert(target !== undefined);
    const listed = `::ffff:${OWN_ADDRESS}`;
    world.behaviour.target = { ...target, forwards: [{ host: listed, port: echoPort }] };
    world.behaviour.decide = ({ facts }) => (facts['host'] === listed ? 'deny' : 'allow');
    try {
      const outcome = await talkTo(`[${listed.toUpperCase()}]`, echoPort);
      assert.match(outcome.stderr, /sallyport: refused by policy/);
      assert.equal(world.gateway.log.refusals.at(-1)?.text, `connect to ${listed}:${echoPort}`);
    } finally {
      world.behaviour.target = target;
    }
  });

  it('is refused where no policy permits it', async () => {
    world.behaviour.decide = ({ action }) => (action.startsWith('ssh.forward') ? 'deny' : 'allow');
    const outcome = await talkTo(OWN_ADDRESS ?? '', echoPort);
    assert.notEqual(outcome.status, 0);
    assert.match(outcome.stderr, /administratively prohibited: sallyport: refused by policy/);
  });

  for (const [what, host, port] of [
    ['the loopback of the target, although its file lists it', '127.0.0.1', 'echo'],
    ['the sshd of the target by the name of its loopback', 'localhost', 'sshd'],
    ['the metadata of a cloud', '169.254.169.254', 80],
    ['a place that the file of the target does not list', '198.51.100.7', 80],
  ] as const) {
    it(`to ${what} is refused`, async () => {
      const { log } = world.gateway;
      const refused = log.refusals.length;
      const numbers = { echo: echoPort, sshd: world.sshd.port };
      const outcome = await talkTo(host, typeof port === 'number' ? port : numbers[port]);
      assert.notEqual(outcome.status, 0);
      assert.match(outcome.stderr, /sallyport: refused/);
      assert.equal(log.refusals.length, refused + 1);
    });
  }

  it('to a Unix socket is refused, whatever policies say', async () => {
    const port = await findFreePort();
    const child = world.client.start(['-L', `${port}:/run/docker.sock`, USER, 'echo up; read x']);
    const done = finish(child);
    await untilPrinted(child, 'up');
    const socket = connect(port, '127.0.0.1');
    socket.resume();
    await untilClosed(socket);
    assert.equal(world.gateway.log.refusals.at(-1)?.text, 'connect to /run/docker.sock:0');
    child.stdin.end('\n');
    await done;
  });

  it('by SOCKS is refused connection by connection', async () => {
    const port = await findFreePort();
    const child = world.client.start(['-v', '-D', `${port}`, USER, 'echo up; read x']);
    const done = finish(child);
    await untilPrinted(child, 'up');
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.from([5, 1, 0]));
    await once(socket, 'data');
    socket.write(Buffer.from([5, 1, 0, 1, 169, 254, 169, 254, 0, 80]));
    await untilClosed(socket);
    child.stdin.end('\n');
    const outcome = await done;
    assert.match(outcome.stderr, /administratively prohibited: sallyport: refused/);
    assert.equal(outcome.status, 0);
  });

  it('from the target is refused where no policy permits it', async () => {
    world.behaviour.decide = ({ action }) => (action === 'ssh.forward.remote' ? 'deny' : 'allow');
    const port = await findFreePort();
    const args = ['-o', 'ExitOnForwardFailure=yes', '-R', `${port}:127.0.0.1:${echoPort}`];
    const outcome = await world.client.run([...args, USER, 'echo up']);
    assert.equal(outcome.status, 255);
    assert.match(outcome.stderr, /remote port forwarding failed/);
  });

  it('from the target works where it is permitted, each connection decided by itself', async () => {
    const { log } = world.gateway;
    const port = await findFreePort();
    const args = ['-R', `${port}:127.0.0.1:${echoPort}`, USER, 'echo up; read x'];
    const child = world.client.start(args);
    const done = finish(child);
    await untilPrinted(child, 'up');
    const entries = log.entries.length;
    const socket = connect(port, '127.0.0.1');
    socket.end('pong');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.equal(bytes.toString(), 'pong');
    assert.equal(log.entries.length, entries + 1);
    await untilClosed(socket);
    world.behaviour.decide = ({ action }) => (action === 'ssh.forward.remote' ? 'deny' : 'allow');
    const second = connect(port, '127.0.0.1');
    second.resume();
    await untilClosed(second);
    assert.equal(log.refusals.at(-1)?.text, `listen on localhost:${port}`);
    child.stdin.end('\n');
    assert.equal((await done).status, 0);
  });

  it('of an agent is refused unless a policy names it: the program sees none', async () => {
    const { client, behaviour, gateway } = world;
    const socket = join(client.directory, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(agent.stdout, 'data');
    try {
      const environment = { SSH_AUTH_SOCK: socket };
      behaviour.decide = ({ action }) => (action === 'ssh.agent' ? 'deny' : 'allow');
      const refused = await client.run(['-A', USER, 'ssh-add -l'], '', environment);
      assert.match(refused.stderr, /Could not open a connection to your authentication agent/);
      assert.deepEqual(gateway.log.refusals.at(-1)?.actions, ['ssh.agent']);
      delete behaviour.decide;
      const allowed = await client.run(['-A', USER, 'ssh-add -l'], '', environment);
      assert.equal(allowed.stdout.toString(), 'The agent has no identities.\n');
      assert.equal(gateway.log.notes.at(-1)?.detail['operation'], 'ssh.agent');
    } finally {
      agent.kill();
      await once(agent, 'exit');
    }
  });

  it('is not asked about any more when who waits for it has left', async () => {
    const { behaviour, client, gateway } = world;
    const { log } = gateway;
    behaviour.decide = ({ action }) => (action === 'ssh.exec' ? 'allow' : 'review');
    const count = log.reviews.length;
    const child = client.start(['-Y', USER, 'echo never']);
    const done = finish(child);
    const told = untilPrinted(child, 'waiting for review');
    while (log.reviews.length === count) await wait(20);
    await told;
    assert.equal(log.reviews[count]?.held.operation.text, 'forward x11');
    child.kill();
    const { stderr } = await done;
    assert.match(stderr, /sallyport: waiting for review by leads \(request req_\d+\)/);
    while (log.reviews[count]?.withdrawn === undefined) await wait(20);
    assert.equal(log.reviews[count].withdrawn, 'disconnected');
    assert.deepEqual(log.refusals.at(-1)?.detail, { withdrawn: 'disconnected' });
  });

  it('that people are to look at fails at once, and the client is shown where and how long', async () => {
    const { behaviour, client, gateway } = world;
    behaviour.decide = ({ action }) => (action.startsWith('ssh.forward') ? 'review' : 'allow');
    const told =
      /sallyport: needs a review first: request req_\d+\s+It waits until 2026-11-21 12:00:00 UTC, at https:/;
    const outcome = await talkTo(OWN_ADDRESS ?? '', echoPort);
    assert.notEqual(outcome.status, 0);
    assert.match(outcome.stderr, told);
    const held = gateway.log.reviews.at(-1)?.held;
    assert.equal(held?.operation.text, `connect to ${OWN_ADDRESS}:${echoPort}`);
    // There is no place for a text in the answer to `-R`.
    const args = ['-v', '-o', 'ExitOnForwardFailure=yes', '-R', `0:127.0.0.1:${echoPort}`, '-N'];
    const listening = await client.run([...args, USER]);
    assert.equal(listening.status, 255);
    assert.match(listening.stderr, /remote port forwarding failed/);
    assert.match(listening.stderr, new RegExp(`Remote: ${told.source}`));
  });

  it('of X11 is refused unless a policy names it', async () => {
    world.behaviour.decide = ({ action }) => (action === 'ssh.x11' ? 'deny' : 'allow');
    const outcome = await world.client.run(['-Y', USER, 'echo "[$DISPLAY]"']);
    assert.equal(outcome.stdout.toString(), '[]\n');
    assert.deepEqual(world.gateway.log.refusals.at(-1)?.actions, ['ssh.x11']);
  });

  it('of X11 is answered before the program starts: some clients wait for that', async () => {
    const client = new ssh2.Client();
    client.connect({
      host: '127.0.0.1',
      port: world.gateway.port,
      username: 'deploy@ward',
      password: TOKEN,
    });
    await once(client, 'ready');
    const { promise, resolve, reject } = Promise.withResolvers<ssh2.ClientChannel>();
    client.exec('echo started', { x11: true }, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
    const [bytes] = (await once(await promise, 'data')) as [Buffer];
    assert.equal(bytes.toString(), 'started\n');
    client.end();
  });

  it('to another target is a connection of its own, that signs in by itself', async () => {
    const { gateway, client } = world;
    const { log } = gateway;
    const before = { sessions: log.sessions.length, greetings: log.greetings.length };
    const jump = ['-J', 'nobody@127.0.0.1'];
    const outcome = await client.run([...jump, 'deploy@ward.sallyport', 'echo inner']);
    assert.equal(outcome.stdout.toString(), 'inner\n');
    assert.equal(log.within.at(-1), 'ward');
    // The outer connection led nowhere else: it was not admitted to anything.
    assert.equal(log.greetings.length, before.greetings + 1);
    assert.equal(log.sessions.length, before.sessions + 1);
    assert.equal(log.entries.at(-1)?.text, 'echo inner');
  });

  it('to a target that does not exist says the same as to one that is forbidden', async () => {
    const { gateway, client } = world;
    gateway.behaviour.refuseAdmission = 'target "x" does not exist, or you may not connect to it';
    try {
      const jump = ['-J', 'nobody@127.0.0.1'];
      const unknown = await client.run([...jump, 'deploy@nowhere', 'id']);
      const forbidden = await client.run([...jump, 'deploy@ward', 'id']);
      assert.equal(unknown.status, 1);
      assert.deepEqual(unknown, forbidden);
    } finally {
      delete gateway.behaviour.refuseAdmission;
    }
  });
});
