import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AskedRequest, Explanation } from '../../src/api/explanation.ts';
import { untilClosed } from '../../src/protocols/until-closed.fixture.ts';
import { TARGET } from '../http/environment.ts';
import { type KubernetesEnvironment, POLICIES, startKubernetesEnvironment } from './environment.ts';
import { PodCommand, type PodCommandOptions } from './pod-command.ts';
import { askPodPort, PodForward } from './pod-port.ts';
import { type StandIn, startStandIn } from './stand-in/api-server.ts';
import { MAKE_WARD } from './steps.ts';

const SSN = '219-09-9999';

/** What kubectl does only from 1.31 on; `kubectl.test.ts` runs with whichever kubectl is there. */
describe('programs that speak WebSocket with pods', () => {
  let standIn: StandIn;
  let world: KubernetesEnvironment;

  before(async () => {
    standIn = await startStandIn();
    world = await startKubernetesEnvironment(standIn);
    await MAKE_WARD.run(world);
  });

  after(async () => {
    await world[Symbol.asyncDispose]();
    await standIn[Symbol.asyncDispose]();
  });

  const open = (...words: readonly string[]): Promise<PodCommand> =>
    PodCommand.open(world, { words });

  for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
    it(`run commands by ${protocol}`, async () => {
      const run = async (...words: readonly string[]): ReturnType<PodCommand['end']> => {
        const command = await PodCommand.open(world, { words, protocol });
        return command.end();
      };
      const listed = await run('ls', '/www');
      assert.equal(listed.printed, 'index.html\n');
      assert.match(listed.status, /"status":"Success"/);
      const failed = await run('sh', '-c', 'exit 3');
      assert.match(failed.status, /"message":"3"/);
      const hidden = await run('echo', `SSN ${SSN}`);
      assert.match(hidden.printed, /^SSN /);
      assert(!hidden.printed.includes(SSN), hidden.printed);
      await assert.rejects(run('sh', '-c', 'rm -r /www'), /Files in containers stay/);
    });
  }

  it('end what they send by itself', async () => {
    const command = await open('cat');
    command.type('piped\n');
    command.endInput();
    assert.equal((await command.end()).printed, 'piped\n');
  });

  it('type in terminals', async () => {
    const options: PodCommandOptions = { words: ['sh'], hasTerminal: true };
    const shell = await PodCommand.open(world, options);
    await shell.shows(/# $/);
    shell.type('ls /www\r');
    await shell.shows(/index\.html/);
    shell.type('rm -r /www\r');
    await shell.shows(/Files in containers stay/);
    shell.type('exit\r');
    await shell.end();
  });

  it('forward ports', async () => {
    assert.match(await askPodPort(world, 46888, 'GET / HTTP/1.0\r\n\r\n'), /hello from the pod/);
  });

  it('are told beforehand what would become of it', async () => {
    const port = world.http.process.api?.port;
    const explain = async (request: Partial<AskedRequest>): Promise<Explanation> => {
      const response = await world.http.fetch(
        `https://localhost:${port}/v1/targets/${TARGET}/explain`,
        {
          ...{ subject: 'ana', method: 'POST' },
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ request: { method: 'GET', url: '/', fields: [], ...request } }),
        },
      );
      return (await response.json()) as Explanation;
    };
    const pods = '/api/v1/namespaces/ward/pods';
    const upgrade = {
      fields: [['Connection', 'Upgrade'] as const, ['Upgrade', 'websocket'] as const],
    };
    const runs = await explain({ url: `${pods}/web/exec?command=ls&stdout=true`, ...upgrade });
    assert.equal(runs.outcome, 'run');
    const [operation] = runs.statements[0]?.operations ?? [];
    assert.equal(operation?.action, 'k8s.exec');
    assert.deepEqual(operation.facts['labels'], ['app=web']);
    // What only the cluster knows of a pod is not told to who may do nothing there.
    const refused = await explain({ url: `${pods}/ledger/exec?command=ls`, ...upgrade });
    assert.match(refused.refusal?.reason ?? '', /Nobody works in pods of the ledger/);
    assert.deepEqual(refused.statements[0]?.operations[0]?.facts['labels'], []);
    const secrets = await explain({ url: '/api/v1/namespaces/ward/secrets' });
    assert.equal(secrets.answer?.seen, 'masked');
    assert(secrets.answer.hidden.includes('secret'));
    const held = await explain({ method: 'DELETE', url: '/api/v1/namespaces/ward' });
    assert.deepEqual(
      [held.outcome, held.statements[0]?.decision.groups],
      ['review', ['privacy-officers']],
    );
  });

  it('reach no port that policies do not permit, and lose those that they no longer do', async () => {
    const file = join(world.http.configurationDirectory, 'policies/allow-all.cedar');
    const denied =
      '@id("ports") forbid (principal, action == Action::"k8s.port-forward", resource) when { context.port == 22 };';
    const early = await PodForward.open(world);
    assert.match(await early.ask(22, 'hello'), /hello from the pod/);
    const ended = untilClosed(early.socket);
    await writeFile(file, `${POLICIES}${denied}`);
    await ended;
    const forward = await PodForward.open(world);
    const page = (): Promise<void> =>
      forward.ask(46888, 'GET / HTTP/1.0\r\n\r\n').then((answer) => {
        assert.match(answer, /hello from the pod/);
      });
    await page();
    // Once more: nothing of the one that was refused stays behind.
    for (const _ of ['first', 'second']) {
      await assert.rejects(forward.ask(22, 'hello'), /port 22: Refused\. Policy "ports"/);
      await page();
    }
    forward.socket.destroy();
    // What was entered before this is on disk once it is answered.
    await world.kubectl(['-n', 'ward', 'get', 'pods']);
    const entries = (await world.http.entries('operation')) as readonly {
      readonly text?: string;
    }[];
    assert(entries.some(({ text }) => text?.endsWith(' to port 46888') === true));
    await writeFile(file, POLICIES);
  });

  it('lose a port-forward in which they do not speak as agreed, and nothing else', async () => {
    const forward = await PodForward.open(world);
    const other = await PodForward.open(world);
    // A port that is none. The end may come before the close of it is read, or as a reset of what is on its way.
    await assert.rejects(forward.ask(0, 'hello'), /ended before it was answered|ECONNRESET|EPIPE/);
    assert.match(await other.ask(46888, 'GET / HTTP/1.0\r\n\r\n'), /hello from the pod/);
    other.socket.destroy();
  });

  it('are put out of terminals that the policies no longer permit', async () => {
    const shell = await PodCommand.open(world, { words: ['sh'], hasTerminal: true });
    await shell.shows(/# $/);
    const file = join(world.http.configurationDirectory, 'policies/allow-all.cedar');
    const denied = '@id("out") forbid (principal, action == Action::"k8s.exec", resource);';
    await writeFile(file, `${POLICIES}${denied}`);
    assert.match((await shell.end()).printed, /the rights to it have changed/i);
    await writeFile(file, POLICIES);
  });

  it('are asked for by GET, and followed in WebSockets', () => {
    const streamed = standIn.seen.filter(({ url }) => /\/(?:exec|portforward)(?:\?|$)/.test(url));
    assert(streamed.length > 0);
    assert.deepEqual(new Set(streamed.map(({ method }) => method)), new Set(['GET']));
  });
});
