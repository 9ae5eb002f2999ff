import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPassedSockets, readPassedSockets } from './passed-sockets.ts';

const PID = 4711;
const LISTENERS = { postgres: 2, ssh: 1, http: 0, api: 1, metrics: 0, connectors: 1, gateways: 1 };

function passed(names: string, count: string = String(names.split(':').length)) {
  const environment = { LISTEN_PID: String(PID), LISTEN_FDS: count, LISTEN_FDNAMES: names };
  return readPassedSockets(environment, PID);
}

describe('sockets that were passed', () => {
  it('are found by name, those of one name in their order', () => {
    assert.deepEqual(passed('postgres:api:postgres'), { postgres: [3, 5], api: [4] });
  });

  it('are none when they are for another process, or nobody passed any', () => {
    const environment = { LISTEN_PID: '1', LISTEN_FDS: '1', LISTEN_FDNAMES: 'postgres' };
    assert.deepEqual(readPassedSockets(environment, PID), {});
    assert.deepEqual(readPassedSockets({}, PID), {});
  });

  it('are refused without names, with too few of them, and with names that nothing has', () => {
    const nameless = { LISTEN_PID: String(PID), LISTEN_FDS: '1' };
    assert.throws(() => readPassedSockets(nameless, PID), /each needs a name/);
    assert.throws(() => passed('postgres', '2'), /each needs a name/);
    assert.throws(() => passed('postgres', '-1'), /each needs a name/);
    assert.throws(() => passed('postgres', 'x'), /each needs a name/);
    assert.throws(() => passed('sallyport.socket'), /none of postgres, ssh/);
    assert.throws(() => passed('__proto__'), /none of postgres, ssh/);
  });

  it('are as many as the listeners they are for', () => {
    checkPassedSockets(passed('ssh:api:postgres:postgres:connectors:gateways'), LISTENERS);
    assert.throws(() => checkPassedSockets(passed('postgres'), LISTENERS), /1 are for postgres/);
    assert.throws(() => checkPassedSockets(passed('http'), LISTENERS), /has 0 of its listeners/);
  });
});
