import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Node } from 'libpg-query';
import { describeTable } from '../../../sql/postgres/build-catalog.ts';
import type { CatalogColumn, CatalogType } from '../../../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../../../sql/postgres/parser.ts';
import { stringsOf } from '../../../sql/postgres/tree.ts';
import type { Mask } from '../../mask.ts';
import { createMaskKeys } from '../../masks/pseudonym-keys.ts';
import { BUILT_IN_TYPES } from './built-in-types.ts';
import { type MaskExpressions, maskExpression } from './mask-expression.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };

const MASKS: readonly Mask[] = [
  { kind: 'redact' },
  { kind: 'null' },
  { kind: 'fixed', value: `it's 7\\` },
  { kind: 'partial', keepStart: 1, keepEnd: 4 },
  { kind: 'year' },
  { kind: 'age' },
  { kind: 'zip3' },
  { kind: 'email-domain' },
  { kind: 'ip-prefix' },
  { kind: 'bucket', size: 10 },
  { kind: 'date-shift' },
  { kind: 'pseudonym', domain: 'mrn' },
  { kind: 'vault', domain: 'mrn' },
];

/** Types that the catalog of these tests knows. */
const TYPES: readonly CatalogType[] = [
  type({ oid: 20001, name: 'app.mood', kind: 'e', labels: [`it's`, 'so so'] }),
  type({ oid: 20002, name: 'app.empty', kind: 'e' }),
  type({ oid: 20003, name: 'app.code', kind: 'd', innerOid: 1043, innerModifier: 9 }),
  type({ oid: 20004, name: 'app.code2', kind: 'd', innerOid: 20003 }),
  type({ oid: 20005, name: 'app.code[]', kind: 'b', innerOid: 20003, isArray: true }),
  type({ oid: 20006, name: 'app.mood[]', kind: 'b', innerOid: 20001, isArray: true }),
  type({ oid: 20007, name: 'app.hstore', kind: 'b' }),
  type({ oid: 20011, name: 'app.citext', kind: 'b' }),
  type({ oid: 20008, name: 'app.loop', kind: 'd', innerOid: 20008 }),
  type({ oid: 20009, name: 'app.lost', kind: 'd', innerOid: 29999 }),
  type({ oid: 3904, name: 'pg_catalog.int4range', kind: 'r', innerOid: 23 }),
  type({
    oid: 20010,
    name: 'app.pair',
    kind: 'c',
    fields: [column({ name: 'a' }), column({ name: 'b', typeOid: 20001, typeName: 'app.mood' })],
  }),
];

function type(
  details: Partial<CatalogType> & Pick<CatalogType, 'oid' | 'name' | 'kind'>,
): CatalogType {
  return { innerOid: 0, isArray: false, innerModifier: -1, labels: [], fields: [], ...details };
}

function column(details: Partial<CatalogColumn>): CatalogColumn {
  const [attribute] = describeTable({ oid: 1, schema: 'public', name: 't' }, [
    { name: 'value', ...details },
  ]).attributes;
  assert(attribute !== undefined);
  return attribute;
}

function findType(oid: number): CatalogType | undefined {
  return TYPES.find((candidate) => candidate.oid === oid);
}

function spell(
  mask: Mask,
  details: Partial<CatalogColumn>,
  serverVersion: number = 150_018,
): MaskExpressions {
  const patientKey = column({ name: 'patient "id"', typeOid: 23, typeName: 'pg_catalog.int4' });
  return maskExpression(mask, column(details), {
    findType,
    context: CONTEXT,
    serverVersion,
    patientKey,
  });
}

function redact(details: Partial<CatalogColumn>): string {
  return spell({ kind: 'redact' }, { isNotNull: true, ...details }).expression('v');
}

/** One column of every type that the masks know, and of every kind that they do not. */
function everyColumn(): readonly Partial<CatalogColumn>[] {
  const builtIn = [...BUILT_IN_TYPES].map(([oid, { name }]) => ({
    typeOid: oid,
    typeName: `pg_catalog.${name}`,
  }));
  const described = TYPES.map(({ oid, name }) => ({ typeOid: oid, typeName: name }));
  return [
    ...builtIn,
    ...described,
    { typeOid: 1043, typeModifier: 9, typeName: 'character varying(5)' },
    { typeOid: 1700, typeModifier: ((6 << 16) | 2) + 4, typeName: 'numeric(6,2)' },
    { collation: 'app."loose"' },
    { typeOid: 3361, typeName: 'pg_catalog.pg_ndistinct' },
  ];
}

describe('maskExpression', () => {
  let parser: SqlParser;
  before(async () => {
    parser = await loadParser();
  });

  it('looks up no name along the search path, and has no subqueries', () => {
    let seen = 0;
    for (const details of everyColumn()) {
      for (const mask of MASKS) {
        const { expression, keylessExpression } = spell(mask, details);
        for (const text of [expression('"T"."value"'), keylessExpression('"T"."value"')]) {
          const parsed = parser.parse(`SELECT ${text}`);
          assert.equal(parsed.kind, 'tree', text);
          assert.equal(parsed.statements.length, 1, text);
          assertQualified(parsed.statements[0]?.node, text);
          seen += 1;
        }
      }
    }
    assert(seen > 1000);
  });

  it('has no key in its keyless spelling, and nothing that could be undone by trying', () => {
    for (const details of everyColumn()) {
      for (const mask of MASKS) {
        assert.doesNotMatch(spell(mask, details).keylessExpression('v'), /sha256/);
      }
    }
  });

  it('is as fit for a reference of any spelling', () => {
    const { expression } = spell(
      { kind: 'date-shift' },
      { typeOid: 1082, typeName: 'pg_catalog.date' },
    );
    for (const [reference, patient] of [
      ['"t"."value"', '"t"."patient ""id"""'],
      ['"a.b"".c"."value"', '"a.b"".c"."patient ""id"""'],
      ['value', '"patient ""id"""'],
      ['OLD.value', 'OLD."patient ""id"""'],
    ] as const) {
      assert(expression(reference).includes(`${patient}::pg_catalog.text`), expression(reference));
    }
  });

  it('calls no function that the server does not have yet', () => {
    const details = { typeOid: 1114, typeName: 'pg_catalog.timestamp' };
    const since14 = spell({ kind: 'year' }, details, 140_000).expression('v');
    assert(since14.includes('date_bin'), since14);
    const in13 = spell({ kind: 'year' }, details, 130_023).expression('v');
    assert(!in13.includes('date_bin'), in13);
  });

  it('shows only the year of a date where no patient is known', () => {
    const born = column({ typeOid: 1082, typeName: 'pg_catalog.date' });
    const surroundings = { findType, context: CONTEXT, serverVersion: 150_018 };
    const shifted = maskExpression({ kind: 'date-shift' }, born, surroundings);
    const year = maskExpression({ kind: 'year' }, born, surroundings);
    assert.equal(shifted.expression('v'), year.expression('v'));
  });

  it('yields values of base types for domains, whose checks a mask would fail', () => {
    assert.equal(
      redact({ typeOid: 20003, typeName: 'app.code' }),
      `'*****'::pg_catalog.varchar(5)`,
    );
    assert.equal(
      redact({ typeOid: 20004, typeName: 'app.code2' }),
      `'*****'::pg_catalog.varchar(5)`,
    );
  });

  it('yields something of every kind of type', () => {
    assert.equal(redact({ typeOid: 20001, typeName: 'app.mood' }), `'it''s'::app.mood`);
    assert.equal(
      redact({ typeOid: 20006, typeName: 'app.mood[]' }),
      `ARRAY['it''s'::app.mood]::app.mood[]`,
    );
    assert.equal(redact({ typeOid: 20005, typeName: 'app.code[]' }), `'{}'::app.code[]`);
    assert.equal(
      redact({ typeOid: 3904, typeName: 'pg_catalog.int4range' }),
      `'empty'::pg_catalog.int4range`,
    );
    assert.equal(
      redact({ typeOid: 20010, typeName: 'app.pair' }),
      `ROW('[redacted]'::pg_catalog.text, 'it''s'::app.mood)::app.pair`,
    );
    assert.equal(redact({ typeOid: 20011, typeName: 'app.citext' }), `'[redacted]'::app.citext`);
  });

  it('yields NULL where it knows nothing that is valid', () => {
    for (const typeName of ['app.empty', 'app.hstore', 'app.loop', 'app.lost']) {
      const typeOid = TYPES.find(({ name }) => name === typeName)?.oid ?? 0;
      assert.equal(redact({ typeOid, typeName }), `NULL::${typeName}`);
    }
  });

  it('does not even read a column that cannot be NULL to redact it', () => {
    assert.equal(redact({}), `'[redacted]'::pg_catalog.text`);
    assert.equal(
      spell({ kind: 'redact' }, {}).expression('v'),
      `CASE WHEN v IS NOT NULL THEN '[redacted]'::pg_catalog.text END`,
    );
  });

  it('redacts where the mask does not fit', () => {
    const flag = { typeOid: 16, typeName: 'pg_catalog.bool' };
    const redacted = spell({ kind: 'redact' }, flag).expression('v');
    for (const mask of MASKS.filter(({ kind }) => kind !== 'null')) {
      assert.equal(spell(mask, flag).expression('v'), redacted, mask.kind);
    }
  });

  it('redacts numbers in buckets that would hold a single one', () => {
    const whole = { typeOid: 23, typeName: 'pg_catalog.int4' };
    const cents = { typeOid: 1700, typeModifier: ((6 << 16) | 2) + 4, typeName: 'numeric(6,2)' };
    for (const [details, size] of [
      [whole, 1],
      [whole, 2.5],
      [whole, -10],
      [cents, 0.01],
      [cents, 0.015],
      [cents, Number.NaN],
    ] as const) {
      const redacted = spell({ kind: 'redact' }, details).expression('v');
      assert.equal(
        spell({ kind: 'bucket', size }, details).expression('v'),
        redacted,
        String(size),
      );
    }
  });
});

/** Fails at any name in an expression that the server would look up along the search path. */
function assertQualified(tree: unknown, text: string): void {
  if (typeof tree !== 'object' || tree === null) return;
  for (const [kind, body] of Object.entries(tree)) {
    assert.notEqual(kind, 'SubLink', text);
    if (kind === 'FuncCall' || kind === 'A_Expr' || kind === 'CollateClause') {
      assertNamed(body as NamedNode, text);
    }
    if (kind === 'typeName' || kind === 'TypeName') {
      const names = stringsOf((body as { names?: Node[] }).names);
      assert(names.length === 2 && ['pg_catalog', 'app'].includes(names[0] ?? ''), text);
    }
    // `CASE value WHEN` compares with whatever `=` is found first.
    if (kind === 'CaseExpr') assert(!('arg' in (body as object)), text);
    assertQualified(body, text);
  }
}

interface NamedNode {
  readonly funcname?: Node[];
  readonly name?: Node[];
  readonly collname?: Node[];
  readonly kind?: string;
}

function assertNamed({ funcname, name, collname, kind }: NamedNode, text: string): void {
  assert(kind === undefined || kind === 'AEXPR_OP' || kind === 'AEXPR_OP_ANY', text);
  const names = stringsOf(funcname ?? name ?? collname);
  assert(
    names.length === 2 && ['pg_catalog', 'app'].includes(names[0] ?? ''),
    `${names.join('.')} in ${text}`,
  );
}
