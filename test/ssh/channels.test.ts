import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import ssh2 from 'ssh2';
import { TOKEN } from '../../src/protocols/ssh/session.fixture.ts';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';
import { finish, untilPrinted } from './openssh-client.ts';
import { settle } from './settle.ts';

const CHANNELS = 1_000;

/** Debian's paramiko is for Debian's Python. */
const PYTHON = '/usr/bin/python3';

describe('many channels on one connection', () => {
  let world: GatewayToSshd;
  before(async () => {
    world = await startGatewayToSshd([`MaxSessions ${CHANNELS + 10}`]);
  });
  after(() => world[Symbol.asyncDispose]());
  beforeEach(() => {
    delete world.behaviour.decide;
  });

  it('are a thousand at once, each decided and each with its own status', async () => {
    const entries = world.gateway.log.entries.length;
    const client = await connect(world);
    try {
      const shells = await Promise.all(
        Array.from({ length: CHANNELS }, (_, index) =>
          start(client, `read x; exit ${index % 200}`),
        ),
      );
      assert.equal(world.gateway.log.entries.length, entries + CHANNELS);
      const statuses = shells.map((shell) => exitOf(shell));
      for (const shell of shells) shell.end('go\n');
      assert.deepEqual(
        await Promise.all(statuses),
        Array.from({ length: CHANNELS }, (_, index) => index % 200),
      );
    } finally {
      client.end();
    }
  });

  it('are each decided by themselves: what the first was allowed says nothing of the second', async () => {
    world.behaviour.decide = ({ facts }) => (facts['text'] === 'echo no' ? 'deny' : 'allow');
    const path = join(world.client.directory, 'control');
    const master = world.client.start(['-M', '-S', path, USER, 'echo up; read x']);
    const done = finish(master);
    await untilPrinted(master, 'up');
    const second = await world.client.run(['-S', path, USER, 'echo yes']);
    assert.equal(second.stdout.toString(), 'yes\n');
    const third = await world.client.run(['-S', path, USER, 'echo no']);
    assert.equal(third.status, 1);
    assert.match(third.stderr, /refused by policy/);
    const fourth = await world.client.run(['-S', path, USER, 'echo again']);
    assert.equal(fourth.stdout.toString(), 'again\n');
    assert.equal(world.gateway.log.sessions.length, world.gateway.upstreams.length);
    master.stdin.end('\n');
    assert.equal((await done).status, 0);
  });

  it('say how a program ended that goes on without its streams', async () => {
    const path = join(world.client.directory, 'outliving');
    const master = world.client.start(['-M', '-S', path, USER, 'echo up; read x']);
    const done = finish(master);
    await untilPrinted(master, 'up');
    // The client closes its channel as soon as both directions are at their end.
    const command = 'exec > /dev/null 2>&1; sleep 1; exit 44';
    const { status } = await world.client.run(['-S', path, '-n', USER, command]);
    assert.equal(status, 44);
    master.stdin.end('\n');
    await done;
  });

  it('are none any more once the client said so', async () => {
    const client = await connect(world);
    client.on('error', () => {});
    try {
      const first = await start(client, 'cat');
      // Not part of ssh2's documented surface.
      noMoreSessions(client);
      await assert.rejects(start(client, 'id'), /no more sessions/);
      const status = exitOf(first);
      first.end('still here');
      assert.equal(await status, 0);
    } finally {
      client.end();
    }
  });

  it('follow the window of the client', async () => {
    const client = await connect(world);
    try {
      const command = 'trap "stty size; exit" WINCH; stty size; while :; do sleep 0.05; done';
      const shell = await start(client, command, { pty: { rows: 30, cols: 100 } });
      let printed = '';
      shell.on('data', (bytes: Buffer) => {
        printed += bytes.toString();
        if (printed === '30 100\r\n') shell.setWindow(50, 132, 0, 0);
      });
      await once(shell, 'close');
      assert.equal(printed, '30 100\r\n50 132\r\n');
    } finally {
      client.end();
    }
  });

  it('pass signals on to the program', async () => {
    const client = await connect(world);
    try {
      const command = 'trap "echo got it; exit 9" USR1; echo up; while :; do sleep 0.05; done';
      const shell = await start(client, command);
      const status = exitOf(shell);
      shell.on('data', (bytes: Buffer) => {
        if (bytes.toString() === 'up\n') shell.signal('USR1');
      });
      assert.equal(await status, 9);
    } finally {
      client.end();
    }
  });

  it('go on while keys are exchanged again and again', async () => {
    const outcome = await world.client.run(
      ['-o', 'RekeyLimit=256K', USER, 'cat'],
      Buffer.alloc(4_000_000, 'rekey'),
    );
    assert.equal(outcome.status, 0);
    assert.deepEqual(outcome.stdout, Buffer.alloc(4_000_000, 'rekey'));
  });

  it('keep little of what a slow reader does not take', async () => {
    const before = process.memoryUsage().rss;
    const client = await connect(world);
    try {
      const shell = await start(client, 'head -c 2000000000 /dev/zero');
      // ssh2 gives no more credit than it reads.
      shell.pause();
      await settle(() => world.gateway.log.sessions.at(-1)?.counts.bytesShown ?? 0);
      const shown = world.gateway.log.sessions.at(-1)?.counts.bytesShown ?? 0;
      assert.ok(shown < 64 * 1024 * 1024, `${shown} bytes were taken from the target`);
      assert.ok(process.memoryUsage().rss - before < 256 * 1024 * 1024);
    } finally {
      client.end();
    }
  });

  it('keep little of what a program does not read', async () => {
    const child = world.client.start([USER, 'sleep 60']);
    const done = finish(child);
    const sessions = world.gateway.log.sessions.length;
    const chunk = Buffer.alloc(1024 * 1024);
    for (let count = 0; count < 200; count += 1) child.stdin.write(chunk);
    while (world.gateway.log.sessions.length === sessions) await wait(10);
    const sent = (): number => world.gateway.log.sessions.at(-1)?.counts.bytesSent ?? 0;
    while (sent() === 0) await wait(10);
    await settle(sent);
    assert.ok(sent() < 16 * 1024 * 1024, `${sent()} bytes were taken from the client`);
    child.kill();
    await done;
  });

  it('of paramiko work: statuses, streams, a terminal, a thousand requests that keep it alive', async () => {
    const child = spawn(PYTHON, ['-c', PARAMIKO, `${world.gateway.port}`, TOKEN]);
    child.stdin.end();
    const outcome = await finish(child);
    assert.equal(outcome.stderr, '');
    assert.equal(
      outcome.stdout.toString(),
      "3 b'out\\n' b'err\\n'\n1 b'' True\nb'24 81\\r\\n'\nalive\n",
    );
  });
});

const PARAMIKO = `
import sys, paramiko
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('127.0.0.1', int(sys.argv[1]), 'deploy@ward', sys.argv[2], allow_agent=False, look_for_keys=False)
_, out, err = client.exec_command('echo out; echo err >&2; exit 3')
print(out.channel.recv_exit_status(), out.read(), err.read())
transport = client.get_transport()
channel = transport.open_session()
channel.invoke_subsystem('netconf')
text = channel.makefile_stderr().read()
print(channel.recv_exit_status(), channel.recv(10), b'no subsystem but sftp' in text)
channel = transport.open_session()
channel.get_pty(width=81, height=24)
channel.exec_command('stty size')
print(channel.makefile().read())
for _ in range(1000):
    transport.global_request('keepalive@openssh.com', wait=True)
print('alive')
client.close()
`;

function connect({ gateway }: GatewayToSshd): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  const { promise, resolve, reject } = Promise.withResolvers<ssh2.Client>();
  client.on('ready', () => resolve(client)).on('error', reject);
  client.connect({
    host: '127.0.0.1',
    port: gateway.port,
    username: 'deploy@ward',
    password: TOKEN,
  });
  return promise;
}

function start(
  client: ssh2.Client,
  command: string,
  options: ssh2.ExecOptions = {},
): Promise<ssh2.ClientChannel> {
  const { promise, resolve, reject } = Promise.withResolvers<ssh2.ClientChannel>();
  client.exec(command, options, (error, channel) => {
    if (error === undefined) resolve(channel);
    else reject(error);
  });
  return promise;
}

async function exitOf(channel: ssh2.ClientChannel): Promise<number> {
  channel.resume();
  const exit = once(channel, 'exit');
  await once(channel, 'close');
  const [status] = (await exit) as [number];
  return status;
}

function noMoreSessions(client: ssh2.Client): void {
  const { _protocol: protocol } = client as unknown as {
    readonly _protocol: { openssh_noMoreSessions(wantReply: boolean): void };
  };
  protocol.openssh_noMoreSessions(false);
}
