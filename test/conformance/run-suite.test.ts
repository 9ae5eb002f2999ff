import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseResults } from './run-suite.ts';

/** Lines as pg_regress 15.18 prints them. */
const PRINTED = `
parallel group (3 tests):  text char name
     char                         ... ok           35 ms
     name                         ... FAILED       42 ms
test event_trigger                ... ok           71 ms
test oidjoins                     ... FAILED (test process exited with exit code 2)       18 ms
`;

describe('parseResults', () => {
  it('tells passed tests from failed ones, inside groups and alone', () => {
    assert.deepEqual(parseResults(PRINTED), {
      passed: ['char', 'event_trigger'],
      failed: ['name', 'oidjoins'],
    });
  });

  it('finds no test in a report that has none', () => {
    assert.deepEqual(parseResults('psql: error: connection refused\n'), { passed: [], failed: [] });
  });
});
