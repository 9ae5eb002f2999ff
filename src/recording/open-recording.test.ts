import assert from 'node:assert/strict';
import { createHash, hash, randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { dayOf } from '../encryption/day-keys.ts';
import { ChunkCipher } from './chunk-cipher.ts';
import { FakeDayKeys } from './day-keys.fixture.ts';
import type { RecordedChunk, RecordingOptions } from './file-recorder.ts';
import { openRecording, recordingPath } from './open-recording.ts';
import { readRecording, readRecordingHeader } from './read-recording.ts';
import type { RecordedBytes } from './recorded-event.ts';
import type { Recorder } from './recorder.ts';
import {
  CHUNK_RAW_BYTES_MAX,
  encodeRecordingHeader,
  recordingPurpose,
} from './recording-format.ts';

const STARTED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

let directory: string;
let keys: FakeDayKeys;
let nowMs: number;
let chunks: RecordedChunk[];
let limits: number[];
let failures: Error[];

function openSession(sessionId: string, more: Partial<RecordingOptions> = {}): Promise<Recorder> {
  const options: RecordingOptions = {
    onChunk: (chunk) => chunks.push(chunk),
    onLimit: (bytesKept) => limits.push(bytesKept),
    onFailure: (error) => failures.push(error),
    ...more,
  };
  return openRecording(directory, sessionId, options, { keys, nowMs: () => nowMs });
}

function fileOf(sessionId: string): string {
  return recordingPath(directory, sessionId, STARTED_AT_MS);
}

function readAll(file: string): Promise<RecordedBytes[]> {
  return Array.fromAsync(readRecording(file, { keys }));
}

function recordAll(recorder: Recorder, direction: 'sent' | 'shown', bytes: Buffer): void {
  recorder.record(direction, bytes, 0, bytes.length);
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-recording-'));
    keys = new FakeDayKeys();
    nowMs = STARTED_AT_MS;
    chunks = [];
    limits = [];
    failures = [];
  });
  afterEach(() => rm(directory, { recursive: true }));
}

describe('openRecording', () => {
  prepareTests();

  it('keeps what was sent and shown, with its times', async () => {
    const recorder = await openSession('s1');
    recordAll(recorder, 'sent', Buffer.from('select 1'));
    nowMs += 5;
    recorder.record('shown', Buffer.from('..one..'), 2, 5);
    nowMs += 100_000_000;
    recordAll(recorder, 'sent', Buffer.from('bye'));
    const summary = await recorder.finish();
    assert.deepEqual(await readAll(fileOf('s1')), [
      { direction: 'sent', atMs: 0, bytes: Buffer.from('select 1') },
      { direction: 'shown', atMs: 5, bytes: Buffer.from('one') },
      { direction: 'sent', atMs: 100_000_005, bytes: Buffer.from('bye') },
    ]);
    const { sha256, ...rest } = summary;
    assert.deepEqual(rest, {
      bytesSent: 11,
      bytesShown: 3,
      bytesKept: 14,
      chunks: 1,
      truncated: false,
      failed: false,
    });
    assert.match(sha256, /^[0-9a-f]{64}$/);
    const { sessionId, startedAtMs } = await readRecordingHeader(fileOf('s1'));
    assert.deepEqual({ sessionId, startedAtMs }, { sessionId: 's1', startedAtMs: STARTED_AT_MS });
    assert.equal((await stat(fileOf('s1'))).mode & 0o777, 0o600);
    assert.match(fileOf('s1'), /\/2026-01-02\/s1\.rec$/);
  });

  it('gives back streams longer than many chunks, however they are sliced', async () => {
    const recorder = await openSession('s1');
    const expected = createHash('sha256');
    let bytes = 0;
    for (const size of [1, 63, 4_000, 5_000, 70_000, 262_144, 1_000_000, 3, 262_000]) {
      const part = randomBytes(size);
      recordAll(recorder, 'shown', part);
      expected.update(part);
      bytes += size;
    }
    const summary = await recorder.finish();
    const actual = createHash('sha256');
    for await (const frame of readRecording(fileOf('s1'), { keys })) actual.update(frame.bytes);
    assert.equal(actual.digest('hex'), expected.digest('hex'));
    assert.equal(summary.bytesKept, bytes);
    assert(summary.chunks > 5);
  });

  it('reports digests of all bytes of its file, header included', async () => {
    const recorder = await openSession('s1');
    recordAll(recorder, 'shown', randomBytes(600_000));
    const summary = await recorder.finish();
    const file = await readFile(fileOf('s1'));
    let end = 0;
    let chained: Buffer = Buffer.alloc(32);
    for (const [position, { index, offset, storedBytes, sha256 }] of chunks.entries()) {
      assert.equal(index, position);
      assert.equal(offset, end);
      end += storedBytes;
      const digest = hash('sha256', file.subarray(offset, end), 'buffer');
      assert.equal(sha256, digest.toString('hex'));
      chained = hash('sha256', Buffer.concat([chained, digest]), 'buffer');
    }
    assert.equal(chunks.length, 3);
    assert.equal(end, file.length);
    assert.equal(summary.sha256, chained.toString('hex'));
  });

  it('stores nothing in the clear, and the same content as other bytes in each session', async () => {
    for (const sessionId of ['s1', 's2']) {
      const recorder = await openSession(sessionId);
      recordAll(recorder, 'shown', Buffer.from('078-05-1120'));
      await recorder.finish();
      assert(!(await readFile(fileOf(sessionId))).includes('078-05-1120'));
    }
    assert.notEqual(chunks[0]?.sha256, chunks[1]?.sha256);
  });

  it('stores what was said within a second or so, without an end of the session', async () => {
    const { promise: stored, resolve } = Promise.withResolvers<void>();
    const recorder = await openSession('s1', { onChunk: () => resolve() });
    recordAll(recorder, 'sent', Buffer.from('select 1'));
    await stored;
    assert.equal((await readAll(fileOf('s1'))).length, 1);
    await recorder.finish();
  });

  it('keeps no more than its limit, and goes on counting', async () => {
    const recorder = await openSession('s1', { bytesMax: 600_000 });
    for (let part = 0; part < 10; part++) recordAll(recorder, 'shown', Buffer.alloc(200_000, part));
    const summary = await recorder.finish();
    assert.equal(summary.bytesShown, 2_000_000);
    assert(summary.bytesKept <= 600_000 && summary.bytesKept > 300_000);
    assert.equal(summary.truncated, true);
    assert.deepEqual(limits, [summary.bytesKept]);
    const kept = (await readAll(fileOf('s1'))).reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.equal(kept, summary.bytesKept);
  });

  it('keeps nothing more once it is told to, and what came before', async () => {
    const recorder = await openSession('s1');
    recordAll(recorder, 'sent', Buffer.from('before'));
    recorder.limit();
    recordAll(recorder, 'sent', Buffer.from('after'));
    const summary = await recorder.finish();
    assert.deepEqual(limits, [6]);
    assert.deepEqual([summary.bytesSent, summary.bytesKept, summary.truncated], [11, 6, true]);
    assert.deepEqual(
      (await readAll(fileOf('s1'))).map(({ bytes }) => String(bytes)),
      ['before'],
    );
  });

  it('asks to pause while too much waits, and calls once it does not', async () => {
    const recorder = await openSession('s1');
    while (!recorder.congested) recordAll(recorder, 'shown', randomBytes(100_000));
    await new Promise<void>((resume) => recorder.onDrain(resume));
    assert.equal(recorder.congested, false);
    await new Promise<void>((resume) => recorder.onDrain(resume));
    await recorder.finish();
  });

  it('does not begin twice, nor under a name that is a path', async () => {
    await (await openSession('s1')).finish();
    await assert.rejects(openSession('s1'), { code: 'EEXIST' });
    await assert.rejects(openSession('../s1'), { code: 'ERR_ASSERTION' });
  });

  it('reports once that its file cannot be written, and pauses nobody for it', async () => {
    const recorder = await openSession('s1');
    // What cannot be opened for writing any more, whoever asks: a directory in place of the file.
    await rm(path.join(directory, '2026-01-02'), { recursive: true });
    await writeFile(path.join(directory, '2026-01-02'), '');
    for (let part = 0; part < 50; part++) recordAll(recorder, 'shown', Buffer.alloc(200_000));
    const summary = await recorder.finish();
    assert.equal(failures.length, 1);
    assert.equal(summary.failed, true);
    assert.equal(summary.truncated, true);
    assert.equal(recorder.congested, false);
  });

  it('finishes once, however often it is asked', async () => {
    const recorder = await openSession('s1');
    assert.equal(await recorder.finish(), await recorder.finish());
    assert.deepEqual(await readAll(fileOf('s1')), []);
  });
});

describe('readRecording', () => {
  prepareTests();

  async function makeRecording(): Promise<Buffer> {
    const recorder = await openSession('s1');
    recordAll(recorder, 'shown', randomBytes(300_000));
    await recorder.finish();
    return readFile(fileOf('s1'));
  }

  it('ends quietly where a crash cut the file', async () => {
    const whole = await makeRecording();
    const { length: frames } = await readAll(fileOf('s1'));
    for (const bytes of [whole.length - 1, whole.length - 1_000, (chunks[1]?.offset ?? 0) + 3]) {
      await truncate(fileOf('s1'), bytes);
      assert.equal((await readAll(fileOf('s1'))).length, frames - 1);
    }
  });

  it('rejects a file cut inside its header', async () => {
    const whole = await makeRecording();
    const { headerBytes } = await readRecordingHeader(fileOf('s1'));
    for (let bytes = 0; bytes < headerBytes; bytes++) {
      await writeFile(fileOf('s1'), whole.subarray(0, bytes));
      await assert.rejects(readAll(fileOf('s1')), { code: 'ERR_RECORDING_DAMAGED' });
    }
  });

  it('rejects a change of any byte of the header, and anywhere in a chunk', async () => {
    const whole = await makeRecording();
    const { headerBytes } = await readRecordingHeader(fileOf('s1'));
    const inChunk = [0, 4, 7, 8, 12, 5_000, (chunks[0]?.storedBytes ?? 0) - headerBytes - 1];
    const positions = [...Array(headerBytes).keys(), ...inChunk.map((at) => headerBytes + at)];
    for (const position of positions) {
      const damaged = Buffer.from(whole);
      damaged[position] = (damaged[position] ?? 0) ^ 0x01;
      await writeFile(fileOf('s1'), damaged);
      // A length that says more than there is looks like a crash; the ledger knows better.
      const read = await readAll(fileOf('s1')).catch(
        (error: Error & { code: string }) => error.code,
      );
      const isCut = position >= headerBytes && position < headerBytes + 4 && read.length === 0;
      assert(isCut || read === 'ERR_RECORDING_DAMAGED', `byte ${position}`);
    }
  });

  it('makes no room for a chunk of a length that none has', async () => {
    const whole = await makeRecording();
    const { headerBytes } = await readRecordingHeader(fileOf('s1'));
    for (const [at, length] of [
      [0, 0x7fff_ffff],
      [4, 0x7fff_ffff],
      [4, 0],
    ] as const) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt32BE(length, headerBytes + at);
      await writeFile(fileOf('s1'), damaged);
      await assert.rejects(readAll(fileOf('s1')), {
        code: 'ERR_RECORDING_DAMAGED',
        message: /has an impossible length/,
      });
    }
  });

  it('rejects chunks that were swapped, and those of another recording', async () => {
    const whole = await makeRecording();
    const first = chunks[0]?.storedBytes ?? 0;
    const { headerBytes } = await readRecordingHeader(fileOf('s1'));
    const [header, one, two] = [
      whole.subarray(0, headerBytes),
      whole.subarray(headerBytes, first),
      whole.subarray(first),
    ];
    await writeFile(fileOf('s1'), Buffer.concat([header, two, one]));
    await assert.rejects(readAll(fileOf('s1')), { code: 'ERR_RECORDING_DAMAGED' });

    const other = await openSession('s2');
    recordAll(other, 'shown', randomBytes(300));
    await other.finish();
    const foreign = (await readFile(fileOf('s2'))).subarray(headerBytes);
    await writeFile(fileOf('s1'), Buffer.concat([header, foreign]));
    await assert.rejects(readAll(fileOf('s1')), { code: 'ERR_RECORDING_DAMAGED' });
  });

  it('opens a recording only under its own name and start, with the key of its day', async () => {
    const whole = await makeRecording();
    const renamed = Buffer.from(whole);
    renamed.write('s2', 20, 'latin1');
    await writeFile(fileOf('s2'), renamed);
    await assert.rejects(readAll(fileOf('s2')), { code: 'ERR_RECORDING_DAMAGED' });
    await copyFile(fileOf('s1'), fileOf('s3'));
    assert((await readAll(fileOf('s3'))).length > 0);
    await assert.rejects(
      Array.fromAsync(readRecording(fileOf('s1'), { keys: new FakeDayKeys() })),
      {
        code: 'ERR_RECORDING_DAMAGED',
      },
    );
    keys.destroyed.add(dayOf(STARTED_AT_MS));
    await assert.rejects(readAll(fileOf('s1')), { code: 'ERR_RECORDING_EXPIRED' });
  });

  /** Writes a recording with one chunk, encrypted as it should be, that holds what it should not. */
  async function writeChunk(compressed: Buffer, rawBytes: number): Promise<string> {
    const key = randomBytes(32);
    const wrapped = (await keys.open(0)).wrap(key, recordingPurpose('s1', 0));
    const file = path.join(directory, 'made.rec');
    const chunk = new ChunkCipher(key).encode(compressed, rawBytes);
    await writeFile(file, Buffer.concat([encodeRecordingHeader('s1', 0, wrapped), chunk]));
    return file;
  }

  it('does not let a chunk grow beyond what it says, nor say more than a chunk may', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
    for (const rawBytes of [0, 1_000, CHUNK_RAW_BYTES_MAX, CHUNK_RAW_BYTES_MAX + 1, 2 ** 32 - 1]) {
      const file = await writeChunk(bomb, rawBytes);
      await assert.rejects(readAll(file), { code: 'ERR_RECORDING_DAMAGED' });
    }
  });

  it('rejects frames that do not fill their chunk', async () => {
    for (const frames of ['02000161', '0000', '00', '000002aa', `00${'ff'.repeat(9)}01`]) {
      const raw = Buffer.from(frames, 'hex');
      const file = await writeChunk(zstdCompressSync(raw), raw.length);
      await assert.rejects(readAll(file), { code: 'ERR_RECORDING_DAMAGED' });
    }
  });
});
