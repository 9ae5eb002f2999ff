import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MessageInbox } from '../../src/protocols/ssh/authentication/message-inbox.ts';
import { ChannelStream } from '../../src/protocols/ssh/connection/channel-stream.ts';
import { Connection } from '../../src/protocols/ssh/connection/connection.ts';
import { TOKEN } from '../../src/protocols/ssh/session.fixture.ts';
import type { SshTransport } from '../../src/protocols/ssh/transport/ssh-transport.ts';
import { openClientTransport } from '../../src/protocols/ssh/transport-pair.fixture.ts';
import { encodeChannelClose } from '../../src/wire/ssh/channel-close.ts';
import { encodeChannelOpen } from '../../src/wire/ssh/channel-open.ts';
import { decodeChannelOpenConfirmation } from '../../src/wire/ssh/channel-open-confirmation.ts';
import { encodeChannelRequest } from '../../src/wire/ssh/channel-request.ts';
import { encodeDirectTcpip } from '../../src/wire/ssh/direct-tcpip.ts';
import { encodeGlobalRequest } from '../../src/wire/ssh/global-request.ts';
import { MessageNumber } from '../../src/wire/ssh/message-number.ts';
import { encodeServiceRequest } from '../../src/wire/ssh/service-request.ts';
import { encodeUserauthPassword } from '../../src/wire/ssh/userauth-password.ts';
import { encodeUserauthRequest } from '../../src/wire/ssh/userauth-request.ts';
import { type GatewayToSshd, startGatewayToSshd, USER } from './gateway-to-sshd.ts';

const run = promisify(execFile);
const KEEPALIVE: Buffer = encodeGlobalRequest({
  requestName: 'keepalive@openssh.com',
  wantReply: true,
  requestData: Buffer.alloc(0),
});
const MEBIBYTE = 1024 * 1024;

describe('hostile clients', () => {
  let world: GatewayToSshd;
  before(async () => {
    world = await startGatewayToSshd();
  });
  after(() => world[Symbol.asyncDispose]());

  /** Signs in, and leaves the rest to the test. */
  async function signIn(): Promise<{ readonly port: SshTransport; readonly inbox: MessageInbox }> {
    const socket = connect(world.gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    const port = await openClientTransport(socket);
    const inbox = new MessageInbox(port);
    port.send(encodeServiceRequest('ssh-userauth'));
    await inbox.next();
    const methodData = encodeUserauthPassword(TOKEN);
    const request = { userName: 'ward', serviceName: 'ssh-connection', methodName: 'password' };
    port.send(encodeUserauthRequest({ ...request, methodData }));
    assert.equal((await inbox.next())[0], MessageNumber.UserauthSuccess);
    return { port, inbox };
  }

  it('that flood it with keepalives and read no answer take no memory that grows', async () => {
    const { port } = await signIn();
    port.pause();
    const before = process.memoryUsage.rss();
    for (let count = 0; count < 50_000; count += 1) {
      port.send(KEEPALIVE);
      if (count % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const grown = process.memoryUsage.rss() - before;
    assert.ok(grown < 64 * MEBIBYTE, `${grown} bytes`);
    const outcome = await world.client.run([USER, 'echo others go on']);
    assert.equal(outcome.stdout.toString(), 'others go on\n');
    port.disconnect(11, 'done');
  });

  it('that want their agent reachable and close the channel have nobody asked any more', async () => {
    const { log } = world.gateway;
    world.behaviour.decide = ({ action }) => (action === 'ssh.agent' ? 'review' : 'allow');
    const { port, inbox } = await signIn();
    port.send(
      encodeChannelOpen({
        channelType: 'session',
        senderChannel: 0,
        initialWindowBytes: 0,
        packetBytesMax: 32_768,
        typeData: Buffer.alloc(0),
      }),
    );
    const { senderChannel } = decodeChannelOpenConfirmation(await inbox.next());
    const recipientChannel = senderChannel;
    const requestData = Buffer.alloc(0);
    const wish = { requestType: 'auth-agent-req@openssh.com', wantReply: true, requestData };
    port.send(encodeChannelRequest({ recipientChannel, ...wish }));
    while (log.reviews.length === 0) await wait(20);
    port.send(encodeChannelClose(recipientChannel));
    while (log.reviews[0]?.withdrawn === undefined) await wait(20);
    assert.equal(log.reviews[0].withdrawn, 'disconnected');
    assert.deepEqual(log.refusals.at(-1)?.detail, { withdrawn: 'disconnected' });
    assert.equal((await inbox.next())[0], MessageNumber.ChannelClose, 'the connection goes on');
    delete world.behaviour.decide;
    port.disconnect(11, 'done');
  });

  it('that open channels and start nothing get a limited number', async () => {
    const { port, inbox } = await signIn();
    for (let count = 0; count < 1_300; count += 1) {
      port.send(
        encodeChannelOpen({
          channelType: 'session',
          senderChannel: count,
          initialWindowBytes: 0xffff_ffff,
          packetBytesMax: 0xffff_ffff,
          typeData: Buffer.alloc(0),
        }),
      );
    }
    const answers = { confirmed: 0, refused: 0 };
    for (let count = 0; count < 1_300; count += 1) {
      const [number] = await inbox.next();
      if (number === MessageNumber.ChannelOpenConfirmation) answers.confirmed += 1;
      if (number === MessageNumber.ChannelOpenFailure) answers.refused += 1;
    }
    assert.deepEqual(answers, { confirmed: 1_280, refused: 20 });
    port.disconnect(11, 'done');
  });

  it('that go on to another target have to sign in there, too', async () => {
    const { port, inbox } = await signIn();
    const connection = new Connection(port, {
      onOpen: (request) => request.refuse(1, 'no'),
      onGlobalRequest: (_request, reply) => reply(false),
      onClose() {},
    });
    connection.start(inbox.takeRest());
    const { promise, resolve } = Promise.withResolvers<ChannelStream>();
    const place = { host: 'ward.sallyport', port: 22, originHost: '', originPort: 0 };
    connection.open('direct-tcpip', encodeDirectTcpip(place), (outcome) => {
      assert(outcome.kind === 'opened');
      // At once: who does not listen misses what comes.
      resolve(new ChannelStream(outcome.channel));
    });
    const nested = await openClientTransport(await promise);
    const answers = new MessageInbox(nested);
    nested.send(encodeServiceRequest('ssh-userauth'));
    await answers.next();
    const request = { userName: 'deploy', serviceName: 'ssh-connection', methodName: 'none' };
    nested.send(encodeUserauthRequest({ ...request, methodData: Buffer.alloc(0) }));
    assert.equal((await answers.next())[0], MessageNumber.UserauthFailure);
    nested.send(Buffer.from([MessageNumber.ChannelOpen, 0, 0, 0, 0]));
    await assert.rejects(answers.next());
    port.disconnect(11, 'done');
  });

  it('that offer thirty keys of theirs may still sign in by token', async () => {
    const { client } = world;
    const socket = join(client.directory, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(agent.stdout, 'data');
    try {
      const files = Array.from({ length: 30 }, (_, index) => join(client.directory, `key${index}`));
      for (const file of files)
        await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      await run('ssh-add', ['-q', ...files], { env: { SSH_AUTH_SOCK: socket } });
      const outcome = await client.run(
        ['-o', 'PreferredAuthentications=publickey,password', USER, 'echo in'],
        '',
        { SSH_AUTH_SOCK: socket },
      );
      assert.equal(outcome.stdout.toString(), 'in\n');
    } finally {
      agent.kill();
      await once(agent, 'exit');
    }
  });

  it('that take the place of the target learn nothing, and the change is told and entered', async () => {
    await world.sshd.replaceHostKey();
    const logged = world.sshd.log().length;
    const outcome = await world.client.run([USER, 'id']);
    assert.equal(outcome.status, 1);
    assert.match(
      outcome.stderr,
      /^sallyport: the key of target "ward" is not the one it is known by\n/,
    );
    const note = world.gateway.log.notes.at(-1);
    assert.equal(note?.kind, 'target-key');
    assert.match(String(note.detail['fingerprint']), /^SHA256:/);
    assert.equal(world.gateway.log.ends.at(-1), 'target-unreachable');
    assert.doesNotMatch(world.sshd.log().slice(logged), /Failed|Accepted/);
  });
});
