import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describePostgres } from './describe-postgres.ts';

const ADDRESSES = [
  { host: '127.0.0.1', port: 6432 },
  { host: '127.0.0.1', port: 6433 },
];
const BOUND = { target: 'hospital' };
const UNBOUND = { target: undefined };

describe('describePostgres', () => {
  it('sends clients to where they name targets', () => {
    const second = { host: '127.0.0.1', port: 6433 };
    assert.deepEqual(describePostgres([BOUND, UNBOUND], ADDRESSES), second);
    assert.deepEqual(describePostgres([UNBOUND, BOUND], ADDRESSES), ADDRESSES[0]);
  });

  it('says where they name databases, and not of what', () => {
    const first = { host: '127.0.0.1', port: 6432, hasOneTarget: true };
    assert.deepEqual(describePostgres([BOUND, BOUND], ADDRESSES), first);
    assert.equal(describePostgres([], []), undefined);
  });
});
