import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { summarize } from './pgbench.ts';

/** From `pgbench --select-only --log` of PostgreSQL 15: client, number, µs, script, s, µs. */
const LOG =
  '0 1 310 0 1763691106 120000\n0 2 90 0 1763691106 120500\n1 1 100 0 1763691106 120600\n';
const REPORT = 'number of failed transactions: 0 (0.000%)\ntps = 7698.462437 (without …)\n';

describe('summarize', () => {
  it('takes the latency of every transaction from the log', () => {
    assert.deepEqual(summarize(LOG, REPORT), {
      transactions: 3,
      transactionsPerSecond: 7698.462437,
      p50Microseconds: 100,
      p99Microseconds: 310,
    });
  });

  it('refuses a run in which transactions failed, and a report it cannot read', () => {
    assert.throws(() => summarize(LOG, REPORT.replace('transactions: 0', 'transactions: 2')));
    assert.throws(() => summarize(LOG, 'pgbench: error: connection refused'));
    assert.throws(() => summarize('', REPORT));
  });
});
