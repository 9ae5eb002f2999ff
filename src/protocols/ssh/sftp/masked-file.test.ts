import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContentMasker } from '../../../masking/content-masker.ts';
import { MaskedFile, type MaskedRead } from './masked-file.ts';

async function* chunksOf(...texts: string[]): AsyncGenerator<Buffer, void> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

/** Masks nothing. */
function openMasker(write: (bytes: Buffer) => void): ContentMasker {
  return { push: write, end() {}, describe: () => assert.fail('nobody asks') };
}

describe('MaskedFile', () => {
  it('serves reads as their bytes come, in about their order', async () => {
    const file = new MaskedFile(chunksOf('abc', 'def'), openMasker, assert.fail);
    const read = (offset: number, length: number): Promise<MaskedRead> =>
      new Promise((resolve) => file.read(offset, length, resolve));
    const reads = await Promise.all([read(4, 5), read(0, 4), read(6, 1)]);
    assert.deepEqual(reads, [
      { kind: 'data', data: Buffer.from('ef') },
      { kind: 'data', data: Buffer.from('abcd') },
      { kind: 'end' },
    ]);
  });

  it('serves nothing more once an answer has failed, and tells', async () => {
    const failure = Promise.withResolvers<void>();
    const file = new MaskedFile(chunksOf('abc', 'def'), openMasker, failure.resolve);
    file.read(0, 3, () => {
      throw new Error('the answer cannot be sent');
    });
    await failure.promise;
    let answer: MaskedRead | undefined;
    file.read(3, 3, (read) => {
      answer = read;
    });
    assert.equal(answer?.kind, 'failed');
  });
});
