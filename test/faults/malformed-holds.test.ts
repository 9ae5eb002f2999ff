import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openLedger } from '../../src/audit/ledger.ts';
import type { EntryFields } from '../../src/audit/ledger-port.ts';
import { RetentionKeeper } from '../../src/audit/retention/retention-keeper.ts';
import { seal } from '../../src/audit/seal.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { retentionParts } from './retention-parts.ts';

/*
 * A gateway that was taken over can sign a hold of any form: a verifier that ends in an error of its own would say nothing
 * of what else is wrong, and two that read it in two ways would not be two.
 */

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');
const DAY_MS = 86_400_000;
const DAY = '2026-01-01';
const NOON_MS = Date.parse(`${DAY}T12:00:00Z`);

let dataDirectory: string;

beforeEach(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-holds-'));
});
afterEach(() => rm(dataDirectory, { recursive: true }));

/** Content of a day expires; then somebody signs that a hold began before, in whatever form. Returns what is found. */
function findUnder(hold: Readonly<Record<string, unknown>>): Promise<readonly unknown[]> {
  const fields = { hold: 'hold_1', from: DAY, until: DAY, ...hold };
  return findBehind([{ kind: 'hold.start', ...fields }]);
}

/** Content of a day expires, and its entries, if that is asked for; then somebody signs entries. Returns what is found. */
async function findBehind(
  entries: readonly EntryFields[],
  entriesMs?: number,
): Promise<readonly unknown[]> {
  const contentKeys = openTestKeys(dataDirectory);
  let nowMs = NOON_MS;
  const clock = (): number => nowMs;
  const ledger = await openLedger({
    dataDirectory,
    dayKeys: contentKeys,
    logName: 'gw.0',
    nowMs: clock,
  });
  await seal(ledger, { kind: 'session.search', content: { text: 'SELECT 1' } });
  nowMs += 4 * DAY_MS;
  await contentKeys.open(nowMs);
  await seal(ledger, { kind: 'gateway.start', gateway: 'gw' });
  const world = { dataDirectory, ledger, contentKeys, nowMs: clock, startedAtMs: NOON_MS };
  const settings = { contentMs: 2 * DAY_MS, recordingsMs: undefined, entriesMs };
  const keeper = new RetentionKeeper({ ...retentionParts(world), settings: () => settings });
  assert.equal((await keeper.run()).state, 'ran');
  nowMs += 1000;
  for (const entry of entries) await seal(ledger, entry);
  await ledger.checkpoints.write();
  await ledger.close();
  const directory = path.join(dataDirectory, 'ledger');
  const { logs } = await verifyLedger(directory);
  const second = await promisify(execFile)('python3', [VERIFIER, '--json', directory]).catch(
    (error: { readonly stdout: string }) => error,
  );
  const report = JSON.parse(second.stdout) as { readonly logs: typeof logs };
  const found = logs.map(({ problem }) => problem?.what);
  assert.deepEqual(
    report.logs.map(({ problem }) => problem?.what),
    found,
    'both verifiers find the same',
  );
  return found;
}

describe('a hold whose form is none of the gateway', () => {
  const heldDay = /while hold hold_1 was in force/;
  for (const gone of [7, 'all', [DAY], [[DAY]], [[1, 2]], [[DAY, DAY, DAY]], { 0: [DAY, DAY] }]) {
    it(`excuses nothing by ${JSON.stringify(gone)} for days that were gone`, async () => {
      assert.match(String(await findUnder({ gone })), heldDay);
    });
  }

  for (const form of [
    { hold: {} },
    { hold: [] },
    { hold: 7 },
    { hold: null },
    { from: 2025, until: 2027 },
    { until: null },
    { from: [DAY] },
  ]) {
    it(`is none if it has ${JSON.stringify(form)}`, async () => {
      assert.deepEqual(await findUnder(form), [undefined]);
    });
  }

  for (const hold of [{}, 7, null]) {
    it(`is ended by none that names ${JSON.stringify(hold)}`, async () => {
      const days = { hold: 'hold_1', from: DAY, until: DAY };
      const end = { kind: 'hold.end', hold } as unknown as EntryFields;
      const found = await findBehind([{ kind: 'hold.start', ...days }, end]);
      assert.match(String(found), heldDay);
    });
  }

  it('is excused by days that were gone', async () => {
    assert.deepEqual(await findUnder({ gone: [[DAY, DAY]] }), [undefined]);
  });
});

describe('an expiry whose form is none of the gateway', () => {
  const expiry = { kind: 'retention.expire', of: 'entries', day: DAY, keptDays: 2 } as const;
  const findSaying = (fields: Readonly<Record<string, unknown>>): Promise<readonly unknown[]> =>
    findBehind([{ ...expiry, ...fields }], 2 * DAY_MS);
  const beyond = /were deleted beyond what entry \d+ of gw\.0 names/;

  for (const stays of [[], 7, 'all', null, { 'gw.0': null }, [DAY]]) {
    it(`names nothing that stays by ${JSON.stringify(stays)}`, async () => {
      assert.deepEqual(await findSaying({ stays }), [undefined]);
    });
  }

  for (const stays of [{ 'gw.0': 7 }, { 'gw.0': [] }]) {
    it(`names what is not there by ${JSON.stringify(stays)}`, async () => {
      assert.match(String(await findSaying({ stays })), /with some that were to stay/);
    });
  }

  for (const spans of [[], 7, null, [[0, 9]], { 'gw.0': [[0, 1e3]] }]) {
    it(`names all of the day by ${JSON.stringify(spans)}`, async () => {
      assert.deepEqual(await findSaying({ spans }), [undefined]);
    });
  }

  for (const spans of [
    { 'gw.0': [[0.5, 9]] },
    { 'gw.0': [[0, 2 ** 60]] },
    { 'gw.0': [[false, 9]] },
    { 'gw.0': [0, 9] },
    { 'gw.0': { 0: [0, 9] } },
  ]) {
    it(`names nothing by ${JSON.stringify(spans)}`, async () => {
      assert.match(String(await findSaying({ spans })), beyond);
    });
  }

  it('is not due if it kept for longer than there are days', async () => {
    const found = await findBehind([{ ...expiry, keptDays: 1e300 }], 2 * DAY_MS);
    assert.deepEqual(found, [undefined], 'the one of the gateway counts');
  });
});
