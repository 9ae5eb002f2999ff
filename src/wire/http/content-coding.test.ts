import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseContentCoding, parseContentEncoding } from './content-coding.ts';

describe('parseContentEncoding', () => {
  it('knows the codings, their old name and no coding at all', () => {
    for (const [value, expected] of [
      [undefined, 'identity'],
      ['', 'identity'],
      ['identity', 'identity'],
      ['gzip', 'gzip'],
      ['X-GZip', 'gzip'],
      ['identity, br', 'br'],
      [' , zstd ,', 'zstd'],
      ['deflate', 'deflate'],
    ] as const) {
      assert.equal(parseContentEncoding(value), expected, value);
    }
  });

  it('knows nothing of other codings, nor of several', () => {
    for (const value of [
      'compress',
      'gzip, gzip',
      'gzip, br',
      'aws-chunked',
      'g zip',
      'gzip;q=1',
    ]) {
      assert.equal(parseContentEncoding(value), undefined, value);
    }
  });
});

describe('chooseContentCoding', () => {
  it('takes what the client likes best, and what was there before among equals', () => {
    for (const [accepted, preferred, expected] of [
      [undefined, 'gzip', 'identity'],
      ['', 'gzip', 'identity'],
      ['gzip, deflate, br, zstd', undefined, 'zstd'],
      ['gzip, deflate, br', undefined, 'br'],
      ['gzip, deflate, br', 'deflate', 'deflate'],
      ['gzip;q=0.5, br;q=0.1', 'br', 'gzip'],
      ['gzip;q=0, br;q=0', 'br', 'identity'],
      ['*', 'gzip', 'gzip'],
      ['*;q=0', 'gzip', 'identity'],
      ['*;q=0.5, gzip;q=0', 'gzip', 'zstd'],
      ['identity;q=1, gzip;q=0.5', 'gzip', 'identity'],
      ['gzip', 'identity', 'identity'],
      ['gzip, identity;q=0', 'identity', 'gzip'],
      ['identity, gzip', 'gzip', 'gzip'],
      ['compress', 'gzip', 'identity'],
      ['x-gzip', 'gzip', 'gzip'],
      ['GZIP ; q=1.000', 'br', 'gzip'],
    ] as const) {
      assert.equal(chooseContentCoding(accepted, preferred), expected, `${accepted} ${preferred}`);
    }
  });

  it('codes nothing for a client whose wishes make no sense', () => {
    for (const accepted of [
      'gzip;q=2',
      'gzip;q=0.1234',
      'gzip;q=',
      'gzip;level=9',
      'gzip;q=1;q=0',
      Array.from({ length: 33 }, (_, index) => `c${index}`).join(','),
    ]) {
      assert.equal(chooseContentCoding(accepted, 'gzip'), 'identity', accepted);
    }
  });
});
