import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EscapeReader, type Typed } from './escape-reader.ts';

/** What is meant, as text: keys as they are, everything else in brackets. */
function read(...pieces: readonly string[]): string {
  const reader = new EscapeReader();
  const typed = pieces.flatMap((piece): readonly Typed[] => reader.push(Buffer.from(piece)));
  return typed
    .map((one) => (one.kind === 'keys' ? one.bytes.toString() : `<${one.kind}>`))
    .join('');
}

describe('EscapeReader', () => {
  it('takes what follows ~ at the beginning of a line for itself, and nothing else', () => {
    assert.equal(read('~k'), '<take>');
    assert.equal(read('~kls\r~g'), '<take>ls\r<give>');
    assert.equal(read('ls ~/.\r~.'), 'ls ~/.\r<leave>');
    assert.equal(read('~~.ssh\n~?'), '~.ssh\n<help>');
    assert.equal(read('~x'), '~x');
    assert.equal(read('~\r~.'), '~\r<leave>');
    assert.equal(read('~k~.'), '<take><leave>');
  });

  it('means the same wherever the keys are cut', () => {
    const keys = fc.array(fc.constantFrom('~', '.', 'k', 'g', '\r', 'a'), { maxLength: 30 });
    fc.assert(
      fc.property(keys, fc.array(fc.nat(29)), (pressed, cuts) => {
        const whole = pressed.join('');
        const places = [0, ...cuts.filter((cut) => cut < whole.length).toSorted((a, b) => a - b)];
        const pieces = places.map((place, index) => whole.slice(place, places[index + 1]));
        assert.equal(read(...pieces), read(whole));
      }),
    );
  });
});
