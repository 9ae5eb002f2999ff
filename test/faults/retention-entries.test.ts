import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import type { EntryFields } from '../../src/audit/ledger-port.ts';
import { LogTail } from '../../src/audit/log-tail.ts';
import { hashLeaf } from '../../src/audit/merkle-frontier.ts';
import { verifyConsistency, verifyInclusion } from '../../src/audit/merkle-proof.ts';
import { MerkleProver } from '../../src/audit/merkle-prover.ts';
import { proveEntry } from '../../src/audit/prove-entry.ts';
import { readEntries } from '../../src/audit/read-entries.ts';
import { expireEntries } from '../../src/audit/retention/expire-entries.ts';
import {
  RetentionKeeper,
  type RetentionParts,
} from '../../src/audit/retention/retention-keeper.ts';
import { LedgerSweep } from '../../src/audit/retention/sweep-ledger.ts';
import { seal } from '../../src/audit/seal.ts';
import {
  decodeFrame,
  decodeSegmentHeader,
  encodeExpiredFrame,
} from '../../src/audit/segment-format.ts';
import { TileTree } from '../../src/audit/tile-tree.ts';
import { TileWriter } from '../../src/audit/tile-writer.ts';
import { type VerifyReport, verifyLedger } from '../../src/audit/verify-ledger.ts';
import type { DayKeyFiles } from '../../src/encryption/day-key-files.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { retentionParts } from './retention-parts.ts';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');
const DAY_MS = 86_400_000;
const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05'];
const FIRST_NOON = Date.parse('2026-01-01T12:00:00Z');
const ACTOR = { principal: 'okta:olga', clientAddress: '192.0.2.1', reason: 'case 4711' };

let dataDirectory: string;
let log: string;
let contentKeys: DayKeyFiles;
let nowMs: number;
let startedAtMs: number;
let ledger: Ledger;

/** Each day somebody signs in and asks something, in a session that goes on for all days; noon of the fifth. */
beforeEach(async () => {
  dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-retention-'));
  log = path.join(dataDirectory, 'ledger', 'gw.0');
  nowMs = FIRST_NOON;
  startedAtMs = nowMs;
  await start();
  await seal(ledger, { kind: 'gateway.start', gateway: 'gw' });
  for (const day of DAYS) {
    nowMs = Date.parse(day) + DAY_MS / 2;
    await contentKeys.open(nowMs);
    await seal(ledger, { kind: 'sign-in', principal: `okta:of-${day}` });
    const content = { text: `SELECT '${day}'` };
    await seal(ledger, { kind: 'operation', session: 'ses_long', action: 'sql.select', content });
    await ledger.checkpoints.write();
  }
});
afterEach(async () => {
  await ledger.close();
  await rm(dataDirectory, { recursive: true });
});

async function start(): Promise<void> {
  contentKeys = openTestKeys(dataDirectory);
  const clock = (): number => nowMs;
  ledger = await openLedger({ dataDirectory, dayKeys: contentKeys, logName: 'gw.0', nowMs: clock });
}

/** Keeps entries for two days, unless said otherwise. */
function openKeeper(more: Partial<RetentionParts> = {}): RetentionKeeper {
  const keptMs = 2 * DAY_MS;
  const clock = (): number => nowMs;
  const world = { dataDirectory, ledger, contentKeys, nowMs: clock, startedAtMs };
  return new RetentionKeeper({
    ...retentionParts(world),
    settings: () => ({ contentMs: keptMs, recordingsMs: undefined, entriesMs: keptMs }),
    ...more,
  });
}

interface Verification {
  /** What both verifiers complain of; nothing if all is well. */
  readonly found: string;
  /** Days whose entries expired, how many, and the number of the entry by which, as both say. */
  readonly expired: readonly (readonly [string, number, number | undefined])[];
}

async function verify(keptDays = 0): Promise<Verification> {
  const directory = path.join(dataDirectory, 'ledger');
  const first = await verifyLedger(directory, { entriesKeptDays: keptDays });
  const args = [VERIFIER, '--json', '--entries-kept', String(keptDays), directory];
  const second = await promisify(execFile)('python3', args).catch(
    (error: { readonly stdout: string }) => error,
  );
  const described = describeReport(first);
  assert.deepEqual(describeReport(JSON.parse(second.stdout) as VerifyReport), described);
  return described;
}

function describeReport({ logs, problems }: VerifyReport): Verification {
  return {
    found: [...problems, ...logs.flatMap(({ problem }) => problem?.what ?? [])].join('\n'),
    expired: logs.flatMap(({ expired }) =>
      expired.map(({ day, count, by }) => [day, count, by?.seq] as const),
    ),
  };
}

async function listSegments(): Promise<readonly string[]> {
  const names = (await readdir(log)).filter((name) => name.endsWith('.segment'));
  return names.toSorted().map((name) => path.join(log, name));
}

async function readAll(): Promise<readonly string[]> {
  const stored = readEntries(path.join(dataDirectory, 'ledger'), { kinds: new Set(['sign-in']) });
  return (await Array.fromAsync(stored)).map(({ entry }) => String(entry['principal']));
}

async function sealSigned(entry: EntryFields): Promise<void> {
  await seal(ledger, entry);
  await ledger.checkpoints.write();
}

/** As who owns the files can: the entries of the first segment, without a word. */
async function thinFirst(): Promise<void> {
  const [first = '', second = ''] = await listSegments();
  await expireEntries(first, Number.parseInt(path.basename(second), 10));
}

/** As a gateway says that entries of the first day expire. */
async function sayThatFirstExpires(keptDays: number): Promise<void> {
  const day = '2026-01-01';
  const stays = await new LedgerSweep(path.join(dataDirectory, 'ledger')).describeLasting(day);
  await seal(ledger, { kind: 'retention.expire', of: 'entries', day, keptDays, stays });
}

const LATER = ['okta:of-2026-01-03', 'okta:of-2026-01-04', 'okta:of-2026-01-05'];
/** The second entry of the first day and the third one; the first one, a start of the gateway, stays. */
const EXPIRED = [
  ['2026-01-01', 2],
  ['2026-01-02', 2],
] as const;

describe('entries that expire', () => {
  it('leave their hashes, and both verifiers say by which entry', async () => {
    const outcome = await openKeeper().run();
    assert(outcome.state === 'ran');
    assert.deepEqual(outcome.expired.entries, ['2026-01-01', '2026-01-02']);
    const bytes = Buffer.concat(
      await Promise.all((await listSegments()).map((it) => readFile(it))),
    );
    assert(!bytes.includes('okta:of-2026-01-01') && !bytes.includes('okta:of-2026-01-02'));
    assert.deepEqual(await readAll(), LATER);
    // Two expiries of contents stand before those of entries.
    const said = EXPIRED.map(([day, count], index) => [day, count, ledger.size - 2 + index]);
    assert.deepEqual(await verify(), { found: '', expired: said });
    assert.equal((await verify(2)).found, '');
    assert.equal(await openKeeper().findLastExpiredDay(), '2026-01-02');
  });

  it('go once: the next run finds nothing to do, nor one after a start', async () => {
    await openKeeper().run();
    const { size } = ledger;
    await openKeeper().run();
    await ledger.close();
    await start();
    await openKeeper().run();
    assert.equal(ledger.size, size);
    assert.equal((await verify()).found, '');
  });

  it('go again when an old backup brings them back', async () => {
    const [first = ''] = await listSegments();
    await cp(first, `${first}.kept`);
    await openKeeper().run();
    await cp(`${first}.kept`, first);
    await rm(`${first}.kept`);
    assert.equal((await readAll()).length, 4);
    await openKeeper().run();
    assert.deepEqual(await readAll(), LATER);
    assert.equal((await verify()).found, '');
  });

  it('stay while a hold is in force, and while nobody vouches for what says that they go', async () => {
    const keeper = openKeeper();
    const hold = await keeper.startHold({ from: '2026-01-02', until: '2026-01-31' }, ACTOR);
    await keeper.run();
    assert.deepEqual(await readAll(), ['okta:of-2026-01-02', ...LATER]);
    assert.equal((await verify()).found, '');
    nowMs += 1;
    await keeper.endHold(hold.id, ACTOR);
    await openKeeper({ waitForWitnesses: async () => false }).run();
    assert.deepEqual(await readAll(), ['okta:of-2026-01-02', ...LATER]);
    await openKeeper().run();
    assert.deepEqual(await readAll(), LATER);
    assert.equal((await verify()).found, '');
    // A hold on what is gone already blames nobody, not even the one that is meant for ever.
    for (const until of ['2026-12-31', '9999-12-31']) {
      await openKeeper().startHold({ from: '2025-12-01', until }, ACTOR);
      await ledger.checkpoints.write();
      assert.equal((await verify()).found, '', until);
    }
  });

  it('go from the last segment of a log that nobody writes, and the log can be continued', async () => {
    await ledger.close();
    nowMs += 10 * DAY_MS;
    const other = { dataDirectory, dayKeys: contentKeys, logName: 'gw.1', nowMs: () => nowMs };
    await contentKeys.open(nowMs);
    {
      await using second = await openLedger(other);
      const waitForWitnesses = async (): Promise<boolean> => {
        await second.checkpoints.write();
        return true;
      };
      await openKeeper({ ledger: second, waitForWitnesses }).run();
    }
    assert.deepEqual(await readAll(), []);
    assert.equal((await verify()).found, '');
    await start();
    await sealSigned({ kind: 'sign-in', principal: 'okta:of-today' });
    assert.deepEqual(await readAll(), ['okta:of-today']);
    assert.equal((await verify()).found, '');
  });
});

describe('what stays of a log whose entries expired', () => {
  it('is proved to be in it, and to continue what it was', async () => {
    const before = ledger.checkpoints.last;
    assert(before);
    await openKeeper().run();
    const checkpoint = ledger.checkpoints.last;
    assert(checkpoint);
    const index = 6;
    const proof = await new MerkleProver(log).prove(index, checkpoint.size);
    assert(proof);
    const { bytes, path: hashes } = proof;
    const leafHash = Buffer.from(hashLeaf(bytes), 'hex');
    assert(verifyInclusion({ index, ...checkpoint, leafHash }, hashes));
    assert.equal(await new MerkleProver(log).prove(1, checkpoint.size), undefined);

    // Tiles can be made anew from the hashes alone.
    await rm(path.join(log, 'tile'), { recursive: true, force: true });
    await new TileWriter(log).advance(checkpoint);
    assert((await new TileTree(log, checkpoint.size).root()).equals(checkpoint.root));
    const continued = { oldSize: before.size, oldRoot: before.root, ...checkpoint };
    const consistency = await new TileTree(log, checkpoint.size).proveConsistency(before.size);
    assert(verifyConsistency(continued, consistency));
    assert.equal(typeof (await proveEntry(log, index)), 'object');
    assert.equal(await proveEntry(log, 1), 'expired');
    assert.equal(await proveEntry(log, 999), undefined);
  });

  it('is read on from wherever a reader was, each entry once', async () => {
    const whole: Parameters<LogTail['resumeAt']>[0][] = [];
    for await (const { segment, offset, seq } of new LogTail(log).readOn()) {
      whole.push({ segment, offset, seq });
    }
    const running = new LogTail(log);
    for await (const { seq } of running.readOn()) if (seq === 3) break;
    await openKeeper().run();
    const left = (await Array.fromAsync(new LogTail(log).readOn())).map(({ seq }) => seq);
    assert.deepEqual(left.slice(0, 3), [0, 5, 6]);
    assert.deepEqual(
      (await Array.fromAsync(running.readOn())).map(({ seq }) => seq),
      left.filter((seq) => seq > 3),
    );
    for (const place of whole) {
      const tail = new LogTail(log);
      tail.resumeAt(place);
      const seqs = (await Array.fromAsync(tail.readOn())).map(({ seq }) => seq);
      assert.deepEqual(
        seqs,
        left.filter((seq) => seq >= place.seq),
      );
      assert.deepEqual(await Array.fromAsync(tail.readOn()), []);
    }
  });
});

describe('who hides something behind an expiry', () => {
  it('is found when no entry says so, or only of contents', async () => {
    await thinFirst();
    assert.match((await verify()).found, /entries of 2026-01-01 were deleted without authority/);
    await sealSigned({ kind: 'retention.expire', of: 'content', day: '2026-01-01', keptDays: 1 });
    assert.match((await verify()).found, /entries of 2026-01-01 were deleted without authority/);
    await sayThatFirstExpires(1);
    assert.match((await verify()).found, /without authority/, 'nobody signed that');
    await ledger.checkpoints.write();
    assert.equal((await verify()).found, '');
  });

  it('is found when they went before the time that the expiry names, or that the verifier is told', async () => {
    await thinFirst();
    await sayThatFirstExpires(9);
    await ledger.checkpoints.write();
    assert.match((await verify()).found, /entries of 2026-01-01 were deleted before their time/);
    await sayThatFirstExpires(0);
    await ledger.checkpoints.write();
    assert.equal((await verify()).found, '');
    assert.equal((await verify(3)).found, '');
    assert.match((await verify(4)).found, /entries of 2026-01-01 were deleted before their time/);
  });

  it('is found when the entries were held', async () => {
    await openKeeper().startHold({ from: '2026-01-01', until: '2026-01-01' }, ACTOR);
    await thinFirst();
    await sayThatFirstExpires(0);
    await ledger.checkpoints.write();
    assert.match((await verify()).found, /entries of 2026-01-01 were deleted while hold \S+ was/);
  });

  it('is found when what was to stay is gone as well, or an expiry does not say what stays', async () => {
    await openKeeper().run();
    const [first = ''] = await listSegments();
    const bytes = await readFile(first);
    const header = decodeSegmentHeader(bytes);
    assert(typeof header === 'object');
    const start = decodeFrame(bytes, header.headerBytes);
    assert(start.state === 'whole');
    const leaf = Buffer.from(hashLeaf(bytes.subarray(start.start, start.entryEnd)), 'hex');
    const without = [bytes.subarray(0, header.headerBytes), encodeExpiredFrame(leaf)];
    await writeFile(first, Buffer.concat([...without, bytes.subarray(start.end)]));
    assert.match((await verify()).found, /were deleted with some that were to stay/);
    await writeFile(first, bytes);
    assert.equal((await verify()).found, '');
    nowMs += 1;
    await sealSigned({ kind: 'retention.expire', of: 'entries', day: '2026-01-01', keptDays: 2 });
    assert.match((await verify()).found, /were deleted with some that were to stay/);
  });

  it('is found when a hash is another one, which an entry that was edited has', async () => {
    await openKeeper().run();
    const [first = ''] = await listSegments();
    const bytes = await readFile(first);
    const header = decodeSegmentHeader(bytes);
    assert(typeof header === 'object');
    const kept = decodeFrame(bytes, header.headerBytes);
    assert(kept.state === 'whole');
    const edited = Buffer.from(hashLeaf(Buffer.from('{"v":1,"seq":1}')), 'hex');
    encodeExpiredFrame(edited).copy(bytes, kept.end);
    await writeFile(first, bytes);
    assert.match((await verify()).found, /entries 0 to 2 are not those that were signed/);
  });

  it('is found when one hash more or less is there, or a hash where none may be', async () => {
    await openKeeper().run();
    const [first = '', , third = ''] = await listSegments();
    const bytes = await readFile(first);
    await writeFile(first, bytes.subarray(0, -48));
    assert.match((await verify()).found, /entries 2 to 2 are missing/);
    await writeFile(first, Buffer.concat([bytes, encodeExpiredFrame(Buffer.alloc(32))]));
    assert.equal((await verify()).found, '', 'void, as all behind the next segment’s beginning');
    await writeFile(first, bytes);

    const whole = await readFile(third);
    const header = decodeSegmentHeader(whole);
    assert(typeof header === 'object');
    const frame = decodeFrame(whole, header.headerBytes);
    assert(frame.state === 'whole');
    const leaf = Buffer.from(hashLeaf(whole.subarray(frame.start, frame.entryEnd)), 'hex');
    await writeFile(
      third,
      Buffer.concat([
        whole.subarray(0, header.headerBytes),
        encodeExpiredFrame(leaf),
        whole.subarray(frame.end),
      ]),
    );
    assert.match((await verify()).found, /gone from a segment that is not said to lack any/);
  });
});
