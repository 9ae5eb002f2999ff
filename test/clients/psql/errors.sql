\set VERBOSITY verbose
SELEC 1;
SELECT 1 FROM;
SELECT no_such_column FROM patients;
SELECT 1 / 0;
SELECT 'é' || no_such_function('日本');
INSERT INTO departments VALUES ('CARD', 'again', 1);
INSERT INTO departments VALUES (NULL, NULL, NULL);
INSERT INTO claims (id, patient_id, encounter_id, payer, amount_cents, status, submitted_at) VALUES (0, 1, 1, 'x', -5, 'paid', '2025-01-01');
INSERT INTO encounters (id, patient_id, started_at, department, reason, provider) VALUES (0, -1, '2025-01-01', 'NONE', 'x', 'y');
\errverbose
\set VERBOSITY default
SELECT 1 AS one \; SELECT 2 AS two \; SELECT 1 / 0 \; SELECT 3 AS never;
BEGIN;
SELECT 1 / 0;
SELECT 1;
SAVEPOINT a;
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT no_such_column;
ROLLBACK TO a;
SELECT 'usable' AS state;
COMMIT;
DO $$ BEGIN RAISE NOTICE 'a notice with % value', 1; RAISE WARNING 'a warning' USING DETAIL = 'its detail', HINT = 'its hint'; RAISE INFO 'for your information'; END $$;
DO $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = 'P9999', DETAIL = 'd', HINT = 'h', COLUMN = 'c', TABLE = 't', SCHEMA = 's', DATATYPE = 'y', CONSTRAINT = 'k'; END $$;
\errverbose
SET client_min_messages = debug1;
SELECT 1 AS with_debug;
RESET client_min_messages;
;
-- nothing but a comment

SELECT 'ends' AS state;
