import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { tryChanges, verifyInProcess, verifyInPython } from './try-changes.ts';
import { buildWitnessedLedger, type WitnessedLedger } from './witnessed-ledger.ts';

/** Few, as each takes both verifiers some tenths of a second: `npm run tamper` tries many. */
const POSITIONS = 2;

let directory: string;
let ledger: WitnessedLedger;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-tamper-'));
  ledger = await buildWitnessedLedger(directory, {
    entries: 3_000,
    entriesPerCheckpoint: 75,
    segmentBytesMax: 64 * 1024,
  });
});
after(() => rm(directory, { recursive: true }));

describe('with nothing but the keys of witnesses, both verifiers', () => {
  it('find nothing in a ledger of two gateways that were restarted and changed a key', async () => {
    const original = path.join(ledger.dataDirectory, 'ledger');
    for (const verify of [verifyInProcess, verifyInPython]) {
      const { logs, problems } = await verify(ledger, original);
      assert.deepEqual(problems, []);
      assert.deepEqual(
        logs.map(({ problem }) => problem),
        [undefined, undefined],
      );
    }
  });

  it('find a copy that is older than it is said to be', async () => {
    const original = path.join(ledger.dataDirectory, 'ledger');
    const later = { ...ledger, asOfMs: ledger.asOfMs + 60_000 };
    for (const verify of [verifyInProcess, verifyInPython]) {
      assert(!(await verify(later, original)).ok);
    }
  });

  it('find every kind of change, by who has the files and by who has all keys too, and where', async () => {
    let state = 7;
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    for await (const change of tryChanges({ ledger, positions: POSITIONS, random, directory })) {
      const { found } = change;
      assert(found.typescript && found.python, JSON.stringify(change, undefined, 2));
    }
  });
});
