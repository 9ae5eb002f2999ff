import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeldOutput, type Release } from './held-output.ts';

function collect(): { readonly written: string[]; readonly held: HeldOutput } {
  const written: string[] = [];
  const held = new HeldOutput({
    write: (bytes, start, end) => written.push(bytes.toString('latin1', start, end)),
    writeOwned: (bytes) => written.push(bytes.toString('latin1')),
  });
  return { written, held };
}

function hold(held: HeldOutput, text: string, operations = 1): Release {
  const lent = Buffer.from(text);
  const release = held.hold(lent, 0, lent.length, operations);
  lent.fill(0x7a);
  return release;
}

function offer(held: HeldOutput, text: string): void {
  const lent = Buffer.from(text);
  held.offer(lent, 0, lent.length);
  lent.fill(0x7a);
}

describe('HeldOutput', () => {
  it('writes at once what waits for nothing', () => {
    const { written, held } = collect();
    held.begin();
    offer(held, 'a');
    assert.deepEqual(written, ['a']);
    held.end();
  });

  it('writes nothing of a read before all of its operations are sealed, and then all at once', () => {
    const { written, held } = collect();
    held.begin();
    const first = hold(held, 'one ', 2);
    offer(held, 'between ');
    const second = hold(held, 'two');
    held.end();
    second(undefined);
    first(undefined);
    assert.deepEqual(written, []);
    assert.ok(held.heldBytes > 0);
    first(undefined);
    assert.deepEqual(written, ['one between two']);
    assert.equal(held.heldBytes, 0);
  });

  it('keeps later reads behind earlier ones', () => {
    const { written, held } = collect();
    held.begin();
    const first = hold(held, 'first');
    held.end();
    held.begin();
    offer(held, 'second');
    held.end();
    held.begin();
    hold(held, 'third')(undefined);
    held.end();
    assert.deepEqual(written, []);
    first(undefined);
    assert.equal(written.join(''), 'firstsecondthird');
  });

  it('waits for the end of the read when sealing is quicker', () => {
    const { written, held } = collect();
    held.begin();
    hold(held, 'a')(undefined);
    offer(held, 'b');
    assert.deepEqual(written, []);
    held.end();
    assert.deepEqual(written, ['ab']);
  });

  it('puts the stand-in for what could not be sealed in its place, in whatever order that is known', () => {
    const { written, held } = collect();
    held.begin();
    const release = hold(held, '0123456789', 3);
    held.end();
    release({ start: 6, end: 8, instead: Buffer.from('<B>') });
    release(undefined);
    release({ start: 1, end: 3, instead: Buffer.from('<A>') });
    assert.deepEqual(written, ['0<A>345<B>89']);
    assert.equal(held.heldBytes, 0);
  });

  it('writes everything once and in order, however seals and reads fall', () => {
    const part = fc.record({ seals: fc.integer({ min: 0, max: 3 }), endsRead: fc.boolean() });
    fc.assert(
      fc.property(fc.array(part), fc.infiniteStream(fc.nat()), (parts, choices) => {
        const { written, held } = collect();
        const waiting: Release[] = [];
        held.begin();
        for (const [index, { seals, endsRead }] of parts.entries()) {
          if (seals === 0) offer(held, `${index};`);
          else {
            const release = hold(held, `${index};`, seals);
            for (let count = 0; count < seals; count++) waiting.push(release);
          }
          if (endsRead) {
            held.end();
            held.begin();
          }
          const [release] = waiting.splice(
            (choices.next().value as number) % (waiting.length + 1),
            1,
          );
          release?.(undefined);
        }
        held.end();
        for (const release of waiting) release(undefined);
        assert.equal(written.join(''), parts.map((_, index) => `${index};`).join(''));
        assert.equal(held.heldBytes, 0);
      }),
    );
  });
});
