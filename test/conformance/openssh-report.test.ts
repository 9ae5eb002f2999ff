import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findUnexplainedFailures, formatOpenSsh } from './openssh-report.ts';
import type { OpenSshOutcome } from './openssh-suite.ts';

const OUTCOMES: readonly OpenSshOutcome[] = [
  { way: 'direct', passed: ['connect', 'transfer'], failed: [{ script: 'scp3', output: '' }] },
  {
    way: 'through the gateway',
    passed: ['connect'],
    failed: [
      { script: 'scp3', output: '' },
      { script: 'transfer', output: 'corrupted copy' },
    ],
  },
];

describe('findUnexplainedFailures', () => {
  it('names what fails through the gateway and passes direct', () => {
    assert.deepEqual(findUnexplainedFailures(OUTCOMES), ['transfer']);
  });

  it('names nothing where both ways are the same', () => {
    const [direct] = OUTCOMES;
    assert(direct !== undefined);
    assert.deepEqual(
      findUnexplainedFailures([direct, { ...direct, way: 'through the gateway' }]),
      [],
    );
  });
});

describe('formatOpenSsh', () => {
  it('says what failed which way, and that the reason is not known', () => {
    const text = formatOpenSsh(OUTCOMES);
    assert.match(text, /\| direct \| 2 of 3 \| scp3 \|/);
    assert.match(text, /\| through the gateway \| 1 of 3 \| scp3, transfer \|/);
    assert.match(text, /- `transfer`: not known\./);
    assert.match(text, /Scripts: `connect`, `scp3`, `transfer`\./);
  });
});
