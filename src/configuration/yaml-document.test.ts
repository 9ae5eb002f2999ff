import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';

import { formatProblem } from './configuration-error.ts';
import { section } from './fields.ts';
import { FILE_LENGTH_MAX, readYamlDocument } from './yaml-document.ts';

const SCHEMA = section({
  name: z.string(),
  mode: z.enum(['on-site', 'remote']).optional(),
  hosts: z.array(section({ port: z.int().max(65_535) })).default([]),
  labels: z.record(z.string(), z.string()).default({}),
});

function complain(text: string): readonly string[] {
  const reading = readYamlDocument('a.yaml', text, SCHEMA);
  assert.equal(reading.kind, 'invalid', JSON.stringify(reading));
  return reading.problems.map(formatProblem);
}

describe('readYamlDocument', () => {
  it('reads a valid document and places its values', () => {
    const text = 'name: x\nhosts:\n  - port: 1\n  - # é\n    port: 2\n';
    const reading = readYamlDocument('a.yaml', text, SCHEMA);
    assert.equal(reading.kind, 'read');
    assert.deepEqual(reading.value.hosts, [{ port: 1 }, { port: 2 }]);
    assert.equal(
      formatProblem(reading.positions.problem(['hosts', 1, 'port'], 'is taken')),
      'a.yaml:5:11: Cannot read hosts[1].port: is taken',
    );
  });

  it('points at the value that is wrong', () => {
    assert.deepEqual(complain('name: x\nhosts:\n  - port: 1\n  - port: high\n'), [
      'a.yaml:4:11: Cannot read hosts[1].port: must be a number',
    ]);
    assert.deepEqual(complain('name: "é"\nmode:   nowhere'), [
      'a.yaml:2:9: Cannot read mode: must be one of on-site, remote',
    ]);
    assert.deepEqual(complain('name: x\nlabels: {tier: 1}'), [
      'a.yaml:2:16: Cannot read labels.tier: must be text',
    ]);
  });

  it('points at the surroundings of what is missing', () => {
    assert.deepEqual(complain('hosts:\n  - {}\n'), [
      'a.yaml:1:1: Cannot read name: is missing',
      'a.yaml:2:5: Cannot read hosts[0].port: is missing',
    ]);
    assert.deepEqual(complain(''), ['a.yaml:1:1: Cannot read name: is missing']);
    assert.deepEqual(complain('name:\n'), ['a.yaml:1:6: Cannot read name: is missing']);
  });

  it('refuses unknown keys, each at its place, and suggests the known one', () => {
    assert.deepEqual(complain('name: x\nlables: {}\nhosts:\n  - port: 1\n    zzz: 2\n'), [
      'a.yaml:5:5: Cannot read hosts[0].zzz: unknown key; must be one of port',
      'a.yaml:2:1: Cannot read lables: unknown key; did you mean labels?',
    ]);
  });

  it('refuses what YAML leaves open to misunderstanding', () => {
    assert.match(
      complain('name: x\nname: y')[0] ?? '',
      /^a.yaml:2:1: Cannot read YAML: Map keys must be unique/,
    );
    assert.match(complain('name: x\n---\nname: y')[0] ?? '', /multiple documents/);
    assert.match(complain('name: *nobody')[0] ?? '', /Cannot read YAML/);
    assert.match(complain('name: !!python/object x')[0] ?? '', /Cannot read YAML: Unresolved tag/);
    assert.match(complain('? [a, b]\n: c')[0] ?? '', /Cannot read YAML/);
    assert.match(complain('- name')[0] ?? '', /a section with keys/);
  });

  it('tells of the first flaw of its form, not of what follows from it', () => {
    const text = 'name: x\n  : bad: [\nhosts:\n  - port: 1\nlabels: {}\n';
    assert.deepEqual(
      complain(text).map((line) => line.split(' ', 1)[0]),
      ['a.yaml:2:5:'],
    );
  });

  it('does not quote what it could not read', () => {
    for (const text of [
      'name: x\nmode: hunter2',
      'name: {hunter2: [}',
      'name: "hunter2\n',
      'name: x\nhosts: hunter2',
      'name: x\n  hunter2: y',
      'name: x\nhosts: [hunter2: a: b]',
      'name: !hunter2 x',
      'name: &hunter2 [*hunter2]',
    ]) {
      assert.doesNotMatch(complain(text).join('\n').replaceAll('[0].hunter2', ''), /hunter2/, text);
    }
  });

  it('is not exhausted by aliases of aliases, nor by size', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 12; level++) {
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(',')}]`,
      );
    }
    assert.match(complain(lines.join('\n'))[0] ?? '', /aliases/);
    assert.match(complain(`name: ${'x'.repeat(FILE_LENGTH_MAX)}`)[0] ?? '', /longer than/);
  });

  it('gives __proto__ no meaning', () => {
    const [first] = complain('name: x\n__proto__: {polluted: true}');
    assert.match(first ?? '', /__proto__: unknown key/);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });
});
