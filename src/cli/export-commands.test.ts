import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type FakeControlPlane,
  startFakeControlPlane,
} from '../../test/control-plane/start-fake-control-plane.ts';
import { type CliOutcome, runForOutcome } from './cli-outcome.fixture.ts';
import { rememberGateway } from './gateway-settings.ts';

describe('sallyport exports', () => {
  let home: string;
  let fake: FakeControlPlane;
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
    fake = await startFakeControlPlane();
    const { url, ca, services } = fake;
    await rememberGateway(
      { HOME: home },
      { url, ca, configuration: services.clientConfiguration() },
    );
  });
  after(async () => {
    await fake[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  });

  function run(...args: readonly string[]): Promise<CliOutcome> {
    const environment = { HOME: home, SALLYPORT_TOKEN: 'officer-token' };
    return runForOutcome(['exports', ...args], { environment });
  }

  it('lists them', async () => {
    const { code, out } = await run('list');
    assert.equal(code, 0);
    assert.match(out, /^hospital +syslog +working +0\.0 s +7 +0 +0$/m);
  });

  it('shows one, and fails for one that is not there', async () => {
    const { code, out, err } = await run('status', 'hospital');
    assert.equal(code, 0);
    assert.match(out, /^gw\.0 +7$/m);
    assert.match(err, /Works, 0\.0 s behind/);
    assert.equal((await run('status', 'other')).code, 1);
  });

  it('has one send everything again', async () => {
    const { code, err } = await run('replay', 'hospital', '--from', '24h');
    assert.deepEqual([code, err], [0, 'Sends again: gw.0 from entry 7.\n']);
    assert.notEqual((await run('replay', 'hospital')).code, 0);
  });
});
