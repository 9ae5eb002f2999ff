import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { reportComplaints } from './complaint.ts';

describe('reportComplaints', () => {
  const exitCodeBefore = process.exitCode;
  afterEach(() => {
    process.exitCode = exitCodeBefore;
  });

  it('passes when files were checked and nothing was found', () => {
    reportComplaints(3, [], () => undefined);
    assert.equal(process.exitCode, exitCodeBefore);
  });

  it('fails on zero files: a check that looked at nothing proves nothing', () => {
    reportComplaints(0, [], () => undefined);
    assert.equal(process.exitCode, 1);
  });

  it('fails on a complaint, and says where it is', () => {
    const lines: string[] = [];
    const complaint = { file: 'src/a.ts', line: 7, message: 'is wrong' };
    reportComplaints(3, [complaint], (line) => lines.push(line));
    assert.equal(process.exitCode, 1);
    assert.deepEqual(lines, ['src/a.ts:7: is wrong', '1 complaints in 3 files']);
  });
});
