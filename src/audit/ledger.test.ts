import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openTestKeys } from '../encryption/day-keys.fixture.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { LedgerEvent, LedgerOptions } from './ledger-options.ts';
import type { EntryFields } from './ledger-port.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

let dataDirectory: string;
let events: LedgerEvent[];

function open(more: Partial<LedgerOptions> = {}): Promise<Ledger> {
  const onEvent = (event: LedgerEvent): void => void events.push(event);
  return openLedger({
    dataDirectory,
    dayKeys: openTestKeys(dataDirectory),
    logName: 'gw-1.0',
    nowMs: () => NOW_MS,
    onEvent,
    ...more,
  });
}

function append(
  ledger: Ledger,
  fields: EntryFields,
  mode: 'sealed' | 'written' = 'sealed',
): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.append(fields, mode, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

function logPath(...names: string[]): string {
  return path.join(dataDirectory, 'ledger', 'gw-1.0', ...names);
}

async function segmentNames(): Promise<string[]> {
  return (await readdir(logPath())).filter((name) => name.endsWith('.segment')).toSorted();
}

async function storedEntries(): Promise<string> {
  const [name] = await segmentNames();
  return readFile(logPath(name ?? ''), 'latin1');
}

describe('Ledger', () => {
  beforeEach(async () => {
    dataDirectory = await mkdtemp(path.join(tmpdir(), 'sallyport-ledger-'));
    events = [];
  });
  afterEach(async () => {
    await rm(dataDirectory, { recursive: true });
  });

  it('has a sealed entry in its file when it calls back', async () => {
    await using ledger = await open();
    await append(ledger, { kind: 'sign-in', principal: 'alice' });
    assert.match(await storedEntries(), /"seq":0,.*"principal":"alice"}$/);
  });

  it('has a written entry in its file when it calls back', async () => {
    await using ledger = await open();
    await append(ledger, { kind: 'sign-in', principal: 'alice' }, 'written');
    assert.match(await storedEntries(), /"principal":"alice"}$/);
  });

  it('goes on in the next segment though the full one, all of which is on the disk, cannot be closed', async () => {
    // What is opened next takes the lowest numbers that are free: not the one that is missing then.
    const spare = Array.from({ length: 16 }, () => openSync('/dev/null', 'r'));
    await using ledger = await open({ segmentBytesMax: 1 });
    const [full = ''] = await segmentNames();
    const numbers = readdirSync('/proc/self/fd').filter(
      (fd) =>
        existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`) === logPath(full),
    );
    assert.equal(numbers.length, 1);
    await new Promise((resolve) => {
      // Between the last sync and the next segment.
      ledger.append({ kind: 'sign-in' }, 'sealed', (error) => {
        for (const fd of [...spare, Number(numbers[0])]) closeSync(fd);
        resolve(error);
      });
    });
    await append(ledger, { kind: 'sign-in' });
    await append(ledger, { kind: 'sign-in' });
    assert.deepEqual(events, []);
  });

  it('never calls back before append returns', async () => {
    await using ledger = await open();
    for (const mode of ['sealed', 'written'] as const) {
      const order: string[] = [];
      await new Promise<void>((resolve) => {
        ledger.append({ kind: 'sign-in' }, mode, () => {
          order.push('done');
          resolve();
        });
        order.push('returned');
      });
      assert.deepEqual(order, ['returned', 'done']);
    }
  });

  it('acknowledges in order, and all, however they are mixed', async () => {
    await using ledger = await open({ segmentBytesMax: 4_000 });
    const sealed: number[] = [];
    const written: number[] = [];
    await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const mode = index % 3 === 0 ? 'sealed' : 'written';
        await append(ledger, { kind: 'operation', session: `s${index % 7}`, index }, mode);
        (mode === 'sealed' ? sealed : written).push(index);
      }),
    );
    assert.equal(sealed.length + written.length, 500);
    assert.deepEqual(
      sealed,
      sealed.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      written,
      written.toSorted((a, b) => a - b),
    );
  });

  it('writes the first entries of a long turn before its end, but none that wait for the disk', async () => {
    await using ledger = await open();
    const order: string[] = [];
    const add = (mode: 'sealed' | 'written', count: number): void => {
      for (let i = 0; i < count; i++)
        ledger.append({ kind: 'sign-in' }, mode, () => order.push(mode));
    };
    add('written', 6);
    const early = await new Promise<number>((resolve) => {
      process.nextTick(() => resolve(order.length));
    });
    assert.equal(early, 6);
    const entries = (await storedEntries()).match(/"kind":"sign-in"/g);
    assert.equal(entries?.length, 6);

    await new Promise(setImmediate);
    order.length = 0;
    add('sealed', 1);
    add('written', 6);
    await new Promise((resolve) => process.nextTick(resolve));
    assert.deepEqual(order, []);
    await append(ledger, { kind: 'sign-in' });
    assert.equal(order.length, 7);
  });

  it('seals written entries that are appended from callbacks without end', async () => {
    await using ledger = await open();
    let isStopped = false;
    const again = (): void => {
      if (!isStopped) ledger.append({ kind: 'operation' }, 'written', again);
    };
    for (let i = 0; i < 9; i++) again();
    await append(ledger, { kind: 'operation' });
    isStopped = true;
  });

  it('continues behind its last entry after it was closed', async () => {
    for (let round = 0; round < 3; round++) {
      await using ledger = await open();
      assert.equal(ledger.size, round * 2);
      await append(ledger, { kind: 'gateway.start' });
      await append(ledger, { kind: 'gateway.stop' }, 'written');
    }
    // Each start begins a segment: nothing is added to what an earlier process encrypted.
    assert.equal((await segmentNames()).length, 3);
  });

  it('begins a new segment when one is full, and continues in the last', async () => {
    {
      await using ledger = await open({ segmentBytesMax: 1_000 });
      for (let index = 0; index < 40; index++) await append(ledger, { kind: 'operation', index });
    }
    const names = await segmentNames();
    assert(names.length > 3);
    await using ledger = await open();
    assert.equal(ledger.size, 40);
  });

  it('begins a new segment when one is old enough', async () => {
    {
      await using ledger = await open({ segmentAgeMaxMs: 0 });
      for (let index = 0; index < 5; index++) await append(ledger, { kind: 'operation', index });
    }
    assert((await segmentNames()).length > 3);
    await using ledger = await open();
    assert.equal(ledger.size, 5);
  });

  it('drops a record that was cut at any byte, and says so', async () => {
    {
      await using ledger = await open();
      await append(ledger, { kind: 'gateway.start' });
    }
    // No checkpoint: what it covers may not be cut.
    await rm(logPath('checkpoints'));
    const [name] = await segmentNames();
    const segmentPath = logPath(name ?? '');
    const { size: oneEntry } = await stat(segmentPath);
    {
      await using ledger = await open({ checkpointIntervalMs: 1_000_000 });
      await append(ledger, { kind: 'gateway.stop' });
    }
    await rm(logPath('checkpoints'));
    const whole = await readFile(segmentPath);
    for (let bytes = oneEntry + 1; bytes < whole.length; bytes += 5) {
      await writeFile(segmentPath, whole.subarray(0, bytes));
      await using ledger = await open();
      assert.equal(ledger.size, 1);
      assert.deepEqual(events.pop(), { kind: 'tail-dropped', bytes: bytes - oneEntry });
      await rm(logPath('checkpoints'), { force: true });
    }
    await writeFile(segmentPath, Buffer.concat([whole, Buffer.alloc(4096)]));
    await using ledger = await open();
    assert.equal(ledger.size, 2);
  });

  it('does not open a log with a damaged record before its end', async () => {
    {
      await using ledger = await open();
      for (let index = 0; index < 3; index++) await append(ledger, { kind: 'operation', index });
    }
    const [name] = await segmentNames();
    const bytes = await readFile(logPath(name ?? ''));
    const at = bytes.indexOf('"index":1') + 8;
    bytes[at] = '7'.charCodeAt(0);
    await writeFile(logPath(name ?? ''), bytes);
    await assert.rejects(open(), {
      code: 'ERR_LEDGER_CORRUPT',
      message: /record at byte \d+ .* CRC/,
    });
  });

  it('does not open a log that ends before its last checkpoint', async () => {
    {
      await using ledger = await open();
      for (let index = 0; index < 3; index++) await append(ledger, { kind: 'operation', index });
    }
    const [name] = await segmentNames();
    const { size } = await stat(logPath(name ?? ''));
    await truncate(logPath(name ?? ''), size - 1);
    await assert.rejects(open(), { code: 'ERR_LEDGER_CORRUPT', message: /3 were signed/ });
    await rm(logPath(name ?? ''));
    await assert.rejects(open(), { code: 'ERR_LEDGER_CORRUPT', message: /written before/ });
    await rm(logPath('checkpoints'));
    await assert.rejects(open(), { code: 'ERR_LEDGER_CORRUPT', message: /written before/ });
  });

  it('overwrites a checkpoint that a crash cut', async () => {
    {
      await using ledger = await open();
      await append(ledger, { kind: 'gateway.start' });
    }
    const checkpoint = await readFile(logPath('checkpoints'), 'utf8');
    await appendFile(logPath('checkpoints'), 'gw-1.0\n17\nhalf a no');
    {
      await using ledger = await open();
      await append(ledger, { kind: 'gateway.stop' });
    }
    const both = await readFile(logPath('checkpoints'), 'utf8');
    assert(both.startsWith(`${checkpoint}gw-1.0\n2\n`));
    assert.equal(both.match(/^— /gm)?.length, 2);
  });

  it('does not let a second writer in, and lets one in after it closed', async () => {
    const first = await open();
    await assert.rejects(open(), { code: 'ERR_LEDGER_LOCKED' });
    await first.close();
    await (await open()).close();
  });

  it('keeps its private key to itself', async () => {
    await (await open()).close();
    const { mode } = await stat(path.join(dataDirectory, 'keys', 'ledger-gw-1.0.key'));
    assert.equal(mode & 0o777, 0o600);
    for (const name of await readdir(path.join(dataDirectory, 'ledger'), { recursive: true })) {
      const file = path.join(dataDirectory, 'ledger', name);
      if ((await stat(file)).isFile())
        assert.doesNotMatch(await readFile(file, 'latin1'), /PRIVATE/);
    }
  });

  it('does not sign with another key than the registered one', async () => {
    {
      await using ledger = await open();
      await append(ledger, { kind: 'gateway.start' });
    }
    await rm(path.join(dataDirectory, 'keys'), { recursive: true });
    await assert.rejects(open(), { code: 'ERR_LEDGER_CORRUPT', message: /another key/ });
  });

  it('refuses entries after it is closed, and an entry that is too long', async () => {
    const ledger = await open();
    await assert.rejects(append(ledger, { kind: 'operation', rule: 'x'.repeat(70_000) }), {
      code: 'ERR_LEDGER_ENTRY',
    });
    assert.equal(ledger.size, 0);
    await ledger.close();
    assert.equal(ledger.health, 'failing');
    await assert.rejects(append(ledger, { kind: 'operation' }), { code: 'ERR_LEDGER_UNAVAILABLE' });
  });

  it('seals what was appended before it was closed', async () => {
    const ledger = await open();
    const sealed = append(ledger, { kind: 'operation' });
    const written = append(ledger, { kind: 'operation' }, 'written');
    await ledger.close();
    await sealed;
    await written;
    await using again = await open();
    assert.equal(again.size, 2);
  });
});
