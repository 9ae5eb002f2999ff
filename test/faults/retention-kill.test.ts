import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, it } from 'node:test';
import { openLedger } from '../../src/audit/ledger.ts';
import { seal } from '../../src/audit/seal.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';

const RUN = path.join(import.meta.dirname, 'retention-run.ts');
const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');
/** `node test/faults/retention-kill.test.ts 200` for a longer run. */
const KILLS: number = Number(process.argv[2]) || 6;
const HALF_DAY_MS = 43_200_000;
const OLD = ['2026-01-01', '2026-01-02'];
const LATER = ['2026-01-03', '2026-01-04', '2026-01-05'];
const NOW_MS = Date.parse('2026-01-05T13:00:00Z');

let directory: string;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sallyport-retention-kill-'));
  let nowMs = 0;
  const dataDirectory = path.join(directory, 'whole');
  const dayKeys = openTestKeys(dataDirectory);
  nowMs = Date.parse('2026-01-01T12:00:00Z');
  const options = { dataDirectory, dayKeys, logName: 'gw.0', nowMs: () => nowMs };
  await using ledger = await openLedger({ ...options, segmentBytesMax: 3_000 });
  await seal(ledger, { kind: 'gateway.start', gateway: 'gw' });
  for (const day of [...OLD, ...LATER]) {
    nowMs = Date.parse(day) + HALF_DAY_MS;
    await dayKeys.open(nowMs);
    for (let count = 0; count < 20; count++) {
      const content = { text: `SELECT '${day}'` };
      await seal(ledger, { kind: 'operation', session: 's', principal: `okta:of-${day}`, content });
    }
    await ledger.checkpoints.write();
  }
});

after(() => rm(directory, { recursive: true }));

/** @returns How many calls changed a file; undefined if it was killed. */
async function run(
  dataDirectory: string,
  nowMs: number,
  killAt: number,
): Promise<number | undefined> {
  const args = [RUN, dataDirectory, String(nowMs), String(killAt)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  const [code, signal] = (await exited) as [number | null, string | null];
  if (signal === 'SIGKILL') return undefined;
  assert.equal(code, 0);
  return Number(output);
}

async function expectVerified(dataDirectory: string, when: string): Promise<void> {
  const ledger = path.join(dataDirectory, 'ledger');
  const report = await verifyLedger(ledger);
  assert(report.ok, `${when}: ${JSON.stringify(report)}`);
  const child = spawn('python3', [VERIFIER, ledger], { stdio: ['ignore', 'pipe', 'inherit'] });
  const output = text(child.stdout);
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0, `${when}: ${await output}`);
}

async function readSegments(dataDirectory: string): Promise<Buffer> {
  const log = path.join(dataDirectory, 'ledger', 'gw.0');
  const names = (await readdir(log)).filter((name) => name.endsWith('.segment'));
  return Buffer.concat(await Promise.all(names.map((name) => readFile(path.join(log, name)))));
}

async function countFiles(dataDirectory: string): Promise<number> {
  return (await readdir(dataDirectory, { recursive: true })).filter((name) =>
    name.endsWith('.unfinished'),
  ).length;
}

it(`expires what is due, and nothing else, however often it is killed (${KILLS} places, twice each)`, async () => {
  const whole = path.join(directory, 'whole');
  const untouched = path.join(directory, 'untouched');
  await cp(whole, untouched, { recursive: true });
  const calls = await run(untouched, NOW_MS, 0);
  assert(calls !== undefined && calls > 40, `only ${calls} calls`);
  for (let round = 0; round < KILLS; round++) {
    const dataDirectory = path.join(directory, `round-${round}`);
    await cp(whole, dataDirectory, { recursive: true });
    const places: readonly number[] = [
      1 + Math.floor(Math.random() * calls),
      1 + Math.floor(Math.random() * calls),
    ];
    for (const [index, place] of places.entries()) {
      const done: number | undefined = await run(dataDirectory, NOW_MS + 1_000 * index, place);
      // The second time less is left to do.
      assert(done === undefined || index > 0, `call ${place} did not come`);
      await expectVerified(
        dataDirectory,
        `killed at calls ${places.slice(0, index + 1).join(', ')}`,
      );
    }
    const when: string = `killed at calls ${places.join(', ')}, and then not`;
    assert.notEqual(await run(dataDirectory, NOW_MS + 9_000, 0), undefined);
    await expectVerified(dataDirectory, when);
    const left = await readSegments(dataDirectory);
    assert(!OLD.some((day) => left.includes(`okta:of-${day}`)), when);
    for (const day of LATER) {
      assert.equal(left.toString('latin1').split(`okta:of-${day}`).length - 1, 20, when);
    }
    assert.equal(await countFiles(dataDirectory), 0, when);
    await rm(dataDirectory, { recursive: true });
  }
});
