import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootWithoutSources } from './configuration-root.ts';
import { sshSchema } from './ssh-settings.ts';

describe('the section ssh', () => {
  const schema = sshSchema(rootWithoutSources('/etc/sallyport'));

  it('makes its own keys and offers no codes unless it says otherwise', () => {
    assert.deepEqual(schema.parse(undefined), {
      keys: { userAuthority: undefined, hostAuthority: undefined, host: undefined },
      certificateLifetimeMs: 28_800_000,
      hostNames: [],
      suffix: 'sallyport',
      deviceSignIn: false,
    });
  });

  it('takes keys by reference', () => {
    const { keys } = schema.parse({ userAuthority: 'file:ca', hostKey: 'vault:ssh-host' });
    assert.deepEqual(keys, {
      userAuthority: 'file:/etc/sallyport/ca',
      hostAuthority: undefined,
      host: 'vault:ssh-host',
    });
    assert(!schema.safeParse({ userAuthority: '-----BEGIN OPENSSH PRIVATE KEY-----' }).success);
  });

  it('lets no certificate last longer than a day', () => {
    assert.equal(schema.parse({ certificateLifetime: '24h' }).certificateLifetimeMs, 86_400_000);
    assert(!schema.safeParse({ certificateLifetime: '25h' }).success);
    assert(!schema.safeParse({ certificateLifetime: '10s' }).success);
  });

  it('takes names of hosts alone: they stand in files of OpenSSH', () => {
    for (const good of ['gw', 'gateway.clinic.example', '10.0.0.7', 'a-b.c']) {
      assert(schema.safeParse({ hostNames: [good], suffix: good }).success, good);
    }
    for (const bad of [
      '',
      '*',
      'a b',
      'a\nProxyCommand x',
      '.a',
      'a.',
      'A',
      'a..b',
      'x'.repeat(254),
    ]) {
      assert(!schema.safeParse({ hostNames: [bad] }).success, bad);
      assert(!schema.safeParse({ suffix: bad }).success, bad);
    }
  });
});
