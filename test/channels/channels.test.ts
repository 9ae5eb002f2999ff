import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { type HospitalStack, startHospitalStack } from '../../demo/hospital-stack.ts';
import { openSallyportCommand, type SallyportCommand } from '../../demo/sallyport-command.ts';
import { openSession, type Visitor } from '../../demo/sql-client.ts';
import { changeYaml } from '../../demo/write-configuration.ts';
import {
  describePress,
  describeRejection,
  type SlackStandIn,
  startSlackStandIn,
} from './slack-stand-in.ts';

const TOKEN = 'xoxb-stand-in';
const SIGNING_SECRET = 'slack-signing-secret';
const WEBHOOK_SECRET = 'webhook-secret';
const EXPORT = 'COPY (SELECT id FROM patients) TO STDOUT';
/** With a value, which no message shows. */
const EXPORT_OTHERS = "COPY (SELECT id FROM patients WHERE last_name <> 'Whoever') TO STDOUT";

interface Posted {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let directory: string;
let stack: HospitalStack;
let petra: SallyportCommand;
let slack: SlackStandIn;
let receiver: Server;
let mail: SMTPServer;
const posted: Posted[] = [];
/** Messages that the webhook's receiver is going to turn away. */
let turnedAway = 0;
const mails: string[] = [];

/** What Ana gets for an export: its text, or the error. */
async function exportAsAna(statement = EXPORT): Promise<string> {
  const visitor: Visitor = {
    name: 'ana',
    token: stack.provider.issueToken('ana'),
    port: stack.gateway().postgres.port,
    authorityFile: stack.authorityFile,
  };
  const session = openSession(visitor);
  try {
    return await text(await session.unsafe(statement).readable());
  } catch (error) {
    const { message, detail } = error as Error & { detail?: string };
    return `${message} ${detail}`;
  } finally {
    await session.end({ timeout: 1 });
  }
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let looks = 0; looks < 400 && !isSo(); looks++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(isSo(), what);
}

/** The request that a message of the stand-in is about. */
function requestOf({ blocks }: Readonly<Record<string, unknown>>): string {
  return /"value":"(req_[\w-]+)"/.exec(JSON.stringify(blocks))?.[1] ?? assert.fail('no button');
}

async function startReceivers(): Promise<{ readonly webhook: number; readonly smtp: number }> {
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push({ headers: request.headers, body });
      response.writeHead(turnedAway > 0 ? 500 : 204).end();
      turnedAway = Math.max(0, turnedAway - 1);
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  mail = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData: (stream, _session, done) => {
      void text(stream).then((message) => {
        mails.push(message);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => mail.listen(0, '127.0.0.1', resolve));
  return {
    webhook: (receiver.address() as AddressInfo).port,
    smtp: (mail.server.address() as AddressInfo).port,
  };
}

async function startEverything(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-channels-'));
  const ports = await startReceivers();
  stack = await startHospitalStack({ directory, hospital: { patients: 50 } });
  slack = await startSlackStandIn({
    token: TOKEN,
    signingSecret: SIGNING_SECRET,
    interactionUrl: () =>
      `https://127.0.0.1:${stack.gateway().api?.port}/channels/officers-chat/slack`,
    authorityFile: () => stack.authorityFile,
  });
  const secrets = join(stack.configurationDirectory, 'secrets');
  for (const [name, secret] of Object.entries({ TOKEN, SIGNING_SECRET, WEBHOOK_SECRET })) {
    await writeFile(join(secrets, name), secret, { mode: 0o600 });
  }
  await changeYaml(join(stack.configurationDirectory, 'sallyport.yaml'), [
    [
      ['channels'],
      [
        // Nobody listens there: it must delay no other.
        {
          name: 'down',
          kind: 'webhook',
          url: 'http://127.0.0.1:9/',
          secret: 'file:secrets/WEBHOOK_SECRET',
        },
        {
          name: 'hook',
          kind: 'webhook',
          groups: ['privacy-officers'],
          url: `http://127.0.0.1:${ports.webhook}/sallyport`,
          secret: 'file:secrets/WEBHOOK_SECRET',
        },
        {
          name: 'officers-chat',
          kind: 'slack',
          token: 'file:secrets/TOKEN',
          signingSecret: 'file:secrets/SIGNING_SECRET',
          channel: 'C0FFICERS',
          apiUrl: slack.apiUrl,
          people: { UPETRA: 'clinic:petra', UANA: 'clinic:ana' },
        },
        {
          name: 'officers-mail',
          kind: 'email',
          server: `127.0.0.1:${ports.smtp}`,
          tls: 'none',
          from: 'sallyport@hospital.example',
          to: ['officers@hospital.example'],
        },
      ],
    ],
  ]);
  await stack.gateway().stop();
  await stack.restartGateway();
  petra = await openSallyportCommand(directory, 'petra');
  const url = `https://127.0.0.1:${stack.gateway().api?.port}`;
  const signedIn = await petra.signIn(url, stack.authorityFile);
  assert.equal(signedIn.code, 0, signedIn.errors);
  // The command line exchanges its sign-in for a short token: from then on she is known.
  assert.equal((await petra.run('token')).code, 0);
}

describe('channels', { timeout: 240_000 }, () => {
  before(startEverything);
  after(async () => {
    await stack?.stop();
    await slack?.[Symbol.asyncDispose]();
    receiver?.closeAllConnections();
    receiver?.close();
    if (mail !== undefined) await new Promise<void>((resolve) => mail.close(() => resolve()));
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  it('lets an officer approve in Slack: the statement goes on, the message changes', {
    timeout: 60_000,
  }, async () => {
    const exported = exportAsAna();
    const { body } = await slack.next('chat.postMessage');
    assert.equal(body['channel'], 'C0FFICERS');
    assert.match(JSON.stringify(body), /COPY/);
    assert.equal(await slack.send(describePress('sallyport-approve', requestOf(body))), 200);
    assert.equal((await exported).trim().split('\n').length, 50);
    const { body: told } = await slack.next('chat.postEphemeral');
    assert.match(String(told['text']), /in the ledger/);
    const { body: changed } = await slack.next('chat.update');
    assert.doesNotMatch(JSON.stringify(changed), /sallyport-approve/);
  });

  it('asks in Slack why, and tells who asked', { timeout: 60_000 }, async () => {
    const exported = exportAsAna(EXPORT_OTHERS);
    const { body } = await slack.next('chat.postMessage');
    const requestId = requestOf(body);
    assert.doesNotMatch(JSON.stringify(body), /Whoever|sallyport-approve/);
    // A button that was never there is pressed: what cannot be seen is not approved.
    await slack.send(describePress('sallyport-approve', requestId));
    assert.equal(await slack.send(describePress('sallyport-reject', requestId)), 200);
    const { body: form } = await slack.next('views.open');
    assert.equal(form['trigger_id'], 'trigger-1');
    await slack.send(describeRejection(requestId, 'Not without a ticket'));
    assert.match(await exported, /Not without a ticket/);
  });

  it('lets nobody approve in Slack who may not: the requester, a stranger, a forger', {
    timeout: 60_000,
  }, async () => {
    const exported = exportAsAna();
    const { body } = await slack.next('chat.postMessage');
    const requestId = requestOf(body);
    const approve = (user: string): object => describePress('sallyport-approve', requestId, user);
    await slack.send(approve('UANA'));
    await slack.send(approve('USTRANGER'));
    assert.equal(await slack.send(approve('UPETRA'), { secret: 'guessed' }), 404);
    const list = await petra.run('reviews', 'list', '--json');
    assert.match(list.output, new RegExp(requestId));
    const rejected = await petra.run('reviews', 'reject', requestId, '--comment', 'enough');
    assert.equal(rejected.code, 0, rejected.errors);
    assert.match(await exported, /enough/);
    await slack.send(approve('UPETRA'));
    const shown = await petra.run('reviews', 'show', requestId, '--json');
    assert.match(shown.output, /"state":\s*"rejected"/);
  });

  it('posts signed JSON, again where it was not taken, and no value of a statement', {
    timeout: 60_000,
  }, async () => {
    await until(() => posted.length > 0, 'nothing was posted before');
    turnedAway = 1;
    const exported = exportAsAna(EXPORT_OTHERS);
    const { body } = await slack.next('chat.postMessage');
    const requestId = requestOf(body);
    const mine = (): readonly Posted[] => posted.filter((each) => each.body.includes(requestId));
    await until(() => mine().length === 2, 'what was turned away did not come again');
    for (const { headers, body: document } of mine()) {
      assert.equal(headers['sallyport-delivery'], `${requestId}.opened`);
      const expected = createHmac('sha256', WEBHOOK_SECRET)
        .update(`${String(headers['sallyport-timestamp'])}.${document}`)
        .digest('hex');
      assert.equal(headers['sallyport-signature'], `v1=${expected}`);
      assert.doesNotMatch(document, /Whoever/);
    }
    assert.equal((await petra.run('reviews', 'approve', requestId)).code, 0);
    await exported;
  });

  it('sends mail in one thread a request', { timeout: 60_000 }, async () => {
    await until(() => mails.length >= 2, 'no mail came');
    for (const message of mails) assert.doesNotMatch(message, /Whoever/);
    const opened = mails.find((message) => /Review needed/.test(message)) ?? assert.fail('no mail');
    assert.match(opened, /To: officers@hospital\.example/);
    const thread = /Message-ID: (<req_[\w-]+@hospital\.example>)/i.exec(opened)?.[1] ?? '';
    await until(
      () => mails.some((message) => message.includes(`In-Reply-To: ${thread}`)),
      'no mail about the end of it',
    );
  });
});
