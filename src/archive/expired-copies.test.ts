import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { startLockedBucket } from '../../test/archive/locked-bucket.ts';
import { type RunningS3, S3_CREDENTIALS, startS3 } from '../../test/archive/start-s3.ts';
import { retentionParts } from '../../test/faults/retention-parts.ts';
import { type Ledger, openLedger } from '../audit/ledger.ts';
import { RetentionKeeper } from '../audit/retention/retention-keeper.ts';
import { seal } from '../audit/seal.ts';
import { verifyLedger } from '../audit/verify-ledger.ts';
import type { RetentionSettings } from '../configuration/retention-settings.ts';
import type { S3Settings } from '../configuration/storage-settings.ts';
import type { DayKeyFiles } from '../encryption/day-key-files.ts';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { Archive, type ArchiveEvent } from './archive.ts';
import { S3ObjectStore } from './s3-object-store.ts';

const DAY_MS = 86_400_000;
const SIGNAL = new AbortController().signal;
const ACTOR = { principal: 'okta:olga', clientAddress: '192.0.2.1', reason: 'case 4711' };
const OLD = ['2026-01-01', '2026-01-02'];
const DAYS = [...OLD, '2026-01-03', '2026-01-04', '2026-01-05'];
const KEPT = 2 * DAY_MS;
const NOTHING: RetentionSettings = {
  contentMs: undefined,
  recordingsMs: undefined,
  entriesMs: undefined,
};

let directory: string;
let s3: RunningS3;
let settings: S3Settings;
let contentKeys: DayKeyFiles;
let keeper: RetentionKeeper;
let ledger: Ledger;
let retention: RetentionSettings;
let nowMs: number;
let events: ArchiveEvent[];

const data = (...names: string[]): string => path.join(directory, 'data', ...names);
const clock = (): number => nowMs;

function openStore(): S3ObjectStore {
  return new S3ObjectStore({ settings, credentials: async () => S3_CREDENTIALS, nowMs: clock });
}

function openArchive(): Promise<Archive> {
  return Archive.open({
    dataDirectory: data(),
    store: openStore(),
    settings,
    listExpiries: () => keeper.listExpiries(),
    ledger,
    signLedger: () => ledger.checkpoints.write(),
    hasEnded: async () => true,
    nowMs: clock,
    onEvent: (event) => events.push(event),
  });
}

async function look(archive: Archive): Promise<void> {
  nowMs += 11 * 60_000;
  await archive.look();
  await archive.settle();
}

/** As many entries as it takes until all before them are in closed segments, under a checkpoint. */
async function closeSegment(): Promise<void> {
  for (let count = 0; count < 60; count++) await seal(ledger, { kind: 'sign-in', count });
  await ledger.checkpoints.write();
}

/** Expires what is due, and removes recordings as a gateway does. */
async function expire(due: Partial<RetentionSettings>): Promise<void> {
  retention = { ...NOTHING, ...due };
  const run = await keeper.run();
  assert(run.state === 'ran');
  for (const day of run.expired.recordings)
    await rm(data('recordings', day), { recursive: true, force: true });
}

/** Objects, by name without the prefix. */
async function readBucket(): Promise<ReadonlyMap<string, Buffer>> {
  const names = s3.requests.flatMap(
    (request) => /^PUT \/evidence\/gw\/([^?]*)/.exec(request)?.[1] ?? [],
  );
  const objects = new Map<string, Buffer>();
  const store = openStore();
  for (const name of new Set(names)) {
    const content = await store.get(name, SIGNAL);
    if (content !== undefined) objects.set(name, Buffer.concat(await Array.fromAsync(content)));
  }
  return objects;
}

/** What a verifier finds in a copy of the bucket; nothing if all is well. */
async function verify(objects: ReadonlyMap<string, Buffer>): Promise<string> {
  const copy = await mkdtemp(path.join(directory, 'copy-'));
  for (const [name, content] of objects) {
    await mkdir(path.dirname(path.join(copy, name)), { recursive: true });
    await writeFile(path.join(copy, name), content);
  }
  const { logs, problems } = await verifyLedger(path.join(copy, 'ledger'));
  return [...problems, ...logs.flatMap(({ problem }) => problem?.what ?? [])].join('\n');
}

/** Segments of the old days, as they are here by now. */
async function oldSegments(): Promise<ReadonlyMap<string, Buffer>> {
  const names = (await readdir(data('ledger', 'gw.0'))).filter((name) => name.endsWith('.segment'));
  const segments = new Map<string, Buffer>();
  for (const name of names.toSorted().slice(0, OLD.length)) {
    segments.set(`ledger/gw.0/${name}`, await readFile(data('ledger', 'gw.0', name)));
  }
  return segments;
}

function hasOldRecordings(objects: ReadonlyMap<string, Buffer>): boolean {
  return [...objects.keys()].some((name) => OLD.some((day) => name.includes(`/${day}/`)));
}

async function expectFollowed(objects: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [name, content] of await oldSegments()) {
    assert(objects.get(name)?.equals(content), `${name} is as it was`);
  }
}

const ALL_DUE: RetentionSettings = { contentMs: KEPT, recordingsMs: KEPT, entriesMs: KEPT };

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  /** Each day somebody asks something, and is recorded; noon of the fifth. */
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-expired-'));
    await mkdir(path.join(directory, 'bucket'));
    s3 = await startS3(path.join(directory, 'bucket'));
    settings = s3.settings;
    retention = NOTHING;
    events = [];
    nowMs = Date.parse('2026-01-01T12:00:00Z');
    const startedAtMs = nowMs;
    contentKeys = openTestKeys(data());
    ledger = await openLedger({
      dataDirectory: data(),
      dayKeys: contentKeys,
      logName: 'gw.0',
      nowMs: clock,
      segmentBytesMax: 4_000,
    });
    const parts = retentionParts({
      dataDirectory: data(),
      ledger,
      contentKeys,
      nowMs: clock,
      startedAtMs,
    });
    keeper = new RetentionKeeper({ ...parts, settings: () => retention });
    for (const day of DAYS) {
      nowMs = Date.parse(day) + DAY_MS / 2;
      await contentKeys.open(nowMs);
      await parts.recordingKeys.open(nowMs);
      await seal(ledger, { kind: 'sign-in', principal: `okta:of-${day}` });
      const content = { text: `SELECT '${day}'` };
      await seal(ledger, { kind: 'operation', session: 'ses_long', action: 'sql.select', content });
      await ledger.checkpoints.write();
      await mkdir(data('recordings', day), { recursive: true });
      await writeFile(data('recordings', day, 's1.rec'), `recorded on ${day}`);
      await writeFile(data('recordings', day, 's1.raw.age'), `raw of ${day}`);
    }
  });
  afterEach(async () => {
    await ledger.close();
    await s3[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
}

describe('copies in an archive', () => {
  prepareTests();

  it('follow what expired here once they have the entry that says so, and verify all the time', async () => {
    await using archive = await openArchive();
    await closeSegment();
    await look(archive);
    const before = await oldSegments();
    await expire({ contentMs: KEPT, recordingsMs: KEPT });
    await look(archive);
    // The entry is in a segment that is not closed.
    const meanwhile = await readBucket();
    for (const [name, content] of before) assert(meanwhile.get(name)?.equals(content));
    assert(hasOldRecordings(meanwhile));
    assert.equal(await verify(meanwhile), '');

    await closeSegment();
    await look(archive);
    await look(archive);
    const erased = await readBucket();
    await expectFollowed(erased);
    assert(!hasOldRecordings(erased));
    assert(erased.has('recordings/2026-01-03/s1.rec'));
    assert.equal(await verify(erased), '');

    await expire(ALL_DUE);
    await closeSegment();
    await look(archive);
    await look(archive);
    const thinned = await readBucket();
    await expectFollowed(thinned);
    assert(![...thinned.values()].some((content) => content.includes('okta:of-2026-01-01')));
    assert.equal(await verify(thinned), '');
    // And then there is nothing left to do.
    const requests = s3.requests.length;
    await look(archive);
    assert.equal(s3.requests.length, requests);
    assert.deepEqual(events, []);
  });

  it('go on where they were, whichever request to the bucket is the last one before a kill', async () => {
    {
      await using archive = await openArchive();
      await closeSegment();
      await look(archive);
    }
    await expire(ALL_DUE);
    await closeSegment();
    let kills = 0;
    for (let isDone = false; !isDone; kills++) {
      let left = kills;
      s3.fault = (method) =>
        method === 'GET' || method === 'HEAD' || left-- > 0 ? 'none' : 'fail';
      {
        await using archive = await openArchive();
        await look(archive);
        await look(archive);
        isDone = archive.health.failure === undefined;
      }
      // What was written down last may be lost.
      const journal = data('archive', 'expired.jsonl');
      await writeFile(journal, (await readFile(journal)).subarray(0, -7));
      s3.fault = () => 'none';
      assert.equal(await verify(await readBucket()), '', `after ${kills} requests`);
    }
    assert(kills > 4, 'so often that each step was the last one');
    const objects = await readBucket();
    await expectFollowed(objects);
    assert(!hasOldRecordings(objects));
  });

  it('follow once the bucket is back, and are stored meanwhile as if nothing were', async () => {
    await using archive = await openArchive();
    await closeSegment();
    await look(archive);
    await expire({ recordingsMs: KEPT });
    await closeSegment();
    s3.fault = (method) => (method === 'DELETE' ? 'fail' : 'none');
    await look(archive);
    await look(archive);
    assert.match(archive.health.failure?.message ?? '', /Cannot remove recordings\/2026-01-01/);
    assert.equal(archive.health.pendingBytes < 5_000, true);
    assert(hasOldRecordings(await readBucket()));
    s3.fault = () => 'none';
    await look(archive);
    assert(!hasOldRecordings(await readBucket()));
    assert.equal(archive.health.failure, undefined);
  });

  it('stay under a hold, though it began after their key was destroyed', async () => {
    await using archive = await openArchive();
    await closeSegment();
    await look(archive);
    await expire({ recordingsMs: KEPT });
    const hold = await keeper.startHold({ from: '2026-01-02', until: '2026-01-02' }, ACTOR);
    await closeSegment();
    await look(archive);
    await look(archive);
    const held = await readBucket();
    assert(!held.has('recordings/2026-01-01/s1.raw.age'));
    assert(held.has('recordings/2026-01-02/s1.raw.age'));
    await keeper.endHold(hold.id, ACTOR);
    await look(archive);
    assert(!hasOldRecordings(await readBucket()));
  });

  it('go with what a playback brought back', async () => {
    await using archive = await openArchive();
    await closeSegment();
    await look(archive);
    await expire({ recordingsMs: KEPT });
    await archive.restore('recordings/2026-01-01/s1.rec');
    await closeSegment();
    await look(archive);
    await look(archive);
    assert(!hasOldRecordings(await readBucket()));
    assert.deepEqual((await readdir(data('recordings'))).toSorted(), DAYS.slice(2));
    await look(archive);
    assert(!hasOldRecordings(await readBucket()));
  });
});

describe('copies that are locked', () => {
  prepareTests();

  it('go once their lock is over, every version of them, and no delete marker stays', async () => {
    await using bucket = await startLockedBucket(clock);
    const objectLock = { mode: 'compliance', retentionMs: 30 * DAY_MS } as const;
    settings = { ...settings, endpoint: bucket.endpoint, objectLock };
    await using archive = await openArchive();
    await closeSegment();
    await look(archive);
    await expire(ALL_DUE);
    await closeSegment();
    await look(archive);
    await look(archive);
    const versionsOf = (name: string): readonly Buffer[] =>
      (bucket.versions.get(`gw/${name}`) ?? []).map(({ body }) => body);
    for (const [name, content] of await oldSegments()) {
      const [before, after, ...more] = versionsOf(name);
      assert(before?.equals(content) === false && after?.equals(content) === true);
      assert.equal(more.length, 0);
    }
    assert.equal(versionsOf('recordings/2026-01-01/s1.raw.age').length, 1);
    const requests = bucket.requests.length;
    await look(archive);
    assert.equal(bucket.requests.length, requests, 'locked: it is not tried again and again');
    assert.equal(archive.health.failure, undefined);

    nowMs += 31 * DAY_MS;
    await look(archive);
    for (const [name, content] of await oldSegments()) {
      assert.deepEqual(versionsOf(name), [content]);
    }
    for (const day of OLD) {
      for (const file of ['s1.rec', 's1.raw.age']) {
        assert.deepEqual(versionsOf(`recordings/${day}/${file}`), []);
      }
    }
    assert.equal(versionsOf('recordings/2026-01-03/s1.rec').length, 1);
  });
});
