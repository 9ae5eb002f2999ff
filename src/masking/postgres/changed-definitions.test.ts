import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogRelation, CatalogType } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { HOSPITAL_PLAN, planOf } from './hospital-plan.fixture.ts';
import { rewriteText } from './rewrite.ts';

const parser = await loadParser();

const TEXT_DOMAIN: Omit<CatalogType, 'oid' | 'name'> = {
  ...{ kind: 'd', innerOid: 25, isArray: false, innerModifier: -1, labels: [], fields: [] },
};

/** A masked and another column of domains. */
const withDomains = (details: Partial<CatalogRelation>): MaskPlan =>
  planOf(
    buildCatalog({
      serverVersion: 150_018,
      relations: [
        describeTable(
          { oid: 1, schema: 'public', name: 'customers' },
          [
            { name: 'id', typeOid: 20_002 },
            { name: 'ssn', typeOid: 20_001 },
          ],
          details,
        ),
      ],
      userFunctions: [],
      types: [
        { ...TEXT_DOMAIN, oid: 20_001, name: 'public.ssn' },
        { ...TEXT_DOMAIN, oid: 20_002, name: 'public.number' },
      ],
    }),
  );
const WITH_DOMAINS = withDomains({ comparedColumns: ['ssn'] });

function reasonOf(text: string, plan: MaskPlan = HOSPITAL_PLAN): string | undefined {
  const rewrite = rewriteText(text, { parser, plan, names: session() });
  return rewrite.kind === 'refuse' ? rewrite.reason : undefined;
}

describe('rewriteText and definitions that are changed', () => {
  it('puts nothing among the temporary objects of other sessions', () => {
    for (const text of [
      'CREATE DOMAIN pg_temp_3.text AS varchar(11)',
      `CREATE TYPE pg_temp_3.text AS ENUM ('a')`,
      'CREATE TYPE pg_temp_3.text AS (a int)',
      'ALTER DOMAIN d SET SCHEMA pg_temp_3',
    ]) {
      assert.match(reasonOf(text) ?? '', /temporary schema of another session/u, text);
      assert.equal(reasonOf(text.replace('pg_temp_3', 'pg_temp')), undefined, text);
    }
  });

  it('lets no schema come into search paths unseen whose relations hide what others of their name show', () => {
    for (const text of [
      'ALTER ROLE clerk RENAME TO research',
      'ALTER USER clerk RENAME TO anything',
      'GRANT USAGE ON SCHEMA research, public TO clerk',
      'GRANT ALL ON SCHEMA public TO clerk WITH GRANT OPTION',
      'ALTER SCHEMA public OWNER TO clerk',
      'GRANT owner TO clerk',
      'ALTER GROUP owner ADD USER clerk',
      'ALTER ROLE clerk SUPERUSER',
      'ALTER ROLE clerk INHERIT',
      'REASSIGN OWNED BY owner TO clerk',
    ])
      assert.match(reasonOf(text) ?? '', /unseen by/u, text);
    for (const text of [
      'GRANT USAGE ON SCHEMA research TO clerk',
      'REVOKE USAGE ON SCHEMA public FROM clerk',
      'REVOKE owner FROM clerk',
      'GRANT SELECT ON staging TO clerk',
      'CREATE ROLE clerk IN ROLE owner',
      `ALTER ROLE clerk PASSWORD 'x' VALID UNTIL '2030-01-01'`,
      'ALTER TABLE staging OWNER TO clerk',
    ])
      assert.equal(reasonOf(text), undefined, text);
    // No two relations share a name.
    assert.equal(reasonOf('GRANT USAGE ON SCHEMA public TO clerk', WITH_DOMAINS), undefined);
    assert.equal(reasonOf('GRANT owner TO clerk', WITH_DOMAINS), undefined);
  });

  it('renames no columns by the type of their tables', () => {
    assert.match(
      reasonOf('ALTER TYPE person RENAME ATTRIBUTE ssn TO ward CASCADE') ?? '',
      /rename a column in every table of a type/u,
    );
    for (const text of [
      'ALTER TYPE person RENAME ATTRIBUTE ssn TO ward',
      'ALTER TYPE person RENAME ATTRIBUTE ssn TO ward RESTRICT',
      'ALTER TABLE staging RENAME name TO label',
      'ALTER TYPE person RENAME TO people',
    ])
      assert.equal(reasonOf(text), undefined, text);
  });

  it('lets nothing be changed or detached to which hidden values refer', () => {
    const sketch = (oid: number, name: string, details: Partial<CatalogRelation>) =>
      describeTable({ oid, schema: 'public', name }, ['id', 'name'], details);
    const key = { columns: ['name'], referencedRelation: 2, referencedColumns: ['id'] };
    const plan = planOf(
      buildCatalog({
        serverVersion: 180_000,
        relations: [
          sketch(1, 'customers', { foreignKeys: [key] }),
          sketch(2, 'wards', { kind: 'p', children: [3] }),
          sketch(3, 'low_wards', { parents: [2] }),
          sketch(4, 'staging', { kind: 'p' }),
        ],
        userFunctions: [],
      }),
    );
    for (const text of [
      'ALTER TABLE wards ALTER name SET NOT NULL, ALTER id TYPE bigint USING CASE WHEN id = 2 THEN 9 END',
      'ALTER TABLE wards ALTER COLUMN id SET EXPRESSION AS (2)',
    ])
      assert.match(reasonOf(text, plan) ?? '', /it changes what public\.customers\.name/u, text);
    for (const text of [
      'ALTER TABLE wards DETACH PARTITION low_wards',
      'ALTER TABLE public.wards DETACH PARTITION low_wards CONCURRENTLY',
      'ALTER TABLE wards DETACH PARTITION low_wards FINALIZE',
    ])
      assert.match(reasonOf(text, plan) ?? '', /it detaches what public\.customers\.name/u, text);
    for (const text of [
      'ALTER TABLE wards ALTER name TYPE varchar(4), ALTER id SET STATISTICS 5',
      'ALTER TABLE wards ADD COLUMN n int DEFAULT 1, ADD CHECK (id > 0)',
      'ALTER TABLE staging DETACH PARTITION low_wards',
      'ALTER TABLE staging ALTER id TYPE bigint',
    ])
      assert.equal(reasonOf(text, plan), undefined, text);
  });

  it('refuses functions that may read anything in defaults that ALTER sets', () => {
    for (const text of [
      `ALTER TABLE staging ALTER COLUMN name SET DEFAULT query_to_xml('TABLE customers', true, true, '')`,
      `ALTER TABLE staging ALTER name SET DEFAULT coalesce(NULL, public.score(1))`,
      `ALTER DOMAIN badge SET DEFAULT public.score(1)`,
      `ALTER TABLE staging ALTER COLUMN name TYPE text USING public.score(1)`,
    ]) {
      assert.match(reasonOf(text) ?? '', /the function \S+ may read data that is masked/, text);
    }
  });

  it('lets other changes pass', () => {
    for (const text of [
      `ALTER TABLE staging ALTER COLUMN name SET DEFAULT lower('A'), ALTER id SET STATISTICS 5`,
      'ALTER TABLE staging ALTER name DROP DEFAULT, ADD COLUMN n numeric(4,2) DEFAULT 1',
      'ALTER TABLE staging ADD UNIQUE (id), SET (fillfactor = 70), REPLICA IDENTITY FULL',
      'ALTER TABLE staging ALTER id ADD GENERATED ALWAYS AS IDENTITY, ALTER name SET STORAGE MAIN',
      `ALTER DOMAIN badge SET DEFAULT 'x'`,
      'ALTER DOMAIN badge DROP DEFAULT',
    ]) {
      assert.equal(reasonOf(text), undefined, text);
    }
  });

  it('refuses to choose by a table or view what a masked column is given', () => {
    for (const text of [
      `ALTER TABLE customers ALTER ssn SET DEFAULT '1'`,
      `ALTER TABLE customers ALTER name ADD GENERATED BY DEFAULT AS IDENTITY (START 41)`,
      `ALTER VIEW customer_names ALTER name SET DEFAULT '1'`,
    ]) {
      assert.match(reasonOf(text) ?? '', /change or use the definition of public\.customer/, text);
    }
  });

  it('refuses to choose by a domain what a masked column is given, or to give that domain another name', () => {
    for (const text of [
      `ALTER DOMAIN ssn SET DEFAULT '1'`,
      `ALTER DOMAIN public.ssn SET DEFAULT '1'`,
      `ALTER DOMAIN renamed SET DEFAULT '1'`,
      'ALTER DOMAIN ssn RENAME TO number',
      'ALTER TYPE ssn RENAME TO number',
      'ALTER DOMAIN ssn SET SCHEMA elsewhere',
      'ALTER TYPE ssn SET SCHEMA elsewhere',
    ]) {
      const reason = reasonOf(text, WITH_DOMAINS) ?? '';
      assert.match(reason, /change the domain of public\.customers\.ssn, which is masked/, text);
    }
    for (const text of [
      `ALTER DOMAIN number SET DEFAULT '1'`,
      'ALTER DOMAIN ssn DROP DEFAULT',
      'ALTER DOMAIN number RENAME TO n',
      'ALTER TYPE pair RENAME TO two',
      'ALTER TYPE number SET SCHEMA elsewhere',
    ]) {
      assert.equal(reasonOf(text, WITH_DOMAINS), undefined, text);
    }
    assert.equal(reasonOf(`ALTER DOMAIN renamed SET DEFAULT '1'`), undefined);
  });

  it('asks for the default of a domain only where values may not be written', () => {
    const text = `ALTER DOMAIN ssn SET DEFAULT '1'`;
    const key = { columns: ['ssn'], referencedRelation: 1, referencedColumns: ['id'] };
    assert.notEqual(reasonOf(text, withDomains({ foreignKeys: [key] })), undefined);
    const free = withDomains({});
    assert.equal(reasonOf(text, free), undefined);
    const masked = free.find(1);
    const ssn = masked?.columns.get('ssn');
    assert(masked !== undefined && ssn !== undefined);
    const keyed = { ...masked, columns: new Map([['ssn', { ...ssn, isKeyed: true as const }]]) };
    assert.notEqual(reasonOf(text, { ...free, find: () => keyed }), undefined);
  });
});
