import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUnexplained, formatReport } from './report.ts';

describe('formatReport', () => {
  it('counts passed and failed tests and names the failed ones', () => {
    const report = formatReport(
      [
        { side: 'direct', suite: 'regression', outcome: { passed: ['a', 'b'], failed: [] } },
        { side: 'gateway', suite: 'regression', outcome: { passed: ['a'], failed: ['b'] } },
      ],
      'postgres (PostgreSQL) 15.18; Node.js v24.0.0',
    );
    assert.match(report, /\| regression \| direct \| 2 of 2 \| – \|/);
    assert.match(report, /\| regression \| through the gateway \| 1 of 2 \| b \|/);
  });

  it('explains what fails because a gateway is there, and finds what does not', () => {
    const known = 'pgconn TestConnectInvalidUser';
    const runs = [
      { side: 'direct', suite: 'pgx', outcome: { passed: [known], failed: ['pgx TestFlaky'] } },
      {
        side: 'gateway',
        suite: 'pgx',
        outcome: { passed: [], failed: [known, 'pgx TestFlaky', 'pgx TestCopy'] },
      },
    ] as const;
    assert.deepEqual(findUnexplained(runs), ['pgx TestCopy']);
    const report = formatReport(runs, '');
    assert.match(report, /- `pgconn TestConnectInvalidUser`: expects a user name/);
  });
});
