CREATE TEMP TABLE sample (id integer PRIMARY KEY, label text, amount numeric(10, 2), at timestamptz, raw bytea);
INSERT INTO sample SELECT n, CASE WHEN n % 7 = 0 THEN NULL ELSE 'tab' || chr(9) || 'line' || chr(10) || 'quote" back\slash ' || n END,
  n * 1.25, '2025-03-01 00:00+00'::timestamptz + n * interval '1 minute', decode(lpad(to_hex(n), 8, '0'), 'hex') FROM generate_series(1, 50) n;
COPY sample TO STDOUT;
COPY sample TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *);
COPY (SELECT id, label FROM sample WHERE id < 5 ORDER BY id DESC) TO STDOUT (DELIMITER '|', NULL 'none');
\copy sample to 'sample.bin' (format binary)
\copy sample to 'sample.csv' csv header
\copy (select * from generate_series(1, 20000) n, repeat('x', 200)) to 'large.txt'
\! md5sum sample.bin sample.csv large.txt
CREATE TEMP TABLE again (LIKE sample);
\copy again from 'sample.bin' (format binary)
\copy again from 'sample.csv' csv header
SELECT count(*), sum(amount), count(label), md5(string_agg(encode(raw, 'hex'), ',' ORDER BY id)) FROM again;
CREATE TEMP TABLE large (n integer, x text);
\copy large from 'large.txt'
SELECT count(*), sum(n), max(length(x)) FROM large;
COPY again (id, label) FROM STDIN;
101	one
102	\N
103	three\tfields
\.
SELECT id, label FROM again WHERE id > 100 ORDER BY id;
-- A row that does not fit ends the COPY; the session goes on.
COPY again (id, label) FROM STDIN;
104	four
not a number	five
106	six
\.
SELECT count(*) FROM again WHERE id > 100;
COPY no_such_table FROM STDIN;
SELECT 'still here' AS state;
BEGIN;
COPY again (id) FROM STDIN;
201
x
\.
SELECT 'refused inside the failed transaction';
ROLLBACK;
SELECT 'after rollback' AS state;
COPY (SELECT 1 / (n - 3) FROM generate_series(1, 5) n) TO STDOUT;
SELECT 'after a COPY that failed half way' AS state;
