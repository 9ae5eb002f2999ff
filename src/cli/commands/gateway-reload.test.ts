import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IDLE_PROGRAMS, runForOutcome } from '../cli-outcome.fixture.ts';

describe('sallyport gateway reload', () => {
  it('tells the gateway of a data directory what to do', async () => {
    const told: string[] = [];
    const programs = {
      ...IDLE_PROGRAMS,
      signalGateway: async (directory: string, signal: string) => {
        told.push(`${directory} ${signal}`);
        return true;
      },
    };
    const reload = ['gateway', 'reload', '--data', '/data'];
    assert.equal((await runForOutcome(reload, { programs })).code, 0);
    assert.equal((await runForOutcome([...reload, '--restart'], { programs })).code, 0);
    assert.deepEqual(told, ['/data SIGHUP', '/data SIGUSR2']);
  });

  it('says so where no gateway runs', async () => {
    const { code, err } = await runForOutcome(['gateway', 'reload', '--data', '/data']);
    assert.equal(code, 5);
    assert.match(err, /No gateway runs on \/data/);
  });
});
