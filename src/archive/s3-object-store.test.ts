import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { startLockedBucket } from '../../test/archive/locked-bucket.ts';
import {
  type Fault,
  type RunningS3,
  S3_CREDENTIALS,
  startS3,
} from '../../test/archive/start-s3.ts';
import type { ObjectSource } from './object-store.ts';
import { type S3Access, S3ObjectStore } from './s3-object-store.ts';

const SIGNAL = new AbortController().signal;
const PART_BYTES = 5 * 2 ** 20;

let directory: string;
let s3: RunningS3;
let store: S3ObjectStore;

function sourceOf(content: Buffer): ObjectSource {
  return {
    bytes: content.length,
    read: async (start, length) => content.subarray(start, start + length),
  };
}

async function readBack(name: string): Promise<Buffer | undefined> {
  const object = await store.get(name, SIGNAL);
  return object && Buffer.concat(await Array.fromAsync(object));
}

function faultOn(
  method: string,
  needle: string,
  fault: Fault,
  times = Number.POSITIVE_INFINITY,
): void {
  let left = times;
  s3.fault = (actual, url) => {
    if (actual !== method || !url.includes(needle) || left === 0) return 'none';
    left -= 1;
    return fault;
  };
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-s3-'));
    s3 = await startS3(directory);
    store = new S3ObjectStore({
      settings: s3.settings,
      credentials: async () => S3_CREDENTIALS,
      nowMs: () => 0,
    });
  });
  after(async () => {
    store[Symbol.dispose]();
    await s3[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  afterEach(() => {
    s3.fault = () => 'none';
    s3.requests.length = 0;
  });
}

describe('S3ObjectStore', () => {
  prepareTests();

  it('stores what it is given, of any size, and reads it back', async () => {
    for (const bytes of [0, 1, 300_000, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 12_345]) {
      const content = randomBytes(bytes);
      assert.equal(
        await store.put(`a/${bytes}`, sourceOf(content), SIGNAL),
        hash('sha256', content),
      );
      assert((await readBack(`a/${bytes}`))?.equals(content), `${bytes} bytes`);
    }
    assert.equal(await readBack('a/nothing'), undefined);
  });

  it('does not believe a server that says yes to something else, or keeps less', async () => {
    const small = sourceOf(Buffer.from('evidence'));
    faultOn('PUT', 'lies', 'wrong-etag');
    await assert.rejects(store.put('lies', small, SIGNAL), { code: 'ERR_ARCHIVE_LIES' });
    faultOn('HEAD', 'lies', 'fail');
    await assert.rejects(store.put('lies', small, SIGNAL), { code: 'ERR_ARCHIVE_UNAVAILABLE' });
    s3.fault = () => 'none';
    await store.put('lies', sourceOf(Buffer.from('evid')), SIGNAL);
    faultOn('PUT', 'lies', 'drop');
    await assert.rejects(store.put('lies', small, SIGNAL), { code: 'ERR_ARCHIVE_LIES' });
  });

  it('fails with a code, and works again, whatever the server or the network does', async () => {
    for (const fault of ['fail', 'break'] as const) {
      faultOn('PUT', 'ill', fault);
      await assert.rejects(store.put('ill', sourceOf(Buffer.from('x')), SIGNAL), {
        code: 'ERR_ARCHIVE_UNAVAILABLE',
      });
    }
    faultOn('PUT', 'ill', 'fail', 1);
    await store.put('ill', sourceOf(Buffer.from('x')), SIGNAL);
    faultOn('GET', 'ill', 'fail');
    await assert.rejects(store.get('ill', SIGNAL), { code: 'ERR_ARCHIVE_UNAVAILABLE' });
  });

  it('notices an answer that breaks off', async () => {
    await store.put('long', sourceOf(randomBytes(200_000)), SIGNAL);
    faultOn('GET', 'long', 'answer-half');
    await assert.rejects(readBack('long'), { code: 'ERR_ARCHIVE_UNAVAILABLE' });
  });

  it('lets a caller give up on a server that does not answer', async () => {
    faultOn('PUT', 'slow', 'hang');
    const signal = AbortSignal.timeout(50);
    await assert.rejects(store.put('slow', sourceOf(Buffer.from('x')), signal), {
      code: 'ERR_ARCHIVE_UNAVAILABLE',
    });
  });
});

describe('S3ObjectStore, with Object Lock', () => {
  prepareTests();

  const DAY_MS = 86_400_000;
  const objectLock = { mode: 'compliance', retentionMs: 30 * DAY_MS } as const;

  async function openLocked(more: Partial<S3Access['settings']> = {}) {
    const nowMs = (): number => Date.UTC(2026, 0, 1);
    const bucket = await startLockedBucket(nowMs);
    const settings = { ...s3.settings, endpoint: bucket.endpoint, objectLock, ...more };
    const credentials = async () => S3_CREDENTIALS;
    return { bucket, locked: new S3ObjectStore({ settings, credentials, nowMs }) };
  }

  it('locks what it stores, small and large, for as long as is configured', async () => {
    const { bucket, locked } = await openLocked();
    await using _ = bucket;
    for (const bytes of [10, PART_BYTES + 10]) {
      await locked.put(`${bytes}`, sourceOf(randomBytes(bytes)), SIGNAL);
      const [version] = bucket.versions.get(`gw/${bytes}`) ?? [];
      assert.equal(version?.body.length, bytes);
      assert.equal(version?.mode, 'COMPLIANCE');
      assert.deepEqual(version?.retainUntil, new Date(Date.UTC(2026, 0, 31)));
      const url = `${bucket.endpoint}/evidence/gw/${bytes}`;
      assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
      assert.equal((await fetch(url, { method: 'PUT', body: 'other' })).status, 400);
    }
  });

  it('stores nothing in such a bucket without a lock', async () => {
    const { bucket, locked } = await openLocked({ objectLock: undefined });
    await using _ = bucket;
    await assert.rejects(locked.put('a', sourceOf(Buffer.from('x')), SIGNAL), {
      code: 'ERR_ARCHIVE_UNAVAILABLE',
    });
  });

  it('locks an upload that it goes on with from its end on, whoever began it', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const bucket = await startLockedBucket(() => nowMs);
    await using _ = bucket;
    const settings = { ...s3.settings, endpoint: bucket.endpoint, objectLock };
    const credentials = async () => S3_CREDENTIALS;
    using locked = new S3ObjectStore({ settings, credentials, nowMs: () => nowMs });
    const content = randomBytes(PART_BYTES + 1);
    // Who has the key of the gateway can begin one with a lock that is over at once.
    const begun = await fetch(`${bucket.endpoint}/evidence/gw/late?uploads`, {
      method: 'POST',
      headers: {
        'x-amz-object-lock-mode': 'GOVERNANCE',
        'x-amz-object-lock-retain-until-date': new Date(nowMs + 1_000).toISOString(),
      },
    });
    assert.equal(begun.status, 200);
    nowMs += 20 * DAY_MS;
    await locked.put('late', sourceOf(content), SIGNAL);
    const [version] = bucket.versions.get('gw/late') ?? [];
    assert.equal(version?.mode, 'COMPLIANCE');
    assert.deepEqual(version.retainUntil, new Date(nowMs + objectLock.retentionMs));
    assert(version.body.equals(content));
  });

  it('sends after a failure only the parts that are missing or differ', async () => {
    const { bucket, locked } = await openLocked();
    await using _ = bucket;
    const content = randomBytes(3 * PART_BYTES + 1);
    bucket.isIll = (request) => request.includes('partNumber=3');
    await assert.rejects(locked.put('parts', sourceOf(content), SIGNAL), {
      code: 'ERR_ARCHIVE_UNAVAILABLE',
    });
    bucket.isIll = () => false;
    bucket.requests.length = 0;
    // The first part is another one by now.
    content[0] = (content[0] ?? 0) ^ 1;
    await locked.put('parts', sourceOf(content), SIGNAL);
    const sent = bucket.requests.filter((request) => request.includes('partNumber='));
    assert.deepEqual(
      sent.map((request) => /partNumber=(\d)/.exec(request)?.[1]),
      ['1', '3', '4'],
    );
    assert(bucket.versions.get('gw/parts')?.[0]?.body.equals(content));
  });
});
