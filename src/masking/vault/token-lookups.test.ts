import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeVault } from './fake-vault.fixture.ts';
import { TokenLookups } from './token-lookups.ts';
import type { VaultItem } from './token-vault.ts';

function itemOf(text: string): VaultItem {
  return { id: 'vault prefixed', form: { kind: 'prefixed' }, text };
}

/** What is found of several, looked up one after the other. */
function findAll(lookups: TokenLookups, texts: readonly string[]): (string | null | undefined)[] {
  return texts.map((text) => lookups.find(itemOf(text)));
}

describe('TokenLookups', () => {
  it('has all that was looked up together after one load, whatever memory let go of meanwhile', async () => {
    for (const memory of [{ isForgetful: true }, { isCrowded: true }]) {
      const vault = new FakeVault();
      await vault.loadTokens([itemOf('one')]);
      Object.assign(vault, memory);
      const lookups = new TokenLookups(vault, 'tokens');
      findAll(lookups, ['one', 'two']);
      await lookups.load();
      const found = findAll(lookups, ['one', 'two']);
      assert.equal(lookups.isWanting, false);
      assert.deepEqual(found, [...vault.tokens.values()]);
      lookups.settle();
      findAll(lookups, ['two', 'three']);
      await lookups.load();
      assert.equal(findAll(lookups, ['two', 'three']).includes(undefined), false);
    }
  });

  it('knows what is no token after one load', async () => {
    const vault = new FakeVault();
    const token = [...(await vault.loadTokens([itemOf('one')])).values()][0] ?? '';
    const lookups = new TokenLookups(vault, 'values');
    assert.deepEqual(findAll(lookups, ['vt1_guess', token]), [undefined, 'one']);
    vault.isForgetful = true;
    await lookups.load();
    assert.deepEqual(findAll(lookups, ['vt1_guess', token]), [null, 'one']);
  });

  it('asks no more for what it was told to forget', async () => {
    const vault = new FakeVault();
    const lookups = new TokenLookups(vault, 'tokens');
    findAll(lookups, ['one']);
    lookups.forget();
    assert.equal(lookups.isWanting, false);
    await lookups.load();
    assert.deepEqual(vault.loads, [0]);
  });
});
