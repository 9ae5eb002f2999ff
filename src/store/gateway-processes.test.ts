import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProcessBeat, type ProcessRecord } from '../gateway/process-beat.ts';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const STARTED_AT_MS = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

let own: PrivateStore;

function processOf(log: string): ProcessRecord {
  return {
    ...{ log, gateway: log.slice(0, 4), version: '0.9.0' },
    ...{ startedAtMs: STARTED_AT_MS, drainingAtMs: undefined },
  };
}

async function startSession(id: string, gateway: string): Promise<void> {
  await own.store.openSessions(MASTER_KEY).start({
    ...{ id, gateway, principalId: 'clinic:7', principalName: 'ana', target: 'hospital' },
    ...{ database: 'hospital', account: '', clientAddress: '10.0.0.1:5', applicationName: '' },
    startedAtMs: STARTED_AT_MS,
  });
}

async function find(log: string) {
  return (await own.other.gatewayProcesses.list()).find((known) => known.log === log);
}

/** Has a process have said nothing for some seconds. */
async function silence(log: string, seconds: number): Promise<void> {
  await own.query(
    `update sallyport.gateway_processes set beat_at = now() - interval '${seconds} seconds'
     where log = '${log}'`,
  );
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    own = await openPrivateStore();
  });
  after(() => own[Symbol.asyncDispose]());
}

describe('PostgresGatewayProcesses', () => {
  prepareTests();

  it('knows who is there, with the sessions that have not ended', async () => {
    const { gatewayProcesses } = own.store;
    const sessions = own.store.openSessions(MASTER_KEY);
    await gatewayProcesses.beat(processOf('gw-1.0'));
    await startSession('s-1', 'gw-1.0');
    await startSession('s-2', 'gw-1.0');
    await startSession('s-3', 'gw-1.1');
    await sessions.end('s-2', {
      ...{ endedAtMs: STARTED_AT_MS, reason: 'client', operations: 0, refused: 0, rows: 0 },
      ...{ bytesSent: 0, bytesShown: 0 },
    });
    const { beatAtMs, ...known } = (await find('gw-1.0')) ?? { beatAtMs: 0 };
    assert.deepEqual(known, { ...processOf('gw-1.0'), isSilent: false, sessions: 1 });
    assert(beatAtMs > STARTED_AT_MS - DAY_MS);
  });

  it('misses who fell silent, until it is there again', async () => {
    const { gatewayProcesses } = own.store;
    await gatewayProcesses.beat(processOf('gw-2.0'));
    await silence('gw-2.0', 9);
    assert.equal((await find('gw-2.0'))?.isSilent, true);
    await gatewayProcesses.beat(processOf('gw-2.0'));
    assert.equal((await find('gw-2.0'))?.isSilent, false);
  });

  it('says since when one ends, and not of the one that took its place', async () => {
    const { gatewayProcesses } = own.store;
    const drainingAtMs = STARTED_AT_MS + 5;
    await gatewayProcesses.beat({ ...processOf('gw-3.0'), drainingAtMs });
    assert.equal((await find('gw-3.0'))?.drainingAtMs, drainingAtMs);
    await gatewayProcesses.beat(processOf('gw-3.0'));
    assert.equal((await find('gw-3.0'))?.drainingAtMs, undefined);
  });

  it('forgets who was silent for a week', async () => {
    const { gatewayProcesses, deletions } = own.store;
    await gatewayProcesses.beat(processOf('gw-4.0'));
    await gatewayProcesses.beat(processOf('gw-5.0'));
    await silence('gw-4.0', (8 * DAY_MS) / 1000);
    await silence('gw-5.0', (6 * DAY_MS) / 1000);
    await deletions.deleteOld({ nowMs: Date.now(), endedBeforeMs: 0, limit: 10 });
    assert.equal(await find('gw-4.0'), undefined);
    assert.equal((await find('gw-5.0'))?.isSilent, true);
  });
});

describe('ProcessBeat', () => {
  prepareTests();

  it('has a process known until it ends, and known as draining before', async () => {
    const beat = new ProcessBeat(own.store.gatewayProcesses, processOf('gw-6.0'), () => 7);
    await beat.drain();
    const { startedAtMs, drainingAtMs } = (await find('gw-6.0')) ?? {};
    assert.deepEqual([startedAtMs, drainingAtMs], [7, 7]);
    await beat[Symbol.asyncDispose]();
    assert.equal(await find('gw-6.0'), undefined);
  });

  it('outlives a store that takes nothing', async () => {
    const failing = { beat: () => Promise.reject(new Error('down')), leave: failToLeave };
    const beat = new ProcessBeat(failing, processOf('gw-7.0'), () => 7);
    await beat.drain();
    await beat[Symbol.asyncDispose]();
    assert.equal(await find('gw-7.0'), undefined);
  });
});

function failToLeave(): Promise<void> {
  return Promise.reject(new Error('down'));
}
