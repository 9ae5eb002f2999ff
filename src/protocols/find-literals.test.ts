import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from '../masking/detectors/detectors.ts';
import { findLiterals, maskFacts } from './find-literals.ts';

const DETECTORS = compileDetectors();

describe('findLiterals', () => {
  it('finds identifiers where they stand, in UTF-16, whatever stands before them', () => {
    const text = "grep 'é😀 078-05-1120' notes; grep 212-55-1234 notes";
    const found = findLiterals(text, DETECTORS);
    assert.deepEqual(
      found.map(({ start, end }) => text.slice(start, end)),
      ['078-05-1120', '212-55-1234'],
    );
    assert.deepEqual(
      found.map(({ className }) => className),
      ['ssn', 'ssn'],
    );
  });

  it('takes what is behind the first 16 KiB for one identifier, and cuts none before it', () => {
    const cutFrom = 16 * 1024 - 256;
    const text = `${'x'.repeat(cutFrom - 6)} 078-05-1120 ${'y'.repeat(100_000)}`;
    const [only, ...others] = findLiterals(text, DETECTORS);
    assert.deepEqual(others, []);
    assert.deepEqual(only, { start: cutFrom - 5, end: text.length, className: undefined });
  });

  it('finds nothing where nothing is', () => {
    assert.deepEqual(findLiterals('systemctl stop nginx', DETECTORS), []);
  });
});

describe('maskFacts', () => {
  it('shows no words that it does not look through', () => {
    const facts = { paths: ['x'.repeat(16 * 1024), '/srv/212-55-1234.txt'], text: 'a' };
    assert.deepEqual(maskFacts(facts, DETECTORS), {
      paths: ['x'.repeat(16 * 1024), '…'],
      text: '…',
    });
  });

  it('masks identifiers in words and in lists of words, and leaves the rest', () => {
    const facts = {
      text: 'rm 212-55-1234.txt',
      paths: ['/srv/212-55-1234.txt', '/srv/a.txt'],
      opaque: true,
      patientsToday: 3,
    };
    assert.deepEqual(maskFacts(facts, DETECTORS), {
      text: 'rm [ssn].txt',
      paths: ['/srv/[ssn].txt', '/srv/a.txt'],
      opaque: true,
      patientsToday: 3,
    });
  });
});
