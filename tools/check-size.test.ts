import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSizeComplaints } from './check-size.ts';

const path = 'src/wire/a.ts';

describe('findSizeComplaints', () => {
  it('accepts 500 lines and not one more', () => {
    assert.equal(findSizeComplaints({ path, text: 'a;\n'.repeat(500) }).length, 0);
    assert.equal(findSizeComplaints({ path, text: 'a;\n'.repeat(501) }).length, 1);
  });

  it('accepts more with a reason, and only with one', () => {
    const long = 'a;\n'.repeat(600);
    const reason = '// NOTE: long file: one table of the specification\n';
    assert.equal(findSizeComplaints({ path, text: reason + long }).length, 0);
    assert.equal(findSizeComplaints({ path, text: `// NOTE: long file: \n${long}` }).length, 1);
  });
});
