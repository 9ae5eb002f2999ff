import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogType } from '../../../sql/postgres/catalog.ts';
import {
  charactersMax,
  resolveColumnType,
  resolveInnerType,
  smallestStep,
  wholeDigitsMax,
} from './column-type.ts';

const DOMAIN_OID = 20000;

function domainOver(
  innerOid: number,
  innerModifier: number,
  others: readonly CatalogType[] = [],
): string {
  const domain = {
    oid: DOMAIN_OID,
    name: 'app.domain',
    kind: 'd',
    innerOid,
    innerModifier,
    isArray: false,
    labels: [],
    fields: [],
  };
  const findType = (oid: number): CatalogType | undefined =>
    oid === DOMAIN_OID ? domain : others.find((candidate) => candidate.oid === oid);
  return resolveColumnType(
    { typeOid: DOMAIN_OID, typeModifier: -1, typeName: 'app.domain' },
    findType,
  ).sql;
}

/** Modifiers as `pg_type.typtypmod` has them; test/e2e/masks.test.ts holds the spellings to a server's. */
describe('resolveColumnType', () => {
  it('spells the base type of a domain with its modifier', () => {
    assert.equal(domainOver(1043, 24), 'pg_catalog.varchar(20)');
    assert.equal(domainOver(1042, 5), 'pg_catalog.bpchar(1)');
    assert.equal(domainOver(1700, 393222), 'pg_catalog.numeric(6,2)');
    assert.equal(domainOver(1700, 198658), 'pg_catalog.numeric(3,-2)');
    assert.equal(domainOver(1560, 5), 'pg_catalog.bit(5)');
    assert.equal(domainOver(1184, 0), 'pg_catalog.timestamptz(0)');
    assert.equal(domainOver(1186, 2147418115), 'pg_catalog.interval(32767,3)');
    assert.equal(domainOver(1186, 458751), 'pg_catalog.interval(6)');
    assert.equal(domainOver(25, -1), 'pg_catalog.text');
  });

  it('spells a modifier inside the brackets of an array', () => {
    const texts = {
      oid: 1015,
      name: 'pg_catalog."varchar"[]',
      kind: 'b',
      innerOid: 1043,
      isArray: true,
      innerModifier: -1,
      labels: [],
      fields: [],
    };
    assert.equal(domainOver(1015, 11, [texts]), 'pg_catalog."varchar"(7)[]');
  });

  it('takes the catalog’s spelling for what is not a domain', () => {
    const column = { typeOid: 1043, typeModifier: 24, typeName: 'character varying(20)' };
    const type = resolveColumnType(column, () => undefined);
    assert.equal(type.sql, 'character varying(20)');
    assert.equal(charactersMax(type), 20);
  });

  it('does not spell what the catalog does not know', () => {
    assert.equal(
      resolveInnerType(29999, -1, () => undefined),
      undefined,
    );
    assert.equal(domainOver(29999, -1), 'app.domain');
  });
});

describe('limits of a type', () => {
  it('are read from its modifier', () => {
    const numeric = (typeModifier: number): ReturnType<typeof resolveColumnType> =>
      resolveColumnType({ typeOid: 1700, typeModifier, typeName: 'numeric' }, () => undefined);
    assert.equal(wholeDigitsMax(numeric(393222)), 4);
    assert.equal(smallestStep(numeric(393222)), 0.01);
    assert.equal(wholeDigitsMax(numeric(198658)), 5);
    assert.equal(smallestStep(numeric(198658)), 100);
    assert.equal(wholeDigitsMax(numeric(-1)), undefined);
    assert.equal(smallestStep(numeric(-1)), 0);
    assert.equal(charactersMax(numeric(393222)), undefined);
  });
});
