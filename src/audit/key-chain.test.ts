import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { findKeyAt, type KeyChain, readKeyChain, signKeyChange } from './key-chain.ts';
import { formatVerifierKey } from './signed-note.ts';

const LOG = 'gw-1.0';
const pairs = Array.from({ length: 4 }, () => generateKeyPairSync('ed25519'));
const texts = pairs.map(({ publicKey }) => formatVerifierKey(LOG, publicKey));

const keyOf = (index: number): KeyObject => pairs[index]?.privateKey as KeyObject;
const textOf = (index: number): string => texts[index] ?? '';

function change(from: number, to: number, size: number, origin = LOG): string {
  return signKeyChange({ origin, size, root: Buffer.alloc(32, size) }, keyOf(from), keyOf(to));
}

function chainOf(notes: readonly string[], known: string): KeyChain {
  const chain = readKeyChain(notes, known);
  assert(typeof chain !== 'string', 'the chain can be read');
  return chain;
}

describe('readKeyChain', () => {
  it('is the known key where there are no changes', () => {
    assert.deepEqual(
      chainOf([], textOf(0)).map(({ text }) => text),
      [textOf(0)],
    );
  });

  it('leads from any known key to all others', () => {
    const notes = [change(0, 1, 10), change(1, 2, 20)];
    for (const known of [0, 1, 2]) {
      assert.deepEqual(
        chainOf(notes, textOf(known)).map(({ text }) => text),
        [textOf(0), textOf(1), textOf(2)],
      );
    }
  });

  it('says which key signs a checkpoint of which size', () => {
    const chain = chainOf([change(0, 1, 10), change(1, 2, 20)], textOf(0));
    const found = [0, 10, 11, 20, 21].map((size) => {
      const { publicKey } = findKeyAt(chain, size);
      return texts.indexOf(formatVerifierKey(LOG, publicKey));
    });
    assert.deepEqual(found, [0, 0, 1, 1, 2]);
  });

  it('refuses changes that do not fit together', () => {
    const first = change(0, 1, 10);
    const cases: [readonly string[], string][] = [
      [[first], textOf(3)],
      [[first, change(2, 3, 20)], textOf(0)],
      [[first, change(1, 2, 10)], textOf(0)],
      [[change(1, 2, 20), first], textOf(0)],
      [[change(0, 1, 10, 'gw-2.0')], textOf(0)],
      [[first.replace('\n10\n', '\n11\n')], textOf(0)],
      [[first.split('\n').slice(0, -2).join('\n').concat('\n')], textOf(0)],
      [[first.replace(textOf(1), textOf(2))], textOf(0)],
      [['gw-1.0\n3\n'], textOf(0)],
      [[], 'no key'],
    ];
    for (const [notes, known] of cases) {
      assert.equal(typeof readKeyChain(notes, known), 'string', notes.join('\n'));
    }
  });
});
