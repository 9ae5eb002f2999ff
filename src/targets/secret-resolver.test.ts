import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { createSecretResolver } from './secret-resolver.ts';
import { Vault } from './vault.ts';

describe('createSecretResolver', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-secret-'));
  });
  after(async () => {
    await rm(directory, { recursive: true });
  });

  const resolveFile = async (content: string | Buffer, mode: number): Promise<string> => {
    const path = join(directory, randomBytes(6).toString('hex'));
    await writeFile(path, content);
    await chmod(path, mode);
    const resolve = createSecretResolver({ environment: {}, vault: undefined });
    return (await resolve(`file:${path}`)).toString();
  };

  it('reads the environment that it was given', async () => {
    const environment = { PASSWORD: 'pä55', EMPTY: '' };
    const resolve = createSecretResolver({ environment, vault: undefined });
    assert.equal((await resolve('env:PASSWORD')).toString(), 'pä55');
    await assert.rejects(resolve('env:EMPTY'), { code: 'ERR_SECRET', reason: 'is empty' });
    await assert.rejects(resolve('env:OTHER'), { reason: 'is not set in the environment' });
    await assert.rejects(resolve('env:constructor'), { reason: 'is not set in the environment' });
  });

  it('reads private files, without the line break at their end', async () => {
    assert.equal(await resolveFile('s3cret\n', 0o600), 's3cret');
    assert.equal(await resolveFile('s3cret\r\n', 0o400), 's3cret');
    assert.equal(await resolveFile(' s3\ncret \n\n', 0o600), ' s3\ncret \n');
    await assert.rejects(resolveFile('\n', 0o600), { reason: 'is empty' });
    await assert.rejects(resolveFile('x'.repeat(65_537), 0o600), { reason: /longer than/ });
  });

  it('refuses files that others may read or change', async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o620, 0o602, 0o666]) {
      await assert.rejects(resolveFile('s3cret', mode), { reason: /chmod 600/ }, mode.toString(8));
    }
  });

  it('refuses what is not a file, or is not there', async () => {
    const resolve = createSecretResolver({ environment: {}, vault: undefined });
    await assert.rejects(resolve(`file:${directory}`), { reason: 'is not a regular file' });
    await assert.rejects(resolve(`file:${directory}/nothing`), { reason: 'does not exist' });
  });

  it('refuses files of other users, but takes what root provided', async () => {
    const resolve = createSecretResolver({ environment: {}, vault: undefined });
    if (process.getuid?.() === 0) {
      const path = join(directory, 'foreign');
      await writeFile(path, 's3cret', { mode: 0o600 });
      await chown(path, 12_345, 12_345);
      await assert.rejects(resolve(`file:${path}`), { reason: 'belongs to another user' });
    } else {
      assert.match((await resolve('file:/etc/passwd')).toString(), /root/);
    }
  });

  it('reads the vault', async () => {
    const vault = new Vault(join(directory, 'vault.json'), randomBytes(32));
    await vault.set('hospital', Buffer.of(0, 255));
    const resolve = createSecretResolver({ environment: {}, vault });
    assert.deepEqual(await resolve('vault:hospital'), Buffer.of(0, 255));
    await assert.rejects(resolve('vault:other'), { reason: 'is not in the vault' });
    const without = createSecretResolver({ environment: {}, vault: undefined });
    await assert.rejects(without('vault:hospital'), { reason: /there is no vault/ });
  });

  it('does not repeat what is not a reference', async () => {
    const resolve = createSecretResolver({ environment: {}, vault: undefined });
    for (const text of ['hunter2', 'env:', 'http:hunter2', '']) {
      await assert.rejects(resolve(text), {
        message:
          'Cannot read secret reference: must start with env:, file: or vault:, or name a source',
      });
    }
  });
});
