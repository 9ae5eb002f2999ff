import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { rootWithoutSources } from './configuration-root.ts';
import type { KubernetesTargetFile } from './kubernetes-target-file.ts';
import { targetFileSchema } from './target-file.ts';

const TARGET = {
  kind: 'kubernetes',
  address: 'api.cluster.example',
  credential: { token: 'env:CLUSTER_TOKEN' },
};

function read(changes: Readonly<Record<string, unknown>>) {
  const schema = targetFileSchema({
    root: rootWithoutSources('/etc/s'),
    name: 'cluster',
    idleTimeoutMs: 0,
    side: 'gateway',
  });
  return schema.safeParse({ ...TARGET, ...changes });
}

function readValid(changes: Readonly<Record<string, unknown>>): KubernetesTargetFile {
  const { data, error } = read(changes);
  assert(data?.kind === 'kubernetes', error?.message);
  return data;
}

describe('the file of a Kubernetes target', () => {
  it('hides Secrets and has principals impersonated unless it says otherwise', () => {
    const { port, credential, impersonation, dataMap } = readValid({});
    assert.equal(port, 6443);
    assert.deepEqual(credential, { kind: 'bearer', bearer: 'env:CLUSTER_TOKEN' });
    assert.deepEqual(impersonation, { prefix: 'sallyport:' });
    assert.deepEqual([dataMap.secrets, dataMap.output], ['mask', 'inspect']);
    assert.equal(readValid({ impersonate: false }).impersonation, undefined);
    assert.equal(readValid({ dataMap: { secrets: 'pass' } }).dataMap.output, 'inspect');
  });

  it('takes a certificate for a credential', () => {
    const clientCertificate = { certificate: 'env:C', key: 'env:K' };
    const { tls, credential } = readValid({ credential: { clientCertificate } });
    assert.deepEqual(tls, { mode: 'verify-full', clientCertificate });
    assert.deepEqual(credential, { kind: 'none' });
    for (const both of [{}, { token: 'env:T', clientCertificate }]) {
      assert(!read({ credential: both }).success);
    }
  });

  it('makes nobody a user or group that Kubernetes trusts by name', () => {
    for (const prefix of ['', 'system:', 'system:serviceaccount:a:b']) {
      assert(!read({ impersonate: { prefix } }).success, prefix);
    }
    assert.deepEqual(readValid({ impersonate: { prefix: 'clinic:' } }).impersonation, {
      prefix: 'clinic:',
    });
  });

  it('is never reached in the clear', () => {
    assert(!read({ tls: { mode: 'disable' } }).success);
  });
});
