import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type KubernetesEnvironment, POLICIES, startKubernetesEnvironment } from './environment.ts';
import { type StandIn, startStandIn } from './stand-in/api-server.ts';
import { STEPS } from './steps.ts';

const run = promisify(execFile);
/** kubectl before 1.31 knows SPDY alone. */
const WEBSOCKET_MINOR_MIN = 31;

async function readMinorVersion(): Promise<number> {
  const { stdout } = await run('kubectl', ['version', '--client', '-o', 'json']);
  const version = JSON.parse(stdout) as { readonly clientVersion: { readonly minor: string } };
  return Number.parseInt(version.clientVersion.minor, 10);
}

describe('people with kubectl', () => {
  let standIn: StandIn;
  let world: KubernetesEnvironment;

  before(async () => {
    standIn = await startStandIn();
    world = await startKubernetesEnvironment(standIn);
  });

  after(async () => {
    await world[Symbol.asyncDispose]();
    await standIn[Symbol.asyncDispose]();
  });

  for (const step of STEPS) it(step.name, () => step.run(world));

  it('are put out of terminals and port-forwards that the policies no longer permit', async () => {
    const pod = ['-n', 'ward', 'exec', '-it', 'web', '--', 'sh'];
    const shell = world.start(pod, { hasTerminal: true });
    const forward = world.start(['-n', 'ward', 'port-forward', 'pod/web', ':46888']);
    await Promise.all([shell.shows(/[#$] /), forward.shows(/Forwarding from/)]);
    const file = join(world.http.configurationDirectory, 'policies/allow-all.cedar');
    const streams = '[Action::"k8s.exec", Action::"k8s.port-forward"]';
    const denied = `@id("out") forbid (principal, action in ${streams}, resource);`;
    await writeFile(file, `${POLICIES}${denied}`);
    await shell.shows(/the rights to it have changed/i);
    await forward.end();
    // What was entered before this is on disk once it is answered.
    await world.kubectl(['-n', 'ward', 'get', 'pods']);
    const notes = await world.http.entries('cancel');
    const reason = 'the rights to it have changed';
    assert.equal(notes.filter((note) => note['reason'] === reason).length, 2);
    await writeFile(file, POLICIES);
  });

  it('are named to the API server, which is asked for labels as the gateway itself', () => {
    const users = new Set(standIn.seen.map(({ user }) => user));
    assert.deepEqual(users, new Set(['sallyport:clinic:petra', 'sallyport:clinic:ana', undefined]));
    for (const { user, url, groups } of standIn.seen) {
      if (user === undefined)
        assert.match(url, /^\/api\/v1\/namespaces\/ward\/pods\/(?:web|ledger)$/);
      if (user === 'sallyport:clinic:ana') assert.deepEqual(groups, ['sallyport:analysts']);
    }
  });

  it('are followed in WebSockets, where their kubectl speaks them', async () => {
    const streamed = standIn.seen.filter(({ url }) => /\/(?:exec|portforward)(?:\?|$)/.test(url));
    const methods = new Set(streamed.map(({ method }) => method));
    assert(methods.has('POST'));
    assert.equal(methods.has('GET'), (await readMinorVersion()) >= WEBSOCKET_MINOR_MIN);
  });

  it('are in the ledger with what they did in containers', async () => {
    const entries = (await world.http.entries('operation')) as readonly {
      readonly text?: string;
    }[];
    const texts = entries.map(({ text }) => text);
    assert(
      texts.includes('exec ward/web -c web -- ls /www') ||
        texts.includes('exec ward/web -- ls /www'),
    );
    assert(texts.includes('ls /www'));
  });

  it('are recorded in terminals as by SSH: what was typed, and what became of it', async () => {
    const started = await world.http.entries('session.start');
    const own = started.find((entry) => JSON.stringify(entry).includes('"clinic:ana"'));
    const { api } = world.http.process;
    assert(own?.session !== undefined && api !== undefined);
    const url = `https://localhost:${api.port}/v1/sessions/${own.session}/recording`;
    const response = await world.http.fetch(url, { subject: 'ana' });
    const events = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RecordedLine);
    const shell = events.find(
      ({ kind, what, text }) =>
        kind === 'opened' && what === 'exec' && text?.endsWith('-i -t -- sh'),
    );
    assert(shell !== undefined);
    const typed = events.filter(
      ({ kind, channel }) => kind === 'command' && channel === shell.channel,
    );
    assert.deepEqual(
      typed.slice(0, 2).map(({ text, decision }) => [text, decision]),
      [
        ['ls /www', 'allow'],
        ['rm -r /www', 'deny'],
      ],
    );
  });
});

/** What is looked at of an event of a recording. */
interface RecordedLine {
  readonly kind: string;
  readonly channel?: number;
  readonly what?: string;
  readonly text?: string;
  readonly decision?: string;
}
