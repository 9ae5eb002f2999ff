/** Tables, partitions, inheritance, views, arrays, composites and JSON, with a few rows each. */
export const REWRITE_SCHEMA = `
CREATE TYPE address AS (street text, zip text);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE patients (
  id int PRIMARY KEY, ssn text, name varchar(40) COLLATE "C", born date, zip char(5), tags text[], home address, feeling mood,
  info jsonb, doc json, score numeric(8,2), mrn text UNIQUE, doctor int
);
ALTER TABLE patients ADD COLUMN dropped int;
ALTER TABLE patients DROP COLUMN dropped;
INSERT INTO patients SELECT i, lpad(i::text, 9, '0'), 'name ' || i, date '1970-01-01' + i * 400, lpad((i * 7)::text, 5, '0'), ARRAY['a' || i, 'b'],
  ROW('street ' || i, '1000' || i)::address, (ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood, jsonb_build_object('k', i, 'list', ARRAY[i, i + 1]),
  json_build_object('doc', i), i * 1.5, 'M' || i, i % 3 FROM generate_series(1, 8) i;
INSERT INTO patients (id, name) VALUES (9, NULL), (10, 'Ünïcode');
CREATE TABLE doctors (id int PRIMARY KEY, name text, ssn text);
INSERT INTO doctors VALUES (0, 'zero', '1'), (1, 'one', '2'), (2, 'two', '3');
CREATE TABLE notes (id int PRIMARY KEY, patient_id int REFERENCES patients, body text, at timestamptz DEFAULT '2026-01-01');
INSERT INTO notes SELECT i, 1 + i % 9, 'body ' || i FROM generate_series(1, 12) i;
CREATE TABLE visits (id int, patient_id int, at date, reason text) PARTITION BY RANGE (at);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO visits SELECT i, 1 + i % 8, date '2025-06-01' + i * 40, 'reason ' || i FROM generate_series(1, 12) i;
CREATE TABLE people (id int, name text);
CREATE TABLE employees (salary int) INHERITS (people);
INSERT INTO people VALUES (1, 'p'); INSERT INTO employees VALUES (2, 'e', 10);
CREATE VIEW patient_names AS SELECT id, name, ssn FROM patients;
CREATE MATERIALIZED VIEW patient_zips AS SELECT id, zip FROM patients;
CREATE TABLE "Odd Name" ("Id" int PRIMARY KEY, "a""b" text, "select" text);
INSERT INTO "Odd Name" VALUES (1, 'x', 'y');
CREATE SCHEMA other; CREATE TABLE other.patients (id int, remark text); INSERT INTO other.patients VALUES (1, 'other');
CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO computed VALUES (1), (2);
CREATE TABLE plain (id int PRIMARY KEY, note text); INSERT INTO plain SELECT i, 'plain ' || i FROM generate_series(1, 5) i;
`;

/** Statements that show the same whether or not their relations become subqueries. */
export const SAME_STATEMENTS: readonly string[] = [
  'SELECT * FROM patients ORDER BY id',
  'TABLE patients ORDER BY 1',
  'TABLE ONLY people',
  'SELECT p.* FROM patients p ORDER BY p.id',
  'SELECT p.ssn, p.name AS n, upper(p.name) FROM public.patients AS p ORDER BY id DESC LIMIT 3',
  'SELECT public.patients.ssn, patients.name FROM public.patients ORDER BY public.patients.id',
  'SELECT postgres.public.patients.ssn FROM public.patients ORDER BY id',
  "SELECT 'ünï', /* é */ name FROM patients -- ü\n ORDER BY id",
  'SELECT a, b FROM patients AS p(a, b) ORDER BY a',
  'SELECT p.a, p.name FROM patients AS p(a, b) ORDER BY a',
  'SELECT * FROM patients p JOIN doctors d ON d.id = p.doctor ORDER BY p.id',
  'SELECT * FROM patients JOIN doctors USING (id) ORDER BY id',
  'SELECT * FROM notes NATURAL JOIN plain ORDER BY id',
  'SELECT * FROM patients NATURAL LEFT JOIN doctors ORDER BY id',
  'SELECT j.* FROM (patients p JOIN doctors d ON d.id = p.doctor) AS j(a, b, c) ORDER BY j.a',
  "SELECT * FROM patients p LEFT JOIN notes n ON n.patient_id = p.id AND n.body LIKE '%1%' ORDER BY p.id, n.id",
  'SELECT * FROM patients p FULL JOIN doctors d ON d.id = p.id ORDER BY p.id, d.id',
  'SELECT * FROM patients p, LATERAL (SELECT n.body FROM notes n WHERE n.patient_id = p.id ORDER BY n.id LIMIT 1) x ORDER BY p.id',
  'SELECT p.id, x FROM patients p, unnest(p.tags) AS x ORDER BY 1, 2',
  'SELECT p.id, e.* FROM patients p, jsonb_each(p.info) AS e ORDER BY 1, 2',
  'SELECT p.id, t.* FROM patients p, ROWS FROM (unnest(p.tags), generate_series(1, p.id)) AS t(a, b) ORDER BY 1, 3',
  `SELECT x.* FROM patients p, XMLTABLE('/a' PASSING xmlelement(name a, p.name) COLUMNS n text PATH '.') x ORDER BY 1`,
  'SELECT * FROM people ORDER BY id',
  'SELECT * FROM ONLY people',
  'SELECT * FROM ONLY (people) AS x',
  'SELECT * FROM people * ORDER BY id',
  'SELECT * FROM visits ORDER BY id',
  'SELECT * FROM visits_2025 ORDER BY id',
  'SELECT count(*) FROM visits TABLESAMPLE bernoulli (100) REPEATABLE (1)',
  'SELECT v.id FROM visits AS v TABLESAMPLE system (100) ORDER BY v.id',
  'SELECT * FROM patient_names ORDER BY id',
  'SELECT * FROM patient_zips ORDER BY id',
  'SELECT "Id", "a""b", o."select" FROM "Odd Name" o',
  'SELECT U&"\\0049d" FROM "Odd Name"',
  'SELECT * FROM U&"!004fdd Name" UESCAPE \'!\'',
  'SELECT o.*, p.id FROM other.patients o, patients p WHERE o.id = p.id',
  'SELECT name(p) FROM patients p ORDER BY id',
  "SELECT (p).ssn, (p).home, ((p).home).zip, (home).street, tags[1], info -> 'list' -> 0 FROM patients p ORDER BY id",
  'SELECT (p).* FROM patients p ORDER BY id',
  'SELECT p FROM patients p ORDER BY p.id',
  'SELECT doctors FROM doctors ORDER BY doctors',
  'SELECT DISTINCT p FROM doctors p ORDER BY p',
  'SELECT p FROM patients AS p(id, b) ORDER BY id',
  'SELECT array_agg(p ORDER BY id) FROM patients p',
  'SELECT (unnest(array_agg(p))).ssn FROM patients p',
  'SELECT ((SELECT p FROM patients p WHERE id = 1)).ssn, (SELECT d FROM doctors d LIMIT 1)',
  'SELECT d.id, p, p.id IS DISTINCT FROM NULL, p IS DISTINCT FROM NULL FROM doctors d LEFT JOIN patients p ON p.id = d.id + 8 ORDER BY 1',
  'SELECT lag(d) OVER (ORDER BY id), first_value(d.name) OVER (ORDER BY id) FROM doctors d ORDER BY id',
  'SELECT p.*, q.* FROM doctors p, LATERAL (SELECT p.ssn, p) q ORDER BY p.id',
  'SELECT x.* FROM (VALUES ((SELECT d FROM doctors d LIMIT 1))) x',
  'SELECT d::text FROM doctors d UNION ALL SELECT d::text FROM doctors d ORDER BY 1',
  'SELECT d, count(*) FROM doctors d GROUP BY d ORDER BY d',
  'SELECT d, count(*) FROM doctors d JOIN patients p ON p.doctor = d.id GROUP BY d.id ORDER BY d.id',
  'SELECT o FROM "Odd Name" o',
  'SELECT CASE WHEN d.id > 0 THEN d END, COALESCE(d, NULL) FROM doctors d ORDER BY id',
  "SELECT row_to_json(p), to_jsonb(p) ->> 'ssn', p::text FROM patients p ORDER BY id",
  'SELECT count(p), count(p.*), count(*) FROM patients p',
  'SELECT json_agg(p ORDER BY id) FROM patients p',
  'SELECT ROW(p.*), ROW(p.id, p.name) FROM patients p ORDER BY id',
  'SELECT d.id, p IS NULL, p IS NOT NULL, to_json(p) FROM doctors d LEFT JOIN patients p ON p.id = d.id + 100 ORDER BY 1',
  'SELECT d.name, count(p.id) FROM doctors d LEFT JOIN patients p ON p.doctor = d.id GROUP BY d.id ORDER BY d.id',
  'SELECT p.name, p.ssn, count(n.id) FROM patients p LEFT JOIN notes n ON n.patient_id = p.id GROUP BY p.id ORDER BY p.id',
  'SELECT p.id AS k, p.name FROM patients p GROUP BY k ORDER BY 1',
  'SELECT id, name FROM patients GROUP BY 1 ORDER BY 1',
  'SELECT doctor, count(*) FROM patients GROUP BY doctor HAVING count(*) > 1 ORDER BY doctor',
  'SELECT doctor, feeling, count(*) FROM patients GROUP BY GROUPING SETS ((doctor), (feeling), ()) ORDER BY 1, 2, 3',
  'SELECT id, name, feeling, doctor, grouping(feeling, doctor), count(*) FROM patients GROUP BY GROUPING SETS ((id, feeling), (doctor, id)) ORDER BY 1, 5',
  'SELECT id, zip, feeling, count(*) FROM patients GROUP BY id, ROLLUP (feeling) ORDER BY 1, 3',
  'SELECT doctor, feeling, grouping(doctor) FROM patients GROUP BY CUBE (doctor, feeling) ORDER BY 1, 2, 3',
  'SELECT id, rank() OVER w, sum(score) OVER (PARTITION BY doctor ORDER BY id) FROM patients WINDOW w AS (ORDER BY born) ORDER BY id',
  'SELECT DISTINCT doctor FROM patients ORDER BY doctor',
  'SELECT DISTINCT ON (doctor) doctor, name FROM patients ORDER BY doctor, id',
  "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY score), string_agg(name, ',' ORDER BY id) FILTER (WHERE id > 2) FROM patients",
  'SELECT id FROM patients UNION SELECT id FROM doctors ORDER BY 1',
  'SELECT name FROM patients EXCEPT SELECT name FROM doctors ORDER BY 1',
  'SELECT id, ssn FROM patients INTERSECT ALL SELECT id, ssn FROM patient_names ORDER BY 1',
  'WITH x AS (SELECT * FROM patients), y AS (SELECT id FROM x WHERE id < 4) SELECT x.* FROM x JOIN y USING (id) ORDER BY 1',
  'WITH patients AS (SELECT 1 AS id) SELECT * FROM patients',
  'WITH patients AS (SELECT * FROM patients WHERE id < 3) SELECT * FROM patients ORDER BY id',
  'WITH RECURSIVE r(id, n) AS (SELECT id, 1 FROM patients WHERE id = 1 UNION ALL SELECT p.id, n + 1 FROM patients p JOIN r ON p.id = r.id + 1 WHERE n < 4) SELECT * FROM r ORDER BY 1',
  'SELECT * FROM (WITH patients AS (SELECT 2 AS x) SELECT * FROM patients) s, patients ORDER BY id',
  'SELECT (SELECT max(ssn) FROM patients), ARRAY(SELECT id FROM patients ORDER BY id), EXISTS (SELECT FROM patients WHERE id = 3)',
  "SELECT id FROM plain WHERE id IN (SELECT id FROM patients WHERE name LIKE 'name%') ORDER BY id",
  'SELECT id FROM plain q WHERE (id, note) NOT IN (SELECT id, name FROM patients WHERE patients.id = q.id) ORDER BY id',
  'SELECT id, (SELECT count(*) FROM notes WHERE patient_id = patients.id) FROM patients ORDER BY id',
  'SELECT id, (SELECT name) FROM patients ORDER BY id',
  "SELECT CASE WHEN ssn = '000000001' THEN name ELSE zip END, COALESCE(name, zip), NULLIF(name, 'x'), GREATEST(id, doctor) FROM patients ORDER BY id",
  'SELECT xmlforest(name, zip), xmlelement(name e, ssn) FROM patients ORDER BY id',
  "SELECT extract(year FROM born), born::text, to_char(born, 'YYYY'), substring(ssn FROM 1 FOR 3), position('0' IN ssn), trim(name) FROM patients ORDER BY id",
  'SELECT ssn COLLATE "C", name || \'x\', score + 1, -score, tags || \'c\'::text FROM patients ORDER BY name COLLATE "C"',
  'VALUES ((SELECT count(*) FROM patients), 1)',
  'SELECT * FROM (VALUES (1), (2)) v(id) JOIN patients USING (id) ORDER BY id',
  'SELECT * FROM patients ORDER BY name NULLS FIRST, id FETCH FIRST 2 ROWS ONLY',
  'SELECT * FROM patients ORDER BY feeling, id OFFSET 2',
  'SELECT feeling FROM patients ORDER BY feeling FETCH FIRST 2 ROWS WITH TIES',
  'SELECT id, name FROM patients WHERE id = 3 FOR UPDATE',
  'SELECT p.id FROM patients p, doctors d WHERE d.id = p.doctor ORDER BY p.id FOR UPDATE OF p FOR SHARE OF d',
  'SELECT ctid, id FROM patients ORDER BY id',
  'SELECT p.ctid, p.* FROM patients p ORDER BY id',
  'SELECT tableoid::regclass, * FROM people ORDER BY id',
  'SELECT v.ctid, v.tableoid::regclass, * FROM visits v, plain WHERE plain.id = v.id ORDER BY v.id',
  'TABLE patients ORDER BY ctid',
  "SELECT 1 FROM patients WHERE ctid = '(0,1)'",
  'SELECT b, a FROM computed ORDER BY a',
  "SELECT relname FROM pg_class WHERE oid = 'patients'::regclass",
  'INSERT INTO doctors SELECT id + 20, name, ssn FROM patients RETURNING *',
  'INSERT INTO plain (id, note) VALUES (20, (SELECT name FROM patients WHERE id = 1)) RETURNING id, note',
  'INSERT INTO people SELECT id, name FROM doctors RETURNING *',
  "INSERT INTO patients (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING name, upper(name), patients.zip",
  "INSERT INTO plain VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET note = excluded.note || (SELECT name FROM patients WHERE id = 2) RETURNING *",
  "UPDATE patients SET name = 'x' WHERE id = 2 RETURNING *",
  "UPDATE patients p SET name = 'x' WHERE p.id = 2 RETURNING p.*, p.name, ssn::varchar, (home).zip, tags[1], CASE WHEN id > 1 THEN ssn ELSE name END",
  'UPDATE plain SET note = p.name FROM patients p WHERE p.id = plain.id RETURNING plain.*, p.ssn',
  'UPDATE plain SET (note, id) = (SELECT name, id + 50 FROM patients WHERE id = 1) WHERE id = 1 RETURNING *',
  "UPDATE patients SET name = 'x', doctor = DEFAULT WHERE id IN (SELECT id FROM doctors) RETURNING id, (SELECT count(*) FROM patients q WHERE q.id < patients.id)",
  "DELETE FROM notes USING patients p WHERE p.id = notes.patient_id AND p.name LIKE '%1' RETURNING notes.id, p.name",
  "DELETE FROM notes n WHERE EXISTS (SELECT 1 FROM patients p WHERE p.id = n.patient_id AND p.ssn LIKE '%2') RETURNING n.id, n.body",
  'DELETE FROM notes WHERE id = 1 RETURNING notes',
  'WITH d AS (DELETE FROM notes WHERE id < 4 RETURNING *) SELECT * FROM d ORDER BY id',
  'WITH i AS (INSERT INTO plain SELECT id + 30, name FROM patients RETURNING note) SELECT * FROM i ORDER BY 1',
  'SELECT id FROM doctors WHERE id = ANY (SELECT doctor FROM patients) ORDER BY 1',
  'SELECT p.id, s.sum FROM patients p CROSS JOIN LATERAL (SELECT sum(length(body)) FROM notes WHERE patient_id = p.id) s ORDER BY 1',
  'SELECT * FROM patients p JOIN (doctors d JOIN plain q ON q.id = d.id + 1) ON d.id = p.doctor ORDER BY p.id, q.id',
];

/** The same for what came later than PostgreSQL 13, by the major release that brought it. */
export const SAME_STATEMENTS_SINCE: Readonly<Record<number, readonly string[]>> = {
  14: ['SELECT * FROM patients JOIN doctors USING (id) AS j ORDER BY j.id'],
  15: [
    'MERGE INTO plain t USING patients p ON t.id = p.id WHEN MATCHED AND p.id < 3 THEN UPDATE SET note = p.name WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (p.id, p.ssn)',
  ],
  17: [
    "SELECT * FROM JSON_TABLE((SELECT info FROM patients WHERE id = 1), '$' COLUMNS (k int PATH '$.k')) j",
    'MERGE INTO plain t USING patients p ON t.id = p.id WHEN MATCHED AND p.id < 3 THEN UPDATE SET note = p.name WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING merge_action(), *',
    'MERGE INTO patients t USING plain p ON t.id = p.id WHEN MATCHED THEN UPDATE SET name = p.note RETURNING *',
  ],
  18: [
    "UPDATE patients SET name = 'x' WHERE id = 2 RETURNING old.*, new.name, OLD.ssn || 'x'",
    'DELETE FROM patients WHERE id = 10 RETURNING WITH (OLD AS o) o.ssn, o, patients.name',
    'SELECT p.name FROM patients p JOIN doctors d USING (id) GROUP BY p.id ORDER BY p.id',
  ],
};
