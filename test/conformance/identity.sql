-- What PostgreSQL's regression files do, in little: psql sends it, and every statement is compared with its rewrite.
CREATE SCHEMA ward;
CREATE TYPE ward.bed_kind AS ENUM ('plain', 'isolated');
CREATE TABLE ward.bed (id int PRIMARY KEY, room text NOT NULL, kind ward.bed_kind DEFAULT 'plain', price numeric(8,2), UNIQUE (room, kind));
CREATE TABLE ward.stay (id int, bed int, guest varchar(30), since date, note jsonb, PRIMARY KEY (id, since)) PARTITION BY RANGE (since);
CREATE TABLE ward.stay_old PARTITION OF ward.stay FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE ward.stay_new PARTITION OF ward.stay FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE TABLE thing (code text, amount float8);
CREATE TABLE machine (voltage int) INHERITS (thing);
CREATE INDEX ON ward.stay (guest);
INSERT INTO ward.bed SELECT i, 'room ' || i % 4, CASE WHEN i % 3 = 0 THEN 'isolated'::ward.bed_kind ELSE 'plain' END, i * 9.5 FROM generate_series(1, 8) i ON CONFLICT DO NOTHING;
INSERT INTO ward.stay (id, bed, guest, since, note) SELECT i, 1 + i % 5, 'guest ' || i, date '2025-10-01' + i * 7, jsonb_build_object('n', i) FROM generate_series(1, 25) i;
COPY thing FROM stdin;
a	1.5
b	\N
\.
COPY machine (code, amount, voltage) FROM stdin WITH (FORMAT csv);
m,2.5,230
"n,o",,110
\.
ANALYZE;

SELECT * FROM ward.bed ORDER BY id;
SELECT * FROM ward.stay;
TABLE thing;
SELECT * FROM ONLY thing;
SELECT t.*, tableoid::regclass FROM thing t ORDER BY code;
SELECT b.room, count(s.id), max(s.since) FROM ward.bed b LEFT JOIN ward.stay s ON s.bed = b.id GROUP BY b.id ORDER BY b.id;
SELECT id, price, kind, grouping(kind, room), count(*) FROM ward.bed GROUP BY GROUPING SETS ((id, kind), (room, id)) ORDER BY 1, 4;
SELECT kind, room, sum(price) FROM ward.bed GROUP BY ROLLUP (kind, room) ORDER BY 1, 2;
SELECT room, rank() OVER w, lag(price) OVER w FROM ward.bed WINDOW w AS (PARTITION BY kind ORDER BY price DESC) ORDER BY id;
SELECT DISTINCT ON (bed) bed, guest FROM ward.stay ORDER BY bed, since DESC;
SELECT s FROM ward.stay s WHERE s.id < 4 ORDER BY id;
SELECT row_to_json(b), (b).kind, b IS NULL FROM ward.bed b ORDER BY id;
SELECT guest FROM ward.stay WHERE bed IN (SELECT id FROM ward.bed WHERE kind = 'isolated') ORDER BY guest;
SELECT b.id, x.guest FROM ward.bed b, LATERAL (SELECT guest FROM ward.stay WHERE bed = b.id ORDER BY since LIMIT 2) x ORDER BY 1, 2;
SELECT * FROM ward.bed NATURAL JOIN (VALUES (1), (2)) v(id) ORDER BY id;
SELECT * FROM ward.bed JOIN ward.stay USING (id) ORDER BY id;
SELECT room FROM ward.bed UNION SELECT guest FROM ward.stay WHERE id < 3 ORDER BY 1;
SELECT id FROM ward.bed EXCEPT ALL SELECT bed FROM ward.stay ORDER BY 1;
WITH RECURSIVE up(n) AS (SELECT min(id) FROM ward.bed UNION ALL SELECT b.id FROM up, ward.bed b WHERE b.id = n + 1) SELECT * FROM up;
WITH bed AS (SELECT * FROM ward.bed) SELECT count(*), sum(price) FROM bed;
SELECT note -> 'n', note ->> 'n', jsonb_path_query_first(note, '$.n') FROM ward.stay WHERE note @> '{"n": 3}';
SELECT ctid, guest FROM ward.stay_new WHERE ctid < '(0,3)';
SELECT count(*) FROM ward.stay TABLESAMPLE bernoulli (100);
SELECT 1 FROM ward.bed FETCH FIRST 2 ROWS ONLY;
SELECT id FROM ward.bed WHERE id = 2 FOR UPDATE;

-- Errors are the same too.
SELECT price / 0 FROM ward.bed;
SELECT nothing FROM ward.bed;
SELECT room::int FROM ward.bed;
INSERT INTO ward.bed VALUES (1, 'twice');
SELECT id, room, count(*) FROM ward.stay;

-- Held statements and cursors.
PREPARE by_room(text) AS SELECT id, price FROM ward.bed WHERE room = $1 ORDER BY id;
EXECUTE by_room('room 1');
EXPLAIN (COSTS OFF) EXECUTE by_room('room 2');
DEALLOCATE by_room;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, guest FROM ward.stay ORDER BY id;
FETCH 3 FROM c;
MOVE FORWARD 2 IN c;
FETCH BACKWARD 2 FROM c;
CLOSE c;
DECLARE held CURSOR WITH HOLD FOR SELECT room FROM ward.bed ORDER BY id DESC;
COMMIT;
FETCH ALL FROM held;
CLOSE held;
SELECT id, room, price FROM ward.bed WHERE id = 3 \gset bed_
SELECT :'bed_room' AS room, count(*) FROM ward.stay WHERE bed = :bed_id;
SELECT guest, since, note FROM ward.stay \gdesc
SELECT id FROM ward.bed ORDER BY id \; SELECT guest FROM ward.stay WHERE id = 1;

-- COPY out, of tables and queries.
COPY ward.bed TO stdout;
COPY ward.bed (room, price) TO stdout WITH (FORMAT csv, HEADER, FORCE_QUOTE (room));
COPY (SELECT guest, bed FROM ward.stay ORDER BY id) TO stdout;
COPY ward.stay_old (guest) TO stdout;

-- Writes with what they return, in a transaction that is taken back.
BEGIN;
INSERT INTO ward.bed (id, room) VALUES (20, 'new') RETURNING *;
UPDATE ward.bed SET price = 1 WHERE id = 20 RETURNING bed.*, upper(room);
DELETE FROM ward.stay s USING ward.bed b WHERE b.id = s.bed AND b.id = 2 RETURNING s.guest, b.room;
INSERT INTO ward.bed (id, room) VALUES (20, 'again') ON CONFLICT (id) DO UPDATE SET price = 2 RETURNING id, price;
MERGE INTO thing t USING ward.bed b ON t.code = b.room WHEN NOT MATCHED THEN INSERT VALUES (b.room, b.price);
WITH gone AS (DELETE FROM thing RETURNING code) SELECT * FROM gone ORDER BY code;
SAVEPOINT before;
SELECT missing FROM thing;
ROLLBACK TO before;
SELECT count(*) FROM thing;
ROLLBACK;

-- Names: search paths, temporary tables that shadow, views, tables that only this transaction has.
SET search_path = ward, public;
SELECT room FROM bed ORDER BY id;
CREATE TEMP TABLE bed AS SELECT 99 AS id, 'shadow' AS room;
SELECT * FROM bed;
SELECT * FROM ward.bed ORDER BY id LIMIT 1;
DROP TABLE pg_temp.bed;
CREATE VIEW full_bed AS SELECT b.id, s.guest FROM bed b JOIN stay s ON s.bed = b.id;
SELECT * FROM full_bed ORDER BY id, guest LIMIT 5;
CREATE MATERIALIZED VIEW rooms AS SELECT DISTINCT room FROM bed;
SELECT * FROM rooms ORDER BY 1;
BEGIN;
CREATE TABLE passing (a int, b text);
INSERT INTO passing SELECT id, room FROM bed;
SELECT b, count(*) FROM passing GROUP BY b ORDER BY b;
ALTER TABLE passing RENAME b TO c;
SELECT * FROM passing ORDER BY a;
ROLLBACK;
CREATE TABLE copied AS SELECT guest, since FROM stay WHERE id < 6;
SELECT * FROM copied ORDER BY since;
CREATE FUNCTION pricey(ward.bed) RETURNS boolean LANGUAGE sql AS 'SELECT $1.price > 30';
SELECT id, pricey(bed) FROM bed ORDER BY id;
SELECT id FROM bed WHERE bed.pricey ORDER BY id;
SELECT id, pricey(bed.*), row_to_json(bed.*), ROW(bed.*) FROM bed ORDER BY id;
EXPLAIN (COSTS OFF) SELECT * FROM stay WHERE guest = 'guest 3' AND since < '2026-01-01';
EXPLAIN (COSTS OFF) SELECT b.room FROM bed b JOIN stay s ON s.bed = b.id WHERE b.id = 4;
COPY full_bed TO STDOUT;
COPY rooms TO STDOUT;
CREATE TABLE doubled (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text UNIQUE);
COPY doubled (a, b) TO STDOUT;
SELECT a FROM doubled GROUP BY c;
PREPARE all_beds AS SELECT id, room FROM bed ORDER BY id;
EXECUTE all_beds;
CREATE SCHEMA annexe;
CREATE TABLE annexe.bed AS SELECT 50 + id AS id, room FROM bed;
SET search_path = annexe;
EXECUTE all_beds;
PREPARE all_beds AS SELECT 1;
DEALLOCATE all_beds;
RESET search_path;

-- Who may read some columns only may still read those.
CREATE ROLE clerk;
GRANT USAGE ON SCHEMA ward TO clerk;
GRANT SELECT (id, room) ON ward.bed TO clerk;
SET ROLE clerk;
SELECT room FROM ward.bed WHERE id < 3;
SELECT count(*) FROM ward.bed;
SELECT price FROM ward.bed;
SELECT id, room FROM ward.bed NATURAL JOIN (SELECT 1 AS id) one;
SELECT j.room FROM (ward.bed a JOIN ward.bed b (id, x, y) USING (id)) j WHERE id < 3 ORDER BY 1;
SELECT room, r FROM ward.bed a JOIN ward.bed b (id, r) USING (id) WHERE id < 3 ORDER BY id;
RESET ROLE;
