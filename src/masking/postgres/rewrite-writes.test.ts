import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { MaskPlan, ViewComparison } from '../mask-plan.ts';
import { checkRewrite } from './check-rewrite.ts';
import { HOSPITAL_PLAN, keyedPlan, planOf } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();
const OPTIONS = { parser, plan: HOSPITAL_PLAN, names: session() };

function see(text: string): Rewrite {
  return rewriteText(text, OPTIONS);
}

function run(text: string): string {
  const rewrite = see(text);
  assert.equal(rewrite.kind, 'run', rewrite.kind === 'refuse' ? rewrite.reason : '');
  assert.deepEqual(checkRewrite(rewrite.text, OPTIONS), { kind: 'sound' }, rewrite.text);
  return rewrite.text;
}

function refuses(pattern: RegExp, ...texts: readonly string[]): void {
  for (const text of texts) {
    const rewrite = see(text);
    assert.equal(rewrite.kind, 'refuse', text);
    assert.match(rewrite.reason, pattern, text);
    assert.notEqual(rewrite.hint, '');
  }
}

const X = `'X'::pg_catalog.text`;
const C = `(SELECT "c"."id", ${X} AS "name", ${X} AS "ssn" FROM "public"."customers" AS "c") c`;
const ID = `(SELECT "c"."id" FROM "public"."customers" AS "c") c`;
const ID_SSN = `(SELECT "c"."id", ${X} AS "ssn" FROM "public"."customers" AS "c") c`;
const ALL = `"customers"."id", ${X} AS "name", ${X} AS "ssn"`;

/** What is sent in place of a write. */
const WRITES: readonly (readonly [text: string, rewritten: string])[] = [
  ['DELETE FROM customers WHERE id = 1', 'DELETE FROM customers WHERE id = 1'],
  ['DELETE FROM customers RETURNING *', `DELETE FROM customers RETURNING ${ALL}`],
  [
    'UPDATE customers SET name = $1 WHERE id = 1 RETURNING id, ssn, upper(name), customers',
    `UPDATE customers SET name = $1 WHERE id = 1 RETURNING id, (${X}) AS "ssn", upper((${X})), ROW("customers"."id", ${X}, ${X})::"public"."customers" AS "customers"`,
  ],
  [
    'UPDATE customers SET name = $1 RETURNING ssn AS x, ssn::varchar, (SELECT ssn)',
    `UPDATE customers SET name = $1 RETURNING (${X}) AS x, (${X})::varchar AS "ssn", (SELECT (${X}) AS "ssn") AS "ssn"`,
  ],
  [
    'INSERT INTO customers (id) VALUES (1) RETURNING public.customers.ssn, customers.*',
    `INSERT INTO customers (id) VALUES (1) RETURNING (${X}) AS "ssn", ${ALL}`,
  ],
  [
    'INSERT INTO customers (id, name) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING name',
    `INSERT INTO customers (id, name) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING (${X}) AS "name"`,
  ],
  [
    'UPDATE customers SET name = $1 RETURNING old.ssn, new.*',
    `UPDATE customers SET name = $1 RETURNING (${X}) AS "ssn", "new"."id", ${X} AS "name", ${X} AS "ssn"`,
  ],
  [
    'UPDATE staging SET name = c.ssn FROM customers c WHERE c.id = staging.id RETURNING staging.*, c.ssn',
    `UPDATE staging SET name = c.ssn FROM ${C} WHERE c.id = staging.id RETURNING staging.*, c.ssn`,
  ],
  [
    'UPDATE customers SET name = $1 FROM customers c WHERE c.id = customers.id AND c.ssn = $2',
    `UPDATE customers SET name = $1 FROM ${C} WHERE c.id = customers.id AND c.ssn = $2`,
  ],
  [
    'INSERT INTO staging SELECT id, ssn FROM customers c',
    `INSERT INTO staging SELECT id, ssn FROM ${ID_SSN}`,
  ],
  [
    'INSERT INTO customers (id) SELECT max(id) + 1 FROM customers c',
    `INSERT INTO customers (id) SELECT max(id) + 1 FROM ${ID}`,
  ],
  [
    'MERGE INTO staging s USING customers c ON c.id = s.id WHEN MATCHED THEN UPDATE SET name = c.ssn WHEN NOT MATCHED THEN INSERT VALUES (c.id, c.name)',
    `MERGE INTO staging s USING ${C} ON c.id = s.id WHEN MATCHED THEN UPDATE SET name = c.ssn WHEN NOT MATCHED THEN INSERT VALUES (c.id, c.name)`,
  ],
  [
    'MERGE INTO customers USING staging s ON customers.id = s.id WHEN MATCHED THEN DELETE RETURNING *',
    `MERGE INTO customers USING staging s ON customers.id = s.id WHEN MATCHED THEN DELETE RETURNING "s".*, ${ALL}`,
  ],
  [
    'DELETE FROM staging USING customers c WHERE c.id = staging.id',
    `DELETE FROM staging USING ${ID} WHERE c.id = staging.id`,
  ],
  [
    'WITH customers AS (SELECT 1 AS id) DELETE FROM customers RETURNING ssn',
    `WITH customers AS (SELECT 1 AS id) DELETE FROM customers RETURNING (${X}) AS "ssn"`,
  ],
  [
    'WITH d AS (DELETE FROM customers RETURNING *) SELECT upper(ssn) FROM d',
    `WITH d AS (DELETE FROM customers RETURNING ${ALL}) SELECT upper(ssn) FROM d`,
  ],
  [
    'UPDATE customers SET name = $1 WHERE id IN (SELECT id FROM staging WHERE staging.name = $2)',
    'UPDATE customers SET name = $1 WHERE id IN (SELECT id FROM staging WHERE staging.name = $2)',
  ],
  [
    'COPY public.customers (ssn, id) TO STDOUT (FORMAT binary)',
    `COPY (SELECT ${X} AS "ssn", "customers"."id" FROM ONLY "public"."customers" AS "customers") TO STDOUT (FORMAT binary)`,
  ],
  [
    'COPY (DELETE FROM customers RETURNING ssn) TO STDOUT',
    `COPY (DELETE FROM customers RETURNING (${X}) AS "ssn") TO STDOUT`,
  ],
  ['COPY customers FROM STDIN', 'COPY customers FROM STDIN'],
  [
    'UPDATE customers SET name = $1 WHERE CURRENT OF c',
    'UPDATE customers SET name = $1 WHERE CURRENT OF c',
  ],
];

describe('rewriteText on writes', () => {
  for (const [text, rewritten] of WRITES) {
    it(`masks what a write reads and shows: ${text}`, () => {
      assert.equal(run(text), rewritten);
    });
  }

  it('refuses to test masked columns of the relation that is written', () => {
    refuses(
      /reads masked columns of public.customers/,
      `DELETE FROM customers WHERE ssn LIKE '1%'`,
      'DELETE FROM customers c WHERE c.ssn = $1',
      'DELETE FROM customers WHERE public.customers.ssn = $1',
      'DELETE FROM customers WHERE customers::text LIKE $1',
      'DELETE FROM customers WHERE (customers).ssn = $1',
      'DELETE FROM customers WHERE EXISTS (SELECT 1 FROM staging WHERE ssn = $1)',
      'DELETE FROM customers WHERE EXISTS (SELECT 1 FROM staging s WHERE s.name = customers.name)',
      'DELETE FROM customers USING staging s WHERE customers.name = s.name',
      'DELETE FROM customers WHERE id = (SELECT id FROM LATERAL (SELECT ssn) x)',
      `UPDATE customers SET id = CASE WHEN ssn = '1' THEN 1 / 0 END`,
      'UPDATE customers SET name = ssn',
      'UPDATE customers SET (name, id) = (SELECT ssn, 1)',
      'UPDATE customers SET name = (SELECT ssn FROM staging)',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2 WHERE customers.ssn = $1',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = customers.ssn',
      'MERGE INTO customers c USING staging s ON c.ssn = s.name WHEN MATCHED THEN DELETE',
      'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED AND c.ssn = $1 THEN DELETE',
      'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN UPDATE SET id = length(c.ssn)',
      'WITH d AS (DELETE FROM customers WHERE ssn = $1) SELECT 1',
      'EXPLAIN ANALYZE DELETE FROM customers WHERE ssn = $1',
      'PREPARE p AS DELETE FROM customers WHERE ssn = $1',
    );
  });

  it('refuses to read what the server gives a new row, and nothing that the statement does', () => {
    const upsert = 'ON CONFLICT (id) DO UPDATE SET';
    refuses(
      /reads what the server gives a masked column of public.customers in a new row/,
      `INSERT INTO customers (id) VALUES (1) ${upsert} id = length(excluded.name)`,
      `INSERT INTO customers (id) VALUES (1) ${upsert} id = 2 WHERE excluded.ssn = $1`,
      `INSERT INTO customers (id, name) VALUES (1, $1) ${upsert} id = length(excluded::text)`,
      `INSERT INTO customers VALUES (1, $1) ${upsert} id = length(excluded.ssn)`,
      `INSERT INTO customers (id, ssn) VALUES (1, DEFAULT), (2, $1) ${upsert} ssn = excluded.ssn`,
      `INSERT INTO customers (id, ssn) OVERRIDING USER VALUE VALUES (1, $1) ${upsert} ssn = excluded.ssn`,
      `INSERT INTO customers SELECT * FROM json_to_recordset($1) AS j (id int) ${upsert} ssn = excluded.ssn`,
      `INSERT INTO customers (id) VALUES (1) ${upsert} id = (SELECT length(excluded.name))`,
      `COPY customers (id) FROM STDIN WHERE ssn > '5'`,
      `COPY customers FROM STDIN (DEFAULT 'd') WHERE ssn > '5'`,
    );
    for (const text of [
      `INSERT INTO customers VALUES (1, $1, $2) ${upsert} name = excluded.name, ssn = left(excluded.ssn, 4)`,
      `INSERT INTO customers SELECT id, name FROM staging ${upsert} name = excluded.name`,
      `INSERT INTO customers (name, id) SELECT * FROM json_to_recordset($1) AS j (a text, b int) ${upsert} name = excluded.name`,
      `INSERT INTO customers (id, name) VALUES (1, DEFAULT) ${upsert} id = excluded.id`,
      `COPY customers (id, ssn) FROM STDIN WHERE ssn > '5'`,
      `COPY customers FROM STDIN WHERE ssn > '5' AND id > 1`,
    ]) {
      run(text);
    }
  });

  it('refuses to write a part of a masked column that is there', () => {
    refuses(
      /writes a part of public.customers.name, which is masked/,
      `UPDATE customers SET name['a']['b'] = '1' WHERE id = 1`,
      'UPDATE customers SET id = 1, name[2:3] = $1',
      'UPDATE customers SET name.town = $1',
      'UPDATE customers SET (id, name[4]) = (1, $1)',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name[4] = $1',
      'MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN UPDATE SET name.town = s.name',
    );
    run('INSERT INTO customers (id, name[4]) VALUES (1, $1)');
    run('UPDATE customers SET id[4] = 1, name = $1');
    run('UPDATE staging SET name[4] = $1');
  });

  it('refuses to count what overwriting masked columns takes', () => {
    refuses(
      /EXPLAIN ANALYZE would count what overwriting masked columns takes/,
      'EXPLAIN ANALYZE UPDATE customers SET name = $1 WHERE id = 1',
      'EXPLAIN (WAL, BUFFERS, ANALYSE on) UPDATE customers SET name = DEFAULT',
      'EXPLAIN (ANALYZE false, ANALYZE) UPDATE customers SET id = 1, name = $1',
      'EXPLAIN ANALYZE WITH u AS (UPDATE customers SET name = $1 RETURNING id) SELECT 1',
      'EXPLAIN ANALYZE INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = $1',
      'EXPLAIN ANALYZE MERGE INTO customers c USING staging s ON c.id = s.id WHEN MATCHED THEN UPDATE SET name = $1',
    );
    for (const text of [
      'EXPLAIN UPDATE customers SET name = $1 WHERE id = 1',
      'EXPLAIN (ANALYZE off) UPDATE customers SET name = $1 WHERE id = 1',
      'EXPLAIN ANALYZE UPDATE staging SET name = $1',
      'EXPLAIN ANALYZE INSERT INTO customers (id, name) VALUES (1, $1)',
      'EXPLAIN ANALYZE DELETE FROM customers WHERE id = 1',
    ])
      run(text);
  });

  it('refuses bare names in sub-selects that would be masked columns if the catalog were behind', () => {
    refuses(
      /may be a masked column of public.customers/,
      'DELETE FROM customers WHERE id IN (SELECT id FROM staging WHERE name = $1)',
      'DELETE FROM customers WHERE EXISTS (SELECT 1 FROM (SELECT * FROM staging) s WHERE name = $1)',
      'DELETE FROM customers RETURNING (SELECT name FROM staging LIMIT 1)',
    );
    run('DELETE FROM customers WHERE id IN (SELECT c.id FROM customers c WHERE name = $1)');
  });

  it('takes a schema before a column for that of the target, whatever goes by its name', () => {
    refuses(
      /reads masked columns of public.customers/,
      'DELETE FROM customers WHERE EXISTS (SELECT 1 FROM staging customers WHERE public.customers.ssn = $1)',
      'DELETE FROM customers WHERE EXISTS (SELECT 1 FROM (SELECT 1) customers WHERE public.customers.ssn = $1)',
    );
  });

  it('refuses to store masks in the relation that they come from', () => {
    refuses(
      /would store masks in public.customers/,
      'INSERT INTO customers SELECT id + 1, name, ssn FROM customers',
      'INSERT INTO customers TABLE customers',
      'UPDATE customers SET name = c.ssn FROM customers c WHERE c.id = 1',
      'WITH x AS (SELECT ssn FROM customers) UPDATE customers SET name = x.ssn FROM x',
      'MERGE INTO customers t USING customers c ON c.id = t.id WHEN MATCHED THEN UPDATE SET name = c.ssn',
      'INSERT INTO customers (id, name) SELECT id, name FROM customer_names',
    );
  });

  it('follows the names that aliases give to columns', () => {
    refuses(
      /would store masks in public.customers/,
      'UPDATE customers SET name = c.id FROM customers AS c (name, id) WHERE c.name = customers.id',
      'UPDATE customers SET name = id2 FROM customers AS c (x, id2) WHERE customers.id = 1',
      'UPDATE customers SET name = j.ssn FROM (staging s CROSS JOIN customers c) AS j WHERE customers.id = 1',
      'UPDATE customers SET name = j.id FROM (customers c CROSS JOIN staging s) AS j (a, id) WHERE customers.id = 1',
    );
    run('UPDATE customers SET name = $1 FROM customers AS c (ssn) WHERE c.ssn = customers.id');
    run(
      'UPDATE customers SET id = j.x FROM (SELECT id AS x FROM customers c) AS j WHERE customers.id = 1',
    );
  });

  it('refuses ON CONFLICT on masked columns', () => {
    refuses(
      /ON CONFLICT would tell/,
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (ssn) DO NOTHING',
    );
  });

  it('lets DEFAULT stand for what would have to be unique or to refer to something, but not beside a check', () => {
    const details = {
      comparedColumns: ['ssn'],
      foreignKeys: [{ columns: ['name'], referencedRelation: 1, referencedColumns: ['id'] }],
      checks: [['id', 'ssn']],
    };
    const key = { oid: 1, schema: 'public', name: 'customers' };
    const catalog = buildCatalog({
      serverVersion: 150_018,
      relations: [describeTable(key, ['id', 'name', 'ssn'], details)],
      userFunctions: [],
    });
    const kindOf = (text: string): Rewrite['kind'] =>
      rewriteText(text, { parser, plan: planOf(catalog), names: session() }).kind;
    assert.equal(kindOf('INSERT INTO customers (ssn, name) VALUES (DEFAULT, DEFAULT)'), 'run');
    assert.equal(kindOf('UPDATE customers SET ssn = DEFAULT, name = DEFAULT'), 'run');
    assert.equal(kindOf('UPDATE customers SET ssn = $1, name = DEFAULT'), 'refuse');
    assert.equal(kindOf('UPDATE customers SET ssn = DEFAULT, name = $1'), 'refuse');
    assert.equal(kindOf('UPDATE customers SET id = DEFAULT'), 'refuse');
    assert.equal(see('INSERT INTO customer_names (id, name) VALUES (1, DEFAULT)').kind, 'run');
    assert.equal(see('INSERT INTO customer_names (id, name) VALUES (1, $1)').kind, 'refuse');
  });

  it('refuses new rows that are compared with others by the default of a masked column', () => {
    const key = { oid: 1, schema: 'public', name: 'customers' };
    const kindOf = (text: string, comparedDefaults: readonly string[]): Rewrite['kind'] => {
      const catalog = buildCatalog({
        serverVersion: 150_018,
        relations: [describeTable(key, ['id', 'name', 'ssn'], { comparedDefaults })],
        userFunctions: [],
      });
      return rewriteText(text, { parser, plan: planOf(catalog), names: session() }).kind;
    };
    for (const text of [
      'INSERT INTO customers (id) VALUES (1)',
      'INSERT INTO customers DEFAULT VALUES',
      'MERGE INTO customers c USING (SELECT 1) s (id) ON c.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES (1)',
      'COPY customers (id) FROM STDIN',
    ]) {
      assert.equal(kindOf(text, ['ssn']), 'refuse', text);
      assert.equal(kindOf(text, ['id']), 'run', text);
    }
    assert.equal(kindOf('UPDATE customers SET id = 2', ['ssn']), 'run');
  });

  it('refuses to delete or change what others refer to by a masked column, unless equal ones are seen to be equal', () => {
    const refers = (column: string): Partial<CatalogRelation> => ({
      foreignKeys: [{ columns: [column], referencedRelation: 2, referencedColumns: ['code'] }],
    });
    const holders = describeTable({ oid: 2, schema: 'public', name: 'holders' }, ['code', 'ward']);
    const kindOf = (text: string, column: string, keyed?: string): Rewrite['kind'] => {
      const relations = [
        describeTable(
          { oid: 1, schema: 'public', name: 'customers' },
          ['id', 'name', 'ssn'],
          refers(column),
        ),
        holders,
      ];
      const hidden = planOf(buildCatalog({ serverVersion: 150_018, relations, userFunctions: [] }));
      const plan = keyed === undefined ? hidden : keyedPlan(hidden, holders, [keyed]);
      return rewriteText(text, { parser, plan, names: session() }).kind;
    };
    for (const text of [
      'DELETE FROM holders',
      "UPDATE holders SET code = code || 'x'",
      'WITH x AS (DELETE FROM holders RETURNING 1) SELECT count(*) FROM x',
      'MERGE INTO holders h USING (SELECT 1) s (a) ON h.ward = s.a WHEN MATCHED THEN DELETE',
    ]) {
      assert.equal(kindOf(text, 'ssn'), 'refuse', text);
      // Shown as it is where it refers to, or not as the same.
      assert.equal(kindOf(text, 'ssn', 'ward'), 'refuse', text);
      assert.equal(kindOf(text, 'ssn', 'code'), text.includes('SET') ? 'refuse' : 'run', text);
      assert.equal(kindOf(text, 'id'), 'run', text);
    }
    assert.equal(kindOf('DELETE FROM customers WHERE id = 1', 'ssn'), 'run');
    assert.equal(kindOf('UPDATE holders SET ward = 1', 'ssn'), 'run');
  });

  it('refuses to write what a view compares with a masked column, and to read views that compare one with a setting', () => {
    const relations = [
      describeTable({ oid: 1, schema: 'public', name: 'customers' }, ['id', 'name', 'ssn', 'ward']),
      describeTable({ oid: 2, schema: 'public', name: 'staging' }, ['id', 'guess']),
      describeTable({ oid: 3, schema: 'public', name: 'matches' }, ['id'], {
        kind: 'v',
        dependsOn: [1],
      }),
    ];
    const catalog = buildCatalog({ serverVersion: 150_018, relations, userFunctions: [] });
    const kindOf = (
      text: string,
      [column, oid]: readonly [string, number],
      how: Partial<ViewComparison> = {},
    ): Rewrite['kind'] => {
      const view = catalog.getRelation(3);
      assert(view !== undefined);
      const columns = [
        { relationOid: 1, column: 'ssn' },
        { relationOid: oid, column },
      ];
      const comparison = {
        view,
        columns,
        isAcross: false,
        isRepeated: false,
        hasSettings: false,
        ...how,
      };
      const plan: MaskPlan = { ...planOf(catalog), comparisons: [comparison] };
      return rewriteText(text, { parser, plan, names: session() }).kind;
    };
    const across = { isAcross: true };
    assert.equal(kindOf('INSERT INTO staging (guess) VALUES ($1)', ['guess', 2], across), 'refuse');
    assert.equal(kindOf('INSERT INTO staging SELECT 1, $1', ['guess', 2], across), 'refuse');
    assert.equal(kindOf('UPDATE staging SET guess = $1', ['guess', 2], across), 'refuse');
    assert.equal(kindOf('COPY staging FROM STDIN', ['guess', 2], across), 'refuse');
    assert.equal(kindOf('UPDATE staging SET id = 1', ['guess', 2], across), 'run');
    assert.equal(kindOf('DELETE FROM staging', ['guess', 2], across), 'run');
    assert.equal(kindOf('UPDATE customers SET ssn = $1', ['guess', 2], across), 'run');
    const repeated = { isAcross: true, isRepeated: true };
    assert.equal(kindOf('UPDATE customers SET ssn = $1', ['ssn', 1], repeated), 'refuse');
    assert.equal(
      kindOf('INSERT INTO customers (ssn, ward) VALUES ($1, $2)', ['ward', 1], across),
      'refuse',
    );
    // Of one row: what a new one holds is known to who writes it.
    assert.equal(kindOf('UPDATE customers SET ward = $1', ['ward', 1]), 'refuse');
    assert.equal(kindOf('INSERT INTO customers (id, ward) VALUES (1, $1)', ['ward', 1]), 'run');
    assert.equal(kindOf('UPDATE matches SET id = $1', ['ward', 1]), 'refuse');
    assert.equal(kindOf('SELECT id FROM matches', ['ward', 1]), 'run');
    assert.equal(kindOf('SELECT id FROM matches', ['ward', 1], { hasSettings: true }), 'refuse');
  });

  it('refuses to change a part of a key whose other part is masked, unless equal ones are seen to be equal', () => {
    const keys = {
      uniqueKeys: [['id'], ['id', 'ssn']],
      foreignKeys: [
        { columns: ['name', 'ward'], referencedRelation: 9, referencedColumns: ['a', 'b'] },
      ],
    };
    const key = { oid: 1, schema: 'public', name: 'customers' };
    const catalog = buildCatalog({
      serverVersion: 150_018,
      relations: [describeTable(key, ['id', 'name', 'ssn', 'ward', 'other'], keys)],
      userFunctions: [],
    });
    const hidden = planOf(catalog);
    const other = describeTable({ oid: 9, schema: 'public', name: 'others' }, ['a', 'b']);
    const pseudonyms = keyedPlan(hidden, other, ['a']);
    const one = keyedPlan(hidden, other, []);
    const kindOf = (text: string, plan: MaskPlan): Rewrite['kind'] =>
      rewriteText(text, { parser, plan, names: session() }).kind;
    for (const text of [
      'UPDATE customers SET id = 2',
      'UPDATE customers SET ward = 2',
      'INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET ward = 2',
      'MERGE INTO customers c USING (SELECT 1) s (id) ON c.id = s.id WHEN MATCHED THEN UPDATE SET ward = 2',
    ]) {
      assert.equal(kindOf(text, hidden), 'refuse', text);
      assert.equal(kindOf(text, pseudonyms), 'run', text);
      assert.equal(kindOf(text, one), text.includes('ward') ? 'refuse' : 'run', text);
    }
    const view = { oid: 3, schema: 'public', name: 'numbers' };
    const withView = buildCatalog({
      serverVersion: 150_018,
      relations: [
        ...catalog.listRelations(),
        describeTable(view, ['number'], { kind: 'v', dependsOn: [1] }),
      ],
      userFunctions: [],
    });
    const options = { parser, plan: planOf(withView), names: session() };
    const throughView = rewriteText('UPDATE numbers SET number = 2', options);
    assert(throughView.kind === 'refuse');
    assert.match(throughView.hint, /^Write to public\.customers itself/u);
    for (const text of ['UPDATE customers SET other = 2', 'INSERT INTO customers (id) VALUES (1)'])
      assert.equal(kindOf(text, hidden), 'run', text);
  });

  it('refuses what RETURNING shows of a row as a whole but for the row itself', () => {
    refuses(
      /public.customers/,
      'DELETE FROM customers RETURNING ROW(customers.*)',
      'DELETE FROM customers RETURNING customers.row_to_json',
    );
  });

  it('refuses COPY of what is no table, and of generated columns, with the SQLSTATE of the server', () => {
    const columns = ['id', 'name', { name: 'ssn', isGenerated: true }];
    const key = { oid: 1, schema: 'public', name: 'customers' };
    const catalog = buildCatalog({
      serverVersion: 150_018,
      relations: [describeTable(key, columns)],
      userFunctions: [],
    });
    const stateOf = (text: string, plan: MaskPlan): string | undefined => {
      const rewrite = rewriteText(text, { parser, plan, names: session() });
      return rewrite.kind === 'refuse' ? rewrite.sqlState : 'none';
    };
    const plan = planOf(catalog);
    assert.equal(stateOf('COPY customer_names TO STDOUT', HOSPITAL_PLAN), '42809');
    assert.equal(stateOf('COPY visits TO STDOUT', HOSPITAL_PLAN), '42809');
    assert.equal(stateOf('COPY customers (id, ssn) TO STDOUT', plan), '42P10');
    assert.equal(stateOf('COPY customers (id, name) TO STDOUT', plan), 'none');
    assert.equal(stateOf(`COPY customers TO '/tmp/x'`, plan), undefined);
  });

  it('refuses COPY with files of the server', () => {
    refuses(
      /on the server/,
      `COPY customers TO '/tmp/x'`,
      `COPY staging TO PROGRAM 'cat'`,
      `COPY staging FROM '/etc/passwd'`,
    );
  });
});
