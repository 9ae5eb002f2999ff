import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ChunkBuilder, recycleChunk } from './chunk-builder.ts';
import { CHUNK_RAW_BYTES_MAX } from './recording-format.ts';

const LINE: Buffer = Buffer.alloc(1000, 0x61);

function fill(chunk: ChunkBuilder): ChunkBuilder {
  while (!chunk.isFull) chunk.add('shown', 0, LINE, 0, LINE.length);
  return chunk;
}

describe('ChunkBuilder', () => {
  it('takes the memory of chunks that were given back, at every size', () => {
    const first = fill(new ChunkBuilder());
    const { memory } = first;
    assert.equal(memory.length, CHUNK_RAW_BYTES_MAX);
    recycleChunk(memory);
    const second = fill(new ChunkBuilder());
    assert.equal(second.memory, memory);
    recycleChunk(second.memory);
  });

  it('never shares memory with a chunk that is still read', () => {
    const chunks = Array.from({ length: 3 }, () => fill(new ChunkBuilder()));
    assert.equal(new Set(chunks.map(({ memory }) => memory)).size, 3);
    const small = Array.from({ length: 3 }, () => new ChunkBuilder());
    for (const [index, chunk] of small.entries()) {
      chunk.add('sent', index, LINE, 0, 10 * (index + 1));
    }
    assert.deepEqual(
      small.map(({ contentBytes }) => contentBytes),
      [10, 20, 30],
    );
    assert.equal(new Set(small.map(({ memory }) => memory)).size, 3);
  });
});
