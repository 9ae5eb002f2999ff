import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { rootWithoutSources } from '../configuration/configuration-root.ts';
import { targetFileSchema } from '../configuration/target-file.ts';
import { SiteDirectory } from './site-directory.ts';
import type { Target } from './target.ts';

function makeTarget(name: string, changes: Readonly<Record<string, unknown>> = {}): Target {
  const schema = targetFileSchema({
    root: rootWithoutSources('/'),
    name,
    idleTimeoutMs: 0,
    side: 'gateway',
  });
  const credential = { none: true };
  return schema.parse({ kind: 'http', address: '127.0.0.1:80', credential, ...changes });
}

const DIRECTORY = new SiteDirectory(
  [
    makeTarget('fhir', { hosts: ['fhir.clinic.example'], pathPrefix: '/fhir' }),
    makeTarget('lab', { pathPrefix: '/fhir/lab' }),
    makeTarget('cluster', { kind: 'kubernetes', credential: { token: 'env:T' } }),
    makeTarget('ward', {
      kind: 'ssh',
      account: 'a',
      credential: { password: 'env:P' },
      hostAuthorities: [
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0dHQ0d',
      ],
    }),
  ],
  { suffix: 'sallyport', hostNames: ['gateway.clinic.example'], port: undefined },
);

function find(host: string, path = '/', boundTo?: string): string | undefined {
  const site = DIRECTORY.find(host, path, boundTo);
  return site && `${site.target.name}${site.pathPrefix}`;
}

describe('SiteDirectory', () => {
  it('finds targets by name and suffix, and by names of their own', () => {
    assert.equal(find('fhir.sallyport'), 'fhir');
    assert.equal(find('fhir.clinic.example', '/fhir'), 'fhir');
    assert.equal(find('cluster.sallyport'), 'cluster');
  });

  it('finds targets by path at the names of the gateway itself, the longest first', () => {
    for (const host of ['sallyport', 'gateway.clinic.example']) {
      assert.equal(find(host, '/fhir'), 'fhir/fhir');
      assert.equal(find(host, '/fhir/Patient'), 'fhir/fhir');
      assert.equal(find(host, '/fhir/lab/1'), 'lab/fhir/lab');
      assert.equal(find(host, '/fhirs'), undefined);
      assert.equal(find(host, '/'), undefined);
    }
  });

  it('finds nothing for other names, and no target of another protocol', () => {
    const others = ['ward.sallyport', 'a.fhir.sallyport', 'fhir', '.sallyport', 'x.example'];
    // As long as the suffix.
    for (const host of [...others, 'fhir.somewhere', 'fhir-sallyport']) {
      assert.equal(find(host, '/fhir'), undefined, host);
    }
    assert.equal(find('fhir.sallyport', '/', 'ward'), undefined);
  });

  it('finds the target of a listener that has one, whatever is asked for', () => {
    assert.equal(find('anything', '/fhir', 'cluster'), 'cluster');
  });
});
