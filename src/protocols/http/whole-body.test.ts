import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { OpenBody } from './open-body.fixture.ts';
import { type CollectedBody, collectBody } from './whole-body.ts';

const PIECES = 1024 * 1024;

/** Takes a body of very many pieces in little memory, and says how long it was. */
const COLLECT = `
const { parentPort, workerData } = require('node:worker_threads');
import(workerData.module).then(({ collectBody }) => {
  const start = (sink) => {
    const piece = Buffer.from('a');
    for (let count = 0; count < workerData.pieces; count++) sink.onData(piece);
    sink.onEnd(undefined);
  };
  const done = ({ bytes }) => parentPort.postMessage(bytes.length);
  collectBody({ length: undefined, start, destroy() {} }, workerData.pieces, done);
});
`;

function collect(bytesMax: number): { source: OpenBody; told: CollectedBody[] } {
  const source = new OpenBody();
  const told: CollectedBody[] = [];
  collectBody(source, bytesMax, (collected) => told.push(collected));
  return { source, told };
}

describe('collectBody', () => {
  it('puts a body together, whose pieces stay those of the caller', () => {
    const { source, told } = collect(4);
    for (const text of ['a', 'bc', 'd']) {
      const piece = Buffer.from(text);
      source.sink?.onData(piece);
      piece.fill(0);
    }
    source.sink?.onEnd(undefined);
    assert.deepEqual(told, [{ kind: 'whole', bytes: Buffer.from('abcd'), trailers: undefined }]);
  });

  it('reads no further than its bound, and says so once', () => {
    const { source, told } = collect(2);
    for (const text of ['ab', 'c', 'd']) source.sink?.onData(Buffer.from(text));
    source.sink?.onEnd(undefined);
    assert.deepEqual(told, [{ kind: 'too-large' }]);
    assert.equal(source.isDestroyed, true);
  });

  it('takes no more memory for a body that comes byte by byte', async () => {
    const module = new URL('./whole-body.ts', import.meta.url).href;
    const worker = new Worker(COLLECT, {
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
