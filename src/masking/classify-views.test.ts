import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeTable } from '../sql/postgres/build-catalog.ts';
import type { CatalogRelation, CatalogRows } from '../sql/postgres/catalog.ts';
import { catalogOf, classifier, dataMapOf, describeColumns, table } from './classify.fixture.ts';

const TABLES: readonly CatalogRelation[] = [
  table(1, 'clinic.patients id:int ssn name zip born:date ward note doc:json addr_upper!'),
  table(2, 'clinic.encounters id:int patient_id:int at:date kind', {
    foreignKeys: [{ columns: ['patient_id'], referencedRelation: 1, referencedColumns: ['id'] }],
  }),
  table(3, 'clinic.bills id:int amount'),
  table(4, 'clinic.visits id:int ssn at:date extra', { kind: 'p', children: [5] }),
  table(5, 'clinic.visits_2026_a id:int ssn at:date extra', { parents: [4] }),
  table(6, 'clinic.people id:int full_name', { children: [7] }),
  table(7, 'clinic.employees id:int full_name salary:int', { parents: [6] }),
  table(8, 'clinic.lookup code label'),
  describeTable({ oid: 9, schema: 'Odd.Sch"ema', name: 'Tab.le' }, ['S.S"N', '*', 'normal']),
  table(10, 'clinic.remote id:int ssn', { kind: 'f' }),
  table(11, 'pg_catalog.pg_stats tablename most_common_vals', {
    kind: 'v',
    definition: 'SELECT NULL, NULL',
  }),
  table(12, 'pg_catalog.pg_stat_activity pid:int query', {
    kind: 'v',
    definition: 'SELECT NULL, NULL',
  }),
];

const DATA_MAP = dataMapOf({
  'clinic.patients.ssn': 'ssn',
  'clinic.patients.name': 'name',
  'clinic.patients.id': 'other-id',
  'clinic.patients.zip': 'zip',
  'clinic.patients.born': 'birth-date',
  'clinic.patients.note': 'free-text',
  'clinic.patients.doc': 'json',
  'clinic.patients.ward': 'none',
  'clinic.*.id': 'none',
  'clinic.visits.ssn': 'ssn',
  'clinic.visits.at': 'none',
  'clinic.employees.full_name': 'name',
  '"Odd.Sch""ema"."Tab.le"."S.S""N"': 'ssn',
  'clinic.remote.ssn': 'ssn',
});

const ALL = 'birth-date+free-text+json+name+other-id+ssn+unmapped+zip';

type View = readonly [name: string, expected: string, definition: string];

/** Definitions as `pg_get_viewdef` of PostgreSQL 15.18 wrote them, white space aside; those called `_18` are of 18.0. */
const VIEWS: readonly View[] = [
  [
    'renamed',
    'label=ssn ssn id=other-id/pseudonym',
    `SELECT patients.ssn AS label, patients.ward AS ssn, patients.id FROM clinic.patients;`,
  ],
  ['over', 'code=ssn', `SELECT renamed.label AS code FROM clinic.renamed;`],
  [
    'upper_ssn',
    'u=ssn ward n one t',
    `SELECT upper(patients.ssn) AS u, patients.ward, count(*) OVER (PARTITION BY patients.zip) AS n, 1 AS one, now() AS t FROM clinic.patients;`,
  ],
  [
    'un',
    'x=ssn w',
    `SELECT patients.ssn AS x, patients.ward AS w FROM clinic.patients UNION ALL SELECT visits.ssn AS x, lookup.label AS w FROM clinic.visits, clinic.lookup;`,
  ],
  [
    'un2',
    'x=name',
    `SELECT patients.name AS x FROM clinic.patients UNION SELECT lookup.label AS x FROM clinic.lookup;`,
  ],
  [
    'cte',
    'v2=ssn k2=other-id/pseudonym',
    `WITH a AS ( SELECT patients.id AS k, patients.ssn AS v FROM clinic.patients ), b(k2, v2) AS ( SELECT a.k, a.v FROM a ) SELECT b.v2, b.k2 FROM b;`,
  ],
  [
    'ctename',
    'ssn id real=ssn',
    `WITH patients(ssn, id) AS ( SELECT lookup.code, lookup.label FROM clinic.lookup ) SELECT patients.ssn, patients.id, p.ssn AS "real" FROM patients, clinic.patients p;`,
  ],
  [
    'lat',
    'z=ssn ward kind',
    `SELECT l.z, p.ward, e.kind FROM clinic.patients p, (LATERAL ( SELECT p.ssn AS z) l LEFT JOIN LATERAL ( SELECT encounters.kind FROM clinic.encounters WHERE (encounters.patient_id = p.id) LIMIT 1) e ON (true));`,
  ],
  [
    'sub',
    'm=ssn e=ssn c',
    `SELECT ( SELECT max(q.ssn) AS max FROM clinic.patients q WHERE (q.ward = p.ward)) AS m, (EXISTS ( SELECT 1 FROM clinic.patients x WHERE (x.ssn ~~ '1%'::text))) AS e, ( SELECT count(*) AS count FROM clinic.lookup) AS c FROM clinic.lookup p(ward, other);`,
  ],
  ['whole', `p=${ALL}`, `SELECT p.*::clinic.patients AS p FROM clinic.patients p;`],
  [
    'wholejson',
    `j=${ALL} ward k`,
    `SELECT row_to_json(p.*) AS j, p.ward, json_build_object('a', p.ward) AS k FROM clinic.patients p;`,
  ],
  [
    'whole2',
    `t=${ALL} c`,
    `SELECT (p.*)::text AS t, count(p.*) AS c FROM clinic.patients p GROUP BY p.*;`,
  ],
  [
    'usingj',
    'id=other-id/pseudonym ssn=ssn name=name zip=zip/zip3 born=birth-date/year ward note=free-text/text doc=json/json addr_upper=unmapped patient_id=other-id/pseudonym at kind',
    `SELECT patients.id, patients.ssn, patients.name, patients.zip, patients.born, patients.ward, patients.note, patients.doc, patients.addr_upper, encounters.patient_id, encounters.at, encounters.kind FROM (clinic.patients JOIN clinic.encounters USING (id));`,
  ],
  [
    'usingf',
    'id=other-id ward xid=other-id',
    `SELECT id, a.ward, id AS xid FROM (clinic.patients a FULL JOIN clinic.bills b USING (id) AS x);`,
  ],
  [
    'natj',
    'label=ssn ssn id=other-id/pseudonym code',
    `SELECT renamed.label, renamed.ssn, renamed.id, lookup.code FROM (clinic.renamed JOIN clinic.lookup USING (label));`,
  ],
  [
    'joinalias',
    'c1=other-id/pseudonym c2=ssn c3=name',
    `SELECT j.c1, j.c2, j.c3 FROM (clinic.patients a JOIN clinic.lookup b ON (true)) j(c1, c2, c3, zip, born, ward, note, doc, addr_upper, code, label);`,
  ],
  [
    'colalias',
    'c1=other-id/pseudonym c2=ssn c6',
    `SELECT p.c1, p.c2, p.c6 FROM clinic.patients p(c1, c2, c3, c4, c5, c6, note, doc, addr_upper);`,
  ],
  [
    'srf',
    'tag=free-text ord=free-text i',
    `SELECT u.tag, u.ord, g.i FROM clinic.patients p, LATERAL unnest(string_to_array(p.note, ' '::text)) WITH ORDINALITY u(tag, ord), generate_series(1, 3) g(i);`,
  ],
  [
    'srf2',
    'part=name ward',
    `SELECT regexp_split_to_table(patients.name, ' '::text) AS part, patients.ward FROM clinic.patients;`,
  ],
  [
    'jsonv',
    'key=json value=json doc=json/json a=json x=json',
    `SELECT d.key, d.value, p.doc, (p.doc -> 'a'::text) AS a, r.x FROM clinic.patients p, LATERAL jsonb_each(p.doc) d(key, value), LATERAL jsonb_to_record(p.doc) r(x integer);`,
  ],
  [
    'fn',
    'l=derived code lo',
    `SELECT clinic.leak(1) AS l, lookup.code, lower(lookup.label) AS lo FROM clinic.lookup;`,
  ],
  [
    'fnrows',
    'ssn=derived ward=derived',
    `SELECT r.ssn, r.ward FROM clinic.rows() r(id, ssn, name, zip, born, ward, note, doc, addr_upper);`,
  ],
  [
    'rec',
    'n v=ssn',
    `WITH RECURSIVE t(n, v) AS ( SELECT 1 AS "?column?", lookup.label FROM clinic.lookup UNION ALL SELECT (t_1.n + 1), p.ssn FROM t t_1, clinic.patients p WHERE (t_1.n < 3) ) SELECT t.n, t.v FROM t;`,
  ],
  [
    'rec2',
    'a=ssn b=ssn c',
    `WITH RECURSIVE t(a, b, c) AS ( SELECT lookup.code, lookup.code, lookup.label FROM clinic.lookup UNION ALL SELECT p.ssn, t_1.a, t_1.c FROM t t_1, clinic.patients p ) SELECT t.a, t.b, t.c FROM t;`,
  ],
  [
    'reccycle',
    'id=other-id/pseudonym v cyc=other-id path=other-id',
    `WITH RECURSIVE t(id, v) AS ( SELECT patients.id, patients.ward FROM clinic.patients UNION ALL SELECT p.id, t_1.v FROM (t t_1 JOIN clinic.patients p ON ((p.id = t_1.id))) ) CYCLE id SET cyc USING path SELECT t.id, t.v, t.cyc, (t.path)::text AS path FROM t;`,
  ],
  ['vals', 'a b', `SELECT v.a, v.b FROM ( VALUES (1,'x'::text), (2,'y'::text)) v(a, b);`],
  [
    'partv',
    'ssn=ssn extra=unmapped id',
    `SELECT visits_2026_a.ssn, visits_2026_a.extra, visits_2026_a.id FROM clinic.visits_2026_a;`,
  ],
  [
    'partvv',
    's2=ssn tab at',
    `SELECT q.ssn AS s2, (q.tab)::regclass AS tab, q.at FROM ( SELECT visits.id, visits.ssn, visits.at, visits.extra, visits.tableoid AS tab FROM clinic.visits) q;`,
  ],
  [
    'agg',
    'ward n a=ssn b=birth-date g pd=zip f=ssn',
    `SELECT patients.ward, count(*) AS n, array_agg(patients.ssn) AS a, min(patients.born) AS b, GROUPING(patients.ward) AS g, percentile_disc((0.5)::double precision) WITHIN GROUP (ORDER BY patients.zip) AS pd, count(*) FILTER (WHERE (patients.ssn ~~ '1%'::text)) AS f FROM clinic.patients GROUP BY patients.ward;`,
  ],
  [
    'win',
    'ward r=ssn r2',
    `SELECT patients.ward, rank() OVER w AS r, rank() OVER (ORDER BY patients.ward) AS r2 FROM clinic.patients WINDOW w AS (ORDER BY patients.ssn);`,
  ],
  [
    'casev',
    'c=ssn d=ssn e f',
    `SELECT CASE WHEN (patients.ssn ~~ '1%'::text) THEN 1 ELSE 0 END AS c, COALESCE(patients.ward, patients.ssn) AS d, NULLIF(patients.ward, 'x'::text) AS e, (patients.ward)::character varying(3) AS f FROM clinic.patients;`,
  ],
  [
    'dup',
    'a=ssn a1',
    `SELECT q.a, q.a1 FROM ( SELECT patients.ssn AS a, patients.ward AS a1 FROM clinic.patients) q;`,
  ],
  [
    'sys',
    'tablename v=system',
    `SELECT pg_stats.tablename, (pg_stats.most_common_vals)::text AS v FROM pg_stats;`,
  ],
  [
    'sys2',
    'query=system/null pid',
    `SELECT pg_stat_activity.query, pg_stat_activity.pid FROM pg_stat_activity;`,
  ],
  [
    'sys3',
    'statement=derived',
    `SELECT s.statement FROM pg_prepared_statement() s(name, statement, prepare_time, parameter_types, from_sql, generic_plans, custom_plans);`,
  ],
  [
    'oddv',
    'a=ssn b=unmapped normal=unmapped',
    `SELECT "Tab.le"."S.S""N" AS a, "Tab.le"."*" AS b, "Tab.le".normal FROM "Odd.Sch""ema"."Tab.le";`,
  ],
  [
    'xmlv',
    'name=free-text w=free-text',
    `SELECT x.name, x.w FROM clinic.patients p, LATERAL XMLTABLE(('/a'::text) PASSING (XMLPARSE(DOCUMENT p.note STRIP WHITESPACE)) COLUMNS name text PATH ('n'::text), w text PATH ('w'::text)) x;`,
  ],
  ['remv', 's=ssn id', `SELECT remote.ssn AS s, remote.id FROM clinic.remote;`],
  [
    'comp',
    `a=${ALL} b=${ALL}`,
    `SELECT (p.r).ssn AS a, (p.r).ward AS b FROM ( SELECT p_1.*::clinic.patients AS r FROM clinic.patients p_1) p;`,
  ],
  [
    'ops',
    'a=ssn b=name c d=ssn',
    `SELECT (patients.ssn || 'x'::text) AS a, (patients.ward = ANY (ARRAY[patients.name])) AS b, (patients.ward IN ( SELECT lookup.label FROM clinic.lookup)) AS c, (patients.ward IN ( SELECT patients_1.ssn FROM clinic.patients patients_1)) AS d FROM clinic.patients;`,
  ],
  [
    'nested',
    'z=ssn',
    `SELECT c.z FROM ( SELECT b.y AS z FROM ( SELECT a.x AS y FROM ( SELECT patients.ssn AS x, patients.ward FROM clinic.patients) a) b) c WHERE (c.z IS NOT NULL) ORDER BY c.z LIMIT 3;`,
  ],
  [
    'mat',
    'id=other-id/pseudonym s=ssn kind ward',
    `SELECT p.id, p.ssn AS s, e.kind, p.ward FROM (clinic.patients p JOIN clinic.encounters e ON ((e.patient_id = p.id)));`,
  ],
  ['overmat', 'kind=ssn s', `SELECT mat.s AS kind, mat.kind AS s FROM clinic.mat;`],
  [
    'exceptv',
    'ssn=ssn ward',
    `SELECT patients.ssn, patients.ward FROM clinic.patients EXCEPT SELECT 'a'::text AS ssn, 'b'::text AS ward;`,
  ],
  [
    'dist',
    'ward nn=name',
    `SELECT DISTINCT ON (patients.ssn) patients.ward, patients.name AS nn FROM clinic.patients ORDER BY patients.ssn;`,
  ],
  ['id', 'id=ssn', `SELECT patients.ssn AS id FROM clinic.patients;`],
  ['onlyv', 'f=name id', `SELECT people.full_name AS f, people.id FROM ONLY clinic.people;`],
  [
    'samp',
    'f=ssn ward',
    `SELECT patients.ssn AS f, patients.ward FROM clinic.patients TABLESAMPLE system (10);`,
  ],
  [
    'renamed_18',
    'label=ssn ssn id=other-id/pseudonym',
    `SELECT ssn AS label, ward AS ssn, id FROM clinic.patients;`,
  ],
  [
    'upper_ssn_18',
    'u=ssn ward n one t',
    `SELECT upper(ssn) AS u, ward, count(*) OVER (PARTITION BY zip) AS n, 1 AS one, now() AS t FROM clinic.patients;`,
  ],
  [
    'cte_18',
    'v2=ssn k2=other-id/pseudonym',
    `WITH a AS ( SELECT patients.id AS k, patients.ssn AS v FROM clinic.patients ), b(k2, v2) AS ( SELECT a.k, a.v FROM a ) SELECT v2, k2 FROM b;`,
  ],
  [
    'wholejson_18',
    `j=${ALL} ward k`,
    `SELECT row_to_json(p.*) AS j, ward, json_build_object('a', ward) AS k FROM clinic.patients p;`,
  ],
  [
    'colalias_18',
    'c1=other-id/pseudonym c2=ssn c6',
    `SELECT c1, c2, c6 FROM clinic.patients p(c1, c2, c3, c4, c5, c6, note, doc, addr_upper);`,
  ],
  [
    'fn_18',
    'l=derived code lo',
    `SELECT clinic.leak(1) AS l, code, lower(label) AS lo FROM clinic.lookup;`,
  ],
  [
    'rec2_18',
    'a=ssn b=ssn c',
    `WITH RECURSIVE t(a, b, c) AS ( SELECT lookup.code, lookup.code, lookup.label FROM clinic.lookup UNION ALL SELECT p.ssn, t_1.a, t_1.c FROM t t_1, clinic.patients p ) SELECT a, b, c FROM t;`,
  ],
  [
    'agg_18',
    'ward n a=ssn b=birth-date g pd=zip f=ssn',
    `SELECT ward, count(*) AS n, array_agg(ssn) AS a, min(born) AS b, GROUPING(ward) AS g, percentile_disc((0.5)::double precision) WITHIN GROUP (ORDER BY zip) AS pd, count(*) FILTER (WHERE (ssn ~~ '1%'::text)) AS f FROM clinic.patients GROUP BY ward;`,
  ],
  [
    'sys_18',
    'tablename v=system',
    `SELECT tablename, (most_common_vals)::text AS v FROM pg_stats;`,
  ],
  [
    'oddv_18',
    'a=ssn b=unmapped normal=unmapped',
    `SELECT "S.S""N" AS a, "*" AS b, normal FROM "Odd.Sch""ema"."Tab.le";`,
  ],
  [
    'comp_18',
    `a=${ALL} b=${ALL}`,
    `SELECT (r).ssn AS a, (r).ward AS b FROM ( SELECT p_1.*::clinic.patients AS r FROM clinic.patients p_1) p;`,
  ],
  [
    'ops_18',
    'a=ssn b=name c d=ssn',
    `SELECT (ssn || 'x'::text) AS a, (ward = ANY (ARRAY[name])) AS b, (ward IN ( SELECT lookup.label FROM clinic.lookup)) AS c, (ward IN ( SELECT patients_1.ssn FROM clinic.patients patients_1)) AS d FROM clinic.patients;`,
  ],
];

/** The classification of each view, in a catalog with all of them. */
function classifyViews(
  views: readonly View[],
  userFunctions: CatalogRows['userFunctions'] = [],
): string[] {
  const relations = views.map(([name, expected, definition], index) => {
    const columns = expected.split(' ').map((text) => text.replace(/=.*/, ''));
    const kind = name === 'mat' ? 'm' : 'v';
    return describeTable({ oid: 100 + index, schema: 'clinic', name }, columns, {
      kind,
      definition,
      dependsOn: [1],
    });
  });
  const catalog = catalogOf([...TABLES, ...relations], { userFunctions });
  const classification = classifier.classify(catalog, { dataMap: DATA_MAP });
  return relations.map((view) => `${view.name}: ${describeColumns(classification, view)}`);
}

describe('classify, of views', () => {
  it('follows every column of every kind of query to what it is made of', () => {
    const expected = VIEWS.map(([name, columns]) => `${name}: ${columns}`);
    assert.deepEqual(classifyViews(VIEWS), expected);
    // Again, from what is remembered of the definitions.
    assert.deepEqual(classifyViews(VIEWS), expected);
  });
});
