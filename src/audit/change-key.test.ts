import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open as openFile,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { changeKeyIfAsked, requestKeyChange } from './change-key.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type LogPaths, logPaths } from './ledger-layout.ts';
import { seal } from './seal.ts';
import { nextKeyPath } from './signing-key.ts';
import { verifyLedger } from './verify-ledger.ts';

const LOG = 'gw-1.0';

let dataDirectory: string;
let paths: LogPaths;

function open(): Promise<Ledger> {
  return openLedger({
    dataDirectory,
    dayKeys: openTestKeys(dataDirectory),
    logName: LOG,
    nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  });
}

/** Three entries, a new key, three more entries. Returns the old key and the new one. */
async function writeWithChange(): Promise<readonly [string, string]> {
  await using ledger = await open();
  const old = (await readFile(paths.publicKey, 'utf8')).trim();
  for (let count = 0; count < 3; count++) await seal(ledger, { kind: 'gateway.start' });
  await requestKeyChange(paths);
  const key = await changeKeyIfAsked(ledger, LOG, paths);
  for (let count = 0; count < 3; count++) await seal(ledger, { kind: 'gateway.stop' });
  return [old, key ?? ''];
}

const verify = (...publicKeys: string[]): ReturnType<typeof verifyLedger> =>
  verifyLedger(path.join(dataDirectory, 'ledger'), publicKeys.length > 0 ? { publicKeys } : {});

describe('changeKeyIfAsked', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-key-'));
    paths = logPaths(dataDirectory, LOG);
  });
  afterEach(() => rm(dataDirectory, { recursive: true }));

  it('does nothing when nobody asked', async () => {
    await using ledger = await open();
    assert.equal(await changeKeyIfAsked(ledger, LOG, paths), undefined);
  });

  it('leaves a log that can be verified with the old key, the new one, or the registry', async () => {
    const [old, next] = await writeWithChange();
    assert.notEqual(old, next);
    for (const keys of [[old], [next], []]) {
      const report = await verify(...keys);
      assert.deepEqual([report.problems, report.logs[0]?.problem], [[], undefined]);
      assert.equal(report.logs[0]?.signedEntries, 7);
    }
  });

  it('says that a newer key alone proves no older time', async () => {
    const [old, next] = await writeWithChange();
    assert.match(
      (await verify(next)).logs[0]?.notes.join() ?? '',
      /entries before 4 .* no older time/,
    );
    assert.deepEqual((await verify(old)).logs[0]?.notes, []);
  });

  it('can be done again, and lets the log be opened again', async () => {
    const [first] = await writeWithChange();
    const [second, third] = await writeWithChange();
    for (const key of [first, second, third]) assert((await verify(key)).ok);
    await (await open()).close();
    assert((await verify(first)).ok);
  });

  it('happened or did not, wherever the process died', async () => {
    const [old, next] = await writeWithChange();
    const changes = path.join(paths.log, 'key-changes');
    // Before the old key had signed: the next key is thrown away.
    await copyFile(paths.privateKey, nextKeyPath(paths.privateKey));
    await (await open()).close();
    await assert.rejects(readFile(nextKeyPath(paths.privateKey)));
    assert((await verify(old)).ok);
    // After it had signed, before the new key took its place.
    const pem = await readFile(paths.privateKey, 'utf8');
    await writeFile(nextKeyPath(paths.privateKey), pem);
    await rm(paths.privateKey);
    await (await open()).close();
    assert.equal(await readFile(paths.privateKey, 'utf8'), pem);
    assert((await verify(next)).ok);
    assert((await readFile(changes, 'utf8')).includes(next));
  });

  it('is one change, when it is begun again before it has ended', async () => {
    await using ledger = await open();
    const old = (await readFile(paths.publicKey, 'utf8')).trim();
    await seal(ledger, { kind: 'gateway.start' });
    await requestKeyChange(paths);
    // Each checkpoint asks, and a disk may take longer than an interval.
    const changed = await Promise.all([
      changeKeyIfAsked(ledger, LOG, paths),
      changeKeyIfAsked(ledger, LOG, paths),
    ]);
    await seal(ledger, { kind: 'gateway.stop' });
    await ledger.close();
    assert.equal(changed.filter((key) => key !== undefined).length, 1);
    assert.deepEqual((await verify(old)).logs[0]?.problem, undefined);
    await (await open()).close();
    assert((await verify(old)).ok);
  });

  it('counts once the old key has signed it, though the disk does not take the new one then', async () => {
    await using ledger = await open();
    const old = (await readFile(paths.publicKey, 'utf8')).trim();
    await seal(ledger, { kind: 'gateway.start' });
    await requestKeyChange(paths);
    await rm(paths.privateKey);
    await mkdir(paths.privateKey);
    await assert.rejects(changeKeyIfAsked(ledger, LOG, paths), /EISDIR/);
    await seal(ledger, { kind: 'gateway.stop' });
    await ledger.checkpoints.write();
    assert.deepEqual((await verify(old)).logs[0]?.problem, undefined);
    await rm(paths.privateKey, { recursive: true });
    assert.notEqual(await changeKeyIfAsked(ledger, LOG, paths), undefined);
    await ledger.close();
    await (await open()).close();
    assert((await verify(old)).ok);
  });

  it('counts, or does not, where the disk fails behind the note: no key signs what the other should', async (t) => {
    await using ledger = await open();
    const old = (await readFile(paths.publicKey, 'utf8')).trim();
    await seal(ledger, { kind: 'gateway.start' });
    await requestKeyChange(paths);
    const changes = path.join(paths.log, 'key-changes');
    const probe = await openFile(paths.log, 'r');
    const handles = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    // The note is there, and nobody knows whether a power failure would take it away.
    const { mock } = t.mock.method(handles, 'sync', async function fail(this: FileHandle) {
      if ((await this.stat()).isDirectory() && existsSync(changes)) {
        throw Object.assign(new Error('i/o error'), { code: 'EIO' });
      }
      return this.datasync();
    });
    await assert.rejects(changeKeyIfAsked(ledger, LOG, paths), /i\/o error/);
    mock.restore();
    for (let round = 0; round < 2; round++) {
      await seal(ledger, { kind: 'sign-in' });
      await ledger.checkpoints.write();
      assert.deepEqual((await verify(old)).logs[0]?.problem, undefined);
      await changeKeyIfAsked(ledger, LOG, paths);
    }
    await ledger.close();
    assert.deepEqual((await verify(old)).logs[0]?.problem, undefined);
    await (await open()).close();
    assert((await verify(old)).ok);
  });

  it('is not taken back: the gateway does not go on with the old key', async () => {
    await using ledger = await open();
    await seal(ledger, { kind: 'gateway.start' });
    const oldPem = await readFile(paths.privateKey, 'utf8');
    await requestKeyChange(paths);
    await changeKeyIfAsked(ledger, LOG, paths);
    await ledger.close();
    await writeFile(paths.privateKey, oldPem);
    await assert.rejects(open(), /replaced/);
  });

  it('is found when an entry, a note or the whole change is taken away', async () => {
    const [old, next] = await writeWithChange();
    const changes = path.join(paths.log, 'key-changes');
    const text = await readFile(changes, 'utf8');
    await rm(changes);
    assert(!(await verify(old)).ok);
    assert(!(await verify(next)).ok);
    await writeFile(changes, text.replace('\n4\n', '\n5\n'));
    assert(!(await verify(old)).ok);
    await writeFile(changes, text + text);
    assert(!(await verify(old)).ok);
  });
});
