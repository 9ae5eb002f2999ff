import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SegmentReader } from './segment-reader.ts';

const PIECES = 1024 * 1024;

/** Reads a segment that comes byte by byte in little memory, and says how long it was. */
const READ = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ SegmentReader }) => {
  const reader = new SegmentReader((segment) => parentPort.postMessage(segment.length));
  const piece = Buffer.from('a');
  for (let count = 0; count < workerData.pieces; count++) reader.push(piece);
  reader.end();
});
`;

describe('SegmentReader', () => {
  it('cuts segments, whose pieces stay those of the caller', () => {
    const told: string[] = [];
    const reader = new SegmentReader((...parts) => told.push(...parts));
    for (const text of ['MSH|a', '|b\rPI', 'D|1\r', '\r']) {
      const piece = Buffer.from(text);
      reader.push(piece);
      piece.fill(0);
    }
    reader.end();
    assert.deepEqual(told, ['MSH|a|b', '\r', 'PID|1', '\r', '', '\r']);
  });

  it('takes no more memory for a segment that comes byte by byte', async () => {
    const module = new URL('./segment-reader.ts', import.meta.url).href;
    const worker = new Worker(READ, {
      eval: true,
      workerData: { module, pieces: PIECES },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
    });
    const length = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    assert.equal(length, PIECES);
  });
});
