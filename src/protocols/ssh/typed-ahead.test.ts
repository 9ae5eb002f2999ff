import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ShellWorld } from './shell-world.fixture.ts';
import { TypedAhead } from './typed-ahead.ts';

/** As many as the largest window of a channel. */
const KEYS = 2 * 1024 * 1024;

/** Presses Enter very many times behind a line that the ledger takes, in little memory. */
const PRESS = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(async ({ ShellWorld }) => {
  const world = await ShellWorld.open({ sealMs: 60_000 });
  world.type('ls\\r');
  const packet = Buffer.alloc(32 * 1024, 0x0d);
  for (let left = workerData.keys; left > 0; left -= packet.length) world.channel.receive(packet);
  parentPort.postMessage(world.host.ran.length);
});
`;

describe('TypedAhead', () => {
  it('gives the parts of what came, however much comes at once', () => {
    const ahead = new TypedAhead();
    ahead.push(Buffer.from(`${'a'.repeat(1500)}\rb`));
    assert.equal(ahead.isEmpty, false);
    const parts = [1, 2, 3, 4].map(() => ahead.shift(false));
    assert.deepEqual(
      parts.map((part) => [part?.kind, part?.bytes.length]),
      [
        ['keys', 1024],
        ['keys', 476],
        ['enter', 1],
        ['keys', 1],
      ],
    );
    assert.equal(ahead.shift(false), undefined);
    assert.equal(ahead.isEmpty, true);
  });

  it('remembers a paste that began in what it drops', () => {
    const ahead = new TypedAhead();
    ahead.push(Buffer.from('x\r\x1b[200~a\r'));
    assert.equal(ahead.shift(true)?.kind, 'keys');
    ahead.drop(true);
    assert.equal(ahead.isPasting, true);
    ahead.push(Buffer.from('b\x1b[201~'));
    assert.deepEqual(ahead.shift(true)?.kind, 'paste');
    ahead.push(Buffer.from('\x1b[200~a'));
    assert.equal(ahead.shift(true)?.kind, 'keys');
    ahead.reset();
    assert.equal(ahead.isPasting, false);
    ahead.push(Buffer.from('b'));
    assert.equal(ahead.shift(true)?.kind, 'keys');
  });
});

describe('A shell in which much is typed ahead', () => {
  it('runs all of it, line by line, in order', async () => {
    const world = await ShellWorld.open();
    const lines = Array.from({ length: 400 }, (_, index) => `echo ${index}`);
    world.type(lines.map((line) => `${line}\r`).join(''));
    for (const _ of lines) world.clock.pass(1_000);
    assert.deepEqual(world.host.ran, lines);
  });

  it('keeps it in memory of its length', async () => {
    const module = new URL('./shell-world.fixture.ts', import.meta.url).href;
    const worker = new Worker(PRESS, {
      eval: true,
      workerData: { module, keys: KEYS },
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 },
    });
    const ran = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.equal(ran, 0);
    await worker.terminate();
  });
});
