import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogRelation } from '../sql/postgres/catalog.ts';
import { catalogOf, classify, dataMapOf, table, view } from './classify.fixture.ts';

const TABLES: readonly CatalogRelation[] = [
  table(1, 'clinic.patients id:int ssn name born:date ward seen:date', { primaryKey: ['id'] }),
  table(2, 'clinic.intake id:int guess day:date ssn code'),
  table(3, 'clinic.people id:int name', { primaryKey: ['id'], children: [2] }),
];

const DATA_MAP = dataMapOf({
  'clinic.patients.*': 'none',
  'clinic.patients.ssn': 'ssn',
  'clinic.patients.name': 'name',
  'clinic.patients.born': 'birth-date',
  'clinic.intake.*': 'none',
  'clinic.people.name': 'name',
});

/** Columns of each comparison, how they are compared behind them. */
function comparisonsOf(...definitions: readonly string[]): readonly string[] {
  const views = definitions.map((definition, index) =>
    view(10 + index, `clinic.v${index} a`, definition, [1, 2]),
  );
  const relations = [...TABLES, ...views];
  const { comparisons = [] } = classify(catalogOf(relations), DATA_MAP);
  return comparisons.map(({ columns, isAcross, isRepeated, isOfRows, isOfOutput, hasSettings }) =>
    [
      ...[
        ...new Set(columns.map(({ relationOid, column }) => `${relationOid}.${column}`)),
      ].toSorted(),
      ...(isAcross ? ['across'] : []),
      ...(isRepeated ? ['repeated'] : []),
      ...(isOfRows === true ? ['rows'] : []),
      ...(isOfOutput === true ? ['output'] : []),
      ...(hasSettings ? ['settings'] : []),
    ].join(' '),
  );
}

const FROM_BOTH = 'FROM clinic.patients m, clinic.intake i';

describe('findComparisons', () => {
  it('finds what conditions put beside classified columns, by the parts that AND joins', () => {
    for (const [definition, expected] of [
      [
        'SELECT id FROM clinic.patients WHERE born < seen AND ward = name',
        ['1.born 1.seen', '1.name 1.ward'],
      ],
      [
        `SELECT i.id ${FROM_BOTH} WHERE m.name > i.guess AND m.id = i.id`,
        ['1.name 2.guess across'],
      ],
      [
        'SELECT i.id FROM clinic.intake i LEFT JOIN clinic.patients m ON m.ssn = i.code AND i.day IS NULL',
        ['1.ssn 2.code across'],
      ],
      [
        'SELECT id FROM clinic.intake i JOIN clinic.patients m (k) USING (ssn)',
        ['1.ssn 2.ssn across'],
      ],
      [
        'SELECT guess FROM clinic.intake INTERSECT SELECT name FROM clinic.patients',
        ['1.name 2.guess across', '1.name 2.guess across repeated rows'],
      ],
      [
        'SELECT i.id FROM clinic.intake i WHERE EXISTS (SELECT 1 FROM clinic.patients m WHERE m.name = i.guess)',
        ['1.name 2.guess across'],
      ],
      [
        'SELECT a.id FROM clinic.patients a JOIN clinic.patients b ON a.ssn = b.ssn',
        ['1.ssn across repeated'],
      ],
      [
        `SELECT count(*) ${FROM_BOTH} GROUP BY (m.name > i.guess)`,
        ['1.name 2.guess across', '1.name 2.guess across repeated rows'],
      ],
      [
        `SELECT DISTINCT m.name > i.guess ${FROM_BOTH}`,
        ['1.name 2.guess across', '1.name 2.guess across repeated rows'],
      ],
      [
        `SELECT i.id ${FROM_BOTH} ORDER BY (m.name > i.guess) LIMIT 1`,
        ['1.name 2.guess across', '1.name 2.guess across repeated rows'],
      ],
      [
        `SELECT x.a FROM clinic.intake i, LATERAL (SELECT m.id FROM clinic.patients m WHERE m.name > i.guess) x (a)`,
        ['1.name 2.guess across'],
      ],
      [
        `WITH w AS (SELECT m.id ${FROM_BOTH} WHERE m.born < i.day) SELECT id FROM w`,
        ['1.born 2.day across'],
      ],
    ] as const)
      assert.deepEqual(comparisonsOf(definition), expected, definition);
  });

  it('finds by what values may be NULL, counted or not to be computed', () => {
    for (const [definition, expected] of [
      [`SELECT NULLIF(m.name, i.guess) ${FROM_BOTH}`, ['1.name 2.guess across']],
      [
        `SELECT CASE WHEN m.name > i.guess THEN 1 END ${FROM_BOTH}`,
        ['1.name 2.guess across output'],
      ],
      [
        // As the server writes it.
        `SELECT CASE WHEN m.name > i.guess THEN 1 ELSE NULL::integer END ${FROM_BOTH}`,
        ['1.name 2.guess across output'],
      ],
      [
        'SELECT lower(CASE WHEN ward < name THEN ssn WHEN ssn IS NULL THEN ward ELSE ssn END) FROM clinic.patients',
        ['1.name 1.ward output'],
      ],
      [
        'SELECT CASE ward WHEN name THEN NULL ELSE 1 END FROM clinic.patients',
        ['1.name 1.ward output'],
      ],
      [
        `SELECT CASE WHEN EXISTS (SELECT 1 FROM clinic.patients m WHERE m.name = i.guess) THEN i.code END FROM clinic.intake i`,
        ['1.name 2.guess across'],
      ],
      [`SELECT CASE WHEN m.name > i.guess THEN 1 ELSE 2 END ${FROM_BOTH}`, []],
      [`SELECT CASE WHEN ward = 'x' THEN name END FROM clinic.patients`, []],
      [
        `SELECT count(CASE WHEN m.name > i.guess THEN 1 END) ${FROM_BOTH}`,
        ['1.name 2.guess across output'],
      ],
      [
        `SELECT max(i.id) FILTER (WHERE m.name > i.guess AND i.code = 'x') ${FROM_BOTH}`,
        ['1.name 2.guess across output'],
      ],
      [`SELECT count(*) FILTER (WHERE m.name > i.guess) ${FROM_BOTH}`, []],
      [
        `SELECT count(m.name = i.guess OR NULL::boolean) ${FROM_BOTH}`,
        ['1.name 2.guess across output'],
      ],
      ['SELECT ward < name AND id > 5 FROM clinic.patients', ['1.name 1.ward output']],
      [
        `SELECT m.name IN (SELECT i.guess FROM clinic.intake i) FROM clinic.patients m`,
        ['1.name 2.guess across'],
      ],
      [
        `SELECT (m.name = ANY (ARRAY[i.guess, i.code])) ${FROM_BOTH}`,
        ['1.name 2.code 2.guess across output'],
      ],
      [
        `SELECT (ROW(m.name, m.id) < ROW(i.guess, i.id)) ${FROM_BOTH}`,
        ['1.id 1.name 2.guess 2.id across output'],
      ],
      [`SELECT CASE WHEN m.name > i.guess AND i.id > 5 THEN 1 ELSE 2 END ${FROM_BOTH}`, []],
      [`SELECT name = ANY (ARRAY['a', 'b']) OR ward = 'x' FROM clinic.patients`, []],
      ['SELECT NULLIF(seen, born) FROM clinic.patients', ['1.born 1.seen']],
      [
        'SELECT (SELECT m.id FROM clinic.patients m WHERE m.name = i.guess) FROM clinic.intake i',
        ['1.id 1.name 2.guess across'],
      ],
      ['SELECT 1 / (length(name) - id) FROM clinic.patients', ['1.id 1.name']],
      ['SELECT seen - born FROM clinic.patients', []],
      [`SELECT m.name || i.guess ${FROM_BOTH}`, []],
    ] as const)
      assert.deepEqual(comparisonsOf(definition), expected, definition);
  });

  it('finds by what rows are sorted, grouped, told apart or counted, however that is written', () => {
    for (const definition of [
      'SELECT id FROM clinic.patients ORDER BY name',
      'SELECT id FROM clinic.patients ORDER BY ward, lower(name) DESC NULLS LAST LIMIT 1',
      'SELECT min(id) AS id FROM clinic.patients GROUP BY ward, name',
      'SELECT count(*) FROM clinic.patients GROUP BY ROLLUP (ward, name)',
      'SELECT DISTINCT name FROM clinic.patients',
      'SELECT DISTINCT ON (name) id FROM clinic.patients',
      'SELECT count(DISTINCT name) FROM clinic.patients',
      'SELECT ward FROM clinic.patients GROUP BY ward HAVING max(name) > min(name)',
      'SELECT rank() OVER (PARTITION BY ward ORDER BY name) FROM clinic.patients',
      'SELECT count(*) OVER (PARTITION BY name) FROM clinic.patients',
      'SELECT rank() OVER w FROM clinic.patients WINDOW w AS (ORDER BY name)',
      'SELECT name FROM clinic.patients UNION ALL SELECT name FROM clinic.patients ORDER BY 1',
      'SELECT x.id FROM (SELECT id FROM clinic.patients ORDER BY name LIMIT 3) x',
    ])
      assert.ok(comparisonsOf(definition).includes('1.name across repeated rows'), definition);
    for (const definition of [
      'SELECT name FROM clinic.patients ORDER BY id, ward',
      'SELECT max(name) FROM clinic.patients GROUP BY ward HAVING count(name) > 1',
      'SELECT rank() OVER (ORDER BY (SELECT max(x.id) FROM clinic.patients x)) FROM clinic.patients',
      'SELECT name FROM clinic.patients UNION ALL SELECT name FROM clinic.patients',
      'SELECT array_agg(id ORDER BY name) FROM clinic.patients',
    ])
      assert.ok(
        comparisonsOf(definition).every((one) => !one.endsWith('rows')),
        definition,
      );
  });

  it('tells by no sub-select or view beneath that what stands in one row is of one', () => {
    const joined =
      'SELECT i.guess, m.name FROM clinic.intake i JOIN clinic.patients m ON m.id = i.id';
    for (const definition of [
      `SELECT 1 FROM (${joined}) x WHERE x.guess < x.name`,
      `WITH x AS (${joined}) SELECT 1 FROM x WHERE x.guess < x.name`,
      'SELECT 1 FROM (clinic.intake i JOIN clinic.patients m ON m.id = i.id) x WHERE x.guess < x.name',
      'SELECT 1 FROM (SELECT i.guess, (SELECT max(m.name) FROM clinic.patients m) AS name FROM clinic.intake i) x WHERE x.guess < x.name',
    ])
      assert.ok(comparisonsOf(definition).includes('1.name 2.guess across'), definition);
    assert.deepEqual(
      comparisonsOf(
        'SELECT 1 FROM (SELECT a.ward, b.name FROM clinic.patients a, clinic.patients b) x WHERE x.ward < x.name',
      ),
      ['1.name 1.ward across'],
    );
    const views = (kind: string): readonly CatalogRelation[] => [
      view(10, 'clinic.a ward name', `SELECT p.ward, ${kind}`),
      view(11, 'clinic.b w n', 'SELECT ward, name FROM clinic.a', [10]),
      view(12, 'clinic.c x', 'SELECT 1 FROM clinic.b WHERE w < n', [11]),
    ];
    const isAcross = (kind: string): readonly boolean[] =>
      (classify(catalogOf([...TABLES, ...views(kind)]), DATA_MAP).comparisons ?? []).map(
        (one) => one.isAcross,
      );
    assert.deepEqual(isAcross('p.name FROM clinic.patients p'), [false]);
    assert.deepEqual(isAcross('p.name FROM clinic.patients p, clinic.intake'), [false]);
    assert.deepEqual(isAcross('q.name FROM clinic.patients p, clinic.patients q'), [true]);
    const one = 'SELECT ward, name FROM clinic.patients';
    assert.deepEqual(comparisonsOf(`SELECT 1 FROM (${one} UNION ALL ${one}) x WHERE ward < name`), [
      '1.name 1.ward',
    ]);
  });

  it('looks at each column of views over views once', () => {
    const views = Array.from({ length: 40 }, (_, index) => {
      const from = index === 0 ? 'clinic.patients' : `clinic.v${index - 1}`;
      const definition = `SELECT name || ward AS name, ward || name AS ward FROM ${from}`;
      return view(10 + index, `clinic.v${index} name ward`, definition, [
        index === 0 ? 1 : 9 + index,
      ]);
    });
    const last = view(60, 'clinic.last a', 'SELECT 1 FROM clinic.v39 WHERE name < ward', [49]);
    const { comparisons = [] } = classify(catalogOf([...TABLES, ...views, last]), DATA_MAP);
    assert.deepEqual(
      comparisons.map(({ columns }) => columns.length),
      [2],
    );
  });

  it('finds nothing in what follows from the primary key of the same row', () => {
    const from = 'FROM clinic.patients p JOIN clinic.intake i ON i.id = p.id';
    const isOfRows = (definition: string): boolean =>
      comparisonsOf(`SELECT 1 AS a FROM (${definition}) x`).some((one) => one.endsWith('rows'));
    for (const definition of [
      `SELECT p.name, count(i.*) ${from} GROUP BY p.name, i.day, p.id`,
      `SELECT DISTINCT p.id, i.guess, p.name ${from}`,
      `SELECT p.name ${from} ORDER BY p.id, p.name`,
      'SELECT DISTINCT ON (id) id, name FROM clinic.patients ORDER BY id, name',
      'SELECT id, name FROM clinic.patients UNION ALL SELECT id, guess FROM clinic.intake ORDER BY 1',
    ])
      assert.ok(!isOfRows(definition), definition);
    for (const definition of [
      `SELECT DISTINCT p.name, p.id ${from}`,
      `SELECT p.name ${from} ORDER BY p.name, p.id`,
      `SELECT p.name ${from} ORDER BY i.id, p.name`,
      `SELECT p.name ${from} GROUP BY GROUPING SETS (p.id, p.name)`,
      'SELECT q.name FROM clinic.patients p JOIN clinic.patients q ON q.ward = p.ward GROUP BY p.id, q.name',
      'SELECT x.name FROM (SELECT p.id, q.name FROM clinic.patients p, clinic.patients q) x GROUP BY x.id, x.name',
      'SELECT name FROM clinic.people GROUP BY id, name',
      'SELECT id, name FROM clinic.patients UNION ALL SELECT id, guess FROM clinic.intake ORDER BY 1, 2',
    ])
      assert.ok(isOfRows(definition), definition);
  });

  it('reads a definition again where the primary key that it stood on is gone', () => {
    const countOf = (details: Partial<CatalogRelation>): number => {
      const patients = table(1, 'clinic.patients id:int name', details);
      const list = view(10, 'clinic.list id name', 'SELECT DISTINCT id, name FROM clinic.patients');
      return classify(catalogOf([patients, list]), DATA_MAP).comparisons?.length ?? 0;
    };
    assert.equal(countOf({ primaryKey: ['id'] }), 0);
    assert.equal(countOf({ primaryKey: ['id'], children: [2] }), 1);
    assert.equal(countOf({ primaryKey: ['id'] }), 0);
    assert.equal(countOf({}), 1);
  });

  it('finds settings, and looks through views beneath, but passes over what nobody chooses', () => {
    for (const [definitions, expected] of [
      [
        [`SELECT id FROM clinic.patients WHERE name = current_setting('app.name')`],
        ['1.name settings'],
      ],
      [[`SELECT id FROM clinic.patients WHERE ward = current_setting('app.ward')`], []],
      [
        [
          'SELECT name AS a FROM clinic.patients',
          'SELECT i.id FROM clinic.intake i, clinic.v0 v WHERE v.a = i.guess',
        ],
        ['1.name 2.guess across'],
      ],
      [[`SELECT id FROM clinic.patients WHERE name > 'M' AND born IS NOT NULL`], []],
      [[`SELECT m.id ${FROM_BOTH} WHERE m.id = i.id AND m.ward = i.code`], []],
    ] as const)
      assert.deepEqual(comparisonsOf(...definitions), expected, definitions.join());
  });
});
