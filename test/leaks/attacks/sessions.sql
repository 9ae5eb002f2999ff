-- A session for each block, one text a line, sent by the simple protocol unless a line begins with a form in brackets.

-- a temporary table in front of a classified one, and away again
CREATE TEMP TABLE patients (id int, ssn text)
SELECT ssn FROM patients
DROP TABLE pg_temp.patients
SELECT ssn FROM patients
SELECT * FROM patients

-- search_path to and fro
SET search_path = app, public
SELECT * FROM patients
SET search_path = public
SELECT * FROM patients
BEGIN
SET LOCAL search_path = app
SELECT * FROM patients
ROLLBACK
SELECT * FROM patients
SELECT set_config('search_path', 'app', false)
SELECT * FROM patients
RESET search_path
SELECT * FROM patients
SET search_path = "$user", public, pg_catalog
SELECT upper(ssn) FROM patients
SET search_path = ''
SELECT * FROM patients
SELECT ssn FROM public.patients

-- search path in the same message
SET search_path = app; SELECT * FROM patients
SELECT set_config('search_path', 'public', false); SELECT * FROM patients
RESET ALL; SELECT ssn FROM patients; DISCARD ALL

-- names of settings that a cast cuts short
SELECT set_config('search_path_'::varchar(11), 'app', false)
SELECT upper(label) FROM shelf
RESET search_path
CREATE DOMAIN pg_temp.text AS varchar(11)
SELECT set_config('search_path_'::text, 'app', false)
SELECT upper(label) FROM shelf
SELECT set_config('debug_print_plan_'::varchar(16), 'on', false)
SELECT ssn FROM patients

-- prepared statements
PREPARE a AS SELECT * FROM patients
EXECUTE a
PREPARE b (text) AS SELECT id FROM patients WHERE ssn = $1
EXECUTE b('{ssn1}')
PREPARE c AS SELECT note FROM encounters
EXECUTE c
CREATE TEMP TABLE stolen AS EXECUTE c
SELECT reverse(note) FROM stolen
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE a
EXPLAIN VERBOSE EXECUTE c
SELECT statement FROM pg_prepared_statements
SELECT name, p FROM pg_prepared_statements p
SELECT pg_prepared_statement()
DEALLOCATE ALL

-- a prepared statement of which the tables change
CREATE TEMP TABLE innocent (id int, ssn text)
PREPARE z AS SELECT * FROM innocent
EXECUTE z
DROP TABLE innocent
CREATE TEMP VIEW innocent AS SELECT id, ssn FROM public.patients
EXECUTE z
DROP VIEW innocent
ALTER TABLE patients RENAME TO innocent
EXECUTE z
SELECT * FROM innocent

-- cursors
BEGIN
DECLARE c SCROLL CURSOR FOR SELECT * FROM patients
FETCH 1 FROM c
FETCH ALL FROM c
FETCH BACKWARD 2 FROM c
MOVE FIRST FROM c
SELECT statement FROM pg_cursors
SELECT cursor_to_xml('c', 10, true, true, '')
DECLARE b BINARY CURSOR FOR SELECT ssn, birth_date, account FROM patients
FETCH ALL FROM b
DECLARE h CURSOR WITH HOLD FOR SELECT note, ssn FROM encounters, patients
COMMIT
FETCH ALL FROM h
SELECT statement FROM pg_cursors
CLOSE h

-- positioned writes
BEGIN
DECLARE c CURSOR FOR SELECT * FROM patients FOR UPDATE
FETCH 1 FROM c
UPDATE patients SET score = 7 WHERE CURRENT OF c RETURNING *
DELETE FROM patients WHERE CURRENT OF c RETURNING ssn
ROLLBACK

-- copies of masked data, looked at again
CREATE TEMP TABLE t AS SELECT * FROM patients
SELECT * FROM t
SELECT ssn, upper(last_name), notes FROM t
CREATE TABLE public.t2 AS TABLE encounters
SELECT * FROM public.t2
INSERT INTO public.t2 SELECT * FROM encounters
SELECT note, reverse(note) FROM public.t2
SELECT note INTO TEMP t3 FROM encounters
SELECT reverse(note) FROM t3
DROP TABLE public.t2

-- views of a masked principal
CREATE VIEW public.mine AS SELECT * FROM patients
SELECT * FROM public.mine
SELECT pg_get_viewdef('public.mine'::regclass)
CREATE VIEW public.mine2 AS SELECT m.*, m AS whole FROM public.mine m
SELECT * FROM public.mine2
CREATE TEMP VIEW mine3 AS SELECT note FROM encounters
SELECT * FROM mine3
SELECT definition FROM pg_views WHERE viewname LIKE 'mine%'
CREATE MATERIALIZED VIEW public.mine4 AS SELECT * FROM patients
SELECT * FROM public.mine4
SELECT * FROM pg_stats WHERE tablename = 'mine4'
DROP VIEW public.mine2
DROP VIEW public.mine
DROP MATERIALIZED VIEW public.mine4

-- a view that is put in the place of another
CREATE TABLE public.decoy (id int, label text)
SELECT * FROM public.decoy
DROP TABLE public.decoy
CREATE VIEW public.decoy AS SELECT id, last_name AS label FROM patients
SELECT * FROM public.decoy
DROP VIEW public.decoy

-- inheriting
CREATE TABLE public.parent (id int, ssn text)
ALTER TABLE patients INHERIT public.parent
ALTER TABLE app.patients INHERIT public.parent
SELECT * FROM public.parent
CREATE TABLE public.kid () INHERITS (patients)
SELECT * FROM public.kid
DROP TABLE public.parent

-- attaching
CREATE TABLE public.big (id int, day date, guest text) PARTITION BY RANGE (id)
ALTER TABLE public.visits DETACH PARTITION public.visits_low
ALTER TABLE public.big ATTACH PARTITION public.visits_low FOR VALUES FROM (0) TO (10)
SELECT * FROM public.big
DROP TABLE public.big

-- renames
ALTER TABLE staging RENAME TO lookup2
SELECT * FROM lookup2
ALTER TABLE patients RENAME COLUMN mood TO ssn2
ALTER TABLE patients RENAME COLUMN ssn TO mood2
SELECT mood2 FROM patients
ALTER SCHEMA app RENAME TO app2
SELECT * FROM app2.patients
ALTER SCHEMA app2 RENAME TO app

-- rules and triggers on one's own tables
CREATE TABLE public.trap (id int, name text)
CREATE RULE "_RETURN" AS ON SELECT TO public.trap DO INSTEAD SELECT id, ssn AS name FROM patients
SELECT * FROM public.trap
CREATE RULE r AS ON INSERT TO public.trap DO ALSO SELECT ssn FROM patients
INSERT INTO public.trap VALUES (1, 'x')
CREATE TRIGGER t BEFORE UPDATE ON public.trap FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
DROP TABLE public.trap

-- defaults and generated columns
CREATE TABLE public.gen (id int, d text DEFAULT find_ssn(1), g text GENERATED ALWAYS AS (upper('x')) STORED)
INSERT INTO public.gen (id) VALUES (1) RETURNING *
CREATE DOMAIN public.dom AS text DEFAULT find_ssn(1)
CREATE DOMAIN public.dom2 AS text CHECK (whisper(VALUE) IS NOT NULL)
SELECT 'x'::public.dom2
CREATE TABLE public.chk (id int CHECK (find_ssn(id) IS NULL))
INSERT INTO public.chk VALUES (1)
DROP TABLE IF EXISTS public.gen, public.chk

-- functions of one's own
CREATE FUNCTION public.f() RETURNS SETOF text LANGUAGE sql AS 'SELECT ssn FROM public.patients'
SELECT * FROM public.f()
CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE sql AS 'SELECT ssn FROM public.patients'
SELECT pg_temp.f()
CREATE OPERATOR public.@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)
SELECT 1 @@@ 1
CREATE CAST (public.mood AS text) WITH FUNCTION public.mood_text(public.mood)
SELECT 'calm'::public.mood::text
CREATE AGGREGATE public.a(text) (SFUNC = textcat, STYPE = text)
SELECT public.a(ssn) FROM patients

-- triggers that were there before: notices, copies, notifications
LISTEN audit
UPDATE patients SET score = 99 WHERE id = 1
UPDATE patients SET score = 98
DELETE FROM patients WHERE id = 4
SELECT * FROM audit_log
SELECT row_data ->> 'ssn', said FROM audit_log
SELECT row_data FROM audit_log
NOTIFY audit, 'SSN {ssn1}'
SELECT 1
UNLISTEN *

-- what the server prints of statements
SET client_min_messages = debug5
SELECT mrn FROM patients
SET debug_print_parse = on
SET debug_print_rewritten = on
SET debug_print_plan = on
SET client_min_messages = log
SELECT mrn, account FROM patients
SELECT set_config('debug_print_plan', 'on', false), set_config('client_min_messages', 'log', false)
SELECT mrn FROM patients
SET log_statement = 'all'
SET log_min_duration_statement = 0
SET log_parser_stats = on
SET log_executor_stats = on
SELECT mrn FROM patients
SET auto_explain.log_min_duration = 0
LOAD 'auto_explain'
SET session_preload_libraries = 'auto_explain'
SET client_min_messages = error
SET trace_sort = on
SELECT mrn FROM patients ORDER BY mrn

-- settings that change what values look like, or what text means
SET standard_conforming_strings = off
SELECT 'a\'; SELECT ssn FROM patients; --'
SET client_encoding = 'SJIS'
SELECT ssn FROM patients
SET NAMES 'LATIN1'
SELECT last_name FROM patients
SET DateStyle = 'German'
SELECT birth_date FROM patients
SET bytea_output = 'escape'
SELECT photo FROM patients
SET xmloption = document
SELECT c_xml FROM typed
SET extra_float_digits = 3
SELECT c_float FROM typed
SET quote_all_identifiers = on
SET row_security = off
SET transform_null_equals = on
SELECT id FROM patients WHERE ssn = NULL
SET array_nulls = off
SET backslash_quote = on
SELECT aliases FROM patients

-- roles
SET ROLE pg_read_all_data
SELECT ssn FROM patients
SET SESSION AUTHORIZATION postgres
SELECT ssn FROM patients
RESET ROLE
RESET SESSION AUTHORIZATION
DISCARD ALL
SELECT ssn FROM patients
CREATE ROLE leaky SUPERUSER LOGIN PASSWORD 'x'
GRANT SELECT ON patients TO leaky
DROP ROLE leaky

-- discarding what the gateway remembers
CREATE TEMP TABLE staging (id int, name text)
DISCARD TEMP
SELECT * FROM staging
CREATE TEMP TABLE visits (x int)
BEGIN
DROP TABLE pg_temp.visits
ROLLBACK
SELECT * FROM visits
BEGIN
CREATE TEMP TABLE people (x int) ON COMMIT DROP
SELECT * FROM people
COMMIT
SELECT * FROM people
SAVEPOINT s

-- savepoints
BEGIN
CREATE TEMP TABLE patients (x int)
SAVEPOINT s
DROP TABLE pg_temp.patients
SELECT * FROM patients
ROLLBACK TO s
SELECT * FROM patients
ROLLBACK
SELECT * FROM patients

-- DDL and query in one text
CREATE TEMP TABLE people AS SELECT 1 AS id; SELECT * FROM people; DROP TABLE people; SELECT * FROM people
DROP TABLE IF EXISTS pg_temp.nothing; SELECT ssn FROM patients
CREATE VIEW pg_temp.w AS SELECT ssn FROM public.patients; SELECT * FROM w
BEGIN; ALTER TABLE patients RENAME TO p2; SELECT * FROM p2; ROLLBACK
BEGIN; ALTER TABLE public.patients SET SCHEMA pg_temp; SELECT * FROM patients; ROLLBACK

-- errors that quote
INSERT INTO patients (id, mrn, last_name, ssn) VALUES (1, 'q', 'z', 'long')
INSERT INTO patients (id, mrn, last_name, ssn) VALUES (50, 'q', 'z', '{ssn1}')
UPDATE patients SET ssn = 'x' WHERE id = 1
UPDATE patients SET last_name = NULL WHERE id = 1
UPDATE patients SET id = NULL WHERE id = 1
UPDATE patients SET phone = repeat('x', 30) WHERE id = 1
DELETE FROM patients WHERE id = 1
UPDATE insurance SET ssn = 'none'
INSERT INTO visits VALUES (500, '2020-01-01', 'x')
UPDATE visits SET id = 500 WHERE id = 1
CREATE UNIQUE INDEX u ON patients ((left(ssn, 0)))
CREATE INDEX i ON patients ((ssn::int))
ALTER TABLE patients ADD CHECK (ssn ~ 'x')
ALTER TABLE patients ALTER last_name TYPE int USING last_name::int
ALTER TABLE patients ADD UNIQUE (mood)
ALTER TABLE insurance ADD FOREIGN KEY (member) REFERENCES patients (mrn)
REFRESH MATERIALIZED VIEW CONCURRENTLY mv_patients
SELECT ssn::int FROM patients
SELECT account::smallint FROM patients
SELECT (last_name || ssn)::varchar(3)::int FROM patients
INSERT INTO staging SELECT id, last_name, last_name::date FROM patients

-- settings that carry values
SELECT set_config('my.ssn', ssn, false) FROM patients WHERE id = 1
SHOW my.ssn
SELECT current_setting('my.ssn')
SELECT set_config('application_name', last_name, false) FROM patients WHERE id = 1
SELECT application_name FROM pg_stat_activity
SHOW ALL
SET application_name = 'x'

-- sequences and locks that carry values
CREATE TEMP SEQUENCE sq
SELECT setval('sq', account) FROM patients
SELECT last_value FROM sq
SELECT currval('sq')
SELECT pg_advisory_lock(account) FROM patients
SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory'
SELECT lo_from_bytea(9999, ssn::bytea) FROM patients WHERE id = 1
SELECT lo_get(9999)

-- sequences by names that a cast cuts short
CREATE SEQUENCE public.numbered_account_seq_
SELECT nextval('numbered_account_seq_'::varchar(20))
SELECT nextval('numbered_account_seq_'::varchar(20)::regclass)
DROP SEQUENCE public.numbered_account_seq_

-- the extended protocol
[extended-binary] SELECT * FROM patients
[extended-binary] SELECT p FROM patients p
[extended-rows] SELECT * FROM patients
[extended-text] EXPLAIN VERBOSE SELECT mrn FROM patients
[extended-binary] COPY patients TO STDOUT
[extended-text] UPDATE patients SET score = 5 RETURNING *
[extended-binary] DECLARE c CURSOR FOR SELECT 1
[extended-text] PREPARE q AS SELECT note FROM encounters
[extended-text] EXECUTE q
[extended-text] CREATE TEMP TABLE tq AS EXECUTE q
[extended-binary] SELECT * FROM tq

-- several results in one text
SELECT note FROM encounters; SELECT ssn FROM patients; SELECT upper(note) FROM encounters
SELECT id FROM staging; SELECT note FROM encounters; SELECT id, notes FROM patients
SELECT 1; SELECT note FROM encounters; SELECT 1 / 0; SELECT note FROM encounters
BEGIN; DECLARE c CURSOR FOR SELECT note FROM encounters; FETCH ALL FROM c; SELECT ssn FROM patients; COMMIT
INSERT INTO staging SELECT 40, note FROM encounters LIMIT 1; SELECT name FROM staging

-- pipelines
[pipelined] SELECT note FROM encounters ;; SELECT ssn FROM patients ;; SELECT id FROM staging
[pipelined] SELECT id FROM staging ;; SELECT * FROM patients ;; SELECT note, note FROM encounters
[pipelined] BEGIN ;; SELECT body FROM documents ;; SELECT letter, id FROM documents
[pipelined] SELECT 1 / 0 ;; SELECT letter FROM documents
[pipelined] CREATE TEMP TABLE patients (id int) ;; SELECT * FROM patients
[pipelined] SET search_path = app ;; SELECT * FROM patients
[pipelined] SELECT * FROM patients ;; RESET search_path
[pipelined] DROP TABLE IF EXISTS pg_temp.patients ;; SELECT * FROM patients

-- protocol names in SQL
[named-statement] SELECT note, ssn FROM encounters, patients
EXECUTE s1
CREATE TEMP TABLE stolen AS EXECUTE s1
SELECT reverse(note) FROM stolen
EXPLAIN (VERBOSE) EXECUTE s1
SELECT statement FROM pg_prepared_statements
DEALLOCATE s1
[named-statement] SELECT mrn FROM patients
EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE s1
BEGIN
[named-portal] SELECT note, ssn FROM encounters, patients
FETCH 2 FROM c1
SELECT cursor_to_xml('c1', 10, true, true, '')
SELECT statement FROM pg_cursors
MOVE FIRST FROM c1
FETCH ALL FROM c1
ROLLBACK

-- the fast path
[function-call] 3458 7777
[function-call] 952 7777
[function-call] 767 7777
[function-call] 2026 
[function-call] 871 x
SELECT 1

-- a search path from the startup
-- startup: search_path=app
SELECT * FROM patients
SELECT ssn FROM public.patients
RESET search_path
SELECT * FROM patients

-- a search path from the startup's options
-- startup: options=-c search_path=app,public --client_min_messages=debug5
SELECT nickname, ssn FROM patients
DISCARD ALL
SELECT * FROM patients

-- settings from the startup that print statements
-- startup: options=-c debug_print_plan=on -cdebug_print_parse=on
-- startup: client_min_messages=log
SELECT mrn, account FROM patients
SELECT set_config('debug_print_rewritten', 'on', false)
SELECT mrn FROM patients WHERE ssn = '{ssn1}'

-- settings from the startup that change how text is read
-- startup: standard_conforming_strings=off
-- startup: client_encoding=SJIS
SELECT 'a\', ssn, '\'' FROM patients
SELECT last_name FROM patients

-- settings by way of pg_settings
UPDATE pg_settings SET setting = 'on' WHERE name = 'debug_print_plan'
UPDATE pg_settings SET setting = 'log' WHERE name = 'client_min_messages'
WITH u AS (UPDATE pg_catalog.pg_settings SET setting = 'debug5' WHERE name = 'client_min_messages' RETURNING 1) SELECT * FROM u
CREATE TEMP VIEW knobs AS SELECT * FROM pg_settings
UPDATE knobs SET setting = 'on' WHERE name = 'debug_print_rewritten'
UPDATE knobs SET setting = 'app' WHERE name = 'search_path'
SELECT ssn, mrn FROM patients
SELECT * FROM patients

-- a write by name, with the rows of a rule
PREPARE q2 AS UPDATE ruled SET v = 'w'
EXECUTE q2
CREATE TEMP TABLE zz AS EXECUTE q2
SELECT * FROM zz
EXPLAIN EXECUTE q2
[extended-rows] EXECUTE q2
SELECT 1

-- rows that the server computes something once for, because they hold the same
BEGIN
SET join_collapse_limit = 1
SET from_collapse_limit = 1
UPDATE public.patients SET zip = '{zip1}' WHERE id = 2
SELECT count(DISTINCT x.r) FROM (generate_series(1, 200) k CROSS JOIN public.patients p) CROSS JOIN LATERAL (SELECT nextval('audit_log_id_seq') AS r FROM generate_series(1, 2000) g WHERE g::text <> p.zip LIMIT 1) x WHERE p.id IN (1, 2)
SELECT count(DISTINCT x.r) FROM (generate_series(1, 200) k CROSS JOIN public.v_patients p) CROSS JOIN LATERAL (SELECT nextval('audit_log_id_seq') AS r FROM generate_series(1, 2000) g WHERE g::text <> p.zip LIMIT 1) x WHERE p.id IN (1, 2)
SELECT count(DISTINCT x.r) FROM (generate_series(1, 200) k CROSS JOIN (SELECT id, left(zip, 2) AS z FROM public.patients) p) CROSS JOIN LATERAL (SELECT nextval('audit_log_id_seq') AS r FROM generate_series(1, 2000) g WHERE g::text <> p.z LIMIT 1) x WHERE p.id IN (1, 2)
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) SELECT 1 FROM (generate_series(1, 200) k CROSS JOIN public.patients p) CROSS JOIN string_to_table(p.zip, NULL) x WHERE p.id IN (1, 2)
CREATE TEMP VIEW zips AS SELECT id, zip FROM public.patients
SELECT count(DISTINCT x.r) FROM (generate_series(1, 200) k CROSS JOIN pg_temp.zips p) CROSS JOIN LATERAL (SELECT nextval('audit_log_id_seq') AS r FROM generate_series(1, 2000) g WHERE g::text <> p.zip LIMIT 1) x WHERE p.id IN (1, 2)
ROLLBACK

-- how many different values there are, as the server estimates it
BEGIN
UPDATE public.patients SET zip = '{zip1}' WHERE id > 1
ANALYZE public.patients
EXPLAIN SELECT DISTINCT zip FROM public.patients
EXPLAIN SELECT zip, count(*) FROM public.v_patients GROUP BY zip
ROLLBACK

-- what an update writes to the log, and to indexes, beside what was there
BEGIN
EXPLAIN (ANALYZE, WAL, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) UPDATE public.patients SET zip = '{zip1}' WHERE id = 1
ROLLBACK
BEGIN
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) UPDATE public.patients SET last_name = '{name2}' WHERE id = 1
ROLLBACK
BEGIN
EXPLAIN ANALYZE UPDATE public.patients SET last_name = '{name2}' WHERE id = 1
ROLLBACK
BEGIN
EXPLAIN (ANALYZE, WAL, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) WITH u AS (UPDATE public.patients SET zip = '{zip1}' WHERE id = 1 RETURNING 1) SELECT * FROM u
ROLLBACK
BEGIN
UPDATE public.patients SET last_name = '{name2}' WHERE id = 1
SELECT n_tup_upd, n_tup_hot_upd FROM pg_catalog.U&"pg_stat\005fxact_user_tables" WHERE relname = 'patients'
ROLLBACK

-- what a vacuum says of an update that was rolled back
BEGIN
UPDATE public.patients SET last_name = '{name2}' WHERE id = 1
ROLLBACK
VACUUM (VERBOSE, INDEX_CLEANUP ON) patients
VACUUM (VERBOSE, INDEX_CLEANUP ON) patients, lookup
SELECT 1

-- a type by its name
SELECT pg_input_is_valid('x', 'known')
SELECT pg_input_is_valid('x', 'public.known[]'), pg_input_is_valid('(1,x)', 'knowing')
SELECT * FROM pg_input_error_info('x', 'know' || 'n')
SELECT pg_input_is_valid('x', t) FROM (VALUES ('known')) v (t)
SELECT pg_input_is_valid('12', 'int4'), pg_input_is_valid('x', 'numeric(3,1)')

-- a view compares what is written with hidden values
BEGIN
UPDATE leads SET guess = '{name2}'
SELECT * FROM v_leads
ROLLBACK
BEGIN
INSERT INTO leads SELECT i, chr(i) FROM generate_series(66, 90) i
SELECT * FROM v_leads ORDER BY 1, 2
ROLLBACK
BEGIN
UPDATE beds SET rate = {small2}
SELECT count(*) FROM v_below
ROLLBACK

-- a view compares a setting with hidden values
SET app.asked = 'D'
SELECT * FROM v_asked
SET app.asked = 'H'
SELECT * FROM v_asked
SELECT set_config('app.asked', 'M', false)
SELECT count(*) FROM v_asked
SELECT set_config('app.asked', 'S', false)
EXPLAIN ANALYZE SELECT * FROM v_asked

-- what goes along with a row
BEGIN
DELETE FROM holders WHERE id = 11
SELECT id FROM insurance ORDER BY id
ROLLBACK
BEGIN
MERGE INTO holders h USING staging s ON h.id = s.id + 11 WHEN MATCHED THEN DELETE
SELECT id FROM insurance ORDER BY id
ROLLBACK
BEGIN
WITH d AS (DELETE FROM insurance WHERE id = 11 RETURNING *) SELECT * FROM d
DELETE FROM holders WHERE id = 12
SELECT count(*) FROM insurance
ROLLBACK
