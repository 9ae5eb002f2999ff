import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { EntryFields } from './ledger-port.ts';
import { type RecordingsReport, verifyRecordings } from './verify-recordings.ts';

const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_recordings.py');
const NOW_MS = Date.UTC(2026, 1, 2);
const FILE = '2026-01-02/s1.rec';
const RAW = '2026-01-02/s1.raw.age';

let dataDirectory: string;
let ledger: Ledger;

function place(name: string): string {
  return path.join(dataDirectory, 'recordings', name);
}

function append(fields: EntryFields): void {
  ledger.append(fields, 'sealed', (error) => assert.equal(error, undefined));
}

/** Writes a recording of these stretches, and enters them; `path` names the track if it is not the first. */
async function record(file: string, stretches: readonly string[], named?: string): Promise<void> {
  await writeFile(place(file), stretches.join(''));
  for (const [index, stretch] of stretches.entries()) {
    append({
      kind: 'recording.chunk',
      session: 's1',
      ...(named !== undefined && { path: named }),
      index,
      storedBytes: stretch.length,
      sha256: hash('sha256', stretch, 'hex'),
    });
  }
}

function begin(): void {
  append({ kind: 'session.start', session: 's1', recording: FILE });
}

function end(): void {
  append({ kind: 'session.end', session: 's1' });
}

async function verify(session?: string, isSigned = true): Promise<RecordingsReport> {
  await new Promise<void>((resolve) =>
    ledger.append({ kind: 'sign-in' }, 'sealed', () => resolve()),
  );
  if (isSigned) await ledger.checkpoints.write();
  const ledgerDirectory = path.join(dataDirectory, 'ledger');
  const recordings = path.join(dataDirectory, 'recordings');
  if (session !== undefined) return verifyRecordings(ledgerDirectory, recordings, { session });
  const report = await verifyRecordings(ledgerDirectory, recordings);
  assert.deepEqual(await verifyInPython(ledgerDirectory, recordings), report);
  return report;
}

/** What the second verifier says of the same. */
async function verifyInPython(
  ledgerDirectory: string,
  recordings: string,
): Promise<RecordingsReport> {
  const args = [VERIFIER, ledgerDirectory, recordings];
  const { stdout } = await promisify(execFile)('python3', args).catch(
    // What it finds, it exits 1 for.
    (error: { readonly stdout: string }) => error,
  );
  return JSON.parse(stdout) as RecordingsReport;
}

/** What is wrong with each recording, as the one says and as the other. */
async function verifyBoth(): Promise<readonly string[]> {
  const places = ['ledger', 'recordings'].map((name) => path.join(dataDirectory, name));
  const [ledgerDirectory = '', recordings = ''] = places;
  const reports = [
    await verifyRecordings(ledgerDirectory, recordings),
    await verifyInPython(ledgerDirectory, recordings),
  ];
  return reports.flatMap(({ problems }) => problems.map(({ problem }) => problem));
}

async function problemOf(): Promise<string> {
  const { ok, problems } = await verify();
  assert.equal(ok, problems.length === 0);
  return problems.map((one) => `${one.session} ${one.path}: ${one.problem}`).join('\n');
}

describe('verifyRecordings', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-verify-'));
    await mkdir(place('2026-01-02'), { recursive: true });
    const dayKeys = openTestKeys(dataDirectory);
    ledger = await openLedger({ dataDirectory, dayKeys, logName: 'gw-1.0', nowMs: () => NOW_MS });
    append({ kind: 'gateway.start' });
  });
  afterEach(async () => {
    await ledger[Symbol.asyncDispose]();
    await rm(dataDirectory, { recursive: true });
  });

  it('finds nothing wrong with recordings that are as they were written', async () => {
    begin();
    await record(FILE, ['header and one', 'two', 'three']);
    append({ kind: 'recording.start', session: 's1', track: 'raw', recording: RAW });
    await record(RAW, ['age', 'more'], RAW);
    end();
    assert.deepEqual(await verify(), { ok: true, compared: 2, removed: 0, problems: [] });
    assert.deepEqual((await verify('another')).compared, 0);
  });

  it('names the chunk that was changed, whichever byte it was', async () => {
    begin();
    await record(FILE, ['one', 'two', 'three']);
    end();
    const whole = await readFile(place(FILE));
    for (let position = 0; position < whole.length; position++) {
      const changed = Buffer.from(whole);
      changed[position] = (changed[position] ?? 0) ^ 0x20;
      await writeFile(place(FILE), changed);
      const [index, start, stop] = position < 3 ? [0, 0, 3] : position < 6 ? [1, 3, 6] : [2, 6, 11];
      const where = `chunk ${index}, bytes ${start} to ${stop}`;
      assert.equal(await problemOf(), `s1 ${FILE}: ${where}: changed`);
    }
  });

  it('names chunks that were swapped, that are missing, and that nobody wrote', async () => {
    begin();
    await record(FILE, ['one', 'two', 'six']);
    end();
    await writeFile(place(FILE), 'onesixtwo');
    assert.equal(await problemOf(), `s1 ${FILE}: chunk 1, bytes 3 to 6: swapped; it is chunk 2`);
    for (const bytes of [8, 7, 6]) {
      await truncate(place(FILE), bytes);
      await writeFile(place(FILE), 'onetwosix'.slice(0, bytes));
      assert.equal(
        await problemOf(),
        `s1 ${FILE}: chunk 2, bytes 6 to 9: missing; the file ends at byte ${bytes}, and should have 3 chunks`,
      );
    }
    await writeFile(place(FILE), 'onetwosix');
    await appendFile(place(FILE), 'more');
    assert.equal(await problemOf(), `s1 ${FILE}: bytes 9 to 13: not known to the ledger`);
    await rm(place(FILE));
    assert.equal(await problemOf(), `s1 ${FILE}: is missing`);
  });

  it('accepts what a killed gateway left behind, but nothing less than its digests', async () => {
    begin();
    await record(FILE, ['one', 'two']);
    append({ kind: 'gateway.start' });
    await appendFile(place(FILE), 'written, and not entered any more');
    assert.equal(await problemOf(), '');
    await writeFile(place(FILE), 'one');
    assert.match(await problemOf(), /chunk 1, bytes 3 to 6: missing/);
  });

  it('accepts what a full disk left behind, where the end of the session says so', async () => {
    begin();
    await record(FILE, ['one']);
    await appendFile(place(FILE), 'the beginning of a chunk');
    append({ kind: 'session.end', session: 's1', recording: { chunks: 1, failed: true } });
    assert.equal(await problemOf(), '');
    await truncate(place(FILE), 2);
    assert.match(await problemOf(), /missing/);
  });

  it('accepts that a file is gone where the ledger says so', async () => {
    begin();
    await record(FILE, ['one']);
    end();
    await rm(place(FILE));
    append({ kind: 'recording.remove', ofSession: 's1', path: FILE });
    assert.deepEqual(await verify(), { ok: true, compared: 0, removed: 1, problems: [] });
  });

  it('accepts that a file is gone whose day expired', async () => {
    begin();
    await record(FILE, ['one']);
    end();
    await rm(place(FILE));
    append({ kind: 'retention.expire', of: 'content', day: '2026-01-02', keptDays: 30 });
    assert.equal(await problemOf(), `s1 ${FILE}: is missing`);
    append({ kind: 'retention.expire', of: 'recordings', day: '2026-01-02', keptDays: 30 });
    assert.deepEqual(await verify('s1'), { ok: true, compared: 0, removed: 1, problems: [] });
  });

  it('says that a file is gone that a hold kept, unless it had gone before', async () => {
    const expire = { kind: 'retention.expire', of: 'recordings', day: '2026-01-02' } as const;
    const days = { from: '2026-01-01', until: '2026-01-31' };
    begin();
    await record(FILE, ['one']);
    end();
    append(expire);
    append({ kind: 'hold.start', hold: 'h0', ...days, gone: [] });
    append({ kind: 'hold.start', hold: 'h1', ...days, goneRecordings: [[days.from, days.until]] });
    await rm(place(FILE));
    assert.deepEqual(await verify(), { ok: true, compared: 0, removed: 1, problems: [] });
    append({ kind: 'hold.start', hold: 'h2', ...days, goneRecordings: [] });
    append({ kind: 'hold.start', hold: 'h3', ...days, goneRecordings: [] });
    const kept = `s1 ${FILE}: is missing, though hold h2 kept it`;
    assert.equal(await problemOf(), kept);
    append({ kind: 'hold.end', hold: 'h3' });
    const seq = ledger.size;
    append({ kind: 'hold.end', hold: 'h2' });
    append({ kind: 'ledger.resume', cause: 'EIO', refused: [[seq, seq]] });
    append(expire);
    assert.equal(await problemOf(), kept);
    append({ kind: 'hold.end', hold: 'h2' });
    assert.equal((await verify()).removed, 1);
  });

  it('takes nobody’s word for what is gone that is not signed: who has the files can write it', async () => {
    begin();
    await record(FILE, ['one']);
    end();
    await ledger.checkpoints.write();
    await rm(place(FILE));
    append({ kind: 'recording.remove', ofSession: 's1', path: FILE });
    append({ kind: 'retention.expire', of: 'recordings', day: '2026-01-02', keptDays: 30 });
    const { ok, problems } = await verify(undefined, false);
    assert.equal(ok, false);
    assert.equal(problems[0]?.problem, 'is missing, and nobody signed that it was to go');
    const vouched = new Map([['gw-1.0', 4]]);
    const places = ['ledger', 'recordings'].map((name) => path.join(dataDirectory, name));
    const [ledgerDirectory = '', recordings = ''] = places;
    await ledger.checkpoints.write();
    const { removed } = await verifyRecordings(ledgerDirectory, recordings, { vouched });
    assert.equal(removed, 0, 'signed, but not by whom the one who verifies believes');
    assert.equal((await verify()).removed, 1);
  });

  it('names a file that is none, or cannot be opened, and compares the others', async () => {
    begin();
    await record(FILE, ['one']);
    append({ kind: 'recording.start', session: 's1', track: 'raw', recording: RAW });
    await record(RAW, ['age'], RAW);
    end();
    await rm(place(FILE));
    await promisify(execFile)('mkfifo', [place(FILE)]);
    const { compared, problems } = await verify();
    assert.equal(compared, 1);
    assert.deepEqual(
      problems.map((one) => [one.path, one.problem]),
      [[FILE, 'cannot be read: it is no file']],
    );
    await rm(place(FILE));
    await symlink(place(FILE), place(FILE));
    assert.match((await verifyBoth()).join(), /cannot be read: .+,cannot be read: /);
  });

  it('finds a length that is none', async () => {
    begin();
    await writeFile(place(FILE), 'one');
    append({ kind: 'recording.chunk', session: 's1', index: 0, storedBytes: -5, sha256: 'x' });
    assert.equal(await problemOf(), `s1 ${FILE}: chunk 0, bytes 0 to 0: changed`);
  });

  it('does not read for as long as a made-up ledger says: no chunk has so many bytes', async () => {
    const bytes = 2 ** 31;
    begin();
    await writeFile(place(FILE), '');
    await truncate(place(FILE), bytes);
    const chunk = { kind: 'recording.chunk', session: 's1', index: 0, sha256: 'x' } as const;
    append({ ...chunk, storedBytes: bytes });
    assert.equal(await problemOf(), `s1 ${FILE}: chunk 0, bytes 0 to 0: changed`);
  });

  it('finds digests without a beginning, unless entries of a day before expired', async () => {
    await record(FILE, ['one']);
    assert.equal(await problemOf(), 's1 : has digests, but no beginning in the ledger');
    append({ kind: 'retention.expire', of: 'entries', day: '2026-01-02', keptDays: 30 });
    assert.equal(await problemOf(), '');
  });

  it('opens no file outside of the recordings that a made-up ledger names', async () => {
    append({ kind: 'session.start', session: 's1', recording: '../../../etc/passwd' });
    end();
    assert.match(await problemOf(), /is no name of a recording/);
  });
});
