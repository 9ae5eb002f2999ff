PREPARE pick (bigint) AS SELECT code, floor FROM departments WHERE floor > $1 ORDER BY code;
EXECUTE pick (4);
EXECUTE pick ('x');
DEALLOCATE pick;
EXECUTE pick (4);
CREATE SCHEMA e2e_session;
SET search_path = e2e_session, public;
CREATE TABLE departments (code text);
INSERT INTO departments VALUES ('shadow') RETURNING *;
SELECT * FROM departments;
SHOW search_path;
RESET search_path;
SELECT count(*) FROM departments;
BEGIN;
SET LOCAL search_path = e2e_session;
SELECT count(*) FROM departments;
ROLLBACK;
SELECT count(*) FROM departments;
CREATE TEMP TABLE departments (code text, note text);
TABLE departments;
DROP TABLE pg_temp.departments;
SELECT count(*) FROM departments;
DROP SCHEMA e2e_session CASCADE;
SELECT id, mrn FROM patients ORDER BY id LIMIT 2 \gdesc
SELECT $1::int + 1 \gdesc
SELECT 1 AS a, NULL AS b, 'x' AS c \gx
SELECT 'SELECT ' || n || ' AS generated' FROM generate_series(1, 3) n \gexec
SELECT count(*) AS total FROM patients \gset
\echo :total
SELECT n, repeat(chr(64 + n), n) FROM generate_series(1, 4) n \crosstabview
SELECT set_config('application_name', 'e2e', false), current_setting('application_name');
SET DateStyle = 'German';
SELECT '2025-02-03'::date;
SET TimeZone = 'Asia/Tokyo';
SELECT '2025-02-03 00:00+00'::timestamptz;
SHOW server_encoding;
SHOW transaction_isolation;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;
SHOW transaction_isolation;
CREATE TABLE never (n int);
COMMIT;
EXPLAIN (COSTS OFF) SELECT * FROM patients WHERE id = 1;
EXPLAIN (COSTS OFF, FORMAT json) SELECT count(*) FROM claims WHERE status = 'paid';
VALUES (1, 'one'), (2, 'two');
TABLE departments;
SELECT xmlelement(name a, 'b'), '{"a": [1, 2]}'::jsonb -> 'a', ARRAY[[1, 2], [3, 4]], '(1,2)'::point, 'NaN'::float8, B'101', '1 day'::interval;
CREATE TEMP TABLE upserts (k int PRIMARY KEY, v int);
INSERT INTO upserts VALUES (1, 1), (2, 2) ON CONFLICT (k) DO UPDATE SET v = excluded.v + 10 RETURNING *;
INSERT INTO upserts VALUES (1, 1), (3, 3) ON CONFLICT (k) DO UPDATE SET v = excluded.v + 10 RETURNING *;
MERGE INTO upserts u USING (VALUES (1), (9)) s (k) ON u.k = s.k WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.k, 0);
TABLE upserts;
DISCARD ALL;
TABLE upserts;
