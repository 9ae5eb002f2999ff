-- The schema of the leak harness. A kind in two braces is replaced by a value that occurs nowhere else: see canaries.ts.
CREATE SCHEMA app;
CREATE SCHEMA "Odd ""Schema";
CREATE EXTENSION IF NOT EXISTS tablefunc;
CREATE TYPE public.mood AS ENUM ('calm', 'worried', 'sad');
CREATE TYPE public.place AS (street text, town text);
CREATE DOMAIN public.badge AS text CHECK (length(VALUE) > 2);

CREATE TABLE public.patients (
  id int PRIMARY KEY,
  mrn text NOT NULL UNIQUE,
  ssn text UNIQUE CHECK (length(ssn) > 3),
  first_name text,
  last_name text NOT NULL,
  birth_date date,
  email varchar(60),
  phone varchar(20),
  street text,
  zip char(5),
  ip inet,
  account bigint,
  mood public.mood DEFAULT 'calm',
  aliases text[],
  home public.place,
  initials text GENERATED ALWAYS AS (left(first_name, 4) || left(last_name, 4)) STORED,
  notes text,
  doc jsonb,
  photo bytea,
  score int
);
CREATE UNIQUE INDEX patients_email ON public.patients (lower(email));
CREATE INDEX patients_name ON public.patients (upper(last_name), left(ssn, 3));
INSERT INTO public.patients (id, mrn, ssn, first_name, last_name, birth_date, email, phone, street, zip, ip, account, mood, aliases, home, notes, doc, photo, score) VALUES
  (1, '{{mrn}}', '{{ssn}}', '{{name}}', '{{name}}', '{{date}}', '{{email}}', '{{phone}}', '{{street}}', '{{zip}}', '{{ip}}', {{int}}, 'calm', ARRAY['{{name}}', '{{name}}'], ROW('{{street}}', '{{name}}'), 'Seen today. SSN {{ssn}} and phone {{phone}}.', '{"name": {"family": "{{name}}"}, "ssn": "{{ssn}}", "ward": "east"}', '\x{{hex}}', 10),
  (2, '{{mrn}}', '{{ssn}}', '{{name}}', '{{name}}', '{{date}}', '{{email}}', '{{phone}}', '{{street}}', '{{zip}}', '{{ip}}', {{int}}, 'sad', ARRAY['{{name}}'], ROW('{{street}}', '{{name}}'), 'Call {{phone}}, mail {{email}}.', '{"name": {"family": "{{name}}"}, "ssn": "{{ssn}}", "ward": "west"}', '\x{{hex}}', 20),
  (3, '{{mrn}}', '{{ssn}}', '{{name}}', '{{name}}', '{{date}}', '{{email}}', '{{phone}}', '{{street}}', '{{zip}}', '{{ip}}', {{int}}, 'worried', '{}', NULL, NULL, NULL, NULL, 30),
  (4, '{{mrn}}', NULL, NULL, '{{name}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'calm', NULL, NULL, '', '{}', '\x', NULL);

CREATE TABLE public.holders (id int PRIMARY KEY, ssn text UNIQUE);
INSERT INTO public.holders SELECT id, ssn FROM public.patients WHERE ssn IS NOT NULL;
CREATE TABLE public.insurance (
  id int PRIMARY KEY,
  ssn text REFERENCES public.holders (ssn) ON UPDATE CASCADE ON DELETE CASCADE,
  member text NOT NULL,
  plan text
);
INSERT INTO public.insurance SELECT id, ssn, 'M' || id, 'gold' FROM public.holders;

CREATE TABLE public.encounters (
  id int PRIMARY KEY,
  patient_id int REFERENCES public.patients (id),
  at timestamptz,
  ward text,
  note text
);
INSERT INTO public.encounters VALUES
  (1, 1, '{{date}} 10:11:12+00', 'east', 'Wife at {{phone}}, SSN {{ssn}}'),
  (2, 2, '{{date}} 11:12:13+00', 'west', 'MRN on file, SSN {{ssn}}'),
  (3, 3, '{{date}} 12:13:14+00', 'east', NULL);

CREATE TABLE public.visits (id int, day date, guest text) PARTITION BY RANGE (id);
CREATE TABLE public.visits_low PARTITION OF public.visits FOR VALUES FROM (0) TO (10);
CREATE TABLE public.visits_high PARTITION OF public.visits FOR VALUES FROM (10) TO (20);
INSERT INTO public.visits VALUES (1, '{{date}}', '{{name}}'), (2, '{{date}}', '{{name}}'), (11, '{{date}}', '{{name}}');

CREATE TABLE public.people (id int, full_name text);
CREATE TABLE public.employees (badge_number text, wage int) INHERITS (public.people);
INSERT INTO public.people VALUES (1, '{{name}}');
INSERT INTO public.employees VALUES (2, '{{name}}', '{{ssn}}', 100);

-- Only the child is in the data map: who reads the parent reads the child.
CREATE TABLE public.persons (id int, label text);
CREATE TABLE public.celebrities () INHERITS (public.persons);
INSERT INTO public.persons VALUES (1, 'nobody');
INSERT INTO public.celebrities VALUES (2, '{{name}}');

CREATE TABLE public.typed (
  id int PRIMARY KEY,
  c_int int, c_small smallint, c_big bigint, c_num numeric(14, 2), c_float float8, c_ts timestamptz, c_tsn timestamp,
  c_date date, c_uuid uuid, c_inet inet, c_mac macaddr, c_bytea bytea, c_texts text[], c_ints int[], c_range int4range,
  c_days daterange, c_badge public.badge, c_place public.place, c_places public.place[], c_char char(12), c_json json, c_jsonb jsonb,
  c_xml xml, c_bits varbit, c_time time, c_point point, c_tsv tsvector
);
INSERT INTO public.typed VALUES
  (1, {{int}}, {{small}}, {{big}}, {{int}}.25, {{int}}.5, '{{date}} 01:02:03+00', '{{date}} 04:05:06', '{{date}}', '{{uuid}}', '{{ip}}',
   '{{mac}}', '\x{{hex}}', ARRAY['{{name}}', '{{name}}'], ARRAY[{{int}}, {{int}}], '[{{int}},2147483646)', '[{{date}},2031-01-01)', '{{name}}',
   ROW('{{street}}', '{{name}}'), ARRAY[ROW('{{street}}', '{{name}}')::public.place], '{{name}}', '{"a": "{{name}}"}', '{"a": ["{{name}}"]}',
   '<p>{{name}}</p>', B'1010', '01:02:03', '({{int}},{{int}})', to_tsvector('simple', '{{name}}')),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE app.patients (id int PRIMARY KEY, nickname text, ssn text);
INSERT INTO app.patients VALUES (1, '{{name}}', '{{ssn}}');
CREATE TABLE "Odd ""Schema"."Odd Table" ("Key" int, "Name of ""It""" text);
INSERT INTO "Odd ""Schema"."Odd Table" VALUES (1, '{{name}}');
CREATE TABLE public.documents (id int PRIMARY KEY, body json, letter text);
INSERT INTO public.documents VALUES
  (1, '{"a": "{{name}}"}', repeat('long ', 9000) || 'SSN {{ssn}} ' || repeat('tail ', 9000)),
  (2, '{"a": "x", "a": "{{name}}"}', 'SSN:{{ssn}}'),
  (3, '{"\u0061": "{{name}}"}', E'Straße 5, é, \t\nSSN {{ssn}}\n'),
  (4, '{"a": {"b": ["{{name}}", 1e400, null]}}', '{{phone}}/{{ssn}}'),
  (5, '"SSN {{ssn}}"', '({{ssn}})'),
  (6, '{"b": {"a": 1}, "a"  :  "{{name}}"  }', 'mail: {{email}}; fax {{phone}}'),
  (7, '[]', '');
CREATE TABLE public.staging (id int PRIMARY KEY, name text, day date, amount numeric);
INSERT INTO public.staging VALUES (1, 'one', '2020-02-03', 1.5), (2, 'two', '2021-03-04', 2.5), (3, 'three', NULL, NULL);
CREATE TABLE public.lookup (code text PRIMARY KEY, meaning text);
INSERT INTO public.lookup VALUES ('east', 'the old wing'), ('west', 'the new wing');
CREATE TABLE public.audit_log (id serial, row_data jsonb, said text);

CREATE VIEW public.v_patients AS SELECT * FROM public.patients;
CREATE VIEW public.v_names AS SELECT id, last_name || ', ' || first_name AS display, v.ssn FROM public.v_patients v;
CREATE VIEW public.v_rows AS SELECT p AS whole, to_json(p) AS js, p::text AS txt FROM public.patients p;
CREATE VIEW public.v_counts AS SELECT ward, count(*) AS n, max(p.ssn) AS top FROM public.encounters e JOIN public.patients p ON p.id = e.patient_id GROUP BY ward;
CREATE VIEW public.v_union AS SELECT 'x' AS tag, name AS label FROM public.staging UNION ALL SELECT 'p', last_name FROM public.patients;
CREATE VIEW app.v_people (a, b) AS SELECT full_name, id FROM public.people;
CREATE MATERIALIZED VIEW public.mv_patients AS SELECT id, upper(last_name) AS ln, ssn, birth_date, notes FROM public.patients;
CREATE MATERIALIZED VIEW public.mv_deep AS SELECT reverse(ln) AS nl, id FROM public.mv_patients;
CREATE INDEX ON public.mv_patients (ln);

CREATE FUNCTION public.find_ssn(int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT ssn FROM public.patients WHERE id = $1';
CREATE FUNCTION public.all_patients() RETURNS SETOF public.patients LANGUAGE sql STABLE AS 'SELECT * FROM public.patients';
CREATE FUNCTION public.whisper(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'whisper %', (SELECT string_agg(ssn, ',') FROM public.patients); RETURN $1; END $$;
CREATE FUNCTION public.lower(public.mood) RETURNS text LANGUAGE sql AS 'SELECT string_agg(ssn, '','') FROM public.patients';
CREATE FUNCTION public.ssns(public.staging) RETURNS text LANGUAGE sql AS 'SELECT string_agg(ssn, '','') FROM public.patients';
CREATE FUNCTION public.eq_leak(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'leak %', (SELECT max(last_name) FROM public.patients); END $$;
CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = public.eq_leak);
CREATE FUNCTION public.mood_text(public.mood) RETURNS text LANGUAGE sql AS 'SELECT max(ssn) FROM public.patients';
CREATE AGGREGATE public.leak_agg(int) (SFUNC = int4_sum, STYPE = bigint);
CREATE PROCEDURE public.shout() LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', (SELECT max(ssn) FROM public.patients); END $$;
CREATE FUNCTION public.on_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'row % %', OLD.ssn, OLD.last_name;
  INSERT INTO public.audit_log (row_data, said) VALUES (to_jsonb(OLD), OLD.first_name);
  PERFORM pg_notify('audit', 'SSN ' || COALESCE(OLD.ssn, ''));
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER on_patient BEFORE UPDATE OR DELETE ON public.patients FOR EACH ROW EXECUTE FUNCTION public.on_patient();
CREATE STATISTICS public.patients_stats (mcv) ON last_name, zip FROM public.patients;
SELECT lo_from_bytea(7777, '{{name}}');
ANALYZE;

-- Beneath, nothing is analysed: where rows of statistics stand depends on how well the values in them are compressed.
-- Conversions run these, though no statement names them.
CREATE TYPE public.grade AS ENUM ('low', 'high');
CREATE FUNCTION public.grade_json(public.grade) RETURNS json LANGUAGE sql AS 'SELECT to_json(max(last_name)) FROM public.patients';
CREATE CAST (public.grade AS json) WITH FUNCTION public.grade_json(public.grade);
CREATE FUNCTION public.grade_number(public.grade) RETURNS int LANGUAGE sql AS 'SELECT max(account)::int FROM public.patients';
CREATE CAST (public.grade AS int) WITH FUNCTION public.grade_number(public.grade) AS ASSIGNMENT;
CREATE TABLE public.graded (id int, grade public.grade);
INSERT INTO public.graded VALUES (1, 'low');
CREATE FUNCTION public.is_known(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'known: %', (SELECT max(last_name) FROM public.patients); END $$;
CREATE DOMAIN public.known AS text CHECK (public.is_known(VALUE));
CREATE TABLE public.knowing (id int, known public.known);
CREATE VIEW public.v_known AS SELECT id, name::public.known FROM public.staging;
CREATE TABLE public.numbered (id int, account int GENERATED BY DEFAULT AS IDENTITY, serial_number serial);
SELECT setval('public.numbered_account_seq', {{int}}), setval('public.numbered_serial_number_seq', {{int}});
CREATE TABLE public.shelf (id int, label text);
CREATE TABLE app.shelf (id int, label text);
INSERT INTO app.shelf VALUES (1, '{{name}}');
CREATE TABLE public.added (id int);
INSERT INTO public.added VALUES (1);
ALTER TABLE public.added ADD COLUMN nick text DEFAULT '{{name}}', ADD COLUMN dropped text DEFAULT '{{name}}';
ALTER TABLE public.added ALTER COLUMN dropped DROP DEFAULT;
CREATE TABLE public.ruled (id int, v text);
INSERT INTO public.ruled VALUES (1, 'v');
CREATE RULE tells AS ON UPDATE TO public.ruled DO SELECT last_name, notes FROM public.patients;
CREATE VIEW public.v_last AS SELECT last_value FROM public.numbered_account_seq;
-- What the server compares by itself: a new row's default with hidden values, and what is written with what stands beside it.
CREATE TABLE public.beds (bed int, guest text DEFAULT 'Zz', rate int, paid int);
INSERT INTO public.beds VALUES (1, '{{name}}', 1, {{small}}), (2, '{{name}}', 1, {{small}}), (3, '{{name}}', 1, {{small}}), (4, '{{name}}', 1, {{small}});
CREATE UNIQUE INDEX ON public.beds (bed) WHERE guest > 'M';
CREATE INDEX ON public.beds ((1 / (rate - paid)));
-- Views that compare what anybody may write, or set, with hidden values.
CREATE TABLE public.leads (id int PRIMARY KEY, guess text);
INSERT INTO public.leads VALUES (1, 'Aa'), (2, 'Zz');
CREATE VIEW public.v_leads AS SELECT l.id, p.id AS patient FROM public.leads l LEFT JOIN public.patients p ON p.last_name > l.guess;
CREATE VIEW public.v_below AS SELECT bed FROM public.beds WHERE rate < paid;
CREATE VIEW public.v_asked AS SELECT id FROM public.patients WHERE last_name > current_setting('app.asked', true);
-- Which of them refers to which is said by hidden values alone, and is not the same in both worlds.
INSERT INTO public.holders VALUES (11, '{{ssn}}'), (12, '{{ssn}}'), (13, '{{ssn}}'), (14, '{{ssn}}'), (15, '{{ssn}}');
INSERT INTO public.insurance SELECT 10 + row_number() OVER (ORDER BY ssn), ssn, 'M' || id, 'tin' FROM public.holders WHERE id > 10;
