import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { changeYaml } from '../../demo/write-configuration.ts';
import { writeSpoolState } from '../../src/archive/spool-gate.ts';
import { formatVerifierKey } from '../../src/audit/signed-note.ts';
import { decodePlayback } from '../../src/protocols/decode-playback.ts';
import { readRawTrack } from '../../src/recording/raw-track.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import {
  type ProgramOutcome,
  type RunningProgram,
  runProgram,
  runSsh,
  startProgram,
} from './run-program.ts';

const POLICIES = `
@id("all") permit (principal, action, resource);
@id("no-visit")
forbid (principal == User::"test:noor", action == Action::"connect", resource)
unless { principal in Grant::"night-shift" };
`;

interface ListedSession {
  readonly id: string;
  readonly target: string;
  readonly account: string;
  readonly database: string;
  readonly end?: { readonly reason: string; readonly operations: number };
}

async function listSessions(
  world: SshEnvironment,
  subject: string,
): Promise<readonly ListedSession[]> {
  const path = '/v1/sessions?mine=true';
  const list = await world.callApi<{ sessions: readonly ListedSession[] }>(subject, 'GET', path);
  return list.sessions;
}

/** How the person's last session ended, once it has. */
async function endOfLast(world: SshEnvironment, subject: string): Promise<ListedSession['end']> {
  for (;;) {
    const [last] = await listSessions(world, subject);
    if (last?.end !== undefined) return last.end;
    await wait(100);
  }
}

describe('SSH sessions of a gateway with two workers', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment({
      policies: POLICIES,
      gateway: [
        [['gateway', 'workers'], 2],
        [['identity', 'providers', 0, 'name'], 'test'],
        [['grants'], { 'night-shift': { durationMax: '1h' } }],
        // Each worker counts for itself.
        [['limits', 'connectionsPerPrincipalMax'], 1],
      ],
    });
  });
  after(() => world[Symbol.asyncDispose]());

  /** A command that runs until its session ends. */
  async function hang(subject: string): Promise<RunningProgram> {
    const options = await world.optionsFor(subject);
    const running = startProgram('ssh', [
      ...options,
      `${TARGET}@127.0.0.1`,
      'echo begun; sleep 600',
    ]);
    await once(running.child.stdout, 'data');
    return running;
  }

  it('are listed with the account, and counted', async () => {
    const { code, stdout } = await runSsh(world, 'petra', [`auditor@${TARGET}`, 'whoami']);
    assert.deepEqual([code, stdout], [0, 'auditor\n']);
    const end = await endOfLast(world, 'petra');
    assert.deepEqual([end?.reason, end?.operations], ['client-left', 1]);
    const [session] = await listSessions(world, 'petra');
    assert.deepEqual(
      [session?.target, session?.account, session?.database],
      [TARGET, 'auditor', ''],
    );
  });

  it('end when somebody ends them from outside, and say so', async () => {
    const { outcome } = await hang('petra');
    const running = (await listSessions(world, 'petra')).find(({ end }) => end === undefined);
    await world.callApi('petra', 'POST', `/v1/sessions/${running?.id}/end`, { reason: 'lunch' });
    const { code, stderr } = await outcome;
    assert.equal(code, 255);
    assert.match(stderr, /somebody ended the session/);
    assert.equal((await endOfLast(world, 'petra'))?.reason, 'stopped');
  });

  it('end when their certificate is revoked, which then lets nobody in', async () => {
    const { outcome } = await hang('lena');
    const { tokenId } = await world.identityOf('lena');
    await world.callApi('lena', 'POST', `/v1/tokens/${tokenId}/end`);
    const { code } = await outcome;
    assert.equal(code, 255);
    const again = await runSsh(world, 'lena', [TARGET, 'id']);
    assert.equal(again.code, 255);
    assert.match(again.stderr, /Permission denied/);
  });

  it('end when their grant is over, and could not begin without it', async () => {
    const without = await runSsh(world, 'noor', [TARGET, 'id']);
    assert.notEqual(without.code, 0);
    assert.match(without.stderr, /does not exist, or you may not connect to it/);
    await world.callApi('noor', 'POST', '/v1/grant-requests', {
      grant: 'night-shift',
      target: TARGET,
      durationSeconds: 600,
      reason: 'tonight',
    });
    const { outcome } = await hang('noor');
    const { grants } = await world.callApi<{ grants: readonly { id: string }[] }>(
      'noor',
      'GET',
      '/v1/grants',
    );
    await world.callApi('noor', 'POST', `/v1/grants/${grants[0]?.id}/revoke`, { reason: 'dawn' });
    const { code, stderr } = await outcome;
    assert.equal(code, 255);
    assert.match(stderr, /the grant that permitted the session is over/);
  });

  it('end when their principal is disabled, and those of others go on', async () => {
    const { outcome } = await hang('ana');
    const other = await hang('petra');
    const file = join(world.configurationDirectory, 'sallyport.yaml');
    await changeYaml(file, [[['identity', 'disabled'], ['test:ana']]]);
    const { code, stderr } = await outcome;
    assert.equal(code, 255);
    assert.match(stderr, /access was withdrawn/);
    const again = await runSsh(world, 'ana', [TARGET, 'id']);
    assert.match(again.stderr, /Permission denied/);
    assert.equal(other.child.exitCode, null);
    other.child.kill();
    await other.outcome;
    await changeYaml(file, [[['identity', 'disabled'], []]]);
  });

  it('do not begin where the principal has as many as it may, and say so', async () => {
    const running = [await hang('petra'), await hang('petra')];
    const third = await runSsh(world, 'petra', [TARGET, 'id']);
    assert.notEqual(third.code, 0);
    assert.match(third.stderr, /too many connections/);
    for (const { child, outcome } of running) {
      child.kill();
      await outcome;
    }
  });

  it('end when the gateway stops, which waits for them', async () => {
    const { outcome } = await hang('petra');
    assert.equal(await world.process.stop(), 0);
    const { code, stderr } = await outcome;
    assert.equal(code, 255);
    assert.match(stderr, /the gateway is stopping/);
  });
});

describe('SSH sessions under a policy that asks for a raw track', () => {
  let world: SshEnvironment;
  let identity = '';
  before(async () => {
    identity = await generateIdentity();
    world = await startSshEnvironment({
      policies: '@id("raw") @record("raw") permit (principal, action, resource);',
      gateway: [[['recordings'], { rawRecipients: [await identityToRecipient(identity)] }]],
    });
  });
  after(() => world[Symbol.asyncDispose]());

  it('keep what went between gateway and host, sealed for the recipients alone', async () => {
    const { code } = await runSsh(world, 'petra', [TARGET, 'cat; echo raw-marker'], {
      input: 'typed-marker\n',
    });
    assert.equal(code, 0);
    await endOfLast(world, 'petra');
    const recordings = join(world.dataDirectory, 'recordings');
    const files = await readdir(recordings, { recursive: true });
    const track = join(recordings, files.find((file) => file.endsWith('.raw.age')) ?? '');
    const sealed = await readFile(track);
    assert.equal(sealed.includes('raw-marker'), false);
    const source = ReadableStream.from([sealed]);
    const events = await Array.fromAsync(
      decodePlayback(readRawTrack(source, { identities: [identity], onCut: assert.fail })),
    );
    const textOf = (kind: 'input' | 'output'): string =>
      events.flatMap((event) => (event.kind === kind ? [event.text] : [])).join('');
    assert.equal(textOf('input'), 'typed-marker\n');
    assert.equal(textOf('output'), 'typed-marker\nraw-marker\n');
  });

  it('do nothing more while there is no room for recordings, and then go on', async () => {
    const options = await world.optionsFor('petra');
    const control = join(world.dataDirectory, 'control');
    const master = startProgram('ssh', [
      ...[...options, '-o', 'ControlMaster=yes', '-S', control, '-N'],
      `${TARGET}@127.0.0.1`,
    ]);
    const inSession = (command: string): Promise<ProgramOutcome> =>
      runProgram('ssh', [...options, '-S', control, `${TARGET}@127.0.0.1`, command]);
    while ((await inSession('true')).code !== 0) await wait(100);
    await writeSpoolState(world.dataDirectory, 'refuse');
    let refused = await inSession('echo still');
    while (refused.code === 0) refused = await inSession('echo still');
    assert.match(refused.stderr, /no room for its recordings/);
    const fresh = await runSsh(world, 'petra', [TARGET, 'true']);
    assert.match(fresh.stderr, /no room for its recordings/);
    await writeSpoolState(world.dataDirectory, 'open');
    while ((await inSession('true')).code !== 0) await wait(100);
    master.child.kill();
    await master.outcome;
  });
});

describe('SSH sessions of a gateway whose ledger nobody witnesses', () => {
  it('do not begin on a target that asks for it, and say so', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const witness = {
      key: formatVerifierKey('nobody.example/w', publicKey, 'witness'),
      url: 'http://127.0.0.1:9/',
    };
    await using world = await startSshEnvironment({
      gateway: [[['audit'], { witnesses: { of: [witness], strictFor: [TARGET] } }]],
    });
    const { code, stderr } = await runSsh(world, 'petra', [TARGET, 'true']);
    assert.notEqual(code, 0);
    assert.match(stderr, /the witnesses of the ledger have not answered lately/);
  });
});
