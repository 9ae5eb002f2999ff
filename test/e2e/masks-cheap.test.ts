import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Mask } from '../../src/masking/mask.ts';
import { createMaskKeys } from '../../src/masking/masks/pseudonym-keys.ts';
import { maskExpression } from '../../src/masking/postgres/masks/mask-expression.ts';
import { describeTable } from '../../src/sql/postgres/build-catalog.ts';
import type { CatalogColumn } from '../../src/sql/postgres/catalog.ts';
import { type PrivatePostgres, startPrivatePostgres } from './private-postgres.ts';

/** Every day on which a rule of the calendar changes is among them, and the limits of what the cheap way is for. */
const EVERY_DAY = `generate_series('1890-01-01'::timestamp, '2210-01-01', '1 day') AS day`;
/** And the first and last instants of each. */
const EVERY_TIME = `unnest('{0:00:00,0:00:00.000001,5:59:59.999999,6:00:00,18:00:00,23:59:59.999999}'::interval[]) AS part`;

const DATE = { typeOid: 1082, typeName: 'pg_catalog.date' };
const TIMESTAMP = { typeOid: 1114, typeName: 'pg_catalog.timestamp' };
const TIMESTAMPTZ = { typeOid: 1184, typeName: 'pg_catalog.timestamptz' };
const NUMERIC = { typeOid: 1700, typeName: 'pg_catalog.numeric' };

/** What `year` means, in the plainest words. */
const FIRST_INSTANTS = [
  { type: DATE, value: 'day::date', plain: `date_trunc('year', day)::date` },
  { type: TIMESTAMP, value: 'day + part', plain: `date_trunc('year', day)` },
  {
    type: TIMESTAMPTZ,
    value: `(day + part) AT TIME ZONE 'UTC'`,
    plain: `date_trunc('year', day) AT TIME ZONE 'UTC'`,
  },
];

let server: PrivatePostgres;
/** As `server_version_num` says. */
let serverVersion: number;

function spell(mask: Mask, type: Partial<CatalogColumn>, thisYear = 2026): string {
  const [column] = describeTable({ oid: 1, schema: 'public', name: 't' }, [
    { name: 'v', ...type },
  ]).attributes;
  assert(column !== undefined);
  const context = { keys: createMaskKeys(Buffer.alloc(32, 7), 1), thisYear };
  const surroundings = { findType: () => undefined, context, serverVersion };
  return maskExpression(mask, column, surroundings).expression('v');
}

for (const version of ['debian', 'embedded'] as const) {
  describe(`cheap spellings of masks on the ${version} server`, () => {
    before(async () => {
      server = await startPrivatePostgres({ version });
      serverVersion = Number(await server.execute('SHOW server_version_num'));
    });
    after(() => server.stop());

    for (const { type, value, plain } of FIRST_INSTANTS) {
      for (const [thisYear, zone] of [
        [2026, 'UTC'],
        [1993, 'America/St_Johns'],
        [1994, 'Asia/Kathmandu'],
        [2189, 'Pacific/Apia'],
        [2190, 'UTC'],
      ] as const) {
        it(`show the year of every ${type.typeName} in ${thisYear}, in the time zone ${zone}`, async () => {
          const oldest = `make_date(${thisYear - 90}, 1, 1)`;
          const asType = type === TIMESTAMPTZ ? `${oldest}::timestamp AT TIME ZONE 'UTC'` : oldest;
          const different = await server.execute(`
            SET timezone = '${zone}';
            SELECT count(*), count(*) FILTER (WHERE ${spell({ kind: 'year' }, type, thisYear)}
              IS DISTINCT FROM greatest(${plain}, ${asType}))
            FROM (SELECT day, ${value} AS v, ${plain} AS plain FROM ${EVERY_DAY}, ${EVERY_TIME}) AS t`);
          assert.match(different, /^[1-9]\d{5}\|0$/m);
        });
      }
    }

    it('put numbers into the buckets that hold them', async () => {
      const size = fc.constantFrom(0.25, 0.3, 7, 10, 1000, 1e6);
      const number = fc.tuple(
        fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
        fc.integer({ min: 0, max: 45 }),
      );
      const cases = fc.sample(fc.tuple(size, number), { numRuns: 400, seed: 3 });
      const checks = cases.map(([bucket, [digits, scale]]) => {
        const value = `(${digits}::numeric * ('1e-${scale}'::numeric))`;
        const mask = spell({ kind: 'bucket', size: bucket }, NUMERIC);
        return `SELECT (${mask}) <= v AND v < (${mask}) + ${bucket} AND (${mask}) % ${bucket} = 0 FROM (SELECT ${value} AS v) AS t`;
      });
      const results = await server.execute(checks.join(' UNION ALL '));
      assert.deepEqual(new Set(results.trim().split('\n')), new Set(['t']));
    });

    it('show nothing of numbers that are none, and leave NULL as it is', async () => {
      const mask = spell({ kind: 'bucket', size: 10 }, NUMERIC);
      // PostgreSQL 14 brought infinite ones.
      const infinite = serverVersion < 140_000 ? [] : ['Infinity', '-Infinity'];
      const strange = ['NaN', ...infinite, '1e301', '-1e301'];
      const values = strange.map((value) => `('${value}'::numeric)`).join(', ');
      const shown = await server.execute(
        `SELECT coalesce((${mask})::text, 'null') FROM (VALUES ${values}, (NULL)) AS t(v)`,
      );
      assert.deepEqual(shown.trim().split('\n'), [...strange.map(() => '0'), 'null']);
    });
  });
}
