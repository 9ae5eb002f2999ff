import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeKey, encodePaste, type PressedKey } from './key-bytes.ts';

function press(key: string, held: Partial<PressedKey> = {}): string | undefined {
  const none = { ctrlKey: false, altKey: false, metaKey: false, shiftKey: false };
  return encodeKey({ key, ...none, ...held });
}

describe('encodeKey', () => {
  it('sends characters as they are, and keys as xterm does', () => {
    assert.deepEqual(
      ['a', 'É', '€', '😀', 'Enter', 'Backspace', 'ArrowUp', 'Delete'].map((key) => press(key)),
      ['a', 'É', '€', '😀', '\r', '\x7f', '\x1b[A', '\x1b[3~'],
    );
  });

  it('sends control characters, and ESC before a key with Alt', () => {
    assert.equal(press('c', { ctrlKey: true }), '\x03');
    assert.equal(press('U', { ctrlKey: true, shiftKey: true }), '\x15');
    assert.equal(press('[', { ctrlKey: true }), '\x1b');
    assert.equal(press(' ', { ctrlKey: true }), '\0');
    assert.equal(press('b', { altKey: true }), '\x1bb');
    assert.equal(press('Tab'), '\t');
  });

  it('leaves to the page what is no key of a terminal, and what leads out of it', () => {
    for (const key of ['Shift', 'Control', 'F5', 'Dead', 'Unidentified']) {
      assert.equal(press(key), undefined);
    }
    assert.equal(press('Tab', { shiftKey: true }), undefined);
    assert.equal(press('v', { metaKey: true }), undefined);
    assert.equal(press('1', { ctrlKey: true }), undefined);
  });
});

describe('encodePaste', () => {
  it('ends lines as Enter does', () => {
    assert.equal(encodePaste('a\nb\r\nc'), 'a\rb\rc');
  });
});
