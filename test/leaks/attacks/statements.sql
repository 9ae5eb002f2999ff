-- One statement a line, each run in every form. {ssn1} is the first planted value of that kind, as it is in world a.
SELECT * FROM patients
SELECT p FROM patients p
SELECT p.* FROM patients p
SELECT (p).ssn FROM patients p
SELECT (p.*)::text FROM patients p
SELECT p::text FROM patients p
SELECT ssn(p), last_name(p) FROM patients p
SELECT p.ssn, p.text FROM patients p
TABLE patients
TABLE public.patients
SELECT upper(ssn), lower(last_name), reverse(first_name), initcap(last_name) FROM patients
SELECT substr(ssn, 1, 3), substring(ssn from 5 for 2), right(ssn, 4), left(last_name, 5) FROM patients
SELECT ssn || '', '' || last_name, concat(ssn, '-', last_name), format('%s %I %L', ssn, last_name, email) FROM patients
SELECT encode(convert_to(ssn, 'UTF8'), 'hex'), encode(convert_to(last_name, 'UTF8'), 'base64'), encode(last_name::bytea, 'escape') FROM patients
SELECT replace(ssn, '-', '')::bigint + 1 FROM patients
SELECT to_char(birth_date, 'DDMONYYYY'), to_char(birth_date, 'J'), extract(epoch from birth_date), birth_date - date '1970-01-01', age(date '2026-01-01', birth_date), date_part('doy', birth_date), birth_date::timestamp, birth_date + 1 FROM patients
SELECT string_agg(ssn, ','), array_agg(last_name), json_agg(p), jsonb_object_agg(id, email), xmlagg(xmlelement(name x, phone)) FROM patients p
SELECT row_to_json(p), to_json(p), to_jsonb(p) ->> 'ssn', hstore(p), hstore(p) -> 'ssn' FROM patients p
SELECT xmlforest(ssn, last_name), xmlelement(name a, xmlattributes(ssn as s), email) FROM patients
SELECT json_build_object('a', ssn, 'b', p), jsonb_build_array(p, last_name), json_object(array['k', ssn]) FROM patients p
SELECT json_populate_record(null::patients, to_json(p)), jsonb_populate_record(p, '{}') FROM patients p
SELECT unnest(aliases), array_to_string(aliases, '|'), aliases[1], cardinality(aliases), array_length(aliases, 1), array_position(aliases, '{name3}') FROM patients
SELECT (home).street, (home).town, home::text, (home).* FROM patients
SELECT initials, md5(ssn), sha256(ssn::bytea), hashtext(ssn), hashtextextended(last_name, 0) FROM patients
SELECT notes, doc, photo FROM patients
SELECT upper(notes), substr(notes, 5, 20), notes || '', notes::bytea, md5(notes), length(notes), position('SSN' in notes), regexp_matches(notes, '\d+', 'g') FROM patients
SELECT doc -> 'name' ->> 'family', doc #>> '{ssn}', jsonb_pretty(doc), jsonb_each_text(doc), doc::text, jsonb_path_query(doc, '$.name.family') FROM patients
SELECT * FROM patients p, jsonb_to_record(p.doc) AS x(ssn text, ward text)
SELECT * FROM patients, LATERAL jsonb_each_text(doc)
SELECT x.* FROM patients, LATERAL json_table(doc, '$' COLUMNS (s text PATH '$.ssn')) x
SELECT xmltable.* FROM typed, xmltable('/p' PASSING c_xml COLUMNS v text PATH '.')
SELECT xpath('/p/text()', c_xml), xmlserialize(content c_xml as text), c_xml::text FROM typed
SELECT encode(photo, 'hex'), encode(photo, 'base64'), get_byte(photo, 0), get_byte(photo, 1), get_byte(photo, 2), photo || '\x00', sha256(photo), length(photo) FROM patients
SELECT host(ip), text(ip), ip + 1, ip - inet '10.0.0.0', network(ip), set_masklen(ip, 24), abbrev(ip) FROM patients
SELECT account, account + 1, account::text, account::float8, account::numeric * 2, to_hex(account), account::bit(40), account % 1000000 FROM patients
SELECT * FROM typed
SELECT t FROM typed t
SELECT c_int::text, c_big / 1, c_num::text, c_float::numeric, to_char(c_int, 'FM9999999999'), c_int::oid, c_int::money, c_small::text FROM typed
SELECT lower(c_range), upper(c_range), lower(c_days), c_range::text, c_days * daterange('1900-01-01', '2100-01-01') FROM typed
SELECT c_ts::text, c_tsn::date, extract(julian from c_tsn), c_ts at time zone 'UTC', date_trunc('day', c_ts), to_char(c_ts, 'YYYY-MM-DD'), c_date::text FROM typed
SELECT c_uuid::text, c_mac::text, trunc(c_mac), c_inet::text, encode(c_bytea, 'hex'), c_texts::text, c_ints::text, c_ints[1], unnest(c_ints) FROM typed
SELECT c_badge, c_place, (c_place).street, c_places, c_places[1].town, c_char, rtrim(c_char), c_json ->> 'a', c_jsonb #>> '{a,0}', c_tsv, tsvector_to_array(c_tsv), ts_debug(c_char), to_tsvector(c_char), c_point[0], c_point::text FROM typed
SELECT 1 FROM patients WHERE ssn = '{ssn1}'
SELECT count(*) FROM patients WHERE ssn LIKE left('{ssn1}', 3) || '%'
SELECT count(*) FROM patients WHERE last_name > 'M'
SELECT id FROM patients ORDER BY ssn
SELECT id FROM patients ORDER BY last_name DESC NULLS LAST LIMIT 1
SELECT id FROM patients ORDER BY ssn USING > OFFSET 1
SELECT id, rank() OVER (ORDER BY ssn), ntile(2) OVER (ORDER BY last_name), lag(ssn) OVER (ORDER BY id), first_value(last_name) OVER w FROM patients WINDOW w AS (ORDER BY birth_date)
SELECT last_name, count(*) FROM patients GROUP BY last_name HAVING count(*) > 0
SELECT substr(ssn, 1, 1), count(*) FROM patients GROUP BY GROUPING SETS ((1), ())
SELECT ssn, last_name, count(*) FROM patients GROUP BY CUBE (ssn, last_name)
SELECT ssn, last_name, grouping(ssn) FROM patients GROUP BY ROLLUP (ssn, last_name)
SELECT DISTINCT ON (ssn) ssn, id FROM patients ORDER BY ssn, id
SELECT min(ssn), max(ssn), min(birth_date), max(account), sum(account), avg(account), percentile_disc(0.5) WITHIN GROUP (ORDER BY ssn), mode() WITHIN GROUP (ORDER BY last_name), stddev(account) FROM patients
SELECT width_bucket(account, 0, 2000000000, 1000), width_bucket(ssn, array['2', '4', '6']) FROM patients
SELECT CASE WHEN ssn = '{ssn1}' THEN 1 / 0 ELSE 0 END FROM patients
SELECT CASE WHEN ssn LIKE '1%' THEN pg_sleep(0) END FROM patients
SELECT cast(ssn as int) FROM patients
SELECT last_name::date FROM patients
SELECT last_name::inet, email::uuid FROM patients
SELECT ssn::json FROM patients
SELECT last_name::xml FROM patients
SELECT xmlparse(document last_name) FROM patients
SELECT ('{' || last_name)::jsonb FROM patients
SELECT to_date(ssn, 'YYYY-MM-DD') FROM patients
SELECT to_number(ssn, '999-99-9999'), to_timestamp(last_name, 'YYYY') FROM patients
SELECT last_name::regclass FROM patients
SELECT last_name::mood FROM patients
SELECT ssn::money FROM patients
SELECT account::int * 1000000 FROM patients
SELECT 1 / (account - account) FROM patients
SELECT '' ~ (last_name || '(') FROM patients
SELECT 'x' LIKE (last_name || '\') ESCAPE 'zz' FROM patients
SELECT set_config('application_name', ssn, false) FROM patients
SELECT set_config('search_path', last_name, true) FROM patients
SELECT set_config('sallyport.x', string_agg(ssn, ','), false), current_setting('sallyport.x', true) FROM patients
SELECT set_config('TimeZone', last_name, true) FROM patients
SELECT currval(last_name) FROM patients
SELECT nextval(ssn) FROM patients
SELECT to_regclass(last_name), has_table_privilege(last_name, 'select') FROM patients
SELECT pg_notify('x', ssn) FROM patients
SELECT pg_terminate_backend(account::int) FROM patients
SELECT pg_advisory_lock(account), pg_try_advisory_lock(hashtext(ssn)) FROM patients
SELECT format('%s', p) FROM patients p
SELECT array(SELECT ssn FROM patients)
SELECT (SELECT max(last_name) FROM patients), EXISTS (SELECT FROM patients WHERE ssn LIKE '2%')
SELECT 'x' WHERE '{ssn1}' IN (TABLE (SELECT ssn FROM patients))
SELECT 'x' WHERE '{ssn1}' IN (SELECT ssn FROM patients)
SELECT 'x' WHERE '{ssn1}' = ANY (ARRAY(SELECT ssn FROM patients))
SELECT 'x' WHERE row(1, '{mrn1}') IN (SELECT id, mrn FROM patients)
SELECT 'x' WHERE (1, '{ssn1}') = (SELECT id, ssn FROM patients WHERE id = 1)
SELECT p = q FROM patients p, patients q
SELECT id FROM patients p WHERE p > ROW(1, 'MRN5') 
SELECT max(p::text) FROM patients p
SELECT p FROM patients p ORDER BY p LIMIT 1
SELECT name FROM staging UNION SELECT ssn FROM patients
SELECT 'a' UNION ALL SELECT last_name FROM patients ORDER BY 1
SELECT name FROM staging EXCEPT SELECT ssn FROM patients
SELECT '{ssn1}' INTERSECT SELECT ssn FROM patients
VALUES ((SELECT max(ssn) FROM patients)), ((SELECT min(last_name) FROM patients))
WITH t AS (SELECT first_name AS unit, last_name AS qty FROM patients) SELECT * FROM t
WITH RECURSIVE r(n, s) AS (SELECT 1, (SELECT ssn FROM patients WHERE id = 1) UNION ALL SELECT n + 1, substr(s, 2) FROM r WHERE n < 11) SELECT n, left(s, 1) FROM r
WITH patients AS (SELECT * FROM patients) SELECT ssn FROM patients
WITH staging AS (SELECT * FROM patients) SELECT * FROM staging
WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a
WITH patients(id, ssn) AS (VALUES (1, 'x')) SELECT ssn FROM public.patients
WITH x AS MATERIALIZED (SELECT ssn FROM patients) SELECT (SELECT string_agg(ssn, '') FROM x)
SELECT s.name, x.ssn FROM staging s JOIN LATERAL (SELECT ssn FROM patients p WHERE p.id = s.id) x ON true
SELECT * FROM staging s NATURAL JOIN patients
SELECT * FROM staging JOIN patients USING (id)
SELECT j.* FROM (staging JOIN patients USING (id)) AS j
SELECT j.ssn FROM (staging s JOIN patients p ON s.id = p.id) AS j (a, b, c, d, id2, mrn, ssn)
SELECT u.* FROM staging JOIN patients USING (id) AS u
SELECT * FROM patients FULL JOIN staging ON patients.ssn = staging.name
SELECT c.id, p.first_name AS code FROM encounters c JOIN patients p ON p.id = c.patient_id
SELECT * FROM encounters e, patients p WHERE e.patient_id = p.id AND p.last_name = '{name2}'
SELECT * FROM patients p, insurance i WHERE p.ssn = i.ssn
SELECT ssn FROM ONLY patients
SELECT ssn FROM ONLY (public.patients)
SELECT ssn FROM patients TABLESAMPLE bernoulli (100) REPEATABLE (1)
SELECT ssn FROM patients TABLESAMPLE system (100)
SELECT ctid, xmin, tableoid::regclass, ssn FROM patients
SELECT ssn FROM patients WHERE ctid = '(0,1)'
SELECT ssn FROM patients WHERE tableoid = 'patients'::regclass
SELECT ssn FROM patients FOR UPDATE
SELECT p.ssn FROM patients p FOR SHARE OF p SKIP LOCKED
SELECT "ssn" FROM "patients"
SELECT U&"\0073sn" FROM U&"\0070atients"
SELECT ssn FROM U&"!0070atients" UESCAPE '!'
SELECT SSN FROM PATIENTS
SELECT public.patients.ssn FROM public.patients
SELECT public.patients.* FROM public.patients
SELECT patients.ssn FROM public.patients
SELECT leaks.public.patients.ssn FROM leaks.public.patients
SELECT ssn FROM pg_temp.patients
SELECT a.ssn, b.ssn FROM patients a, app.patients b
SELECT ssn, nickname FROM app.patients
SELECT * FROM "Odd ""Schema"."Odd Table"
SELECT "Name of ""It""" FROM "Odd ""Schema"."Odd Table"
SELECT * FROM v_patients
SELECT * FROM v_names
SELECT * FROM v_rows
SELECT whole, (whole).ssn, js ->> 'ssn' FROM v_rows
SELECT * FROM v_counts
SELECT * FROM v_union
SELECT * FROM app.v_people
SELECT * FROM mv_patients
SELECT * FROM mv_deep
SELECT * FROM visits
SELECT * FROM visits_low
SELECT * FROM visits_high
SELECT guest, tableoid::regclass FROM ONLY visits
SELECT * FROM people
SELECT * FROM ONLY people
SELECT * FROM employees
SELECT * FROM persons
SELECT label FROM persons*
SELECT * FROM celebrities
SELECT * FROM encounters
SELECT at, note FROM encounters ORDER BY note
SELECT note FROM encounters ORDER BY 1
SELECT DISTINCT note FROM encounters
SELECT note FROM encounters GROUP BY note
SELECT note FROM encounters UNION SELECT 'x'
SELECT note, count(*) OVER (PARTITION BY note) FROM encounters
SELECT n FROM (SELECT note AS n FROM encounters) x
SELECT e.note, f.note FROM encounters e NATURAL JOIN encounters f
SELECT e.note AS x, substr(e.note, 1, 12) AS y FROM encounters e ORDER BY x
SELECT (e).note FROM encounters e
SELECT e FROM encounters e
SELECT e.note FROM encounters e, LATERAL (SELECT e.*) y
SELECT note n FROM encounters WHERE note ~ 'SSN'
SELECT note || '' FROM encounters
SELECT coalesce(note, 'x'), nullif(note, ''), greatest(note, 'A') FROM encounters
SELECT (SELECT note FROM encounters LIMIT 1)
SELECT note FROM encounters LIMIT 1
SELECT id, note, ward FROM encounters e JOIN lookup l ON l.code = e.ward
SELECT * FROM insurance
SELECT find_ssn(1)
SELECT public.find_ssn(id) FROM patients
SELECT * FROM all_patients()
SELECT (all_patients()).ssn
SELECT * FROM ROWS FROM (all_patients()) x
SELECT whisper('x')
SELECT lower(mood) FROM patients
SELECT mood.lower FROM (SELECT 'calm'::mood) mood
SELECT ssns(s) FROM staging s
SELECT s.ssns FROM staging s
SELECT (s).ssns FROM staging s
SELECT 1 === 1
SELECT 1 OPERATOR(public.===) 1
SELECT id FROM staging ORDER BY id USING OPERATOR(public.===)
SELECT mood_text('calm')
SELECT 'calm'::mood::text
SELECT leak_agg(id) FROM staging
SELECT * FROM pg_stats WHERE tablename = 'patients'
SELECT most_common_vals, histogram_bounds FROM pg_stats WHERE schemaname = 'public'
SELECT most_common_vals::text::text[] FROM pg_catalog.pg_stats
SELECT stavalues1, stavalues2, stavalues3 FROM pg_statistic
SELECT s FROM pg_statistic s ORDER BY starelid, staattnum, stainherit
SELECT array_out(stavalues1) FROM pg_statistic
SELECT anyarray_out(stavalues2) FROM pg_statistic
SELECT * FROM pg_stats_ext
SELECT * FROM pg_stats_ext_exprs
SELECT stxdmcv FROM pg_statistic_ext_data
SELECT m.* FROM pg_statistic_ext_data, pg_mcv_list_items(stxdmcv) m
SELECT query FROM pg_stat_activity
SELECT a FROM pg_stat_activity a
SELECT pg_stat_get_activity(NULL)
SELECT (pg_stat_get_activity(NULL)).query
SELECT pg_stat_get_backend_activity(generate_series(1, 20))
SELECT statement FROM pg_prepared_statements
SELECT pg_prepared_statement()
SELECT statement FROM pg_cursors
SELECT pg_cursor()
SELECT current_query()
SELECT data FROM pg_largeobject
SELECT lo_get(7777)
SELECT loread(lo_open(7777, 262144), 100)
SELECT convert_from(lo_get(7777), 'UTF8')
SELECT pg_read_file('/etc/passwd')
SELECT pg_read_binary_file('base/1/1259')
SELECT pg_ls_dir('.')
SELECT query_to_xml('select * from patients', true, true, '')
SELECT table_to_xml('patients', true, true, '')
SELECT schema_to_xml('public', true, true, '')
SELECT database_to_xml(true, true, '')
SELECT cursor_to_xml('c', 10, true, true, '')
SELECT ts_stat('select to_tsvector(last_name) from public.patients')
SELECT * FROM ts_stat('select to_tsvector(''simple'', last_name) from public.patients')
SELECT ts_rewrite('a'::tsquery, 'select last_name::tsquery, last_name::tsquery from patients')
SELECT * FROM crosstab('select id::text, ssn, last_name from public.patients') AS x(a text, b text)
SELECT * FROM connectby('public.patients', 'ssn', 'last_name', '1', 0) AS t(a text, b text, c int)
SELECT pg_get_viewdef('v_patients'::regclass), pg_get_functiondef('find_ssn'::regproc)
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'patients'::regclass
SELECT pg_relation_size('patients'), pg_column_size(ssn), pg_column_size(p) FROM patients p
SELECT relname, reltuples FROM pg_class WHERE relname LIKE 'pat%'
SELECT txid_current() IS NOT NULL, pg_current_wal_lsn() IS NOT NULL
EXPLAIN SELECT * FROM patients WHERE ssn = '{ssn1}'
EXPLAIN VERBOSE SELECT * FROM patients WHERE mrn = 'x'
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT ssn FROM patients WHERE ssn LIKE '1%'
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM patients WHERE last_name < '{name2}'
EXPLAIN (FORMAT json, VERBOSE, COSTS OFF) SELECT mrn FROM patients
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) UPDATE patients SET score = 1 WHERE ssn = '{ssn1}'
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM mv_patients WHERE ln = upper('{name2}')
COPY patients TO STDOUT
COPY patients TO STDOUT (FORMAT csv, HEADER)
COPY patients TO STDOUT (FORMAT binary)
COPY public.patients (ssn, last_name) TO STDOUT
COPY patients (id) TO STDOUT
COPY (SELECT ssn FROM patients) TO STDOUT
COPY (TABLE patients) TO STDOUT (FORMAT csv, FORCE_QUOTE *)
COPY (SELECT note FROM encounters) TO STDOUT
COPY visits_low TO STDOUT
COPY v_patients TO STDOUT
COPY (UPDATE patients SET score = 1 RETURNING *) TO STDOUT
COPY (WITH d AS (DELETE FROM encounters RETURNING *) SELECT * FROM d) TO STDOUT
COPY patients TO '/tmp/x'
COPY patients TO PROGRAM 'cat'
COPY pg_statistic TO STDOUT
COPY pg_largeobject TO STDOUT
COPY app.patients TO STDOUT DELIMITER '|'
COPY (SELECT notes FROM patients ORDER BY id) TO STDOUT (NULL 'Seen today. SSN {ssn2} and phone {phone2}.')
COPY (SELECT notes FROM patients ORDER BY id) TO STDOUT (FORMAT csv, NULL 'Seen today. SSN {ssn2} and phone {phone2}.')
COPY (SELECT notes, doc FROM patients) TO STDOUT (DELIMITER '-')
COPY (SELECT notes, id FROM patients) TO STDOUT (DELIMITER 'S', NULL 'X')
COPY (SELECT notes FROM patients) TO STDOUT (FORMAT csv, QUOTE '-', ESCAPE '1')
COPY (SELECT notes, doc FROM patients) TO STDOUT (FORMAT csv, DELIMITER 'S', QUOTE 'e', ESCAPE 'a', FORCE_QUOTE *)
UPDATE patients SET score = 11 RETURNING *
UPDATE patients SET score = 11 WHERE id = 1 RETURNING ssn, last_name, patients
UPDATE patients p SET score = 11 RETURNING p, (p).ssn, p::text, row_to_json(p)
UPDATE patients SET score = 1 WHERE ssn = '{ssn1}'
UPDATE patients SET score = length(ssn)
UPDATE patients SET street = ssn RETURNING id
UPDATE patients SET notes = ssn WHERE id = 1
UPDATE patients SET (street, email) = (SELECT ssn, last_name)
UPDATE patients SET score = s.id FROM staging s WHERE s.name = patients.ssn
UPDATE patients SET score = 5 WHERE (SELECT patients.ssn) LIKE '1%'
UPDATE patients SET score = 5 WHERE EXISTS (SELECT FROM staging s WHERE s.name < last_name)
UPDATE patients SET ssn = '{ssn2}' WHERE id = 1
UPDATE patients SET mrn = NULL WHERE id = 1
UPDATE patients SET id = 2 WHERE id = 1
UPDATE patients SET ssn = 'x' WHERE id = 1
UPDATE patients SET last_name = NULL WHERE id = 1
UPDATE patients SET email = upper('{email2}') WHERE id = 1
UPDATE patients SET birth_date = birth_date + 1
UPDATE patients SET ssn = ssn
UPDATE patients SET aliases[1] = last_name
UPDATE patients SET home.street = 'x' RETURNING home
UPDATE v_patients SET score = 3 RETURNING *
UPDATE v_patients SET score = 3 WHERE ssn = '{ssn1}'
UPDATE insurance SET ssn = '{ssn2}' WHERE id = 1
UPDATE visits SET id = 30 WHERE id = 1
UPDATE people SET full_name = upper(full_name) RETURNING *
UPDATE staging SET name = p.ssn FROM patients p WHERE p.id = staging.id RETURNING staging.*
UPDATE staging SET name = (SELECT ssn FROM patients WHERE patients.id = staging.id) RETURNING name
UPDATE staging s SET name = 'x' FROM patients p RETURNING p.*, p, s
DELETE FROM encounters WHERE note LIKE '%x%'
DELETE FROM encounters RETURNING *
DELETE FROM encounters e USING patients p WHERE p.id = e.patient_id RETURNING p.ssn, e.note, p
DELETE FROM patients WHERE ssn = '{ssn1}'
DELETE FROM patients WHERE id = 4 RETURNING last_name, mrn
DELETE FROM patients WHERE id = 1
INSERT INTO patients (id, mrn, last_name) VALUES (9, 'X', 'Y') RETURNING *
INSERT INTO patients (id, mrn, last_name) VALUES (1, 'X', 'Y') ON CONFLICT (id) DO UPDATE SET score = 1 RETURNING *
INSERT INTO patients (id, mrn, last_name) VALUES (1, 'X', 'Y') ON CONFLICT (id) DO UPDATE SET street = patients.ssn RETURNING street
INSERT INTO patients (id, mrn, last_name) VALUES (1, 'X', 'Y') ON CONFLICT (id) DO UPDATE SET score = 1 WHERE patients.ssn LIKE '1%' RETURNING id
INSERT INTO patients (id, mrn, last_name, ssn) VALUES (9, 'X', 'Y', '{ssn1}') ON CONFLICT (ssn) DO NOTHING
INSERT INTO patients (id, mrn, last_name, ssn) VALUES (9, 'X', 'Y', '{ssn1}') ON CONFLICT DO NOTHING
INSERT INTO patients (id, mrn, last_name, ssn) VALUES (9, 'X', 'Y', '{ssn1}')
INSERT INTO patients (id, mrn, last_name) VALUES (9, '{mrn1}', 'Y')
INSERT INTO patients (id, mrn, last_name, email) VALUES (9, 'q', 'Y', upper('{email1}'))
INSERT INTO patients SELECT * FROM patients
INSERT INTO patients (id, mrn, last_name) SELECT id + 100, mrn, last_name FROM patients
INSERT INTO staging SELECT id + 10, ssn FROM patients RETURNING *
INSERT INTO staging (id, name) SELECT id + 10, note FROM encounters RETURNING name
INSERT INTO staging (id, name) SELECT 1, last_name FROM patients
INSERT INTO insurance (id, ssn, member) VALUES (9, '{ssn3}', 'x')
INSERT INTO insurance (id, ssn, member) VALUES (9, 'nobody', 'x')
INSERT INTO visits VALUES (99, '2020-01-01', 'x')
INSERT INTO visits SELECT id + 100, day, guest FROM visits
INSERT INTO staging VALUES (1) RETURNING (SELECT string_agg(ssn, ',') FROM patients)
INSERT INTO lookup SELECT 'k', p::text FROM patients p RETURNING *
MERGE INTO staging s USING patients p ON s.id = p.id WHEN MATCHED THEN UPDATE SET name = p.ssn
MERGE INTO staging s USING patients p ON s.name = p.ssn WHEN NOT MATCHED THEN INSERT (id, name) VALUES (p.id + 50, p.last_name)
MERGE INTO patients p USING staging s ON s.name < p.ssn WHEN MATCHED THEN UPDATE SET score = 1
MERGE INTO patients p USING staging s ON s.id = p.id WHEN MATCHED AND p.ssn LIKE '1%' THEN DELETE
MERGE INTO patients p USING staging s ON s.id = p.id WHEN MATCHED THEN UPDATE SET street = p.ssn
MERGE INTO patients p USING staging s ON s.id = p.id WHEN MATCHED THEN UPDATE SET score = 3 RETURNING p.*, merge_action()
WITH u AS (UPDATE patients SET score = 1 RETURNING *) SELECT * FROM u
WITH d AS (DELETE FROM encounters RETURNING note) SELECT string_agg(note, ',') FROM d
WITH u AS (UPDATE patients SET score = 1 RETURNING old.ssn, new.ssn) SELECT * FROM u
UPDATE patients SET score = 2 RETURNING WITH (OLD AS o, NEW AS n) o, n.ssn, o.*
SELECT ssn INTO TEMP t_into FROM patients
CREATE TEMP TABLE t_ctas AS SELECT * FROM patients
CREATE TABLE public.t_like (LIKE patients INCLUDING ALL)
CREATE TABLE t_inherits () INHERITS (patients)
CREATE TABLE t_fk (s text REFERENCES patients (ssn))
CREATE INDEX ON patients ((1 / (length(ssn) - length(ssn))))
CREATE UNIQUE INDEX ON patients ((left(ssn, 0)))
ALTER TABLE patients ADD CONSTRAINT c CHECK (ssn < '3')
ALTER TABLE patients ALTER ssn TYPE int USING ssn::int
ALTER TABLE patients ADD COLUMN leak text GENERATED ALWAYS AS (ssn) STORED
ALTER TABLE patients RENAME ssn TO innocent
ALTER TABLE patients RENAME TO innocents
ALTER TABLE patients SET SCHEMA app
ALTER VIEW v_patients RENAME TO v_innocent
ALTER TABLE staging INHERIT patients
CREATE VIEW v_mine AS SELECT * FROM patients
CREATE OR REPLACE VIEW v_names AS SELECT 1
CREATE RULE r AS ON SELECT TO staging DO INSTEAD SELECT id, ssn FROM patients
CREATE TRIGGER t AFTER UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION on_patient()
CREATE POLICY p ON patients USING (ssn LIKE '1%')
CREATE STATISTICS st ON ssn, email FROM patients
CREATE PUBLICATION p FOR TABLE patients
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT max(ssn) FROM public.patients'
CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT max(ssn) FROM public.patients; END
CREATE DATABASE copied TEMPLATE leaks
DO $$ BEGIN RAISE NOTICE '%', (SELECT max(ssn) FROM patients); END $$
CALL shout()
COMMENT ON TABLE patients IS 'x'
SECURITY LABEL ON TABLE patients IS 'x'
REINDEX TABLE patients
CLUSTER patients USING patients_pkey
REFRESH MATERIALIZED VIEW mv_patients
REFRESH MATERIALIZED VIEW CONCURRENTLY mv_patients
VACUUM (VERBOSE, ANALYZE) patients
LOCK TABLE patients IN SHARE MODE
NOTIFY audit, 'x'
/* SELECT 1 */ SELECT ssn FROM /* staging */ patients -- staging
SELECT ssn/**/FROM/**/patients
SELECT $$x$$ || ssn FROM patients
SELECT E'\x27' || ssn FROM patients
SELECT 1 AS x$$; SELECT ssn FROM patients; SELECT 2 AS y$$
SELECT 'a'; SELECT ssn FROM patients
BEGIN; SELECT ssn FROM patients; COMMIT
SELECT ssn FROM patients; SELECT 1 / 0
SELECT relname, (SELECT ssn FROM patients LIMIT 1) FROM pg_class LIMIT 1
SELECT table_name, (SELECT max(last_name) FROM patients) FROM information_schema.tables LIMIT 1
SELECT count(*) FILTER (WHERE ssn LIKE '1%') FROM patients
SELECT bool_or(ssn > '5'), every(last_name < 'N'), bit_xor(hashtext(ssn)) FROM patients
SELECT sum(ascii(substr(ssn, 1, 1))), array_agg(ascii(left(last_name, 1))) FROM patients
SELECT ascii(substr(last_name, i, 1)) FROM patients, generate_series(1, 9) i
SELECT regexp_split_to_table(last_name, '') FROM patients
SELECT string_to_table(last_name, NULL) FROM patients
SELECT translate(ssn, '0123456789', 'abcdefghij'), overlay(ssn placing 'x' from 1 for 1), lpad(last_name, 20, '*'), repeat(ssn, 2), split_part(ssn, '-', 1), regexp_replace(ssn, '(.)', '\1 ', 'g'), quote_literal(last_name), ltrim(ssn, '1'), starts_with(ssn, '1'), strpos(ssn, '4') FROM patients
SELECT similarity(last_name, '{name2}') FROM patients
SELECT levenshtein(last_name, '{name2}') FROM patients
SELECT last_name <-> '{name2}' FROM patients
SELECT last_name COLLATE "C" < '{name2}' COLLATE "C" FROM patients
SELECT ssn IS DISTINCT FROM '{ssn1}', ssn BETWEEN '1' AND '5', ssn SIMILAR TO '1%', ssn ~ '^1', ssn ~~ '1%' FROM patients
SELECT nullif(ssn, '{ssn1}'), coalesce(ssn, last_name), greatest(ssn, '5'), least(last_name, 'M') FROM patients
SELECT num_nulls(ssn), pg_typeof(ssn), ssn IS NULL, p IS NULL, p IS NOT NULL FROM patients p
SELECT generate_series(1, length(ssn)) FROM patients
SELECT generate_series(1, account % 5) FROM patients
SELECT id FROM patients LIMIT (SELECT length(min(ssn)) - 9 FROM patients)
SELECT id FROM staging FETCH FIRST (SELECT count(*) FROM patients WHERE ssn LIKE '1%') ROWS ONLY
SELECT random() < 2 AND ssn = '{ssn1}' FROM patients
SELECT jsonb_agg(to_jsonb(p) - 'id') FROM patients p
SELECT jsonb_path_query(to_jsonb(p), '$.ssn') FROM patients p
SELECT json_each_text(to_json(p)) FROM patients p
SELECT (jsonb_each_text(to_jsonb(p))).value FROM patients p
SELECT each(hstore(p)) FROM patients p
SELECT ROW(p.*), ROW(p), ROW(ssn, last_name)::text, (ROW(p.*)).f3 FROM patients p
SELECT ROW(p.*)::patients, (ROW(p.*)::patients).ssn FROM patients p
SELECT x.ssn FROM (SELECT (p).* FROM patients p) x
SELECT x FROM (SELECT p FROM patients p) x
SELECT x.p FROM (SELECT p FROM patients p) x
SELECT (x.p).last_name FROM (SELECT p FROM patients p) x
SELECT a[1] FROM (SELECT array_agg(p) a FROM patients p) x
SELECT (unnest(array_agg(p))).ssn FROM patients p
SELECT u.ssn FROM unnest((SELECT array_agg(p) FROM patients p)) u
SELECT (SELECT p FROM patients p LIMIT 1)
SELECT (SELECT (p).ssn FROM patients p LIMIT 1)
SELECT ((SELECT p FROM patients p LIMIT 1)).ssn
SELECT count(DISTINCT ssn), count(DISTINCT p) FROM patients p
SELECT ssn FROM patients WHERE last_name = ANY (SELECT last_name FROM patients)
SELECT patients FROM patients
SELECT patients.patients FROM patients
SELECT id, (SELECT ssn) FROM patients
SELECT id, (SELECT patients.ssn) FROM patients
SELECT id, (SELECT p FROM (SELECT patients.*) p) FROM patients
SELECT last_name FROM patients WHERE id = $1::int
SELECT m.mood, count(*) FROM (SELECT mood, ssn FROM patients) m GROUP BY m.mood, m.ssn
SELECT mood, json_agg(json_build_object('s', ssn)) FROM patients GROUP BY mood ORDER BY min(ssn)
SELECT * FROM patients p WHERE p::text LIKE '%{name2}%'
SELECT * FROM patients p WHERE p.doc @> '{"ssn": "{ssn1}"}'
SELECT jsonb_exists(doc, 'ssn'), doc ? 'ssn', doc @? '$.ssn', doc - 'ward' FROM patients
SELECT octet_length(ssn), bit_length(last_name), length(notes), char_length(street) FROM patients
SELECT convert(last_name::bytea, 'UTF8', 'LATIN1'), convert_to(last_name, 'EUC_JP') FROM patients
SELECT normalize(last_name), unistr(last_name), to_ascii(last_name) FROM patients
SELECT ssn, birth_date FROM mv_patients WHERE ln LIKE 'B%'
SELECT set_byte(photo, 0, 0), substring(photo from 2 for 3), photo::text, bit_count(photo) FROM patients
SELECT xmlconcat(last_name::xml) FROM patients
SELECT json_scalar(ssn), json(last_name), json_serialize(to_json(p)) FROM patients p
SELECT json_arrayagg(ssn), json_objectagg(id : last_name) FROM patients
SELECT JSON_VALUE(doc, '$.ssn'), JSON_QUERY(doc, '$.name'), JSON_EXISTS(doc, '$.ssn') FROM patients
SELECT any_value(ssn) FROM patients
SELECT string_agg(substr(ssn, i, 1), ' ' ORDER BY i) FROM patients, generate_series(1, 11) i GROUP BY patients.id
SELECT dmetaphone(last_name), soundex(last_name) FROM patients
SELECT * FROM pg_catalog.pg_authid
SELECT rolpassword FROM pg_authid
SELECT * FROM pg_toast.pg_toast_16400
SELECT pg_input_is_valid(ssn, 'int'), pg_input_error_info(last_name, 'int') FROM patients
SELECT to_bin(account), to_oct(account) FROM patients
SELECT crc32(last_name::bytea), reverse(photo) FROM patients
SELECT gist_page_items(get_raw_page('patients', 0), 'patients')
SELECT lag(p) OVER (ORDER BY id), last_value(p.ssn) OVER () FROM patients p
SELECT sum(length(ssn)) OVER (PARTITION BY last_name ORDER BY birth_date RANGE BETWEEN '1 year' PRECEDING AND CURRENT ROW) FROM patients
SELECT body FROM documents
SELECT letter FROM documents
SELECT * FROM documents
SELECT body, letter, id FROM documents ORDER BY id DESC LIMIT 3
SELECT d.letter, d.letter, upper(d.letter) FROM documents d
SELECT body -> 'a', body ->> 'a', json_typeof(body), json_array_length(body) FROM documents
CREATE EXTENSION dblink
CREATE EXTENSION postgres_fdw
CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'leaks')
CREATE FOREIGN TABLE f (ssn text) SERVER loop OPTIONS (table_name 'patients')
IMPORT FOREIGN SCHEMA public FROM SERVER loop INTO app
CREATE SUBSCRIPTION s CONNECTION 'dbname=leaks' PUBLICATION p
CREATE LANGUAGE plperlu
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION on_patient()
CREATE COLLATION public.c FROM "C"
CREATE TYPE public.shell
CREATE TYPE public.io (INPUT = textin, OUTPUT = textout)
CREATE TYPE public.r AS RANGE (SUBTYPE = text, SUBTYPE_DIFF = whisper)
CREATE TEXT SEARCH CONFIGURATION public.t (COPY = simple)
CREATE ACCESS METHOD am TYPE TABLE HANDLER heap_tableam_handler
CREATE TRANSFORM FOR mood LANGUAGE sql (FROM SQL WITH FUNCTION f(internal), TO SQL WITH FUNCTION f(internal))
CREATE CONVERSION public.cv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8
ALTER TABLE staging ADD COLUMN z text DEFAULT find_ssn(1)
ALTER TABLE staging ALTER name TYPE text USING find_ssn(id)
ALTER TABLE staging ADD CONSTRAINT k CHECK (whisper(name) IS NOT NULL)
ALTER TABLE staging ALTER name SET STATISTICS 1000
ALTER FUNCTION public.lower(mood) RENAME TO upper
ALTER OPERATOR public.=== (int, int) SET SCHEMA pg_catalog
ALTER DATABASE leaks SET search_path = app
ALTER ROLE postgres SET search_path = app
ALTER SYSTEM SET log_statement = 'all'
CREATE INDEX ON staging (find_ssn(id))
CREATE INDEX ON staging (id) WHERE whisper(name) IS NULL
CREATE SCHEMA mine CREATE VIEW v AS SELECT ssn FROM public.patients
CREATE RECURSIVE VIEW rv (s) AS SELECT ssn FROM patients
CREATE TEMP VIEW tv AS TABLE patients
CREATE TABLE parted PARTITION OF visits FOR VALUES FROM (50) TO (60)
CREATE SEQUENCE sq OWNED BY patients.id
DROP OWNED BY postgres
REASSIGN OWNED BY postgres TO pg_monitor
GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC
IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z
SELECT pg_catalog.pg_get_ruledef(oid) FROM pg_rewrite
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
SELECT pg_get_constraintdef(oid), pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conrelid = 'patients'::regclass
SELECT pg_get_partkeydef('visits'::regclass), pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'visits_low'
SELECT attmissingval FROM pg_attribute WHERE attrelid = 'patients'::regclass
SELECT obj_description('patients'::regclass), col_description('patients'::regclass, 2)
SELECT * FROM pg_export_snapshot()
SELECT pg_file_read('x', 0, 1)
SELECT dblink('dbname=leaks', 'select ssn from patients')
SELECT * FROM pg_logical_slot_get_changes('s', NULL, NULL)
SELECT pg_create_logical_replication_slot('s', 'test_decoding')
SELECT pg_logical_emit_message(true, 'x', ssn) FROM patients
SELECT brin_page_items(get_raw_page('patients', 0), 'patients')
SELECT pg_stat_get_dead_tuples('patients'::regclass), pg_stat_get_live_tuples('patients'::regclass)
SELECT pg_sleep(0), pg_backend_pid() > 0, ssn FROM patients
SELECT in_hot_standby, ssn FROM patients
SELECT (patients).* FROM patients
SELECT (public.patients).ssn FROM patients
SELECT public.patients FROM public.patients
SELECT p.*, q.* FROM patients p, LATERAL (SELECT p.ssn, p) q
SELECT * FROM (patients p JOIN insurance i ON p.ssn = i.ssn)
SELECT * FROM (patients CROSS JOIN staging) x
SELECT * FROM patients AS p (a, b, c, d)
SELECT c FROM patients AS p (a, b, c, d)
SELECT p.c, p.ssn FROM patients AS p (a, b, c, d)
SELECT id FROM patients AS p (ssn, id)
SELECT mrn FROM (patients p JOIN staging s (id, mrn) USING (id)) j
SELECT j.mrn, j.ssn FROM (patients p JOIN insurance i (id, ssn, x) USING (id, ssn)) j
SELECT count(*) FROM patients p NATURAL JOIN insurance (ssn)
SELECT x FROM patients NATURAL JOIN (SELECT '{ssn1}' AS ssn, 1 AS x) g
SELECT j.notes, j FROM (patients p CROSS JOIN lookup) AS j
SELECT row_to_json(p.*), f.value FROM patients p, json_each(to_json(p.*)) f
UPDATE staging SET name = j.x FROM (patients AS p (id, x) CROSS JOIN lookup) AS j (a, x) WHERE staging.id = 1 RETURNING name
UPDATE patients SET first_name = p.id FROM patients AS p (x, id) WHERE p.x = patients.id RETURNING patients.*
SELECT ssn FROM patients AS ssn
SELECT id FROM patients AS id WHERE id IS NOT NULL
SELECT ssn FROM patients ssn (id, mrn, x)
SELECT id.ssn, id FROM patients id
SELECT last_name FROM patients ORDER BY patients
SELECT max(patients) FROM patients
SELECT 1 FROM patients GROUP BY patients HAVING patients::text LIKE '%1%'
SELECT DISTINCT patients FROM patients
SELECT x.* FROM (VALUES ((SELECT patients FROM patients LIMIT 1))) x
SELECT row_number() OVER (ORDER BY patients) FROM patients
SELECT jsonb_populate_recordset(null::patients, jsonb_agg(p)) FROM patients p
SELECT json_to_recordset(json_agg(p)) FROM patients p
SELECT x.ssn FROM patients p, jsonb_populate_record(NULL::patients, to_jsonb(p)) x
SELECT x.* FROM patients p, json_to_record(to_json(p)) AS x(ssn text, last_name text)
SELECT format('%1$s %1$s', p), format(VARIADIC array_agg(ssn)) FROM patients p GROUP BY p
SELECT concat_ws(',', VARIADIC aliases), num_nonnulls(VARIADIC aliases) FROM patients
SELECT pg_get_serial_sequence(last_name, ssn) FROM patients
SELECT make_date(extract(year from birth_date)::int, extract(month from birth_date)::int, 1), birth_date - interval '1 day', birth_date::text::bytea, isfinite(birth_date), justify_days(age(birth_date)), to_char(birth_date, 'Q WW DDD') FROM patients
SELECT (birth_date, birth_date) OVERLAPS (date '1987-01-01', date '1987-06-01'), birth_date = '{date1}', date_bin('1 day', birth_date::timestamp, '2001-01-01') FROM patients
SELECT tsrange(birth_date, birth_date + 1), daterange(birth_date, NULL), range_agg(daterange(birth_date, birth_date + 1)) FROM patients GROUP BY 1, 2
SELECT inet_merge(ip, '10.0.0.0'), ip <<= '10.20.30.128/25', family(ip), masklen(ip), hostmask(ip), ip::text FROM patients
SELECT point(account, score), box(point(account, 1), point(1, 1)), c_point <-> point(0, 0) FROM patients, typed
SELECT to_tsvector(last_name), to_tsquery('simple', last_name), ts_headline(last_name, to_tsquery('a')), ts_rank(to_tsvector(notes), to_tsquery('SSN')), plainto_tsquery(notes) FROM patients
SELECT uuid_send(c_uuid), int4send(c_int), textsend(c_char), numeric_send(c_num), date_send(c_date), record_send(t), array_send(c_texts) FROM typed t
SELECT int4out(c_int), textout(c_badge), record_out(t), array_out(c_texts), byteaout(c_bytea), date_out(c_date) FROM typed t
SELECT textlike(ssn, '1%'), texteq(ssn, '{ssn1}'), text_gt(last_name, 'M'), bttextcmp(last_name, '{name2}'), date_cmp(birth_date, '{date1}') FROM patients
SELECT ssn ^@ '1', last_name ~<~ 'M', last_name !~~* 'b%', ssn ~ '^[1-3]' FROM patients
SELECT (CASE ssn WHEN '{ssn1}' THEN 'yes' ELSE 'no' END), (SELECT 1 WHERE ssn = '{ssn1}'), ssn IN ('{ssn1}', 'x') FROM patients
SELECT id FROM patients WHERE (ssn, last_name) > ('2', 'B')
SELECT id FROM patients WHERE ssn > ALL (SELECT name FROM staging)
SELECT id FROM patients p WHERE EXISTS (SELECT 1 FROM patients q WHERE q.ssn > p.ssn)
SELECT p.id, count(*) FROM patients p JOIN patients q ON p.ssn >= q.ssn GROUP BY p.id
SELECT id FROM patients ORDER BY length(notes), md5(ssn), birth_date FETCH FIRST 2 ROWS WITH TIES
SELECT percent_rank() OVER (ORDER BY account), cume_dist() OVER (ORDER BY birth_date), nth_value(ssn, 2) OVER (ORDER BY ssn), dense_rank() OVER (ORDER BY initials) FROM patients
SELECT regr_slope(account, id), corr(account, id), covar_pop(account, score), var_pop(account), bit_and(account), bool_and(ssn > '2') FROM patients
SELECT rank('{ssn1}') WITHIN GROUP (ORDER BY ssn), percentile_cont(0.5) WITHIN GROUP (ORDER BY account) FROM patients
WITH RECURSIVE t AS (SELECT id, ssn FROM patients WHERE id = 1 UNION ALL SELECT p.id, p.ssn FROM patients p JOIN t ON p.id = t.id + 1) SEARCH DEPTH FIRST BY ssn SET o CYCLE id SET c USING path SELECT * FROM t
WITH w AS (INSERT INTO staging (id, name) SELECT id + 700, ssn FROM patients RETURNING *) SELECT reverse(name) FROM w
WITH w AS (UPDATE staging SET name = 'q' RETURNING *), p AS (SELECT * FROM patients) SELECT * FROM w, p
WITH patients AS (DELETE FROM patients WHERE id = 4 RETURNING *) SELECT * FROM patients
WITH ins AS (INSERT INTO patients (id, mrn, last_name) VALUES (70, 'n', 'm') RETURNING *) SELECT ins, p.* FROM ins, patients p
SELECT 'low'::grade::json
SELECT to_json('low'::grade), to_jsonb('low'::grade), json_build_array('low'::grade)
SELECT row_to_json(g), jsonb_agg(g) FROM graded g GROUP BY g
SELECT JSON_OBJECT('a': grade) FROM graded
SELECT grade::int, int4(grade) FROM graded
INSERT INTO staging (id) SELECT grade FROM graded RETURNING id
SELECT 'x'::known
SELECT '{x}'::known[], known('x'), ('x'::text).known
SELECT json_populate_record(NULL::knowing, '{"known": "x"}')
SELECT 1 FROM knowing WHERE knowing = '(1,x)'
SELECT * FROM json_to_record('{"a": "x"}') AS j(a known)
INSERT INTO knowing VALUES (1, 'x')
SELECT * FROM v_known
SELECT last_value, log_cnt, is_called FROM numbered_account_seq
SELECT s, s.last_value FROM numbered_serial_number_seq s
TABLE v_last
SELECT sequencename, last_value FROM pg_sequences WHERE sequencename LIKE 'numbered%'
SELECT pg_sequence_last_value('numbered_account_seq')
SELECT relname, pg_sequence_last_value(oid) FROM pg_class WHERE relkind = 'S'
SELECT nextval('numbered_account_seq'), currval('numbered_account_seq')
SELECT nextval(pg_get_serial_sequence('numbered', 'serial_number'))
INSERT INTO numbered (id) VALUES (1) RETURNING *, lastval()
INSERT INTO numbered (id) VALUES (1) RETURNING numbered
INSERT INTO staging (id) VALUES (nextval('numbered_account_seq')) RETURNING id
CREATE TABLE mine (a int DEFAULT nextval('numbered_account_seq'))
SELECT setval('numbered_account_seq', 1, false)
SELECT currval(pg_get_serial_sequence('numbered', 'account'))
UPDATE numbered SET account = DEFAULT RETURNING account, numbered
INSERT INTO numbered VALUES (1, DEFAULT, DEFAULT) RETURNING *
SELECT (ARRAY[1, 2])['low'::grade], (ARRAY[1, 2])['low'::grade:]
DELETE FROM typed RETURNING typed, row_to_json(typed), typed::text
SELECT attname, attmissingval FROM pg_attribute WHERE attrelid = 'added'::regclass
SELECT a::text FROM pg_attribute a WHERE attrelid = 'added'::regclass
SELECT adrelid, adnum, pg_get_expr(adbin, adrelid), adbin::text FROM pg_attrdef
SELECT pg_get_expr(adbin, 'added'::regclass) FROM pg_attrdef
SELECT d::text FROM pg_attrdef d
SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'added'
SELECT a.attname, (SELECT pg_get_expr(d.adbin, d.adrelid, true) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) FROM pg_attribute a WHERE a.attrelid = 'added'::regclass
INSERT INTO beds (bed) VALUES (1)
INSERT INTO beds (bed) VALUES (2)
INSERT INTO beds (bed, rate) VALUES (3, 1) RETURNING bed
INSERT INTO beds (bed) VALUES (4) ON CONFLICT DO NOTHING
UPDATE beds SET rate = {small2} WHERE bed = 1
UPDATE beds SET rate = {small5}
