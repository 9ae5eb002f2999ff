import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { parseVaultKey, Vault, VaultError } from './vault.ts';

interface FileContent {
  seal: string;
  secrets: Record<string, { version: number; sealed: string }>;
}

describe('Vault', () => {
  const key = randomBytes(32);
  let directory = '';
  let path = '';
  let vault = new Vault('', key);
  let count = 0;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-vault-'));
  });
  after(async () => {
    await rm(directory, { recursive: true });
  });

  const open = async (): Promise<void> => {
    path = join(directory, `${count++}`, 'vault.json');
    vault = new Vault(path, key);
    await vault.set('hospital', Buffer.from('s3cret'));
    await vault.set('billing', Buffer.from('other'));
  };

  const tamper = async (change: (content: FileContent) => void): Promise<void> => {
    await open();
    const content = JSON.parse(await readFile(path, 'utf8')) as FileContent;
    change(content);
    await writeFile(path, JSON.stringify(content));
  };

  const getEntry = (content: FileContent, name: string): { version: number; sealed: string } => {
    const entry = content.secrets[name];
    assert.ok(entry !== undefined);
    return entry;
  };

  it('gives back what was set, and nothing for other names', async () => {
    await open();
    assert.equal((await vault.read('hospital'))?.toString(), 's3cret');
    assert.equal(await vault.read('nothing'), undefined);
    assert.equal(await vault.read('__proto__'), undefined);
    assert.deepEqual(await vault.list(), [
      { name: 'billing', version: 1 },
      { name: 'hospital', version: 1 },
    ]);
  });

  it('counts versions, and removes', async () => {
    await open();
    await vault.set('hospital', randomBytes(1_000));
    assert.equal((await vault.list())[1]?.version, 2);
    assert.equal(await vault.remove('hospital'), true);
    assert.equal(await vault.remove('hospital'), false);
    assert.equal(await vault.read('hospital'), undefined);
    assert.equal((await vault.read('billing'))?.toString(), 'other');
  });

  it('is empty before the first secret', async () => {
    const fresh = new Vault(join(directory, 'none.json'), key);
    assert.deepEqual(await fresh.list(), []);
    assert.equal(await fresh.remove('x'), false);
  });

  it('writes a private file without the secret in it, and leaves no drafts behind', async () => {
    await open();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(path, '..'))).mode & 0o777, 0o700);
    const text = await readFile(path, 'utf8');
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      assert.equal(text.includes(Buffer.from('s3cret').toString(encoding)), false);
      assert.equal(text.includes(key.toString(encoding)), false);
    }
    assert.deepEqual(await readdir(join(path, '..')), ['vault.json']);
  });

  it('never uses a nonce twice', async () => {
    await open();
    const nonces = new Set<string>();
    for (let round = 0; round < 10; round++) {
      await vault.set('hospital', Buffer.from('s3cret'));
      const content = JSON.parse(await readFile(path, 'utf8')) as FileContent;
      nonces.add(getEntry(content, 'hospital').sealed.slice(0, 16));
      nonces.add(content.seal.slice(0, 16));
    }
    assert.equal(nonces.size, 20);
  });

  it('says when the key is another one, and changes nothing', async () => {
    await open();
    const stranger = new Vault(path, randomBytes(32));
    const expected = { code: 'ERR_VAULT', reason: /^its key is not the one/ };
    await assert.rejects(stranger.read('hospital'), expected);
    await assert.rejects(stranger.set('hospital', Buffer.from('x')), expected);
    await assert.rejects(stranger.remove('hospital'), expected);
    assert.equal((await vault.read('hospital'))?.toString(), 's3cret');
  });

  it('detects a changed byte anywhere in an entry', async () => {
    await open();
    const text = await readFile(path, 'utf8');
    const content = JSON.parse(text) as FileContent;
    const sealed = Buffer.from(getEntry(content, 'hospital').sealed, 'base64');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      content.secrets['hospital'] = { version: 1, sealed: changed.toString('base64') };
      await writeFile(path, JSON.stringify(content));
      await assert.rejects(vault.read('hospital'), VaultError);
    }
  });

  it('detects exchanged, renamed, removed, added and turned back entries', async () => {
    await tamper((content) => {
      const { hospital, billing } = content.secrets;
      assert.ok(hospital !== undefined && billing !== undefined);
      content.secrets = { hospital: billing, billing: hospital };
    });
    await assert.rejects(vault.read('hospital'), VaultError);
    await tamper((content) => {
      content.secrets['renamed'] = getEntry(content, 'hospital');
    });
    await assert.rejects(vault.read('renamed'), VaultError);
    await tamper((content) => {
      delete content.secrets['billing'];
    });
    await assert.rejects(vault.read('hospital'), VaultError);
    await tamper((content) => {
      getEntry(content, 'hospital').version = 2;
    });
    await assert.rejects(vault.read('hospital'), VaultError);

    await open();
    const before = JSON.parse(await readFile(path, 'utf8')) as FileContent;
    await vault.set('hospital', Buffer.from('rotated'));
    const now = JSON.parse(await readFile(path, 'utf8')) as FileContent;
    now.secrets['hospital'] = getEntry(before, 'hospital');
    await writeFile(path, JSON.stringify(now));
    await assert.rejects(vault.read('hospital'), VaultError);
  });

  it('throws nothing but its error for a file cut at any byte', async () => {
    await open();
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length - 1; length++) {
      await writeFile(path, bytes.subarray(0, length));
      await assert.rejects(vault.list(), VaultError, `cut at ${length}`);
    }
  });

  it('refuses to change while another command does', async () => {
    await open();
    await writeFile(`${path}.lock`, '');
    await assert.rejects(vault.set('x', Buffer.from('y')), { reason: /another command/ });
    assert.equal((await vault.read('hospital'))?.toString(), 's3cret');
    await rm(`${path}.lock`);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => vault.set(`n${index}`, Buffer.from('v'))),
    );
    const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
    assert.equal((await vault.list()).length, 2 + kept);
  });

  it('refuses names and secrets that it could not hold', async () => {
    await open();
    for (const name of ['', '../x', 'A', '__proto__', 'a b', 'x'.repeat(200)]) {
      await assert.rejects(vault.set(name, Buffer.from('x')), VaultError, name);
    }
    await assert.rejects(vault.set('x', Buffer.alloc(0)), VaultError);
    await assert.rejects(vault.set('x', Buffer.alloc(65_537)), VaultError);
  });
});

describe('parseVaultKey', () => {
  it('reads 32 bytes raw, in base64 or in hexadecimal', () => {
    const key = randomBytes(32);
    for (const text of [
      key,
      Buffer.from(key.toString('hex')),
      Buffer.from(`${key.toString('base64')}\n`),
      Buffer.from(key.toString('base64url')),
    ]) {
      assert.deepEqual(parseVaultKey(text), key);
    }
  });

  it('refuses everything else without quoting it', () => {
    for (const text of ['', 'password', 'x'.repeat(64), 'a'.repeat(63), 'a'.repeat(31)]) {
      assert.throws(() => parseVaultKey(Buffer.from(text)), {
        message: 'Cannot open vault: its key must be 32 bytes in base64 or hexadecimal',
      });
    }
  });
});
