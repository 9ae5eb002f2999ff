import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startService } from '../../../test/secrets/start-service.ts';
import { createSecretResolver } from '../secret-resolver.ts';
import { SecretSources } from './secret-sources.ts';

describe('KubernetesSecrets', () => {
  it('reads the keys of a Secret with the token of its pod, bytes as they are', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-pod-'));
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'pod-token\n');
    // An API server, as its reference describes the reading of one Secret.
    await using server = await startService(({ url, headers }) => {
      if (headers.authorization !== 'Bearer pod-token') return { status: 401, body: {} };
      if (url === '/api/v1/namespaces/clinic/secrets/list') {
        return { status: 200, body: { kind: 'SecretList', items: [] } };
      }
      if (url !== '/api/v1/namespaces/clinic/secrets/hospital') return { status: 404, body: {} };
      const data = {
        username: Buffer.from('gateway').toString('base64'),
        'tls.key': Buffer.of(0, 255, 10).toString('base64'),
      };
      return { status: 200, body: { kind: 'Secret', data } };
    });
    const settings = { kind: 'kubernetes', address: server.url, caFile: '/nowhere' } as const;
    await using sources = new SecretSources(
      new Map([['cluster', { ...settings, tokenFile, lifetimeMs: 60_000 }]]),
      {
        resolveSecret: async () => Buffer.alloc(0),
        nowMs: () => performance.now(),
        onProblem: () => undefined,
      },
    );
    const resolve = createSecretResolver({ environment: {}, vault: undefined, sources });
    try {
      assert.deepEqual(await resolve('cluster:clinic/hospital#tls.key'), Buffer.of(0, 255, 10));
      assert.equal(String(await resolve('cluster:clinic/hospital#username')), 'gateway');
      assert.equal(server.requests.length, 1);
      for (const [reference, reason] of [
        ['cluster:clinic/hospital#password', 'has no such field'],
        ['cluster:clinic/other#password', 'it answered with status 404'],
        ['cluster:clinic/list#items', 'its answer is no Secret'],
        ['cluster:clinic/../admin#a', 'its reference must go on with namespace/name'],
      ] as const) {
        await assert.rejects(resolve(reference), { code: 'ERR_SECRET', reason });
      }
      await writeFile(tokenFile, 'other');
      await assert.rejects(resolve('cluster:clinic/again#a'), {
        reason: 'it answered with status 401',
      });
      await writeFile(tokenFile, 'a\r\nb');
      await assert.rejects(resolve('cluster:clinic/again#a'), {
        reason: 'the token of the service account cannot be read',
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
