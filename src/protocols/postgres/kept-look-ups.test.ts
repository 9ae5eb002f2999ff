import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis, SqlOperation } from '../../sql/statement.ts';
import { keepLookUps, type LookUp } from './kept-look-ups.ts';
import type { Prepared } from './prepared.ts';

let catalogs = 0;

/** An analysis that says nothing but what is read. */
function reading(...reads: readonly string[]): Analysis {
  const operation = { action: 'sql.select', facts: { reads, writes: [], functions: [] } };
  return {
    statements: [{ operations: [operation as unknown as SqlOperation] }],
    unresolved: [],
  } as unknown as Analysis;
}

/** Each with a catalog of its own. */
function lookUp(paths: readonly (readonly string[])[] | null, ...reads: readonly string[]): LookUp {
  catalogs += 1;
  const relationsKey = String(catalogs);
  return { searchPathKey: JSON.stringify(paths), relationsKey, analysis: reading(...reads) };
}

function prepared(last: LookUp, ...lookUps: readonly LookUp[]): Prepared {
  return { text: '', contextKey: '', ...last, ...(lookUps.length > 0 && { lookUps }) };
}

const everything = (): boolean => true;

/** What is kept: the relations that it reads, or undefined where it has to be prepared again. */
function keep(
  held: Prepared,
  now: LookUp,
  mayExist: (relation: string) => boolean = everything,
): readonly string[] | undefined {
  const [statement] = keepLookUps(held, now, mayExist)?.analysis.statements ?? [];
  return statement?.operations[0]?.facts.reads;
}

describe('keepLookUps', () => {
  it('takes what a name means now under another path', () => {
    assert.deepEqual(keep(prepared(lookUp([['a']], 'a.t')), lookUp([['b']], 'b.t')), ['b.t']);
  });

  it('refuses what a newer relation hides under the same path', () => {
    const held = prepared(lookUp([['own', 'a']], 'a.t'));
    assert.equal(keep(held, lookUp([['own', 'a']], 'own.t')), undefined);
  });

  it('takes paths of two tenants that may both be that of what they share', () => {
    const held = prepared(lookUp([['one', 'public'], ['public']], 'one.t', 'public.u'));
    const now = lookUp([['two', 'public'], ['public']], 'two.t', 'public.u');
    assert.deepEqual(keep(held, now), ['two.t', 'public.u']);
  });

  it('refuses what a newer relation hides under a path that may be shared', () => {
    const held = prepared(lookUp([['one', 'a', 'b'], ['a', 'b'], ['b']], 'one.t', 'b.t'));
    const now = lookUp([['two', 'a', 'b'], ['a', 'b'], ['b']], 'two.t', 'a.t');
    assert.equal(keep(held, now), undefined);
  });

  it('refuses it where one of the paths is not known', () => {
    const held = prepared(lookUp(null, 'one.t', 'two.t'));
    assert.equal(keep(held, lookUp([['two']], 'three.t')), undefined);
    assert.equal(keep(prepared(lookUp([['one']], 'one.t')), lookUp(null, 'two.t')), undefined);
  });

  it('takes what a name means now where the same relations are there as before', () => {
    const now = lookUp([['two']], 'two.t');
    const held = prepared({ ...lookUp(null, 'one.t', 'two.t'), relationsKey: now.relationsKey });
    assert.deepEqual(keep(held, now), ['two.t']);
  });

  it('refuses what may have been hidden by a relation of which it was not known whether it was there', () => {
    const held = prepared(lookUp([['own', 'a'], ['b']], 'own.t', 'a.t', 'b.t'));
    assert.equal(keep(held, lookUp([['own', 'a']], 'own.t')), undefined);
  });

  it('goes on with what one path found where less is found now, as long as there are other relations', () => {
    const first = lookUp([['a']], 'a.t', 'a.u');
    const second = lookUp([['a']], 'a.t');
    const kept = keepLookUps(prepared(first), second, everything);
    assert.equal(kept?.analysis, first.analysis);
    assert.equal(kept?.relationsKey, first.relationsKey);
  });

  it('looks at what failed in between, too', () => {
    const first = lookUp([['own', 'a']], 'a.t');
    const held = prepared(lookUp([['b']], 'b.t'), first);
    assert.equal(keep(held, lookUp([['own', 'a']], 'own.t')), undefined);
    assert.deepEqual(keep(held, lookUp([['c']], 'c.t')), ['c.t']);
  });

  it('takes what a name means now where what it meant is gone', () => {
    const held = prepared(lookUp([['a']], 'a.parts', 'a.part_1'));
    const now = lookUp([['a']], 'a.parts', 'a.part_2');
    assert.deepEqual(
      keep(held, now, (relation) => relation !== 'a.part_1'),
      ['a.parts', 'a.part_2'],
    );
    assert.equal(keep(held, now), undefined);
  });

  it('wants a statement prepared again that was looked up under too many paths without success', () => {
    let held = prepared(lookUp([['s0']], 's0.t'));
    for (let at = 1; at <= 64; at++) {
      const now = lookUp([[`s${at}`]], `s${at}.t`);
      const kept = keepLookUps(held, now, everything);
      assert.ok(kept !== undefined, String(at));
      held = { ...held, ...kept };
    }
    assert.equal(keep(held, lookUp([['s65']], 's65.t')), undefined);
    const { lookUps: _, ...bound } = held;
    assert.deepEqual(keep(bound, lookUp([['s65']], 's65.t')), ['s65.t']);
  });
});
