import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NOTICE, UNIQUE_VIOLATION } from '../../../test/captures/postgres-15.ts';
import { splitMessages } from '../../../test/captures/split-messages.ts';
import { decodeFields, type FieldsByCode } from '../../wire/postgres/error-response.ts';
import { type ScrubContext, scrubFields, WITHHELD } from './scrub-fields.ts';
import { fakeMasks } from './text-masks.fixture.ts';

const NEAR: ScrubContext = { touchesClassified: true, hasHiddenCode: true };
const READ: ScrubContext = {
  touchesClassified: true,
  hasHiddenCode: false,
  readsMaskedOnly: true,
};
const FAR: ScrubContext = { touchesClassified: false, hasHiddenCode: false };

/** The first message of a capture. */
function captured(hex: string): FieldsByCode {
  const [message] = splitMessages(hex);
  assert.ok(message);
  return decodeFields(message.body, 'ErrorResponse');
}

function scrub(fields: FieldsByCode, context: ScrubContext): Readonly<Record<string, string>> {
  return Object.fromEntries(scrubFields(fields, context, fakeMasks()));
}

/** An error as PostgreSQL 15.18 words it. */
function said(sqlState: string, file: string, message: string, more = {}): FieldsByCode {
  const fields = {
    S: 'ERROR',
    V: 'ERROR',
    C: sqlState,
    M: message,
    F: file,
    L: '1',
    R: 'r',
    ...more,
  };
  return new Map(Object.entries(fields));
}

describe('scrubFields', () => {
  it('keeps names and withholds the key of a real unique violation', () => {
    assert.deepEqual(scrub(captured(UNIQUE_VIOLATION), NEAR), {
      S: 'ERROR',
      V: 'ERROR',
      C: '23505',
      M: 'duplicate key value violates unique constraint "account_pkey"',
      D: WITHHELD,
      s: 'public',
      t: 'account',
      n: 'account_pkey',
      F: 'nbtinsert.c',
      L: '664',
      R: '_bt_check_unique',
    });
  });

  it('withholds what a function says, whatever code and names it gives', () => {
    const notice = captured(NOTICE);
    assert.equal(scrub(notice, NEAR)['M'], WITHHELD);
    assert.equal(scrub(notice, FAR)['M'], 'hello');
    const M = 'duplicate key value violates unique constraint "123-45-6789"';
    const raised = said('23505', 'pl_exec.c', M, { n: '123-45-6789', t: 'x', D: 'd', H: 'h' });
    const shown = scrub(raised, NEAR);
    assert.deepEqual(shown, {
      S: 'ERROR',
      V: 'ERROR',
      C: '23505',
      M: WITHHELD,
      D: WITHHELD,
      H: WITHHELD,
      F: 'pl_exec.c',
      L: '1',
      R: 'r',
    });
    for (const file of [
      'plpy_elog.c',
      'plperl.c',
      'pltcl.c',
      'plv8.cc',
      'dblink.c',
      'connection.c',
    ]) {
      assert.equal(scrub(said('22000', file, 'SECRET'), NEAR)['M'], WITHHELD);
    }
  });

  it('withholds what is said within code that the statement does not show', () => {
    const hidden: ScrubContext = { touchesClassified: false, hasHiddenCode: true };
    const M = 'null value in column "ward"';
    for (const W of [
      'SQL statement "UPDATE x"',
      'PL/pgSQL function f() line 1 at RAISE',
      'JSON data, line 1: {\nPL/pgSQL function f() line 1 at RAISE',
      'COPY staging, line 1\nPL/pgSQL function f() line 1 at RAISE',
      'COPY staging, line 1\nSQL statement "UPDATE x"\nCOPY y',
      'Funktion f()',
    ]) {
      const shown = scrub(said('23502', 'execMain.c', M, { D: 'row (Doe)', W }), hidden);
      assert.deepEqual([shown['D'], shown['W']], [WITHHELD, WITHHELD], W);
      assert.equal(scrub(said('P0001', 'pl_exec.c', 'Doe', { W }), hidden)['M'], WITHHELD);
    }
    for (const W of ['COPY staging, line 1, column id: "x"', 'JSON data, line 1: {x', undefined]) {
      const fields = said('22P02', 'int.c', M, { D: 'row (1)', ...(W !== undefined && { W }) });
      const shown = scrub(fields, hidden);
      assert.deepEqual([shown['M'], shown['D'], shown['W']], [M, 'row (1)', W]);
    }
  });

  it('ends a message before the first value in whatever marks it stands', () => {
    for (const quoted of ['»Doe«', '«Doe»', '“Doe”', '„Doe“', '「Doe」']) {
      const shown = scrub(said('22P02', 'int.c', `ungültig für integer: ${quoted}`), NEAR);
      assert.equal(shown['M'], 'ungültig für integer: …');
    }
  });

  it('ends a message before the first value that it may quote', () => {
    const cut = (sqlState: string, file: string, message: string): string | undefined =>
      scrub(said(sqlState, file, message), NEAR)['M'];
    assert.equal(
      cut('22P02', 'numutils.c', 'invalid input syntax for type integer: "a" b "c"'),
      'invalid input syntax for type integer: …',
    );
    assert.equal(
      cut('22008', 'date.c', 'date field value out of range: 1931-02-30'),
      'date field value out of range: …',
    );
    assert.equal(cut('22012', 'int.c', 'division by zero'), 'division by zero');
    assert.equal(cut('40P01', 'deadlock.c', 'deadlock detected'), 'deadlock detected');
  });

  it('keeps messages with room for names only, and no others like them', () => {
    for (const message of [
      'null value in column "ssn" of relation "patients" violates not-null constraint',
      'new row for relation "patients" violates check constraint "patients_check"',
      'value too long for type character varying(20)',
    ]) {
      assert.equal(scrub(said('23502', 'execMain.c', message), NEAR)['M'], message);
    }
    const odd = 'duplicate key value violates unique constraint "a" 123 "b"';
    assert.equal(
      scrub(said('23505', 'nbtinsert.c', odd), NEAR)['M'],
      'duplicate key value violates unique constraint …',
    );
  });

  it('says what is wrong with the text of the statement itself', () => {
    const M = 'column p.snn does not exist';
    const error = said('42703', 'parse_relation.c', M, {
      P: '8',
      H: 'Perhaps you meant to reference the column "p.ssn".',
    });
    const mapPosition = (position: number): number => position - 3;
    assert.equal(scrub(error, { ...NEAR, mapPosition })['P'], '5');
    assert.equal(scrub(error, NEAR)['P'], undefined);
    assert.equal(scrub(error, FAR)['P'], '8');
    assert.equal(scrub(error, NEAR)['M'], M);
    assert.match(scrub(error, NEAR)['H'] ?? '', /Perhaps/u);
    // In a function the statement may be put together from data.
    const inside = new Map([
      ...error,
      ['M', 'column "123" does not exist'],
      ['W', 'PL/pgSQL …'],
      ['q', 'SELECT "123"'],
    ]);
    const shown = scrub(inside, NEAR);
    assert.deepEqual([shown['M'], shown['W'], shown['q']], ['column …', WITHHELD, WITHHELD]);
  });

  it('lets the detectors read all that stays', () => {
    const fields = said('22P02', 'numutils.c', 'invalid: "SECRET"', {
      D: 'SECRET',
      H: 'SECRET',
      n: 'SECRET',
    });
    for (const context of [FAR, READ, NEAR]) {
      const all = JSON.stringify(scrub(fields, context));
      assert.ok(!all.includes('SECRET'), all);
    }
    assert.equal(scrub(fields, FAR)['D'], 'MASKED');
    assert.equal(scrub(fields, READ)['M'], 'invalid: "MASKED"');
    assert.equal(scrub(fields, READ)['D'], WITHHELD);
  });

  it('lets no text by that is neither a name nor a known form, whatever the fields', () => {
    const codes = fc.constantFrom(...Array.from('SVCMDHPpqWstcdnFLRXz'));
    const texts = fc.constantFrom(
      'pl_exec.c',
      'int.c',
      '22012',
      '42601',
      'a "value 7" b',
      '7 values',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(codes, texts)), (entries) => {
        const fields = new Map(entries);
        const shown = scrubFields(fields, NEAR, fakeMasks());
        for (const code of 'MDHqWXzp')
          assert.doesNotMatch(shown.get(code) ?? '', /value 7|7 values/u);
      }),
    );
  });
});
