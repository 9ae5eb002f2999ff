import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type MockTimers } from 'node:test';
import { watchConfiguration } from './watch-configuration.ts';

let root: string;

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(root, 'configuration-'));
  await mkdir(join(directory, 'targets'));
  await mkdir(join(directory, 'policies', 'tests'), { recursive: true });
  await writeFile(join(directory, 'sallyport.yaml'), 'a: 1');
  return directory;
}

/** Watches while each step changes something, and expects one call for each. */
async function expectChanges(
  timers: MockTimers,
  directory: string,
  steps: readonly (() => Promise<void>)[],
): Promise<void> {
  timers.enable({ apis: ['setTimeout'] });
  const stopping = new AbortController();
  const isSleeping = (): boolean => getEventListeners(stopping.signal, 'abort').length > 0;
  let calls = 0;
  const onChange = async (): Promise<void> => void calls++;
  const watching = watchConfiguration(directory, onChange, stopping.signal);
  for (const [index, step] of steps.entries()) {
    while (!isSleeping()) await new Promise(setImmediate);
    await step();
    while (calls <= index) {
      timers.tick(1_000);
      await new Promise(setImmediate);
    }
  }
  for (let count = 0; count < 3; count++) {
    while (!isSleeping()) await new Promise(setImmediate);
    timers.tick(1_000);
  }
  while (!isSleeping()) await new Promise(setImmediate);
  assert.equal(getEventListeners(stopping.signal, 'abort').length, 1);
  stopping.abort();
  await watching;
  assert.equal(calls, steps.length);
}

describe('watchConfiguration', () => {
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'watch-configuration-'));
  });
  after(() => rm(root, { recursive: true }));

  it('sees files that change, come and go, in every folder', async (t) => {
    const directory = await makeDirectory();
    const target = join(directory, 'targets', 'a.yaml');
    await expectChanges(t.mock.timers, directory, [
      () => writeFile(join(directory, 'sallyport.yaml'), 'a: 12'),
      () => writeFile(target, 'kind: postgres'),
      () => writeFile(join(directory, 'policies', 'tests', 'a.yaml'), 'x'),
      () => unlink(target),
    ]);
  });

  it('takes nothing while files are being written: half of a set can be valid, without its forbids', async (t) => {
    const directory = await makeDirectory();
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const stopping = new AbortController();
    const isSleeping = (): boolean => getEventListeners(stopping.signal, 'abort').length > 0;
    const look = async (): Promise<void> => {
      t.mock.timers.tick(1_000);
      while (!isSleeping()) await new Promise(setImmediate);
    };
    let calls = 0;
    const onChange = async (): Promise<void> => void calls++;
    const watching = watchConfiguration(directory, onChange, stopping.signal);
    let text = '';
    const told: number[] = [];
    for (let part = 0; part < 5; part++) {
      text += 'forbid (principal, action, resource);';
      await writeFile(join(directory, 'policies', 'a.cedar'), text);
      await look();
      told.push(calls);
    }
    await look();
    told.push(calls);
    await look();
    told.push(calls);
    // What is written for ever is taken in the end: else nothing would ever be revoked.
    for (let looks = 0; calls === 1; looks++) {
      assert(looks < 60, 'it is taken');
      await writeFile(join(directory, 'policies', 'a.cedar'), `${text}//${'x'.repeat(looks)}`);
      await look();
    }
    stopping.abort();
    await watching;
    assert.deepEqual(told, [0, 0, 0, 0, 0, 1, 1]);
  });

  it('sees a directory exchanged behind a link, even while it is away', async (t) => {
    const [one, two] = [await makeDirectory(), await makeDirectory()];
    const link = join(root, 'current');
    await symlink(one, link);
    await expectChanges(t.mock.timers, link, [
      async () => {
        await symlink(two, `${link}.new`);
        await rename(`${link}.new`, link);
      },
      () => unlink(link),
      () => symlink(one, link),
    ]);
  });

  it('looks once in any case: files may have changed since they were read', async (t) => {
    await expectChanges(t.mock.timers, await makeDirectory(), [async () => undefined]);
  });

  it('stops when it is told to, at once', async () => {
    const directory = await makeDirectory();
    const stopping = new AbortController();
    const watching = watchConfiguration(
      directory,
      () => assert.fail('nothing changed'),
      stopping.signal,
    );
    stopping.abort();
    await watching;
  });
});
