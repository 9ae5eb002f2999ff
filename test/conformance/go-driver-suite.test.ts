import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PGX, parseGoTestEvents } from './go-driver-suite.ts';

/** Events as Go 1.26 prints them, without their times. */
const EVENTS = [
  '{"Action":"run","Package":"github.com/jackc/pgx/v5/pgconn","Test":"TestConnect"}',
  '{"Action":"output","Package":"github.com/jackc/pgx/v5/pgconn","Test":"TestConnect","Output":"no such database\\n"}',
  '{"Action":"fail","Package":"github.com/jackc/pgx/v5/pgconn","Test":"TestConnect","Elapsed":0.1}',
  '{"Action":"fail","Package":"github.com/jackc/pgx/v5/pgconn","Elapsed":0.2}',
  '{"Action":"pass","Package":"github.com/jackc/pgx/v5","Test":"TestQuery/text","Elapsed":0}',
  '{"Action":"skip","Package":"github.com/jackc/pgx/v5","Test":"TestPgbouncer","Elapsed":0}',
  '{"Action":"pass","Package":"github.com/jackc/pgx/v5","Elapsed":1}',
];

describe('parseGoTestEvents', () => {
  it('tells passed tests from failed ones, and keeps what the latter printed', () => {
    const { passed, failed, differences } = parseGoTestEvents(EVENTS, PGX);
    assert.deepEqual(passed, ['pgx TestQuery/text']);
    assert.deepEqual(failed, ['pgconn TestConnect']);
    assert.equal(differences, 'no such database\n');
  });

  it('counts a package that fails outside any test', () => {
    const crash = '{"Action":"fail","Package":"github.com/jackc/pgx/v5/stdlib","Elapsed":0.2}';
    assert.deepEqual(parseGoTestEvents([crash], PGX).failed, ['stdlib']);
  });

  it('finds nothing where nothing ran', () => {
    assert.deepEqual(parseGoTestEvents([], PGX).passed, []);
  });
});
