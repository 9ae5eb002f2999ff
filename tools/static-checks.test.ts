import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runStaticChecks } from './static-checks.ts';

describe('runStaticChecks', () => {
  it('names the checks that failed and prints their output only', async () => {
    const lines: string[] = [];
    const failed = await runStaticChecks(
      (line) => lines.push(line),
      [
        { name: 'fine', command: ['node', '-e', 'console.log("quiet")'] },
        { name: 'broken', command: ['node', '-e', 'console.log("loud"); process.exit(3)'] },
        { name: 'absent', command: ['no-such-program'] },
      ],
    );
    assert.deepEqual(failed.toSorted(), ['absent', 'broken']);
    const printed = lines.join('\n');
    assert.match(printed, /^ok {5}fine/m);
    assert.match(printed, /FAILED broken[^]*loud/);
    assert.match(printed, /Cannot run .*no-such-program/);
    assert.doesNotMatch(printed, /quiet/);
  });
});
