import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Mask } from '../../src/masking/mask.ts';
import { createMaskKeys } from '../../src/masking/masks/pseudonym-keys.ts';
import { maskExpression } from '../../src/masking/postgres/masks/mask-expression.ts';
import type { CatalogColumn } from '../../src/sql/postgres/catalog.ts';
import { HIJACKING_SCHEMA } from './masks-hijacking.ts';
import { type NastyTable, queryText, quoteName, startNastyTable } from './masks-table.ts';

const CONTEXT = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear: 2026 };

const MASKS: readonly Mask[] = [
  { kind: 'redact' },
  { kind: 'null' },
  { kind: 'fixed', value: '7' },
  { kind: 'fixed', value: `it's \\ "fine"` },
  { kind: 'fixed', value: '2020-02-29' },
  { kind: 'partial', keepStart: 0, keepEnd: 4 },
  { kind: 'partial', keepStart: 2, keepEnd: 1 },
  { kind: 'partial', keepStart: 0, keepEnd: 0 },
  { kind: 'year' },
  { kind: 'age' },
  { kind: 'zip3' },
  { kind: 'email-domain' },
  { kind: 'ip-prefix' },
  { kind: 'bucket', size: 10 },
  { kind: 'bucket', size: 0.25 },
  { kind: 'bucket', size: 100_000 },
  { kind: 'date-shift' },
  { kind: 'pseudonym', domain: 'mrn' },
  { kind: 'vault', domain: 'mrn' },
];

/** Types without a value that is always valid: any other than NULL is NULL, too. */
const SHOWN_AS_NULL = ['checked', 'snapshot', 'rights', 'role'];

/** What a mask may leave as it is, for it is as coarse as the mask would make it. */
const COARSE: Readonly<Partial<Record<Mask['kind'], RegExp>>> = {
  'email-domain': /^\*@/,
  age: /^(?:[0-9]|[1-8][0-9]|90) *$/,
  year: /^(?:19[3-9][0-9]|20[01][0-9]|202[0-6])$/,
  'date-shift': /^(?:19[3-9][0-9]|20[01][0-9]|202[0-6])$/,
  // Multiples of 10, of 0.25, and the smallest numbers of a type, below which no bucket can begin.
  bucket:
    /^(?:-?[0-9]*0+|[0-9]+(?:[.](?:[05]|[0257][05]))?|97|-32768|-2147483648|-9223372036854775808|-9)$/,
};

let table: NastyTable;

function spell(
  mask: Mask,
  column: CatalogColumn,
  spelling: 'expression' | 'keylessExpression',
): string {
  const { catalog, relation } = table;
  const surroundings = {
    findType: (oid: number) => catalog.findType(oid),
    serverVersion: catalog.serverVersion,
    context: CONTEXT,
    patientKey: relation.attributes.find(({ name }) => name === 'id'),
  };
  return maskExpression(mask, column, surroundings)[spelling](`t.${quoteName(column.name)}`);
}

function selectMasked(mask: Mask, spelling: 'expression' | 'keylessExpression'): string {
  const columns = table.relation.attributes.map(
    (column) => `${spell(mask, column, spelling)} AS ${quoteName(column.name)}`,
  );
  return `SELECT ${columns.join(', ')} FROM app.nasty AS t ORDER BY t.id`;
}

function checkColumn(
  mask: Mask,
  name: string,
  values: readonly (readonly [raw: string | null, masked: string | null])[],
): void {
  const shown = new Set(values.flatMap(([, masked]) => (masked === null ? [] : [masked])));
  for (const [raw, masked] of values) {
    if (raw === null || mask.kind === 'null') assert.equal(masked, null, name);
    else if (!SHOWN_AS_NULL.includes(name)) assert.notEqual(masked, null, name);
    // A constant says nothing, whatever it is.
    if (shown.size === 1 || masked === null || raw !== masked) continue;
    const isRedacted = /^(?:\[redacted\] *|\*+|0|0\.00)$/.test(masked);
    assert(isRedacted || COARSE[mask.kind]?.test(masked), `${name} shows ${raw}`);
  }
}

/** What a mask makes of one value in a column of the table. */
async function maskOf(mask: Mask, name: string, value: string): Promise<string> {
  const column = table.relation.attributes.find((attribute) => attribute.name === name);
  assert(column !== undefined);
  const row = `SELECT ${value}::${column.typeName} AS ${quoteName(name)}`;
  const { rows } = await table.query(
    `SELECT ${spell(mask, column, 'expression')} FROM (${row}) AS t`,
  );
  return rows[0]?.[0] ?? '';
}

for (const version of ['debian', 'embedded'] as const) {
  describe(`masks on the ${version} server`, () => {
    before(async () => {
      table = await startNastyTable(version);
    });
    after(async () => {
      await table[Symbol.asyncDispose]();
    });

    describe('masks of every type', () => {
      for (const mask of MASKS) {
        for (const spelling of ['expression', 'keylessExpression'] as const) {
          it(`${JSON.stringify(mask)} as ${spelling} keeps types, keeps NULL and shows no value`, async () => {
            const raw = await table.query('SELECT * FROM app.nasty ORDER BY id');
            const masked = await table.query(selectMasked(mask, spelling));
            assert.deepEqual(
              masked.fields.map(({ name, dataTypeID, dataTypeModifier }) => [
                name,
                dataTypeID,
                dataTypeModifier,
              ]),
              raw.fields.map(({ name, dataTypeID, dataTypeModifier }) => [
                name,
                dataTypeID,
                dataTypeModifier,
              ]),
            );
            assert.equal(masked.rows.length, table.rowCount);
            for (const [index, { name }] of raw.fields.entries()) {
              const values = raw.rows.map(
                (row, at) => [row[index] ?? null, masked.rows[at]?.[index] ?? null] as const,
              );
              checkColumn(mask, name, values);
            }
          });
        }
      }
    });

    describe('masks under other settings', () => {
      const SETTINGS = `
    SET datestyle = 'SQL, DMY'; SET intervalstyle = 'sql_standard'; SET timezone = 'Asia/Kathmandu';
    SET bytea_output = 'escape'; SET extra_float_digits = -15; SET xmlbinary = 'hex'; SET lc_monetary = 'C';
    SET default_text_search_config = 'german'; SET xmloption = 'document'; SET transform_null_equals = on;
  `;

      it('are the same values, and call nothing along the search path', async () => {
        const client = await table.connect();
        try {
          await client.query(HIJACKING_SCHEMA);
          await assert.rejects(
            client.query(`SET search_path = evil, pg_catalog; SELECT length('a'::pg_catalog.text)`),
            /hijacked/,
          );
          for (const mask of MASKS) {
            const sql = selectMasked(mask, 'expression');
            const usual = await table.query(sql);
            // Stored under the other settings, then written under the usual ones.
            await client.query(`${SETTINGS} SET search_path = evil, pg_catalog;`);
            await client.query(`CREATE TEMPORARY TABLE stored AS ${sql}`);
            await client.query('RESET ALL');
            const stored = await queryText(client, 'SELECT * FROM pg_temp.stored');
            assert.deepEqual(stored.rows, usual.rows, JSON.stringify(mask));
            await client.query('DROP TABLE pg_temp.stored');
          }
        } finally {
          await client.end();
        }
      });

      it('keep the collation of their column', async () => {
        const collation = (expression: string): string =>
          `pg_catalog."pg_collation_for"(${expression})`;
        const texts = table.relation.attributes.filter(({ name }) =>
          ['plain', 'Odd "Name"', 'loose', 'varying', 'padded', 'internal'].includes(name),
        );
        assert.equal(texts.length, 6);
        for (const mask of MASKS) {
          const pairs = texts.flatMap((column) => [
            collation(spell(mask, column, 'expression')),
            collation(`t.${quoteName(column.name)}`),
          ]);
          const { rows } = await table.query(
            `SELECT ${pairs.join(', ')} FROM app.nasty AS t LIMIT 1`,
          );
          const [row = []] = rows;
          for (const [index] of texts.entries()) assert.equal(row[2 * index], row[2 * index + 1]);
        }
      });

      it('can be stored in a view without their keys', async () => {
        for (const [index, mask] of MASKS.entries()) {
          await table.query(
            `CREATE VIEW app.masked_${index} AS ${selectMasked(mask, 'keylessExpression')}`,
          );
          const { rows } = await table.query(`SELECT pg_get_viewdef('app.masked_${index}')`);
          assert.doesNotMatch(rows[0]?.[0] ?? '', /sha256/);
        }
      });
    });

    describe('buckets', () => {
      const cases: readonly (readonly [
        name: string,
        size: number,
        value: string,
        bucket: string,
      ])[] = [
        ['whole', 10, '17', '10'],
        ['whole', 10, '-1', '-10'],
        ['whole', 10, '-2147483648', '-2147483648'],
        ['small', 100_000, '7', '0'],
        ['small', 100_000, '-7', '-32768'],
        ['big', 100_000, '9223372036854775807', '9223372036854700000'],
        ['exact', 0.25, '0.3', '0.25'],
        ['exact', 0.25, '-0.3', '-0.50'],
        ['exact3', 10, '0', '0'],
        ['exact3', 10, '-1', '-9'],
        ['exact62', 1000, '-9999.99', '-9999.00'],
        ['double', 0.5, '-0.3', '-0.5'],
        // Too large for the type to tell one bucket from the next.
        ['single', 10, '123456789', '0'],
        ['double', 0.5, '1e15', '0'],
      ];
      for (const [name, size, value, bucket] of cases) {
        it(`of ${size}: ${value} is in ${bucket}`, async () => {
          assert.equal(await maskOf({ kind: 'bucket', size }, name, `'${value}'`), bucket);
        });
      }
    });

    describe('pseudonyms', () => {
      const mask: Mask = { kind: 'pseudonym', domain: 'mrn' };

      it('are equal for equal values of different types', async () => {
        const values: Readonly<Record<string, string>> = {
          plain: `'7'`,
          varying: `'7'`,
          loose: `'7'`,
          unlimited: `'7'`,
          internal: `'7'`,
        };
        const shown: string[] = [];
        for (const [name, value] of Object.entries(values))
          shown.push(await pseudonymOf(name, value));
        assert.equal(new Set(shown).size, 1);
        assert.match(shown[0] ?? '', /^ps1_[0-9a-f]{16}$/);
        const numbers: number[] = [];
        for (const name of ['big', 'exact', 'double'])
          numbers.push(Number(await pseudonymOf(name, '7.00')));
        assert.equal(new Set(numbers).size, 1);
      });

      it('fit narrow columns', async () => {
        assert.match(await pseudonymOf('padded', `'7'`), /^[0-9a-f]{12}$/);
        assert.match(await pseudonymOf('varying3', `'7'`), /^[0-9a-f]{3}$/);
      });

      it('of other types cannot be taken for real values', async () => {
        assert.match(await pseudonymOf('day', `'1984-05-12'`), /^[3-9][0-9]{3}-/);
        assert.match(await pseudonymOf('instant', `'1984-05-12 10:00+00'`), /^[3-9][0-9]{3}-/);
        assert.match(await pseudonymOf('host', `'10.1.2.3'`), /^fd53:616c:6c79:/);
        assert.match(await pseudonymOf('mac', `'08:00:2b:01:02:03'`), /^02:/);
        const guid = await pseudonymOf('guid', `'3f2504e0-4f89-41d3-9a0c-0305e82c3301'`);
        assert.match(guid, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-/);
        assert.match(await pseudonymOf('bytes', `'\\xff'`), /^\\x[0-9a-f]{64}$/);
      });

      const pseudonymOf = (name: string, value: string): Promise<string> =>
        maskOf(mask, name, value);
    });

    describe('the plan of a masked query', () => {
      it('does not run a mask that is not asked for, and folds constants', async () => {
        const columns = table.relation.attributes.map(
          (column) =>
            `${spell({ kind: 'pseudonym', domain: 'mrn' }, column, 'expression')} AS ${quoteName(column.name)}`,
        );
        const sql = `SELECT t.whole FROM (SELECT id AS key, ${columns.join(', ')} FROM app.nasty AS t) AS t WHERE key = 3`;
        const { rows } = await table.query(`EXPLAIN (VERBOSE) ${sql}`);
        const plan = rows.flat().join('\n');
        assert.equal(plan.match(/sha256/g)?.length, 2);
        assert.doesNotMatch(plan, /Subquery Scan|SubPlan|decode/);
      });
    });
  });
}
