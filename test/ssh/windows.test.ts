import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { TOKEN } from '../../src/protocols/ssh/session.fixture.ts';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';
import { type ClientOutcome, finish, untilPrinted } from './openssh-client.ts';
import { settle } from './settle.ts';

/** Debian's paramiko is for Debian's Python. */
const PYTHON = '/usr/bin/python3';

/** Paramiko, signed in, that asks for any window and any packet it is told to. */
const CLIENT = `
import sys, time, paramiko
from paramiko.common import cMSG_CHANNEL_DATA, cMSG_CHANNEL_WINDOW_ADJUST
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('127.0.0.1', int(sys.argv[1]), 'deploy@ward', sys.argv[2], allow_agent=False, look_for_keys=False)
transport = client.get_transport()
transport._sanitize_window_size = lambda size: 2**21 if size is None else size
transport._sanitize_packet_size = lambda size: 2**15 if size is None else size

def say(kind, channel, *parts):
    message = paramiko.Message()
    message.add_byte(kind)
    message.add_int(channel.remote_chanid)
    for part in parts:
        message.add_string(part) if isinstance(part, bytes) else message.add_int(part)
    transport._send_user_message(message)

def sizes_of(channel):
    sizes = []
    def count(channel, message):
        sizes.append(len(message.get_remainder()) - 4)
        channel._feed(message)
    transport._channel_handler_table = {**transport._channel_handler_table, 94: count}
    return sizes

def until_ended():
    while transport.is_active():
        time.sleep(0.05)
    print('ended')
`;

describe('windows and packets that paramiko is made to ask for', () => {
  let world: GatewayToSshd;
  before(async () => {
    world = await startGatewayToSshd();
  });
  after(() => world[Symbol.asyncDispose]());

  function start(script: string): ChildProcessWithoutNullStreams {
    return spawn(PYTHON, ['-c', CLIENT + script, `${world.gateway.port}`, TOKEN]);
  }

  async function run(script: string): Promise<ClientOutcome> {
    const child = start(script);
    child.stdin.end();
    return finish(child);
  }

  /** Somebody else, meanwhile. */
  async function expectOthersUnharmed(): Promise<void> {
    const { stdout } = await world.client.run([USER, 'echo fine']);
    assert.equal(stdout.toString(), 'fine\n');
  }

  it('of no bytes get none until there is credit, and then no more than that', async () => {
    const { stdout, stderr } = await run(`
channel = transport.open_session(window_size=0)
# It gives no credit by itself.
channel.in_window_threshold = 2**31
channel.exec_command('printf 0123456789; exit 3')
other = transport.open_session()
other.exec_command('echo other')
print(other.makefile().read())
print(channel.recv_ready())
for credit in (1, 4, 5):
    say(cMSG_CHANNEL_WINDOW_ADJUST, channel, credit)
    print(channel.recv(100))
print(channel.recv_exit_status())
`);
    assert.equal(stderr, '');
    assert.equal(stdout.toString(), "b'other\\n'\nFalse\nb'0'\nb'1234'\nb'56789'\n3\n");
  });

  it('of packets of 100 bytes get no larger ones', async () => {
    const { stdout, stderr } = await run(`
channel = transport.open_session(max_packet_size=100)
sizes = sizes_of(channel)
channel.exec_command('head -c 10000 /dev/zero')
print(len(channel.makefile().read()), max(sizes), sum(sizes))
`);
    assert.equal(stderr, '');
    assert.equal(stdout.toString(), '10000 100 10000\n');
  });

  it('of 4 GiB take little of what they do not read, and leave others unharmed', async () => {
    const child = start(`
channel = transport.open_session(window_size=2**32 - 1)
print('up', flush=True)
sys.stdin.readline()
channel.exec_command('head -c 2000000000 /dev/zero')
time.sleep(600)
`);
    const done = finish(child);
    await untilPrinted(child, 'up');
    const before = process.memoryUsage().rss;
    const sessions = world.gateway.log.sessions;
    const { counts } = sessions.at(-1) ?? assert.fail('nobody signed in');
    child.stdin.write('\n');
    while (counts.bytesShown === 0) await wait(10);
    // It reads nothing at all from here on.
    child.kill('SIGSTOP');
    await settle(() => counts.bytesShown);
    const shown = counts.bytesShown;
    await expectOthersUnharmed();
    assert.equal(counts.bytesShown, shown);
    assert(process.memoryUsage().rss - before < 256 * 1024 * 1024);
    child.kill('SIGKILL');
    await done;
  });

  it('end their connection with a window that grows beyond 4 GiB, and no other', () =>
    expectEnded(`
for _ in range(2):
    say(cMSG_CHANNEL_WINDOW_ADJUST, channel, 2**32 - 1)
`));

  it('end their connection with more than the gateway gave credit for, and no other', () =>
    expectEnded(`
for _ in range(200):
    say(cMSG_CHANNEL_DATA, channel, bytes(32000))
`));

  it('end their connection with a packet of 300 KiB, and no other', () =>
    expectEnded('say(cMSG_CHANNEL_DATA, channel, bytes(300 * 1024))'));

  it('end their connection with data longer than its packet, and no other', () =>
    expectEnded('say(cMSG_CHANNEL_DATA, channel, 2**31)'));

  /** @param attack Statements about an open `channel`. */
  async function expectEnded(attack: string): Promise<void> {
    const { stdout } = await run(`
channel = transport.open_session()
channel.exec_command('sleep 60')
try:
${attack.trim().replaceAll(/^/gm, '    ')}
except (EOFError, OSError):
    pass
until_ended()
`);
    assert.equal(stdout.toString(), 'ended\n');
    await expectOthersUnharmed();
  }
});
