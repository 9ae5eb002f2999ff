import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CliOutcome, runForOutcome } from './cli-outcome.fixture.ts';
import { useRememberedGateway } from './use-remembered-gateway.fixture.ts';

describe('sallyport exports', () => {
  const gateway = useRememberedGateway();

  function run(...args: readonly string[]): Promise<CliOutcome> {
    const environment = { HOME: gateway.home, SALLYPORT_TOKEN: 'officer-token' };
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
