import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { decodeSealedKey } from '../../src/audit/content-key.ts';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import { readEntries } from '../../src/audit/read-entries.ts';
import { eraseContents } from '../../src/audit/retention/erase-contents.ts';
import { expireEntries } from '../../src/audit/retention/expire-entries.ts';
import { RetentionKeeper, type RetentionRun } from '../../src/audit/retention/retention-keeper.ts';
import { seal } from '../../src/audit/seal.ts';
import { decodeSegmentHeader, encodeSegmentHeader } from '../../src/audit/segment-format.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import type { DayKeyFiles } from '../../src/encryption/day-key-files.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { retentionParts } from './retention-parts.ts';

/*
 * Which day a segment is of stands in its header, which no signature covers. Who has the files alone could write
 * another day there, one that is over: then what is of today would be taken for what was to go.
 */

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');
const DAY_MS = 86_400_000;
const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'];
const EXPIRED_DAY = '2026-01-01';

let dataDirectory: string;
let contentKeys: DayKeyFiles;
let nowMs: number;
let startedAtMs: number;
let ledger: Ledger;

/** Each day somebody signs in and asks something; noon of the fifth. */
beforeEach(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-redated-'));
  contentKeys = openTestKeys(dataDirectory);
  nowMs = Date.parse('2026-01-01T12:00:00Z');
  startedAtMs = nowMs;
  const clock = (): number => nowMs;
  ledger = await openLedger({ dataDirectory, dayKeys: contentKeys, logName: 'gw.0', nowMs: clock });
  await seal(ledger, { kind: 'gateway.start', gateway: 'gw' });
  for (const day of DAYS) {
    nowMs = Date.parse(day) + DAY_MS / 2;
    await contentKeys.open(nowMs);
    await seal(ledger, { kind: 'sign-in', principal: `okta:of-${day}` });
    await seal(ledger, { kind: 'session.search', content: { text: `SELECT '${day}'` } });
  }
  await ledger.checkpoints.write();
});
afterEach(async () => {
  await ledger.close();
  await rm(dataDirectory, { recursive: true });
});

/** Keeps contents and entries for two days. */
function expire(): Promise<RetentionRun> {
  const clock = (): number => nowMs;
  const world = { dataDirectory, ledger, contentKeys, nowMs: clock, startedAtMs };
  const settings = { contentMs: 2 * DAY_MS, recordingsMs: undefined, entriesMs: 2 * DAY_MS };
  const keeper = new RetentionKeeper({ ...retentionParts(world), settings: () => settings });
  return keeper.run();
}

async function listSegments(): Promise<readonly string[]> {
  const log = path.join(dataDirectory, 'ledger', 'gw.0');
  const names = (await readdir(log)).filter((name) => name.endsWith('.segment'));
  return names.toSorted().map((name) => path.join(log, name));
}

/** The segment of the fourth day, of which nothing is to go, and the first entry of the next one. */
async function findFourth(): Promise<{ segment: string; untilSeq: number }> {
  const [, , , segment = '', next = ''] = await listSegments();
  return { segment, untilSeq: Number.parseInt(path.basename(next), 10) };
}

/** Says in the header of a segment that it is of a day that expired; CRC and all else fit. */
async function redate(segment: string): Promise<void> {
  const bytes = await readFile(segment);
  const header = decodeSegmentHeader(bytes);
  assert(typeof header === 'object');
  const { logName, firstSeq, peaks, isThinned, headerBytes } = header;
  const sealedKey = Buffer.from(header.contentKey.bytes);
  sealedKey.write(EXPIRED_DAY, 'latin1');
  const contentKey = decodeSealedKey(sealedKey);
  assert(contentKey);
  const frontier = { size: firstSeq, peaks: () => peaks };
  const forged = encodeSegmentHeader(logName, frontier, contentKey, isThinned);
  await writeFile(segment, Buffer.concat([forged, bytes.subarray(headerBytes)]));
}

/** What both verifiers say: nothing if all is well. */
async function verify(): Promise<string> {
  const directory = path.join(dataDirectory, 'ledger');
  const { logs, problems } = await verifyLedger(directory);
  const second = await promisify(execFile)('python3', [VERIFIER, '--json', directory]).catch(
    (error: { readonly stdout: string }) => error,
  );
  const report = JSON.parse(second.stdout) as { readonly logs: typeof logs };
  const place = ({ problem }: (typeof logs)[number]): unknown =>
    problem && [problem.file, problem.seq, problem.what];
  assert.deepEqual(
    report.logs.map((log) => place(log) ?? undefined),
    logs.map(place),
  );
  return [...problems, ...logs.flatMap(({ problem }) => problem?.what ?? [])].join('\n');
}

async function readPrincipals(): Promise<readonly string[]> {
  const stored = readEntries(path.join(dataDirectory, 'ledger'), { kinds: new Set(['sign-in']) });
  return (await Array.fromAsync(stored)).map(({ entry }) => String(entry['principal']));
}

describe('a segment that is said to be of a day that expired', () => {
  it('is found, when its contents are gone by that', async () => {
    await expire();
    assert.equal(await verify(), '');
    const { segment } = await findFourth();
    await eraseContents(segment);
    await redate(segment);
    assert.match(
      await verify(),
      /contents of 2026-01-01 were deleted beyond what entry \d+ of gw\.0 names/,
    );
  });

  it('is found, when its entries are gone by that', async () => {
    await expire();
    const { segment, untilSeq } = await findFourth();
    await expireEntries(segment, untilSeq);
    await redate(segment);
    assert.match(
      await verify(),
      /entries of 2026-01-01 were deleted beyond what entry \d+ of gw\.0 names/,
    );
  });

  it('is found, when it was made part of the segment that expired', async () => {
    await expire();
    const [first = '', second = ''] = await listSegments();
    const [bytes, more] = [await readFile(first), await readFile(second)];
    const header = decodeSegmentHeader(more);
    assert(typeof header === 'object');
    await writeFile(first, Buffer.concat([bytes, more.subarray(header.headerBytes)]));
    await rm(second);
    assert.match(
      await verify(),
      /entries of 2026-01-01 were deleted beyond what entry \d+ of gw\.0 names/,
    );
  });

  it('is not taken for one by the gateway itself', async () => {
    const { segment } = await findFourth();
    const bytes = await readFile(segment);
    await redate(segment);
    const run = await expire();
    assert(run.state === 'ran');
    assert.deepEqual(run.misdated, ['gw.0/0000000000000007.segment']);
    const kept = ['2026-01-03', '2026-01-04', '2026-01-05'].map((day) => `okta:of-${day}`);
    assert.deepEqual(await readPrincipals(), kept);
    const again = await expire();
    assert(again.state === 'ran');
    assert.match(await verify(), /content is not the one that its entry speaks of/);
    await writeFile(segment, bytes);
    assert.equal(await verify(), '');
  });
});
