import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicyReplay } from '../../src/api/policy.ts';
import { inspectTargets } from '../../src/bin/inspect-targets.ts';
import type { TargetInspection } from '../../src/cli/target-inspection.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';
import { type SshEnvironment, startSshEnvironment, TARGET } from './environment.ts';
import { runSsh } from './run-program.ts';

describe('a host that is looked at', () => {
  let world: SshEnvironment;
  before(async () => {
    world = await startSshEnvironment();
  });
  after(() => world[Symbol.asyncDispose]());

  async function inspect(): Promise<TargetInspection | undefined> {
    const configuration = await loadConfiguration(world.configurationDirectory);
    const [found] = await inspectTargets(configuration, {}, new AbortController().signal);
    return found;
  }

  it('lets the gateway in, and says what it is', async () => {
    const found = await inspect();
    assert.deepEqual([found?.kind, found?.name, found?.failure], ['host', TARGET, undefined]);
    assert.match(found?.kind === 'host' ? found.software : '', /^SSH-2\.0-OpenSSH/);
    const { health } = await world.callApi<{ health: { state: string; serverVersion: string } }>(
      'petra',
      'GET',
      `/v1/targets/${TARGET}`,
    );
    assert.equal(health.state, 'reachable');
    assert.match(health.serverVersion, /^SSH-2\.0-OpenSSH/);
  });

  it('is explained to, without being asked', async () => {
    const explanation = await world.callApi<{ outcome: string; statements: readonly unknown[] }>(
      'petra',
      'POST',
      `/v1/targets/${TARGET}/explain`,
      { sql: 'grep 4711 /srv/patients | wc -l' },
    );
    assert.equal(explanation.outcome, 'run');
    assert.equal(explanation.statements.length, 1);
  });

  it('is asked again what other policies would have let it do, without being asked', async () => {
    for (const command of ['ls /', 'true 4711']) {
      assert.equal((await runSsh(world, 'petra', [TARGET, command])).code, 0);
    }
    const text =
      '@id("ls") permit (principal, action, resource) unless { context has commands && context.commands.contains("true") };';
    const replay = await world.callApi<PolicyReplay>('petra', 'POST', '/v1/policies/replay', {
      files: [{ path: 'policies/draft.cedar', text }],
      last: 10,
    });
    assert.deepEqual([replay.replayed, replay.unchanged], [2, 1]);
    assert.deepEqual(
      replay.changes.map(({ target, actions, text: shown, would }) => [
        ...[target, actions, shown, would.kind],
      ]),
      [[TARGET, ['ssh.exec'], 'true', 'deny']],
    );
  });

  it('is not logged in to with another key, by nobody', async () => {
    await world.sshd.replaceHostKey();
    assert.match((await inspect())?.failure ?? '', /its key SHA256:.* is not the target's/);
    const { code, stderr } = await runSsh(world, 'petra', [TARGET, 'id']);
    assert.notEqual(code, 0);
    assert.match(stderr, /the key of target "ward" is not the one it is known by/);
  });
});
