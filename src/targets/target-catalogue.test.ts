import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Target } from './target.ts';
import { TargetCatalogue } from './target-catalogue.ts';

function describeTarget(name: string, databases: readonly string[]): Target {
  return {
    kind: 'postgres',
    name,
    description: name,
    host: '127.0.0.1',
    port: 5432,
    connectors: [],
    database: `${name}-main`,
    databases,
    tls: { mode: 'disable' },
    credential: { kind: 'user', user: 'u' },
    labels: {},
    seal: 'sealed',
    recording: { enabled: false, bytesMax: 0 },
    sealParameters: false,
    functionsAllowed: [],
    idleTimeoutMs: 0,
    onReview: { people: 'wait', workloads: 'fail' },
  };
}

function describeHost(name: string, accounts: readonly string[]): Target {
  return {
    kind: 'ssh',
    name,
    description: name,
    host: '127.0.0.1',
    port: 22,
    connectors: [],
    account: 'deploy',
    accounts,
    credential: { kind: 'password', password: 'env:PASSWORD' },
    hostKeys: [],
    hostAuthorities: [],
    environment: [],
    forwards: [],
    labels: {},
    seal: 'sealed',
    recording: { enabled: false, bytesMax: 0 },
    idleTimeoutMs: 0,
    onReview: { people: 'wait', workloads: 'fail' },
  };
}

const CATALOGUE = new TargetCatalogue([
  describeTarget('hospital', ['archive', 'a/b']),
  describeTarget('any', ['*']),
  describeHost('ward', ['postgres', 'svc$']),
  describeHost('lab', ['*']),
]);

function findAccount(name: string, boundTo?: string): string {
  const lookup = CATALOGUE.findAccount(name, boundTo);
  return lookup.kind === 'found' ? `${lookup.account}@${lookup.target.name}` : 'unknown';
}

function find(name: string, boundTo?: string): string {
  const lookup = CATALOGUE.findDatabase(name, boundTo);
  return lookup.kind === 'found' ? `${lookup.target.name}: ${lookup.database}` : 'unknown';
}

describe('TargetCatalogue', () => {
  it('finds a target by name, with its own database', () => {
    assert.equal(find('hospital'), 'hospital: hospital-main');
  });

  it('finds a permitted database of a target', () => {
    assert.equal(find('hospital/archive'), 'hospital: archive');
    assert.equal(find('hospital/hospital-main'), 'hospital: hospital-main');
    assert.equal(find('hospital/a/b'), 'hospital: a/b');
    assert.equal(find('any/whatever'), 'any: whatever');
  });

  it('passes database names through on a bound listener', () => {
    assert.equal(find('archive', 'hospital'), 'hospital: archive');
    assert.equal(find('hospital-main', 'hospital'), 'hospital: hospital-main');
    assert.equal(find('anything/at all', 'any'), 'any: anything/at all');
    assert.equal(find('hospital', 'hospital'), 'unknown');
    assert.equal(find('any/x', 'hospital'), 'unknown');
  });

  it('answers the same for what does not exist and for what is not permitted', () => {
    const unknown = CATALOGUE.find('postgres', 'nobody');
    for (const name of [
      'hospital/other',
      'hospital/',
      'hospital/*',
      'any/',
      `any/${'é'.repeat(32)}`,
      'any/x\0y',
      'any/*',
      'Hospital',
      '',
      '/',
      '__proto__',
      'nobody/x',
    ]) {
      assert.equal(CATALOGUE.find('postgres', name), unknown, name);
    }
    assert.equal(CATALOGUE.find('postgres', 'x', 'nobody'), unknown);
  });

  it('finds an account of a host, its own where none is named', () => {
    assert.equal(findAccount('ward'), 'deploy@ward');
    assert.equal(findAccount('deploy@ward'), 'deploy@ward');
    assert.equal(findAccount('postgres@ward'), 'postgres@ward');
    assert.equal(findAccount('svc$@ward'), 'svc$@ward');
    assert.equal(findAccount('anybody@lab'), 'anybody@lab');
    assert.equal(findAccount('postgres', 'ward'), 'postgres@ward');
  });

  it('takes for an account what one may be called, and nothing else', () => {
    for (const name of [
      'root@ward',
      '@ward',
      '*@lab',
      'a@b@lab',
      'a b@lab',
      '-oProxyCommand=x@lab',
      'a:b@lab',
      'a/b@lab',
      'a%h@lab',
      'a\n@lab',
      `${'a'.repeat(65)}@lab`,
      'deploy@',
      '@',
    ]) {
      assert.equal(findAccount(name), 'unknown', name);
    }
    assert.equal(findAccount('postgres@ward', 'ward'), 'unknown');
    assert.equal(findAccount('', 'ward'), 'unknown');
  });

  it('leads a client to targets of its own protocol only', () => {
    assert.equal(find('ward'), 'unknown');
    assert.equal(find('deploy', 'ward'), 'unknown');
    assert.equal(findAccount('hospital'), 'unknown');
    assert.equal(findAccount('deploy', 'hospital'), 'unknown');
  });
});
