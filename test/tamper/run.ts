import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readTextIfPresent } from '../../src/audit/read-if-present.ts';
import { CHANGE_KINDS } from './changes.ts';
import { drawAttempts, OWNERS, type TriedChange, tryChanges } from './try-changes.ts';
import { openPythonVerifier, openTypescriptVerifier, type Verifier } from './verifiers.ts';
import { openWitnessedLedger, type WitnessedLedger } from './witnessed-ledger.ts';

const PROGRESS_EVERY = 25;

interface TamperOptions {
  readonly entries: number;
  /** Of each kind and owner. */
  readonly positions: number;
  readonly seed: number;
  /** Keeps the ledger and what was tried already, for a run that goes on where another one was ended. */
  readonly directory: string | undefined;
}

/** `npm run tamper`: changes a ledger in every way, and counts what both verifiers find with the witnesses' keys alone. */
async function main({ entries, positions, seed, directory }: TamperOptions): Promise<void> {
  console.log(`${entries} entries of two gateways, ${positions} positions, seed ${seed}`);
  const own = directory ?? (await mkdtemp(path.join(tmpdir(), 'sallyport-tamper-')));
  await mkdir(own, { recursive: true });
  try {
    const ledger = await openWitnessedLedger(path.join(own, String(entries)), {
      entries,
      entriesPerCheckpoint: Math.ceil(entries / (entries >= 100_000 ? 400 : 80)),
      segmentBytesMax: entries > 100_000 ? 4 * 1024 * 1024 : 256 * 1024,
    });
    using typescript = openTypescriptVerifier(ledger);
    using python = openPythonVerifier(ledger);
    const verifiers = [typescript, python];
    for (const verifier of verifiers) await expectWhole(verifier, ledger);

    const results = path.join(own, `${entries}-${positions}-${seed}.jsonl`);
    const tried = await readTried(results);
    const all = drawAttempts(ledger, positions, mulberry(seed));
    const attempts = all.slice(tried.length);
    const startedAtMs = performance.now();
    for await (const change of tryChanges({ ledger, attempts, verifiers, directory: own })) {
      await appendFile(results, `${JSON.stringify(change)}\n`);
      tried.push(change);
      if (!isFoundByAll(change)) console.log(`MISSED: ${JSON.stringify(change)}`);
      if (tried.length % PROGRESS_EVERY > 0) continue;
      const done = tried.length - (all.length - attempts.length);
      const leftMs = ((performance.now() - startedAtMs) / done) * (attempts.length - done);
      console.log(
        `${tried.length} of ${all.length} tried; ${(leftMs / 60_000).toFixed(0)} min left`,
      );
    }
    printTable(tried);
    if (!tried.every(isFoundByAll)) process.exitCode = 1;
  } finally {
    if (directory === undefined) await rm(own, { recursive: true });
  }
}

/** An honest ledger never fails; and verifiers need not walk again what they find here. */
async function expectWhole(verifier: Verifier, { dataDirectory }: WitnessedLedger): Promise<void> {
  const startedAtMs = performance.now();
  const { ok, problems } = await verifier.verify(path.join(dataDirectory, 'ledger'));
  const seconds = (performance.now() - startedAtMs) / 1000;
  assert(ok, `An untouched ledger fails: ${problems.join('; ')}`);
  console.log(`untouched, ${verifier.name}: whole after ${seconds.toFixed(1)} s`);
}

async function readTried(file: string): Promise<TriedChange[]> {
  const lines = ((await readTextIfPresent(file)) ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as TriedChange);
}

function isFoundByAll({ foundBy }: TriedChange): boolean {
  return foundBy.length === 2;
}

function printTable(tried: readonly TriedChange[]): void {
  console.log(`| change | ${OWNERS.join(' | ')} |\n|---|${OWNERS.map(() => '---|').join('')}`);
  for (const kind of CHANGE_KINDS) {
    const cells = OWNERS.map((owner) => {
      const own = tried.filter((change) => change.kind === kind && change.owner === owner);
      return `${own.filter(isFoundByAll).length} of ${own.length}`;
    });
    console.log(`| ${kind} | ${cells.join(' | ')} |`);
  }
  const found = tried.filter(isFoundByAll).length;
  console.log(`\n${found} of ${tried.length} found by both verifiers, the right place named`);
}

/** Numbers that look random, the same for one seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '20000' },
    positions: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    directory: { type: 'string' },
  },
});
await main({
  entries: Number(values.entries),
  positions: Number(values.positions),
  seed: Number(values.seed),
  directory: values.directory,
});
