import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CHANGE_KINDS } from './changes.ts';
import {
  OWNERS,
  type TriedChange,
  tryChanges,
  verifyInProcess,
  verifyInPython,
} from './try-changes.ts';
import { buildWitnessedLedger } from './witnessed-ledger.ts';

/** `npm run tamper`: changes a ledger in every way, and counts what both verifiers find with the witnesses' keys alone. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      entries: { type: 'string', default: '20000' },
      positions: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [entries, positions, seed] = [values.entries, values.positions, values.seed].map(Number);
  if (entries === undefined || positions === undefined || seed === undefined) return;
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-tamper-'));
  try {
    console.log(`${entries} entries of two gateways, ${positions} positions, seed ${seed}`);
    const ledger = await buildWitnessedLedger(directory, {
      entries,
      entriesPerCheckpoint: Math.ceil(entries / 80),
      segmentBytesMax: entries > 100_000 ? 4 * 1024 * 1024 : 256 * 1024,
    });
    const original = path.join(ledger.dataDirectory, 'ledger');
    for (const [name, verify] of Object.entries({ verifyInProcess, verifyInPython })) {
      const startedAt = performance.now();
      const { ok } = await verify(ledger, original);
      const seconds = (performance.now() - startedAt) / 1000;
      console.log(
        `untouched, ${name}: ${ok ? 'whole' : 'NOT WHOLE'} after ${seconds.toFixed(1)} s`,
      );
      if (!ok) process.exitCode = 1;
    }
    const tried: TriedChange[] = [];
    for await (const change of tryChanges({
      ledger,
      positions,
      random: mulberry(seed),
      directory,
    })) {
      tried.push(change);
      const { typescript, python } = change.found;
      if (!typescript || !python) console.log(`MISSED: ${JSON.stringify(change)}`);
      if (tried.length % 50 === 0) console.log(`${tried.length} tried`);
    }
    printTable(tried);
    if (!tried.every(({ found }) => found.typescript && found.python)) process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}

function printTable(tried: readonly TriedChange[]): void {
  console.log(`| change | ${OWNERS.join(' | ')} |\n|---|${OWNERS.map(() => '---|').join('')}`);
  for (const kind of CHANGE_KINDS) {
    const cells = OWNERS.map((owner) => {
      const own = tried.filter((change) => change.kind === kind && change.owner === owner);
      const found = own.filter((change) => change.found.typescript && change.found.python);
      return `${found.length} of ${own.length}`;
    });
    console.log(`| ${kind} | ${cells.join(' | ')} |`);
  }
  const found = tried.filter((change) => change.found.typescript && change.found.python);
  console.log(
    `\n${found.length} of ${tried.length} found by both verifiers, the right place named`,
  );
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

await main();
