import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findNewestVersion, isOlderVersion } from './newest-version.ts';

describe('findNewestVersion', () => {
  it('counts by numbers, not by letters', () => {
    assert.equal(findNewestVersion(['0.9.0', '0.10.0', '0.10.0-rc.1', '0.2.30']), '0.10.0');
    assert(isOlderVersion('0.9.9', '0.10.0'));
    assert(!isOlderVersion('1.0.0', '1.0.0'));
    assert(!isOlderVersion('1.0.1', '1.0.0'));
  });

  it('leaves out what is no version', () => {
    assert.equal(findNewestVersion(['unknown', '']), undefined);
    assert.equal(findNewestVersion(['unknown', '0.1.0']), '0.1.0');
    assert(!isOlderVersion('unknown', '0.1.0'));
    assert(!isOlderVersion('0.1.0', 'unknown'));
  });
});
