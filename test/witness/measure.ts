import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seal } from '../../src/audit/seal.ts';
import { openCosignedLedger } from './cosigned-ledger.ts';
import { startWitnessProcess, type WitnessProcess } from './witness-process.ts';

/** Milliseconds between two entries whose way is followed. */
const FOLLOWED_EVERY_MS = 100;

/** How long it takes from an entry to the checkpoint over it that enough witnesses cosigned, with real witnesses. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      witnesses: { type: 'string', default: '3' },
      required: { type: 'string', default: '2' },
      interval: { type: 'string', default: '10000' },
    },
  });
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-cosigned-'));
  await using running = new AsyncDisposableStack();
  running.defer(() => rm(directory, { recursive: true }));
  const witnesses: WitnessProcess[] = [];
  for (let index = 0; index < Number(values.witnesses); index++) {
    const name = `w${index}`;
    witnesses.push(running.use(await startWitnessProcess(path.join(directory, name), name)));
  }
  const waiting: { readonly size: number; readonly atMs: number }[] = [];
  const tookMs: number[] = [];
  const { ledger, key } = await openCosignedLedger({
    dataDirectory: path.join(directory, 'data'),
    witnesses,
    required: Number(values.required),
    checkpointIntervalMs: Number(values.interval),
    onCosigned: (size) => {
      while (waiting[0] !== undefined && waiting[0].size <= size) {
        tookMs.push(performance.now() - (waiting.shift()?.atMs ?? 0));
      }
    },
  });
  running.use(ledger);
  for (const witness of witnesses) await witness.addLog(key);
  const end = performance.now() + Number(values.minutes) * 60_000;
  while (performance.now() < end) {
    const atMs = performance.now();
    await seal(ledger, { kind: 'sign-in' });
    waiting.push({ size: ledger.size, atMs });
    await wait(FOLLOWED_EVERY_MS);
  }
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) / 1000).toFixed(1)} s`;
  console.log(`${sorted.length} entries: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`);
}

await main();
