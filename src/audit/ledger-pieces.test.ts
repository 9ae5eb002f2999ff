import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { openLedger } from './ledger.ts';
import { LedgerCopy, readLedgerPieces } from './ledger-pieces.ts';
import { seal } from './seal.ts';
import { verifyLedger } from './verify-ledger.ts';

const MODULE = path.join(import.meta.dirname, 'ledger-pieces.ts');

let directory: string;

/** Writes a ledger of one log, and leaves it open: it is read while it is written. */
async function writeLedger(logName: string, opened: AsyncDisposableStack): Promise<string> {
  const dataDirectory = path.join(directory, logName);
  const ledger = opened.use(
    await openLedger({
      ...{ dataDirectory, logName, dayKeys: openTestKeys(dataDirectory) },
      ...{ nowMs: Date.now, checkpointIntervalMs: 3_600_000 },
    }),
  );
  for (let count = 0; count < 20; count++) await seal(ledger, { kind: 'operation', count });
  return path.join(dataDirectory, 'ledger');
}

async function* give(...pieces: readonly unknown[]): AsyncGenerator<unknown, void> {
  yield* pieces;
}

describe('LedgerCopy', () => {
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sallyport-pieces-'));
  });
  after(() => rm(directory, { recursive: true }));

  it('is one whole ledger of several that are written meanwhile, and gone afterwards', async () => {
    await using opened = new AsyncDisposableStack();
    const names = ['gw-0.0', 'gw-1.0'];
    const ledgers = [];
    for (const name of names) ledgers.push(await writeLedger(name, opened));
    const copy = await LedgerCopy.make(directory);
    for (const [index, ledger] of ledgers.entries()) {
      await copy.add(readLedgerPieces(ledger), (log) => log === names[index]);
    }
    const { ok, logs, problems } = await verifyLedger(copy.directory);
    assert.deepEqual([ok, problems], [true, []]);
    assert.deepEqual(
      logs.map(({ name, entries }) => [name, entries >= 20]),
      names.map((name) => [name, true]),
    );
    await copy[Symbol.asyncDispose]();
    await assert.rejects(readdir(copy.directory), { code: 'ENOENT' });
  });

  it('leaves room for the ledger that is written on the same disk', async () => {
    const parent = path.join(directory, 'small');
    await mkdir(parent);
    const piece = { file: 'gw-0.0/0000000000000000.segment', bytes: Buffer.alloc(1_000) };
    const copyWith = (freeBytes: number, totalBytes: number): Promise<LedgerCopy> =>
      LedgerCopy.make(parent, async () => ({ freeBytes, totalBytes }));
    const gib = 1024 ** 3;
    for (const [free, total] of [
      [gib + 999, 100 * gib],
      [10_999, 100_000],
    ] as const) {
      await using copy = await copyWith(free, total);
      await assert.rejects(
        copy.add(give(piece), () => true),
        { code: 'ERR_NO_ROOM' },
      );
    }
    for (const [free, total] of [
      [gib + 1_000, 100 * gib],
      [11_000, 100_000],
    ] as const) {
      await using copy = await copyWith(free, total);
      await copy.add(give(piece), () => true);
    }
    assert.deepEqual(await readdir(parent), []);
  });

  it('does not outlive a process that was killed while it made one', async () => {
    const parent = path.join(directory, 'left');
    const make = `import { LedgerCopy } from ${JSON.stringify(MODULE)};
      await LedgerCopy.make(process.argv[1]);
      process.kill(process.pid, 'SIGKILL');`;
    await mkdir(path.join(parent, 'ledger'), { recursive: true });
    const killed = spawn(process.execPath, ['--input-type=module', '-e', make, parent]);
    assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL']);
    assert.equal((await readdir(parent)).length, 2);
    // Whoever else makes one at present is alive.
    const other = path.join(parent, `ledger-copy-${process.ppid}-abcdef`);
    await mkdir(other);
    // As versions before named them.
    await mkdir(path.join(parent, 'ledger-copy-aB3xYz'));
    await LedgerCopy.removeLeft(parent);
    assert.deepEqual((await readdir(parent)).toSorted(), ['ledger', path.basename(other)]);
    await using copy = await LedgerCopy.make(parent);
    assert.deepEqual(await readdir(copy.directory), ['keys']);
  });

  it('misses a log that its gateway has registered and does not give', async () => {
    await using opened = new AsyncDisposableStack();
    const ledger = await writeLedger('gw-2.0', opened);
    await using copy = await LedgerCopy.make(directory);
    const pieces = await Array.fromAsync(readLedgerPieces(ledger));
    await copy.add(give(...pieces.filter(({ file }) => file === 'registry')), () => true);
    const { ok, problems } = await verifyLedger(copy.directory);
    assert.equal(ok, false);
    assert.match(problems.join(), /gw-2\.0/);
  });

  it('takes nothing of a gateway but its own logs, in their places', async () => {
    await using copy = await LedgerCopy.make(directory);
    const bytes = Buffer.from('x');
    const isIts = (log: string): boolean => log.startsWith('gw-1.');
    for (const file of [
      ...['', '.', '..', '/', '/etc/passwd', '../outside', 'gw-1.0/../../outside'],
      ...['gw-1.0', 'gw-1.0/', 'gw-1.0/..', 'gw-1.0/other', 'gw-1.0/checkpoints/x'],
      ...['gw-1.0/0.segment', 'gw-1.0/0000000000000000.segment\0', 'gw-1.0\\checkpoints'],
      ...['gw-0.0/checkpoints', 'gw-0.0/0000000000000000.segment', 'keys/gw-0.0.pub'],
      ...[
        'keys/../gw-1.0.pub',
        'keys/gw-1.0.key',
        'keys/.pub',
        'registry/x',
        '__proto__/checkpoints',
      ],
    ]) {
      await assert.rejects(
        copy.add(give({ file, bytes }), isIts),
        /no part of one of its own/,
        file,
      );
    }
    for (const piece of [undefined, 1, 'x', {}, { file: 'registry' }, { file: 1, bytes }]) {
      await assert.rejects(copy.add(give(piece), isIts), /no part of one of its own/);
    }
    const registry = Buffer.from('gw-1.0+00000000+AA==\ngw-0.0+00000000+AA==\n');
    await assert.rejects(copy.add(give({ file: 'registry', bytes: registry }), isIts));
    assert.deepEqual(await readdir(copy.directory), ['keys']);
    assert.deepEqual(await readdir(path.join(copy.directory, 'keys')), []);
  });
});
