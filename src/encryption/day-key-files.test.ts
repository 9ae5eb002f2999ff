import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DayKeyFiles, dayKeyDirectory } from './day-key-files.ts';
import { LocalMasterKey } from './local-master-key.ts';
import { masterKeyPath, readOwnMasterKey } from './read-master-key.ts';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const DAY_MS = 86_400_000;
const KEY = Buffer.alloc(32, 7);

describe('DayKeyFiles', () => {
  let dataDirectory = '';
  let round = 0;

  before(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'day-keys-'));
  });
  after(() => rm(dataDirectory, { recursive: true, force: true }));

  /** Keys in a fresh directory. */
  function openFresh(): { keys: DayKeyFiles; again: () => DayKeyFiles; directory: string } {
    const directory = path.join(dataDirectory, String(round++));
    const masterKey = new LocalMasterKey(Buffer.alloc(32, round), 'a test');
    const again = (): DayKeyFiles =>
      new DayKeyFiles({ dataDirectory: directory, purpose: 'content', masterKey });
    return { keys: again(), again, directory: dayKeyDirectory(directory, 'content') };
  }

  it('makes one key a day that processes and restarts share', async () => {
    const { again } = openFresh();
    const [one, other] = await Promise.all([again().open(NOON), again().open(NOON)]);
    const wrapped = one.wrap(KEY, 'test');
    assert.deepEqual(other.unwrap(wrapped, 'test'), KEY);
    const later = await again().of('2026-11-21');
    assert(later.state === 'open');
    assert.deepEqual(later.key.unwrap(wrapped, 'test'), KEY);
    const tomorrow = await again().open(NOON + DAY_MS);
    assert.equal(tomorrow.unwrap(wrapped, 'test'), undefined);
  });

  it('opens nothing for another purpose, or when a bit was turned', async () => {
    const { keys } = openFresh();
    const key = await keys.open(NOON);
    const wrapped = key.wrap(KEY, 'segment gw-1.0');
    assert.equal(key.unwrap(wrapped, 'segment gw-1.1'), undefined);
    for (let at = 0; at < wrapped.length; at++) {
      const turned = Buffer.from(wrapped);
      turned[at] = (turned[at] ?? 0) ^ 1;
      assert.equal(key.unwrap(turned, 'segment gw-1.0'), undefined);
      assert.equal(key.unwrap(wrapped.subarray(0, at), 'segment gw-1.0'), undefined);
    }
  });

  it('answers at once for the days that it opened ahead only', async () => {
    const { keys } = openFresh();
    assert.throws(() => keys.today(NOON), { code: 'ERR_KEY_UNAVAILABLE' });
    await keys.keepAhead(() => NOON, assert.fail);
    for (const days of [0, 1, 2]) keys.today(NOON + days * DAY_MS);
    assert.throws(() => keys.today(NOON + 3 * DAY_MS), { code: 'ERR_KEY_UNAVAILABLE' });
    keys[Symbol.dispose]();
  });

  it('destroys a key for good: nobody makes another one for that day', async () => {
    const { keys, again, directory } = openFresh();
    await keys.open(NOON);
    await keys.destroy('2026-11-21');
    assert.deepEqual(await readdir(directory), ['2026-11-21.destroyed']);
    for (const some of [keys, again()]) {
      assert.deepEqual(await some.of('2026-11-21'), { state: 'destroyed' });
      await assert.rejects(some.open(NOON), { code: 'ERR_KEY_DESTROYED' });
      assert.throws(() => some.today(NOON), { code: 'ERR_KEY_UNAVAILABLE' });
    }
    assert.deepEqual(await keys.listDestroyed(), ['2026-11-21']);
  });

  it('does not read with a destroyed key that a backup brought back', async () => {
    const { keys, again, directory } = openFresh();
    await keys.open(NOON);
    const file = path.join(directory, '2026-11-21.key');
    await copyFile(file, `${file}-backup`);
    await keys.destroy('2026-11-21');
    await writeFile(file, randomBytes(100));
    assert.deepEqual(await again().of('2026-11-21'), { state: 'destroyed' });
    await again().destroy('2026-11-21');
    assert.deepEqual(await readdir(directory), ['2026-11-21.destroyed']);
  });

  it('refuses the key of another day under this name, and changed files', async () => {
    const { keys, again, directory } = openFresh();
    await keys.open(NOON);
    await keys.open(NOON + DAY_MS);
    const [today, tomorrow] = ['2026-11-21.key', '2026-11-22.key'].map((name) =>
      path.join(directory, name),
    );
    await copyFile(today ?? '', tomorrow ?? '');
    await assert.rejects(again().of('2026-11-22'), { code: 'ERR_KEY_REFUSED' });
    for (const text of ['', 'local', 'local:x:y', 'rubbish']) {
      await writeFile(today ?? '', text);
      await assert.rejects(again().of('2026-11-21'), { code: 'ERR_KEY_REFUSED' });
    }
  });

  it('says missing of a day without a key', async () => {
    const { keys } = openFresh();
    assert.deepEqual(await keys.of('2020-01-01'), { state: 'missing' });
    assert.deepEqual(await keys.list(), []);
  });

  it('moves to another master key, and goes on after half of it', async () => {
    const { keys, directory } = openFresh();
    const wrapped = (await keys.open(NOON)).wrap(KEY, 'test');
    await keys.open(NOON + DAY_MS);
    const to = new LocalMasterKey(Buffer.alloc(32, 99), 'the new key');
    const moved = new DayKeyFiles({
      dataDirectory: path.resolve(directory, '../../..'),
      purpose: 'content',
      masterKey: to,
    });
    const before = await readFile(path.join(directory, '2026-11-22.key'));
    assert.equal(await keys.rewrap(to), 2);
    await writeFile(path.join(directory, '2026-11-22.key'), before);
    assert.equal(await keys.rewrap(to), 1);
    const state = await moved.of('2026-11-21');
    assert(state.state === 'open');
    assert.deepEqual(state.key.unwrap(wrapped, 'test'), KEY);
    assert.equal((await moved.of('2026-11-22')).state, 'open');
  });
});

describe('readOwnMasterKey', () => {
  it('makes one key, and never a second one for what the first one wrapped', async () => {
    const dataDirectory = await mkdtemp(path.join(tmpdir(), 'master-key-'));
    try {
      const [one, other] = await Promise.all([
        readOwnMasterKey(dataDirectory),
        readOwnMasterKey(dataDirectory),
      ]);
      assert.deepEqual(await other.unwrap(await one.wrap(KEY, 'test'), 'test'), KEY);
      await new DayKeyFiles({ dataDirectory, purpose: 'content', masterKey: one }).open(NOON);
      await rm(masterKeyPath(dataDirectory));
      await assert.rejects(readOwnMasterKey(dataDirectory), { code: 'ERR_KEY_UNAVAILABLE' });
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  });
});
