import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type RunningS3, S3_CREDENTIALS, startS3 } from '../../test/archive/start-s3.ts';
import { openLedger } from '../audit/ledger.ts';
import { LedgerError } from '../audit/ledger-error.ts';
import type { EntryFields, LedgerPort } from '../audit/ledger-port.ts';
import { verifyLedger } from '../audit/verify-ledger.ts';
import { verifyRecordings } from '../audit/verify-recordings.ts';
import type { S3Settings } from '../configuration/storage-settings.ts';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { Archive, type ArchiveEvent } from './archive.ts';
import { S3ObjectStore } from './s3-object-store.ts';
import { SpoolGate } from './spool-gate.ts';

const SIGNAL = new AbortController().signal;

let directory: string;
let s3: RunningS3;
let entries: EntryFields[];
/** How many entries there were, each time that they were signed. */
let signed: number[];
let events: ArchiveEvent[];
let running: Set<string>;
let nowMs: number;

const data = (...names: string[]): string => path.join(directory, 'data', ...names);

const ledger: LedgerPort = {
  health: 'healthy',
  append: (entry, _mode, done) => {
    entries.push(entry);
    queueMicrotask(() => done(undefined));
  },
};

function openStore(): S3ObjectStore {
  const credentials = async () => S3_CREDENTIALS;
  return new S3ObjectStore({ settings: s3.settings, credentials, nowMs: () => nowMs });
}

function openArchive(
  more: Partial<Pick<S3Settings, 'spool' | 'keepLocalMs'>> = {},
  listExpiries?: () => Promise<never>,
): Promise<Archive> {
  return Archive.open({
    dataDirectory: data(),
    store: openStore(),
    settings: { ...s3.settings, ...more },
    listExpiries,
    ledger,
    signLedger: async () => void signed.push(entries.length),
    hasEnded: async (session) => !running.has(session),
    nowMs: () => nowMs,
    onEvent: (event) => events.push(event),
  });
}

async function lookOnce(archive: Archive): Promise<void> {
  await archive.look();
  await archive.settle();
}

async function write(name: string, content: Buffer | string): Promise<void> {
  await mkdir(path.dirname(data(name)), { recursive: true });
  await writeFile(data(name), content);
}

async function stored(name: string): Promise<Buffer | undefined> {
  const object = await openStore().get(name, SIGNAL);
  return object && Buffer.concat(await Array.fromAsync(object));
}

const puts = (): readonly string[] => s3.requests.filter((request) => request.startsWith('PUT'));

describe('Archive', () => {
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-archive-'));
    await mkdir(path.join(directory, 'bucket'));
    s3 = await startS3(path.join(directory, 'bucket'));
    entries = [];
    signed = [];
    events = [];
    running = new Set();
    nowMs = 1_000_000;
  });
  afterEach(async () => {
    await s3[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('stores recordings of sessions that have ended, once, and no others', async () => {
    await using archive = await openArchive();
    running.add('s2');
    await write('recordings/2026-01-01/s1.rec', 'one');
    await write('recordings/2026-01-01/s1.raw.age', 'raw');
    await write('recordings/2026-01-01/s2.rec', 'goes on');
    await write('recordings/2026-01-01/notes.txt', 'not ours');
    await lookOnce(archive);
    assert.equal(String(await stored('recordings/2026-01-01/s1.rec')), 'one');
    assert.equal(String(await stored('recordings/2026-01-01/s1.raw.age')), 'raw');
    assert.equal(await stored('recordings/2026-01-01/s2.rec'), undefined);
    assert.equal(archive.health.pendingBytes, 'goes on'.length);
    await lookOnce(archive);
    assert.equal(puts().length, 2);
    running.clear();
    await lookOnce(archive);
    assert.equal(String(await stored('recordings/2026-01-01/s2.rec')), 'goes on');
    await archive.look();
    assert.equal(archive.health.pendingBytes, 0);
  });

  it('goes on after a kill with what was not written down as stored', async () => {
    await write('recordings/2026-01-01/s1.rec', 'one');
    {
      await using archive = await openArchive();
      await lookOnce(archive);
    }
    await write('recordings/2026-01-01/s2.rec', 'two');
    {
      await using archive = await openArchive();
      await lookOnce(archive);
    }
    assert.equal(puts().length, 2);
    // The last line was cut.
    const journal = await readFile(data('archive', 'stored.jsonl'));
    await writeFile(data('archive', 'stored.jsonl'), journal.subarray(0, -10));
    await using archive = await openArchive();
    await lookOnce(archive);
    assert.equal(puts().length, 3);
    await lookOnce(archive);
    assert.equal(puts().length, 3);
  });

  it('says so when too much waits, tells all processes what that means, and recovers', async () => {
    const spool = { bytesMax: 1_000, whenFull: 'refuse' } as const;
    await using archive = await openArchive({ spool });
    const changes: string[] = [];
    using gate = await SpoolGate.open(data());
    gate.listen((state) => changes.push(state));
    s3.fault = () => 'fail';
    await write('recordings/2026-01-01/s1.rec', Buffer.alloc(600));
    await lookOnce(archive);
    assert.equal(archive.health.isFull, false);
    assert.equal(archive.health.failure?.message.includes('Cannot store'), true);
    await write('recordings/2026-01-01/s2.rec', Buffer.alloc(600));
    await lookOnce(archive);
    await gate.check();
    assert.equal(archive.health.isFull, true);
    assert.equal(gate.state, 'refuse');
    // A process that starts now refuses at once, although nobody has told it.
    using later = await SpoolGate.open(data());
    assert.equal(later.state, 'refuse');

    s3.fault = () => 'none';
    nowMs += 120_000;
    await lookOnce(archive);
    await gate.check();
    assert.equal(gate.state, 'open');
    assert.deepEqual(changes, ['refuse', 'open']);
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      ['storage.full', 'storage.recover'],
    );
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['failed', 'full', 'emptied', 'recovered'],
    );
    assert.equal(archive.health.failure, undefined);
  });

  it('removes here what the archive has had long enough, in the ledger first, and brings it back', async () => {
    await using archive = await openArchive({ keepLocalMs: 60_000 });
    const content = randomBytes(10_000);
    await write('recordings/2026-01-01/s1.rec', content);
    await lookOnce(archive);
    nowMs += 60_001;
    s3.fault = (method) => (method === 'GET' ? 'answer-half' : 'none');
    await lookOnce(archive);
    assert.deepEqual(await readFile(data('recordings/2026-01-01/s1.rec')), content);
    s3.fault = () => 'none';
    nowMs += 60_001;
    await lookOnce(archive);
    await assert.rejects(stat(data('recordings/2026-01-01/s1.rec')), { code: 'ENOENT' });
    assert.deepEqual(
      entries.map(({ kind, ofSession, path: file }) => [kind, ofSession, file]),
      [['recording.remove', 's1', '2026-01-01/s1.rec']],
    );
    assert.deepEqual(signed, [1], 'what says so was signed, once it was there');
    // As often as it is asked for, also at the same time.
    const restored = [1, 2, 3].map(() => archive.restore('recordings/2026-01-01/s1.rec'));
    assert.deepEqual(await Promise.all(restored), [true, true, true]);
    assert.deepEqual(await readdir(data('recordings/2026-01-01')), ['s1.rec']);
    assert.deepEqual(await readFile(data('recordings/2026-01-01/s1.rec')), content);
    assert.equal(await archive.restore('recordings/2026-01-01/none.rec'), false);
    const sent = puts().length;
    await lookOnce(archive);
    assert.equal(puts().length, sent);
  });

  it('removes here what the archive has had long enough though nobody knows what expired, and says so', async () => {
    const failure = new LedgerError('ERR_LEDGER_CORRUPT', 'Cannot read gw.0: entries 0 to 1');
    const listExpiries = (): Promise<never> => Promise.reject(failure);
    const name = 'recordings/2026-01-01/s1.rec';
    await write(name, 'one');
    await using archive = await openArchive({ keepLocalMs: 3_600_000 }, listExpiries);
    await lookOnce(archive);
    assert.equal(archive.health.failure, failure);
    nowMs += 3_600_000;
    await lookOnce(archive);
    await assert.rejects(stat(data(name)), { code: 'ENOENT' });
    assert.equal(String(await stored(name)), 'one');
    assert.equal(archive.health.failure, failure);
    assert.deepEqual(events.at(-1), { kind: 'failed', error: failure });
  });

  it('does not remove here what the archive has not, or not as it was', async () => {
    await using archive = await openArchive({ keepLocalMs: 60_000 });
    await write('recordings/2026-01-01/s1.rec', 'evidence');
    await lookOnce(archive);
    await openStore().put(
      'recordings/2026-01-01/s1.rec',
      {
        bytes: 8,
        read: async (start, length) => Buffer.from('changed!').subarray(start, start + length),
      },
      SIGNAL,
    );
    nowMs += 60_001;
    await lookOnce(archive);
    assert.equal(String(await readFile(data('recordings/2026-01-01/s1.rec'))), 'evidence');
    assert.deepEqual(entries, []);
    nowMs += 60_001;
    await lookOnce(archive);
    assert.equal(String(await stored('recordings/2026-01-01/s1.rec')), 'evidence');
  });

  it('leaves a bucket that verifies by itself, without the gateway', async () => {
    const own = await openLedger({
      dataDirectory: data(),
      logName: 'gw.0',
      nowMs: Date.now,
      dayKeys: openTestKeys(data()),
      segmentBytesMax: 2_000,
      onEvent: () => undefined,
    });
    const append = (entry: EntryFields): Promise<void> =>
      new Promise((done) => own.append(entry, 'sealed', () => done()));
    await using archive = await openArchive();
    await append({ kind: 'gateway.start' });
    for (let round = 0; round < 5; round++) {
      for (let count = 0; count < 30; count++) await append({ kind: 'sign-in', count });
      await own.checkpoints.advance();
      nowMs += 60_000;
      await lookOnce(archive);
    }
    await own[Symbol.asyncDispose]();
    const copy = path.join(directory, 'copy');
    for (const request of new Set(puts())) {
      const name = /^PUT \/evidence\/gw\/([^?]*)/.exec(request)?.[1] ?? '';
      await mkdir(path.dirname(path.join(copy, name)), { recursive: true });
      await writeFile(path.join(copy, name), (await stored(name)) ?? '');
    }
    const report = await verifyLedger(path.join(copy, 'ledger'));
    assert.deepEqual(report.problems, []);
    assert.equal(report.ok, true);
    const [log] = report.logs;
    assert((log?.signedEntries ?? 0) > 50, JSON.stringify(report));
    const segments = await readdir(path.join(copy, 'ledger', 'gw.0'));
    assert(segments.filter((name) => name.endsWith('.segment')).length > 3);
    assert.equal((await verifyRecordings(path.join(copy, 'ledger'), copy)).ok, true);
  });
});
