import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { drawAttempts, tryChanges } from './try-changes.ts';
import { openPythonVerifier, openTypescriptVerifier, type Verifier } from './verifiers.ts';
import { buildWitnessedLedger, type WitnessedLedger } from './witnessed-ledger.ts';

/** Few, as each takes both verifiers some tenths of a second: `npm run tamper` tries many. */
const POSITIONS = 2;

let directory: string;
let ledger: WitnessedLedger;
let verifiers: readonly Verifier[];

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-tamper-'));
  ledger = await buildWitnessedLedger(directory, {
    entries: 3_000,
    entriesPerCheckpoint: 75,
    segmentBytesMax: 64 * 1024,
  });
  verifiers = [openTypescriptVerifier(ledger), openPythonVerifier(ledger)];
});
after(async () => {
  for (const verifier of verifiers) verifier[Symbol.dispose]();
  await rm(directory, { recursive: true });
});

describe('with nothing but the keys of witnesses, both verifiers', () => {
  it('find nothing in a ledger of two gateways that were restarted and changed a key', async () => {
    for (const verifier of verifiers) {
      const { logs, problems } = await verifier.verify(path.join(ledger.dataDirectory, 'ledger'));
      assert.deepEqual(problems, []);
      assert.deepEqual(
        logs.map(({ problem }) => problem),
        [undefined, undefined],
      );
    }
  });

  it('find a copy that is older than it is said to be', async () => {
    const later = { ...ledger, asOfMs: ledger.asOfMs + 60_000 };
    for (const open of [openTypescriptVerifier, openPythonVerifier]) {
      using verifier = open(later);
      assert(!(await verifier.verify(path.join(ledger.dataDirectory, 'ledger'))).ok);
    }
  });

  it('find every kind of change, by who has the files and by who has all keys too, and where', async () => {
    let state = 7;
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    const attempts = drawAttempts(ledger, POSITIONS, random);
    for await (const change of tryChanges({ ledger, attempts, verifiers, directory })) {
      assert.equal(change.foundBy.length, 2, JSON.stringify(change, undefined, 2));
    }
  });

  it('say of a copy the same, whether or not they walk again what they have walked before', async () => {
    for (const attempt of drawAttempts(ledger, 1, () => 0.6)) {
      const copies = { ledger, attempts: [{ ...attempt, index: 0 }], verifiers, directory };
      for await (const change of tryChanges(copies)) assert.equal(change.foundBy.length, 2);
    }
  });
});
