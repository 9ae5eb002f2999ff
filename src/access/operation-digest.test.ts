import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type BoundOperation, digestOperation } from './operation-digest.ts';

const OPERATION: BoundOperation = {
  protocol: 'postgres',
  at: 'statement',
  text: "DELETE FROM visits WHERE note = 'a b'",
  parameters: [
    { format: 0, value: Buffer.from('1') },
    { format: 0, value: undefined },
  ],
  target: 'hospital',
  database: 'main',
  principalId: 'okta:bob',
  groups: ['analysts', 'staff'],
  grants: ['on-call'],
  policyVersion: 'v1',
  policyIds: ['bulk'],
  meaning: { role: 'none', searchPath: 'public' },
};

describe('digestOperation', () => {
  it('differs in each thing that an approval is bound to', () => {
    const [first, second] = OPERATION.parameters;
    assert(first && second);
    const variants: readonly Partial<BoundOperation>[] = [
      {},
      { protocol: 'mysql' },
      { at: 'commit' },
      { text: "DELETE FROM visits WHERE note = 'a  b'" },
      { text: `${OPERATION.text} ` },
      { parameters: [{ ...first, value: Buffer.from('2') }, second] },
      { parameters: [{ ...first, format: 1 }, second] },
      { parameters: [first, { format: 0, value: Buffer.alloc(0) }] },
      { parameters: [second, first] },
      { parameters: [first] },
      { target: 'clinic' },
      { database: 'other' },
      { principalId: 'okta:eve' },
      { groups: ['analysts'] },
      { groups: ['analysts', 'staff', 'admins'] },
      { grants: [] },
      { policyVersion: 'v2' },
      { policyIds: ['bulk', 'night'] },
      { meaning: { role: 'none', searchPath: 'private' } },
      { meaning: { role: 'none' } },
    ];
    const digests = variants.map((changes) => digestOperation({ ...OPERATION, ...changes }));
    assert.equal(new Set(digests).size, variants.length);
  });

  it('does not depend on the order in which groups, grants and settings are told', () => {
    const other = {
      ...OPERATION,
      groups: ['staff', 'analysts'],
      meaning: { searchPath: 'public', role: 'none' },
    };
    assert.equal(digestOperation(other), digestOperation(OPERATION));
  });

  it('lets nothing pass from one part into the next', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    const operation = fc.record({
      text,
      target: text,
      database: text,
      principalId: text,
      groups: fc.uniqueArray(text, { maxLength: 3 }),
      policyIds: fc.uniqueArray(text, { maxLength: 3 }),
      parameters: fc.array(
        fc.record({
          format: fc.integer({ min: 0, max: 1 }),
          value: fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined }),
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(operation, operation, (one, other) => {
        const same = JSON.stringify(normalize(one)) === JSON.stringify(normalize(other));
        const digests = [one, other].map((parts) => digestOperation({ ...OPERATION, ...parts }));
        assert.equal(digests[0] === digests[1], same);
      }),
    );
  });

  it('keeps texts apart that differ in lone surrogates only', () => {
    const one = digestOperation({ ...OPERATION, text: '\ud800' });
    assert.notEqual(one, digestOperation({ ...OPERATION, text: '\ud801' }));
  });
});

function normalize(parts: {
  readonly groups: readonly string[];
  readonly policyIds: readonly string[];
  readonly parameters: BoundOperation['parameters'];
}): unknown {
  return {
    ...parts,
    groups: parts.groups.toSorted(),
    policyIds: parts.policyIds.toSorted(),
    parameters: parts.parameters.map(({ format, value }) => [format, value && [...value]]),
  };
}
