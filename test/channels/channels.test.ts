import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { openSession, type Visitor } from '../../demo/sql-client.ts';
import { EXPORT } from '../e2e/held-export.ts';
import { type HttpReceiver, type Posted, startHttpReceiver } from './http-receiver.ts';
import { PATIENTS, type ReviewStage, startReviewStage } from './review-stage.ts';
import {
  describePress,
  describeRejection,
  type SlackStandIn,
  startSlackStandIn,
} from './slack-stand-in.ts';

const TOKEN = 'xoxb-stand-in';
const SIGNING_SECRET = 'slack-signing-secret';
const WEBHOOK_SECRET = 'webhook-secret';
/** With a value, which no message shows. */
const EXPORT_OTHERS = "COPY (SELECT id FROM patients WHERE last_name <> 'Whoever') TO STDOUT";

let stage: ReviewStage;
let slack: SlackStandIn;
let receiver: HttpReceiver;
let mail: SMTPServer;
/** Messages that the webhook's receiver is going to turn away. */
let turnedAway = 0;
const mails: string[] = [];

/** What Ana gets for an export: its text, or the error. */
async function exportAsAna(statement = EXPORT): Promise<string> {
  const { stack } = stage;
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

/** Listens for mail; resolves with the port. */
async function startMail(): Promise<number> {
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
  return (mail.server.address() as AddressInfo).port;
}

async function startEverything(): Promise<void> {
  receiver = await startHttpReceiver((_, answer) => {
    answer.writeHead(turnedAway > 0 ? 500 : 204).end();
    turnedAway = Math.max(0, turnedAway - 1);
  });
  const mailPort = await startMail();
  slack = await startSlackStandIn({
    token: TOKEN,
    signingSecret: SIGNING_SECRET,
    interactionUrl: () =>
      `https://127.0.0.1:${stage.stack.gateway().api?.port}/channels/officers-chat/slack`,
    authorityFile: () => stage.stack.authorityFile,
  });
  const secret = 'file:secrets/WEBHOOK_SECRET';
  stage = await startReviewStage(() => ({
    secrets: { TOKEN, SIGNING_SECRET, WEBHOOK_SECRET },
    channels: [
      // Nobody listens there: it must delay no other.
      { name: 'down', kind: 'webhook', url: 'http://127.0.0.1:9/', secret },
      { name: 'hook', kind: 'webhook', groups: ['privacy-officers'], url: receiver.url, secret },
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
        server: `127.0.0.1:${mailPort}`,
        tls: 'none',
        from: 'sallyport@hospital.example',
        to: ['officers@hospital.example'],
      },
    ],
  }));
}

describe('channels', { timeout: 240_000 }, () => {
  before(startEverything);
  after(async () => {
    await stage?.[Symbol.asyncDispose]();
    await slack?.[Symbol.asyncDispose]();
    await receiver?.[Symbol.asyncDispose]();
    if (mail !== undefined) await new Promise<void>((resolve) => mail.close(() => resolve()));
  });

  it('lets an officer approve in Slack: the statement goes on, the message changes', {
    timeout: 60_000,
  }, async () => {
    const exported = exportAsAna();
    const { body } = await slack.next('chat.postMessage');
    assert.equal(body['channel'], 'C0FFICERS');
    assert.match(JSON.stringify(body), /COPY/);
    assert.equal(await slack.send(describePress('sallyport-approve', requestOf(body))), 200);
    assert.equal((await exported).trim().split('\n').length, PATIENTS);
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
    const list = await stage.petra.run('reviews', 'list', '--json');
    assert.match(list.output, new RegExp(requestId));
    const rejected = await stage.petra.run('reviews', 'reject', requestId, '--comment', 'enough');
    assert.equal(rejected.code, 0, rejected.errors);
    assert.match(await exported, /enough/);
    await slack.send(approve('UPETRA'));
    const shown = await stage.petra.run('reviews', 'show', requestId, '--json');
    assert.match(shown.output, /"state":\s*"rejected"/);
  });

  it('posts signed JSON, again where it was not taken, and no value of a statement', {
    timeout: 60_000,
  }, async () => {
    await until(() => receiver.posted.length > 0, 'nothing was posted before');
    turnedAway = 1;
    const exported = exportAsAna(EXPORT_OTHERS);
    const { body } = await slack.next('chat.postMessage');
    const requestId = requestOf(body);
    const mine = (): readonly Posted[] =>
      receiver.posted.filter((each) => each.body.includes(requestId));
    await until(() => mine().length === 2, 'what was turned away did not come again');
    for (const { headers, body: document } of mine()) {
      assert.equal(headers['sallyport-delivery'], `${requestId}.opened`);
      const expected = createHmac('sha256', WEBHOOK_SECRET)
        .update(`${String(headers['sallyport-timestamp'])}.${document}`)
        .digest('hex');
      assert.equal(headers['sallyport-signature'], `v1=${expected}`);
      assert.doesNotMatch(document, /Whoever/);
    }
    assert.equal((await stage.petra.run('reviews', 'approve', requestId)).code, 0);
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
