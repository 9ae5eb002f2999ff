import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { AgeEncoder, beginAgeFile, decryptAgeFile } from './age-file.ts';
import type { RecordedChunk } from './file-recorder.ts';
import { openRawTrack, rawTrackPath, readRawTrack } from './raw-track.ts';
import type { RecordedBytes } from './recorded-event.ts';
import type { Recorder } from './recorder.ts';

const run = promisify(execFile);
const SESSION = { id: 's1', startedAtMs: Date.UTC(2026, 0, 2) };

let identity: string;
let recipient: string;
let directory: string;
let chunks: RecordedChunk[];

function openTrack(recipients: readonly string[] = [recipient]): Promise<Recorder> {
  return openRawTrack(
    directory,
    SESSION,
    { onChunk: (chunk) => chunks.push(chunk), onLimit() {}, onFailure: assert.fail },
    { recipients, nowMs: () => SESSION.startedAtMs },
  );
}

const file = (): string => rawTrackPath(directory, SESSION);

async function read(
  identities: readonly string[] = [identity],
): Promise<{ readonly frames: readonly RecordedBytes[]; readonly isCut: boolean }> {
  let isCut = false;
  const onCut = (): void => {
    isCut = true;
  };
  const frames = readRawTrack(createReadStream(file()), { identities, onCut });
  return { frames: await Array.fromAsync(frames), isCut };
}

function recordAll(recorder: Recorder, bytes: Buffer): void {
  recorder.record('shown', bytes, 0, bytes.length);
}

/** Before and after the tests of one `describe`. */
function prepareTests(): void {
  before(async () => {
    identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
  });
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-raw-'));
    chunks = [];
  });
  afterEach(() => rm(directory, { recursive: true }));
}

describe('openRawTrack', () => {
  prepareTests();

  it('gives back what was recorded to each of its recipients, and to nobody else', async () => {
    const other = await generateX25519Identity();
    const hybrid = await generateHybridIdentity();
    const more = [await identityToRecipient(other), await identityToRecipient(hybrid)];
    const recorder = await openTrack([recipient, ...more]);
    const content = randomBytes(700_000);
    recordAll(recorder, content);
    await recorder.finish();
    for (const key of [identity, other, hybrid]) {
      const { frames, isCut } = await read([key]);
      assert.deepEqual(Buffer.concat(frames.map(({ bytes }) => bytes)), content);
      assert.equal(isCut, false);
    }
    await assert.rejects(read([await generateX25519Identity()]), { code: 'ERR_AGE_FILE' });
    assert(!(await readFile(file())).includes(content.subarray(0, 100)));
    assert.equal((await stat(file())).mode & 0o777, 0o600);
    const last = chunks.at(-1);
    assert.equal((last?.offset ?? 0) + (last?.storedBytes ?? 0), (await stat(file())).size);
  });

  it('writes what the stock age and zstd programs read', async () => {
    const keyFile = path.join(directory, 'key.txt');
    await writeFile(keyFile, `# a comment\n${identity}\n`);
    for (const size of [1, 65_000, 300_000]) {
      await rm(file(), { force: true });
      const recorder = await openTrack();
      const content = Buffer.alloc(size, 'patient 4711, ');
      recordAll(recorder, content);
      await recorder.finish();
      const plain = path.join(directory, 'plain.zst');
      await run('age', ['-d', '-i', keyFile, '-o', plain, file()]);
      const { stdout } = await run('zstd', ['-dc', plain], {
        encoding: 'buffer',
        maxBuffer: 2 ** 24,
      });
      assert.equal(
        stdout.toString('latin1').split('4711').length - 1,
        content.toString('latin1').split('4711').length - 1,
      );
      assert(stdout.length >= size);
    }
  });

  it('leaves a killed process all but the last chunk', async () => {
    const recorder = await openTrack();
    recordAll(recorder, randomBytes(600_000));
    await recorder.finish();
    const { frames: all } = await read();
    const { size } = await stat(file());
    await truncate(file(), size - 1);
    const { frames, isCut } = await read();
    assert.equal(isCut, true);
    assert.equal(frames.length, all.length - 1);
  });
});

describe('AgeEncoder', () => {
  prepareTests();

  async function decrypt(bytes: Buffer): Promise<Buffer> {
    async function* source(): AsyncGenerator<Buffer, void> {
      // In pieces that fit nothing.
      for (let at = 0; at < bytes.length; at += 9_999) yield bytes.subarray(at, at + 9_999);
    }
    const decryption = { identities: [identity], onCut: () => assert.fail('is cut') };
    return Buffer.concat(await Array.fromAsync(decryptAgeFile(source(), decryption)));
  }

  it('holds back no news once it is flushed, however much was there', async () => {
    for (const size of [1, 65_507, 65_516, 65_523, 65_524, 65_525, 131_048, 200_000]) {
      const { start, payloadKey } = await beginAgeFile([recipient]);
      const encoder = new AgeEncoder(payloadKey);
      const content = randomBytes(size);
      // A single byte must not be one of the frames around it.
      content[0] = 0xff;
      const written = Buffer.concat([start, encoder.encode(content), encoder.flush()]);
      assert.equal(encoder.isHolding, false);
      assert.equal(encoder.flush().length, 0);
      assert.equal((written.length - start.length) % (65_536 + 16), 0);
      const whole = await decrypt(Buffer.concat([written, encoder.encode(content), encoder.end()]));
      assert.equal(whole.indexOf(content), 12);
      assert.equal(whole.lastIndexOf(content), whole.length - size);
    }
  });

  it('has every change of a byte, every cut inside a chunk and every other order found', async () => {
    const { start, payloadKey } = await beginAgeFile([recipient]);
    const encoder = new AgeEncoder(payloadKey);
    const parts = [encoder.encode(randomBytes(140_000)), encoder.end()];
    const whole = Buffer.concat([start, ...parts]);
    await decrypt(whole);
    const chunk = 65_536 + 16;
    for (const position of [
      0,
      30,
      60,
      start.length - 17,
      start.length - 1,
      start.length,
      start.length + chunk - 1,
      whole.length - 1,
    ]) {
      const changed = Buffer.from(whole);
      changed[position] = (changed[position] ?? 0) ^ 1;
      await assert.rejects(decrypt(changed), `byte ${position}`);
    }
    const body = whole.subarray(start.length);
    const swapped = [
      body.subarray(chunk, 2 * chunk),
      body.subarray(0, chunk),
      body.subarray(2 * chunk),
    ];
    await assert.rejects(decrypt(Buffer.concat([start, ...swapped])), { code: 'ERR_AGE_FILE' });
    // At the end of the file, it may as well have been a process that was killed while it wrote.
    for (const bytes of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.of(0)])]) {
      await assert.rejects(decrypt(bytes), { message: 'is cut' });
    }
    for (const bytes of [0, 10, 100, start.length - 1]) {
      await assert.rejects(decrypt(whole.subarray(0, bytes)), { code: 'ERR_AGE_FILE' });
    }
  });
});
