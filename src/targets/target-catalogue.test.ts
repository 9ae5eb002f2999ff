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
    database: `${name}-main`,
    databases,
    tls: { mode: 'disable' },
    credential: { user: 'u' },
    labels: {},
    seal: 'sealed',
    recording: { enabled: false, bytesMax: 0 },
    sealParameters: false,
    functionsAllowed: [],
    idleTimeoutMs: 0,
    onReview: { people: 'wait', workloads: 'fail' },
  };
}

const CATALOGUE = new TargetCatalogue([
  describeTarget('hospital', ['archive', 'a/b']),
  describeTarget('any', ['*']),
]);

function find(name: string, boundTo?: string): string {
  const lookup = CATALOGUE.find(name, boundTo);
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
    const unknown = CATALOGUE.find('nobody');
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
      assert.equal(CATALOGUE.find(name), unknown, name);
    }
    assert.equal(CATALOGUE.find('x', 'nobody'), unknown);
  });
});
