import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_EFFECTS } from '../../sql/postgres/statement-builder.ts';
import type { SessionEffects, Statement } from '../../sql/statement.ts';
import type { NamedEffects } from './pending-request.ts';
import type { Prepared } from './prepared.ts';
import { SessionNames } from './session-names.ts';

/** Requests in flight beyond which they are not looked through for each name. */
const MANY = 40;
const NAMES = ['', 'a', 'b'];

const STATEMENT: Statement = {
  ...{ operations: [], effects: NO_EFFECTS, start: 0, length: 0, copy: undefined },
};

function prepared(text: string): Prepared {
  const analysis = {
    ...{ statements: [], syntaxError: undefined, refusal: undefined, unresolved: [] },
    dependsOnLiterals: false,
  };
  return { text, textSha256: text, analysis, contextKey: '', searchPathKey: '', relationsKey: '' };
}

function effectsOf(kind: 'prepares' | 'declares' | 'deallocates', name: string): SessionEffects {
  return { ...NO_EFFECTS, [kind]: { name, statement: STATEMENT } };
}

/** What is sent, and with which answer the server follows it. */
interface Step {
  readonly send: (names: SessionNames) => void;
  readonly answer: (names: SessionNames) => void;
}

const name = fc.constantFrom(...NAMES);
const named = fc
  .tuple(fc.constantFrom('prepares' as const, 'declares' as const, 'deallocates' as const), name)
  .map(([kind, given]): NamedEffects => {
    const isGiven = kind !== 'deallocates';
    return { effects: effectsOf(kind, given), prepared: isGiven ? prepared(given) : undefined };
  });
const namedFew = fc.array(named, { maxLength: 2 });
const ready = (names: SessionNames): void => names.ready(false);
const closed = (names: SessionNames): void => names.closeComplete();
const executed = (names: SessionNames): void => names.executed();
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, fc.string({ maxLength: 1 })).map(([given, text]) => {
    const held = prepared(text);
    const answer = (names: SessionNames): void => names.parseComplete();
    return { send: (names: SessionNames) => names.parse(given, held), answer };
  }),
  fc.tuple(name, name, fc.boolean()).map(([portal, statement, isKnown]) => {
    const bound = isKnown ? [prepared(portal)] : 'unknown';
    const answer = (names: SessionNames): void => names.bindComplete();
    return { send: (names: SessionNames) => names.bind(portal, bound, statement), answer };
  }),
  name.map((given) => ({
    send: (names: SessionNames) => names.closeStatement(given),
    answer: closed,
  })),
  name.map((given) => ({
    send: (names: SessionNames) => names.closePortal(given),
    answer: closed,
  })),
  fc.tuple(namedFew, fc.boolean()).map(([effects, isSure]) => ({
    send: (names: SessionNames) => names.execute(effects, isSure),
    answer: executed,
  })),
  namedFew.map((effects) => ({
    send: (names: SessionNames) => names.query(effects),
    answer: ready,
  })),
  fc.constant({ send: (names: SessionNames) => names.sync(), answer: ready }),
);

describe('RequestIndex', () => {
  it('finds for each name what looking through all that is in flight finds', () => {
    let isIndexed = 0;
    const schedule = fc.array(fc.tuple(step, fc.nat({ max: 2 })), { maxLength: 25 });
    fc.assert(
      fc.property(schedule, (steps) => {
        const [few, many] = [new SessionNames(), new SessionNames()];
        for (let count = 0; count < MANY; count++) many.describe();
        const waiting: Step[] = [];
        for (const [next, answers] of steps) {
          for (const names of [few, many]) next.send(names);
          waiting.push(next);
          while (many.pendingCount > few.pendingCount) many.described();
          // One stays in flight, so that the index does.
          for (const { answer } of waiting.splice(0, Math.min(answers, waiting.length - 1)))
            for (const names of [few, many]) answer(names);
          assert.equal(many.pendingCount, few.pendingCount);
          isIndexed += many.pendingCount;
          assert.deepEqual(lookUp(many), lookUp(few));
        }
      }),
      { numRuns: 500 },
    );
    assert(isIndexed > 0);
  });

  it('follows what a COPY makes of the requests behind it', () => {
    const [few, many] = [new SessionNames(), new SessionNames()];
    for (let count = 0; count < MANY; count++) many.describe();
    for (const names of [few, many]) {
      names.query([]);
      while (names.pendingCount > 1) names.described();
      names.parse('a', prepared('dropped'));
      names.parse('b', prepared('read'));
      names.copyIn();
    }
    assert.deepEqual(lookUp(many), lookUp(few));
  });

  it('does not look through thousands for each message', () => {
    const names = new SessionNames();
    let looks = 0;
    const effects = effectsOf('prepares', 'other');
    const counted: NamedEffects = {
      get effects() {
        looks += 1;
        return effects;
      },
      prepared: prepared('P'),
    };
    names.parse('a', prepared('A'));
    names.bind('', [prepared('A')], 'a');
    for (let count = 0; count < 1_000; count++) names.execute([counted]);
    const before = looks;
    for (let count = 0; count < 1_000; count++) {
      assert.notEqual(names.findPortal(''), 'unknown');
      assert.equal(names.dependsOnAnswer('bind', ''), false);
    }
    assert.equal(looks, before);
  });
});

function lookUp(names: SessionNames): readonly unknown[] {
  return NAMES.map((given) => [
    names.findStatement(given),
    names.findPortal(given),
    names.dependsOnAnswer('parse', given),
    names.dependsOnAnswer('bind', given),
  ]);
}
