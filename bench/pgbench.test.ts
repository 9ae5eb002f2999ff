import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { summarize } from './pgbench.ts';

/** As `pgbench --select-only --log` of PostgreSQL 15 writes it: client, number, µs, script, s, µs. */
const LOG = `0 1 310 0 1763691106 120000
1 1 400 0 1763691106 120600
0 2 90 0 1763691108 120500
1 2 100 0 1763691108 370000
0 3 120 0 1763691108 620000
`;
const REPORT = 'number of failed transactions: 0 (0.000%)\ntps = 7698.462437 (without …)\n';

describe('summarize', () => {
  it('measures what ended after the warm-up, which counts from the first transaction', () => {
    assert.deepEqual(summarize(LOG, REPORT, 2), {
      transactions: 5,
      transactionsPerSecond: 6,
      p50Microseconds: 100,
      p99Microseconds: 120,
    });
    assert.equal(summarize(LOG, REPORT, 0).p99Microseconds, 400);
  });

  it('refuses a run in which transactions failed or that was too short, and a report it cannot read', () => {
    assert.throws(() => summarize(LOG, REPORT.replace('transactions: 0', 'transactions: 2'), 2));
    assert.throws(() => summarize(LOG, 'pgbench: error: connection refused', 2));
    assert.throws(() => summarize(LOG, REPORT, 3));
    assert.throws(() => summarize('', REPORT, 0));
  });
});
