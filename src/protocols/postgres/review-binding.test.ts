import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { HeldOperation } from '../../access/access-request.ts';
import type { ReviewOutcome } from '../../access/review-desk.ts';
import type { ReviewedDecision } from '../../policy/decision.ts';
import type { OperationToReview } from '../guard.ts';
import { approved } from './relay.fixture.ts';
import { bindingOf, ReviewHold } from './review-hold.ts';

const DECISION: ReviewedDecision = {
  ...{ kind: 'review', policyIds: ['look'], rules: [{ groups: ['officers'], quorum: 1 }] },
  ...{ groups: ['officers'], quorum: 1, at: 'statement', reason: 'look first' },
};
const SHOWN: HeldOperation = {
  ...{ protocol: 'postgres', at: 'statement', text: '', textSha256: '', literals: [] },
  ...{ parameters: [], actions: [], relations: [], facts: {}, classesTouched: [] },
  ...{ estimatedRows: undefined, context: undefined, changes: undefined },
};
const HELD: OperationToReview = {
  operation: SHOWN,
  sentText: "DELETE FROM t WHERE a = 'x'",
  sentParameters: [{ format: 0, value: Buffer.from('1') }],
  justification: undefined,
  meaning: { searchPath: '["public"]', facts: '[1]', named: '[]' },
};

/** Puts one operation to people, who agree, and then offers another in its place. */
function offerInstead(other: OperationToReview, rightsThen = ''): string {
  let tell: (outcome: ReviewOutcome) => void = () => undefined;
  let rights = '';
  const hold = new ReviewHold({
    guard: {
      get rights() {
        return rights;
      },
      hold(_decision, _held, listener) {
        tell = listener;
        return { id: 'req_0', onReview: 'wait', url: undefined, expiresAtMs: 0, withdraw() {} };
      },
    },
    waitFor: () => 'later',
    notify() {},
  });
  assert.equal(hold.ask(DECISION, HELD, undefined), 'later');
  assert.equal(hold.isWaiting, true);
  tell(approved(0));
  rights = rightsThen;
  const verdict = hold.ask(DECISION, other, undefined);
  return verdict === 'later' ? verdict : verdict.kind;
}

describe('an approval', () => {
  it('is for the operation that was shown', () => {
    assert.equal(offerInstead(structuredClone(HELD)), 'approved');
  });

  const others: Readonly<Record<string, Partial<OperationToReview>>> = {
    'another text': { sentText: 'DELETE FROM t' },
    'white space in a literal': { sentText: "DELETE FROM t WHERE a = 'x '" },
    'white space outside': { sentText: "DELETE FROM t WHERE a =  'x'" },
    'another value': { sentParameters: [{ format: 0, value: Buffer.from('2') }] },
    'another format': { sentParameters: [{ format: 1, value: Buffer.from('1') }] },
    'no value': { sentParameters: [{ format: 0, value: undefined }] },
    'an empty value': { sentParameters: [{ format: 0, value: Buffer.alloc(0) }] },
    'a value more': {
      sentParameters: [
        { format: 0, value: Buffer.from('1') },
        { format: 0, value: undefined },
      ],
    },
    'no parameters': { sentParameters: [] },
    'another search path': { meaning: { ...HELD.meaning, searchPath: '["other"]' } },
    'other facts': { meaning: { ...HELD.meaning, facts: '[2]' } },
    'another statement behind a name': { meaning: { ...HELD.meaning, named: '["DELETE"]' } },
  };
  for (const [name, other] of Object.entries(others)) {
    it(`is not for ${name}`, () => {
      assert.equal(offerInstead({ ...HELD, ...other }), 'refused');
    });
  }

  it('is not for other rights', () => {
    assert.equal(offerInstead(HELD, 'others'), 'refused');
  });
});

describe('bindingOf', () => {
  const parameter = fc.record({
    format: fc.nat({ max: 1 }),
    value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined }),
  });
  const operation = fc.record({
    operation: fc.constant(SHOWN),
    sentText: fc.string({ maxLength: 4 }),
    sentParameters: fc.array(parameter, { maxLength: 3 }),
    justification: fc.constant(undefined),
    meaning: fc.dictionary(fc.string({ maxLength: 2 }), fc.string({ maxLength: 2 })),
  });

  it('is the same for the same operation only', () => {
    fc.assert(
      fc.property(operation, operation, (one, other) => {
        assert.equal(bindingOf(one), bindingOf(structuredClone(one)));
        const isSame = spell(one) === spell(other);
        assert.equal(bindingOf(one) === bindingOf(other), isSame);
      }),
    );
  });
});

function spell({ sentText, sentParameters, meaning }: OperationToReview): string {
  const values = sentParameters.map(({ format, value }) => [format, value && [...value]]);
  const sorted = Object.entries(meaning).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([sentText, values, sorted]);
}
