import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GatheredChunks } from './gathered-chunks.ts';

/** What was handed on, each time. */
function gather(): { readonly chunks: GatheredChunks; readonly handed: string[] } {
  const handed: string[] = [];
  const chunks = new GatheredChunks((buffer, start, end) => {
    handed.push(buffer.toString('latin1', start, end));
  });
  return { chunks, handed };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('GatheredChunks', () => {
  it('hands on at once what came in a turn, when it ends', async () => {
    const { chunks, handed } = gather();
    for (const piece of ['one ', 'two ', 'three']) chunks.add(Buffer.from(piece));
    assert.deepEqual(handed, []);
    assert(!chunks.isEmpty);
    await nextTurn();
    assert.deepEqual(handed, ['one two three']);
    assert(chunks.isEmpty);
    chunks.add(Buffer.from('four'));
    await nextTurn();
    assert.deepEqual(handed, ['one two three', 'four']);
  });

  it('hands on nothing while it holds, and all of it afterwards', async () => {
    const { chunks, handed } = gather();
    chunks.add(Buffer.from('a'));
    chunks.hold();
    await nextTurn();
    chunks.add(Buffer.from('b'));
    await nextTurn();
    assert.deepEqual(handed, []);
    chunks.release();
    await nextTurn();
    assert.deepEqual(handed, ['ab']);
  });

  it('hands on what it holds when nothing more comes, or forgets it', async () => {
    const { chunks, handed } = gather();
    chunks.add(Buffer.from('last'));
    chunks.hold();
    chunks.flush();
    assert.deepEqual(handed, ['last']);
    chunks.release();
    chunks.add(Buffer.from('forgotten'));
    chunks.drop();
    await nextTurn();
    assert.deepEqual(handed, ['last']);
  });

  it('may be told to hold, and be given more, by whom it hands to', async () => {
    const handed: string[] = [];
    const chunks: GatheredChunks = new GatheredChunks((buffer, start, end) => {
      handed.push(buffer.toString('latin1', start, end));
      chunks.hold();
      if (handed.length === 1) chunks.add(Buffer.from('more'));
    });
    chunks.add(Buffer.from('some'));
    await nextTurn();
    await nextTurn();
    assert.deepEqual(handed, ['some']);
    chunks.release();
    await nextTurn();
    assert.deepEqual(handed, ['some', 'more']);
  });

  it('keeps every byte in its order, whatever the sizes, held or not', async () => {
    const step = fc.oneof(
      fc.nat(150_000),
      fc.constantFrom('hold' as const, 'release' as const, 'turn' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const came: Buffer[] = [];
        const handed: Buffer[] = [];
        const chunks = new GatheredChunks((buffer, start, end) => {
          handed.push(Buffer.from(buffer.subarray(start, end)));
        });
        for (const [index, what] of steps.entries()) {
          if (what === 'hold') chunks.hold();
          else if (what === 'release') chunks.release();
          else if (what === 'turn') await nextTurn();
          else {
            const piece = Buffer.alloc(what, index + 1);
            came.push(piece);
            chunks.add(piece);
          }
        }
        chunks.release();
        await nextTurn();
        assert(Buffer.concat(came).equals(Buffer.concat(handed)));
      }),
      { numRuns: 50 },
    );
  });
});
