import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatServers } from './other-servers.ts';

describe('formatServers', () => {
  const leaks = { steps: 20, withRows: 5, found: 0 };

  it('counts failures with pg_dump on servers that are newer than it, and names all others', () => {
    const failures = ['a.test.ts: pg_dump writes a dump', 'b.test.ts: psql sees the same'];
    const section = formatServers([
      { version: '14.23.0', passed: 7, failures, leaks },
      { version: '16.14.0', passed: 8, failures, leaks },
      { version: '17.10.0', passed: 9, failures: [], leaks },
    ]);
    const rows = section.split('\n').filter((line) => /^\| 1\d/.test(line));
    const found = '0 in 20 steps, 5 answered with rows';
    assert.deepEqual(rows, [
      `| 14.23.0 | 7 | ${failures.join('; ')} | ${found} |`,
      `| 16.14.0 | 8 | b.test.ts: psql sees the same; 1 with pg_dump | ${found} |`,
      `| 17.10.0 | 9 | – | ${found} |`,
    ]);
  });
});
