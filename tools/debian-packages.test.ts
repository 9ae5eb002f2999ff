import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMissingPackages } from './debian-packages.ts';

describe('findMissingPackages', () => {
  it('finds what is not there, by path and by glob', () => {
    const missing = findMissingPackages([
      { name: 'here', why: '', provides: import.meta.filename },
      { name: 'here-too', why: '', provides: `${import.meta.dirname}/*.test.ts` },
      { name: 'gone', why: '', provides: '/no/such/*/file' },
    ]);
    assert.deepEqual(
      missing.map(({ name }) => name),
      ['gone'],
    );
  });
});
