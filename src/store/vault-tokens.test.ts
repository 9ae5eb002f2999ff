import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StoredTokenVault } from '../gateway/token-vault.ts';
import type { KeyedForm } from '../masking/vault/keyed-form.ts';
import { type VaultItem, vaultKey } from '../masking/vault/token-vault.ts';
import type { Store } from './open-store.ts';
import { MASTER_KEY, openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const PREFIXED: KeyedForm = { kind: 'prefixed' };

let opened: PrivateStore;
let store: Store;

/** As a process of a gateway would make one. */
function openVault(masterKey: Buffer = MASTER_KEY): StoredTokenVault {
  return new StoredTokenVault({ masterKey, keyVersion: 1, storage: store.vaultTokens });
}

function valuesOf(form: KeyedForm, id: string, count: number): VaultItem[] {
  return Array.from({ length: count }, (_, index) => ({ id, form, text: `value ${index}` }));
}

describe('vault tokens', () => {
  before(async () => {
    opened = await openPrivateStore();
    ({ store } = opened);
  });
  after(() => opened[Symbol.asyncDispose]());

  it('are the same for a value whichever gateway asks first, also when they ask at once', async () => {
    const values = valuesOf(PREFIXED, 'vault prefixed', 500);
    const vaults = Array.from({ length: 4 }, () => openVault());
    const loaded = await Promise.all(
      vaults.map((vault, index) =>
        vault.loadTokens(index % 2 === 0 ? values : values.toReversed()),
      ),
    );
    const [first, ...others] = loaded.map((tokens) =>
      values.map((value) => tokens.get(vaultKey(value))),
    );
    for (const other of others) assert.deepEqual(other, first);
    assert.equal(new Set(first).size, values.length);
    assert.match(first?.[0] ?? '', /^vt1_[0-9a-f]{16}$/);
    const [value] = values;
    assert(value);
    assert.equal(vaults[0]?.findToken(value), first?.[0]);
    assert.equal(openVault().findToken(value), undefined);
  });

  it('lead back to their values, and made-up ones to nothing', async () => {
    const [value] = valuesOf(PREFIXED, 'vault prefixed', 1);
    assert(value);
    const token = (await openVault().loadTokens([value])).get(vaultKey(value));
    assert(token);
    const known: VaultItem = { ...value, text: token };
    const guessed: VaultItem = { ...value, text: 'vt1_0000000000000000' };
    const vault = openVault();
    const found = await vault.loadValues([known, guessed]);
    assert.equal(found.get(vaultKey(known)), value.text);
    assert.equal(found.get(vaultKey(guessed)), null);
    assert.equal(vault.findValue(known), value.text);
  });

  it('are apart where columns are', async () => {
    const form: KeyedForm = { kind: 'number', bits: 31 };
    const one: VaultItem = { id: 'vault number-31 a', form, text: '5' };
    const other: VaultItem = { ...one, id: 'vault number-31 b' };
    const tokens = await openVault().loadTokens([one, other]);
    const token = tokens.get(vaultKey(one)) ?? '';
    assert.notEqual(token, tokens.get(vaultKey(other)));
    const found = await openVault().loadValues([{ ...other, text: token }]);
    assert.deepEqual([...found.values()], [null]);
  });

  it('are minted again where another value has them, and run out with an error', async () => {
    const form: KeyedForm = { kind: 'number', bits: 4 };
    const values = valuesOf(form, 'vault tiny', 14);
    const tokens = await openVault()
      .loadTokens(values)
      .catch(() => undefined);
    if (tokens !== undefined) assert.equal(new Set(tokens.values()).size, 14);
    await assert.rejects(openVault().loadTokens(valuesOf(form, 'vault tiny', 17)), {
      code: 'ERR_TOKEN_VAULT',
    });
  });

  it('say nothing to who has the store but not the key', async () => {
    const [value] = valuesOf(PREFIXED, 'vault secret', 1);
    assert(value);
    const tokens = await openVault().loadTokens([value]);
    const stored = await opened.query('select * from sallyport.vault_tokens');
    const text = stored.map((row) => Object.values(row).map(String).join()).join();
    assert(!text.includes('value 0'));
    assert(!text.includes(tokens.get(vaultKey(value)) ?? '-'));
    const others = await openVault(Buffer.alloc(32, 8)).loadTokens([value]);
    assert.notEqual(others.get(vaultKey(value)), tokens.get(vaultKey(value)));
  });

  it('are not shown where the store was tampered with', async () => {
    const [one, other] = valuesOf(PREFIXED, 'vault tampered', 2);
    assert(one && other);
    await openVault().loadTokens([one, other]);
    await opened.query(
      `update sallyport.vault_tokens set sealed = set_byte(sealed, 14, get_byte(sealed, 14) # 1)`,
    );
    await assert.rejects(openVault().loadTokens([one]), { code: 'ERR_TOKEN_VAULT' });
    await opened.query('delete from sallyport.vault_tokens');
  });
});
