import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MaskedRelation, MaskPlan } from '../../masking/mask-plan.ts';
import { describeTable } from '../../sql/postgres/build-catalog.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { TextRow } from './catalog-reader.ts';
import { readCounts, type SampleSource, sampleChanges, subtractCounts } from './changed-rows.ts';

const TABLE = describeTable({ oid: 5, schema: 'public', name: 'care' }, ['id', 'ssn']);
const RELATION: CatalogRelation = {
  ...TABLE,
  uniqueKeys: [['id']],
  attributes: TABLE.attributes.map((attribute) => ({ ...attribute, typeName: 'pg_catalog.text' })),
};
const PLAN = {
  find: () =>
    ({
      columns: new Map([['ssn', { keylessExpression: () => "'***'::pg_catalog.text" }]]),
    }) as unknown as MaskedRelation,
} as unknown as MaskPlan;

function sourceOf(changes: Partial<SampleSource>): SampleSource {
  return {
    inside: async () => [],
    isReadInside: () => true,
    outside: async () => [],
    transactionId: '77',
    findRelation: (oid) => (oid === 5 ? RELATION : undefined),
    plan: PLAN,
    ...changes,
  };
}

const counts = (
  inserted: number,
  updated: number,
  deleted: number,
): ReturnType<typeof subtractCounts> =>
  new Map([[5, { schema: 'public', name: 'care', inserted, updated, deleted }]]);

describe('readCounts', () => {
  it('reads tables, whether changes are counted, and the transaction in 32 bits', () => {
    const rows: readonly TextRow[] = [
      ['5', 'public', 'care', '1', '2', '3'],
      ['', '', '', 'on', '4294967373', ''],
    ];
    const read = readCounts(rows);
    assert.equal(read.isCounted, true);
    assert.equal(read.transactionId, '77');
    assert.deepEqual(read.tables.get(5), {
      ...{ schema: 'public', name: 'care', inserted: 1, updated: 2, deleted: 3 },
    });
    assert.equal(readCounts([['', '', '', 'off', null, '']]).isCounted, false);
    assert.equal(readCounts([]).isCounted, false);
  });
});

describe('subtractCounts', () => {
  it('leaves out what had been counted before', () => {
    const before = readCounts([['5', 'public', 'care', '1', '2', '3']]);
    const now = readCounts([
      ['5', 'public', 'care', '1', '2', '4'],
      ['6', 'public', 'trail', '9', '0', '0'],
    ]);
    const changed = subtractCounts(now, before);
    assert.deepEqual(
      [...changed.values()].map(({ deleted, inserted }) => [inserted, deleted]),
      [
        [0, 1],
        [9, 0],
      ],
    );
    assert.equal(subtractCounts(before, before).size, 0);
  });
});

describe('sampleChanges', () => {
  it('puts rows before and after together by their key, and shows masks only', async () => {
    const asked: string[] = [];
    const changes = await sampleChanges(
      counts(0, 1, 1),
      sourceOf({
        async outside(sql) {
          asked.push(sql);
          return [
            ["o'1\\", "o'1\\", '***'],
            ['2', '2', '***'],
          ];
        },
        async inside(sql) {
          asked.push(sql);
          // The session may write keys in another way.
          return [['0', "o'1\\ !", "o'1\\ !", '***']];
        },
      }),
    );
    assert.deepEqual(changes, [
      {
        ...{ relation: 'public.care', inserted: 0, updated: 1, deleted: 1 },
        columns: ['id', 'ssn'],
        samples: [
          { before: ["o'1\\", '***'], after: ["o'1\\ !", '***'] },
          { before: ['2', '***'], after: undefined },
        ],
      },
    ]);
    assert.match(asked[0] ?? '', /x\.xmax OPERATOR\(pg_catalog\.=\) '77'::pg_catalog\.xid LIMIT 5/);
    // Right whatever the client set standard_conforming_strings to.
    assert.match(asked[1] ?? '', /OPERATOR\(pg_catalog\.=\) {2}E'o''1\\\\'::pg_catalog\.text/);
    for (const sql of asked) assert.doesNotMatch(sql, /x\."ssn"/);
  });

  it('shows no rows that were updated where the session would read their keys otherwise', async () => {
    const never = (): never => assert.fail('rows are asked for');
    const source = sourceOf({
      outside: async () => [['é', 'é', '***']],
      inside: never,
      isReadInside: (sql) => !sql.includes('é'),
    });
    assert.deepEqual((await sampleChanges(counts(0, 1, 0), source))?.[0]?.samples, []);
  });

  it('goes without rows where a table cannot be read in time', async () => {
    const changes = await sampleChanges(
      counts(0, 0, 4),
      sourceOf({ outside: () => Promise.reject(new Error('statement timeout')) }),
    );
    assert.deepEqual(changes?.[0]?.samples, []);
    assert.equal(changes?.[0]?.deleted, 4);
  });

  it('shows no rows where nothing says what is to be masked', async () => {
    const never = (): never => assert.fail('rows are asked for');
    for (const source of [
      undefined,
      sourceOf({ plan: undefined, inside: never, outside: never }),
      sourceOf({ findRelation: () => undefined, inside: never, outside: never }),
    ]) {
      assert.deepEqual((await sampleChanges(counts(1, 1, 1), source))?.[0]?.samples, []);
    }
  });

  it('says nothing at all if the transaction failed over it', async () => {
    const source = sourceOf({ inside: async () => undefined });
    assert.equal(await sampleChanges(counts(1, 0, 0), source), undefined);
  });
});
