import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventStreamMasker } from './event-stream-masker.ts';

/** What is shown of a stream that comes in these pieces; all letters of its data are masked. */
function mask(pieces: readonly string[]): string {
  const output: Buffer[] = [];
  const data = (message: Buffer): Buffer =>
    Buffer.from(message.toString('latin1').replace(/[a-z]/gu, '*'), 'latin1');
  const masker = new EventStreamMasker(
    { data, text: (text) => Buffer.from(text) },
    (bytes) => void output.push(bytes),
  );
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    masker.push(bytes);
    bytes.fill(0);
  }
  masker.end();
  return Buffer.concat(output).toString('latin1');
}

describe('EventStreamMasker', () => {
  it('masks the data of each event, and leaves out what no client knows', () => {
    const stream = 'event: note\nid: 7\nother: secret\n: why\ndata: one\ndata:two\n\ndata\n\n';
    assert.equal(mask([stream]), 'event: note\nid: 7\n:\ndata: ***\ndata: ***\n\ndata: \n\n');
  });

  it('shows the same wherever a stream is cut, and however its lines end', () => {
    const lineEnd = fc.constantFrom('\n', '\r', '\r\n');
    const lines = fc.array(fc.tuple(fc.constantFrom('data: one', ': a', 'x: y', ''), lineEnd));
    fc.assert(
      fc.property(lines, fc.array(fc.nat(60)), (parts, cuts) => {
        const stream = `${parts.map((part) => part.join('')).join('')}data: end\n\n`;
        const ends = [...cuts.toSorted((left, right) => left - right), stream.length];
        const pieces = ends.map((end, index) => stream.slice(ends[index - 1] ?? 0, end));
        const shown = mask(pieces);
        assert.equal(shown, mask([stream]));
        const plain = stream.replaceAll(/\r\n?/gu, '\n');
        const events = plain.split('\n\n').filter((event) => event.includes('data: '));
        assert.equal(shown.split('***').length - 1, plain.split('data: ').length - 1);
        assert(!shown.includes('one') && events.length > 0);
      }),
    );
  });

  it('looks once at an event that comes in very many pieces', () => {
    const pieces = Array.from({ length: 64 * 1024 }, () => 'a'.repeat(60));
    assert.equal(mask(['data: ', ...pieces, '\n\n']), `data: ${'*'.repeat(60 * 64 * 1024)}\n\n`);
  });

  it('shows nothing of an event that is longer than 4 MiB, or does not end', () => {
    assert.throws(() => mask(['data: ', 'a'.repeat(4 * 1024 * 1024)]), /more than/);
    assert.equal(mask(['data: a\n\ndata: b\n']), 'data: *\n\n');
  });
});
