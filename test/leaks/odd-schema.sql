-- A second schema for the leak harness, odd in other ways than canary-schema.sql: the same name in several schemas, names that are
-- keywords or functions or no ASCII, domains with checks, rows as columns, views that take free text and JSON apart, partitions of
-- partitions with columns in another order, several parents, rules. See docs/leak-harness.md.
CREATE SCHEMA app;
CREATE SCHEMA "Kranken Haus";
CREATE SCHEMA lists;
CREATE DOMAIN public.us_ssn AS text NOT NULL CHECK (VALUE ~ '^\d{3}-\d{2}-\d{4}$');
CREATE DOMAIN public.nick AS text CHECK (VALUE <> 'nobody');
CREATE DOMAIN public.nicks AS public.nick[] CHECK (cardinality(VALUE) < 9);
CREATE TYPE public.grade AS ENUM ('low', 'mid', 'high');
CREATE TYPE public.contact AS (phone text, mail varchar(60), tags text[]);
CREATE DOMAIN public.contact_ok AS public.contact CHECK ((VALUE).phone IS NOT NULL);
CREATE TYPE public.name_range AS RANGE (subtype = text);

CREATE TABLE public.things (id int PRIMARY KEY, label text, note text);
INSERT INTO public.things VALUES (1, 'plain', 'n'), (2, 'plainer', 'm');
CREATE TABLE app.things (id int PRIMARY KEY, label text, note text);
INSERT INTO app.things VALUES (1, '{{name}}', 'SSN {{ssn}}'), (2, '{{name}}', 'call {{phone}}');
CREATE TABLE lists.things (id int PRIMARY KEY, label text, note text);
INSERT INTO lists.things VALUES (1, '{{name}}', 'SSN {{ssn}}'), (2, '{{name}}', 'call {{phone}}');

CREATE TABLE "Kranken Haus"."Pat ients" (
  "select" int PRIMARY KEY, "text" text, "count" text, "left" text, "user" text, "current_user" text, "ctid_" text, "p" text,
  "Pat ients" text, "naïve 名前" text, "a.b" text, "x""y" text, "*" text, "order" int
);
INSERT INTO "Kranken Haus"."Pat ients" VALUES (1, '{{name}}', '{{name}}', '{{ssn}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', 1),
 (2, '{{name}}', '{{name}}', '{{ssn}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', '{{name}}', 2);

CREATE TABLE public.odd (
  id int PRIMARY KEY, ssn public.us_ssn, nick public.nick, nicks public.nicks, grade public.grade, contact public.contact, contact2 public.contact_ok,
  names public.name_range, snaps public.contact[], grid text[][], nums numeric(12,2)[], days date[], stamps timestamptz[], span tstzrange, spans datemultirange,
  tags jsonb[], who name, c "char", cash money, bits bit(8), doc xml, path jsonpath, q tsquery, oidv oidvector, x8 xid8, itv interval, tz timetz, seg lseg, ips cidr[], m8 macaddr8, u uuid[]
);
INSERT INTO public.odd VALUES (1, '{{ssn}}', '{{name}}', ARRAY['{{name}}','{{name}}'], 'high', ROW('{{phone}}','{{email}}',ARRAY['{{name}}']), ROW('{{phone}}','{{email}}',ARRAY['{{name}}']),
  '[A,{{name}}]', ARRAY[ROW('{{phone}}','{{email}}',ARRAY['{{name}}'])::public.contact], '[2:3][0:1]={{"{{name}}","{{name}}"},{"{{name}}",NULL}}', ARRAY[{{int}}.25,{{int}}.5], ARRAY['{{date}}'::date,'{{date}}'], ARRAY['{{date}} 10:00+00'::timestamptz],
  '["{{date}} 10:00+00","2031-01-01")', '{[{{date}},2031-01-01)}', ARRAY['{"a":"{{name}}"}'::jsonb], '{{name}}', 'q', 12.5, B'10101010', '<a>{{name}}</a>', '$.{{name}}', '{{name}}', '1 2', '17', '3 days', '10:00+01', '[(1,2),(3,4)]', ARRAY['10.1.2.0/24'::cidr], '08:00:2b:01:02:03:04:05', ARRAY['{{uuid}}'::uuid]);


CREATE TABLE public.notes (id int PRIMARY KEY, ward text, body text, doc jsonb, arr text[]);
INSERT INTO public.notes VALUES (1, 'e', 'Seen. SSN {{ssn}} phone {{phone}}.', '{"ssn": "{{ssn}}", "w": 1, "name": "{{name}}"}', ARRAY['SSN {{ssn}}', 'x']), (2, 'w', 'Mail {{email}} and {{ssn}}', '{"list": ["{{ssn}}", {"ssn": "{{ssn}}"}]}', ARRAY['call {{phone}}']);
CREATE VIEW public.v_snip AS SELECT id, substr(body, 11, 9) AS snip, upper(body) AS up, reverse(body) AS rev, body FROM public.notes;
CREATE VIEW public.v_chars AS SELECT id, regexp_split_to_table(body, '') AS ch FROM public.notes;
CREATE VIEW public.v_json AS SELECT id, doc->>'ssn' AS s, doc->'list' AS l, jsonb_object_keys(doc) AS e, doc FROM public.notes;
CREATE VIEW public.v_lat AS SELECT n.id, k.key, k.value FROM public.notes n, LATERAL jsonb_each_text(n.doc) k;
CREATE VIEW public.v_bits AS SELECT n.id, s.c, s.o FROM public.notes n CROSS JOIN LATERAL string_to_table(n.body, NULL) WITH ORDINALITY AS s(c, o);
CREATE VIEW public.v_case AS SELECT id, CASE WHEN label > 'M' THEN 'hi' ELSE 'lo' END AS half, EXISTS (SELECT FROM app.things t WHERE t.label < x.label) AS ex, (SELECT count(*) FROM app.things t WHERE t.label < x.label) AS n FROM app.things x;
CREATE VIEW public.v_rec AS WITH RECURSIVE r(n, s) AS (SELECT 1, label FROM app.things WHERE id = 1 UNION ALL SELECT n + 1, substr(s, 2) FROM r WHERE length(s) > 1) SELECT n, left(s, 1) AS c, length(s) AS len FROM r;
CREATE VIEW public.v_srf AS SELECT x.* FROM app.things t, ROWS FROM (string_to_table(t.label, NULL), generate_series(1, 3)) WITH ORDINALITY AS x(a, b, c);
CREATE VIEW public.v_join AS SELECT * FROM app.things t JOIN lists.things l USING (label, id, note);
CREATE VIEW public.v_ren (a, b, c) AS SELECT label, note, id FROM app.things;
ALTER VIEW public.v_ren RENAME COLUMN a TO id;
CREATE VIEW public.v_row AS SELECT t AS w, ROW(t.*)::app.things AS r, (t).label AS l FROM app.things t;
CREATE VIEW public.v_vals AS VALUES (1, (SELECT max(label) FROM app.things)), (2, 'x');
CREATE VIEW public.v_xml AS SELECT x.* FROM app.things t, XMLTABLE('/a' PASSING xmlelement(name a, t.label) COLUMNS v text PATH '.') x;
CREATE MATERIALIZED VIEW public.mv_snip AS SELECT id, snip, rev FROM public.v_snip;

CREATE TABLE public.ev (id int, who text, at date, region text) PARTITION BY LIST (region);
CREATE TABLE public.ev_n PARTITION OF public.ev FOR VALUES IN ('n') PARTITION BY HASH (id);
CREATE TABLE public.ev_n0 PARTITION OF public.ev_n FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.ev_n1 PARTITION OF public.ev_n FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE public.ev_s (region text, gone int, at date, who text, id int);
ALTER TABLE public.ev_s DROP COLUMN gone;
ALTER TABLE public.ev ATTACH PARTITION public.ev_s FOR VALUES IN ('s');
CREATE TABLE public.ev_d PARTITION OF public.ev DEFAULT;
INSERT INTO public.ev VALUES (1,'{{name}}','{{date}}','n'),(2,'{{name}}','{{date}}','n'),(3,'{{name}}','{{date}}','s'),(4,'{{name}}','{{date}}','q');
CREATE TABLE public.base_a (id int, nm text);
CREATE TABLE public.base_b (id int, nm text, extra text);
CREATE TABLE public.kid (own text) INHERITS (public.base_a, public.base_b);
INSERT INTO public.kid VALUES (1, '{{name}}', '{{name}}', '{{ssn}}');
CREATE TABLE public.gen (id int, ssn text, l4 text GENERATED ALWAYS AS (left(ssn, 3)) STORED, ln int GENERATED ALWAYS AS (length(ssn) + ascii(ssn)) STORED);
INSERT INTO public.gen VALUES (1, '{{ssn}}'), (2, '{{ssn}}');
CREATE TABLE public.arch (id int, snap app.things, snaps app.things[]);
INSERT INTO public.arch SELECT id, t, ARRAY[t] FROM app.things t;
CREATE TYPE public.wrap AS (t app.things, k int);
CREATE TABLE public.arch2 (id int, w public.wrap);
INSERT INTO public.arch2 SELECT id, ROW(t, 1)::public.wrap FROM app.things t;
CREATE TABLE public.fk (id int, ssn text);
CREATE FUNCTION app.top() RETURNS text LANGUAGE sql STABLE AS 'SELECT max(label) FROM app.things';
CREATE FUNCTION app.top(public.grade) RETURNS text LANGUAGE sql STABLE AS 'SELECT max(label) FROM app.things';
CREATE VIEW app.v_fn AS SELECT app.top() AS t, id FROM public.things;
CREATE VIEW app.v_fn2 AS SELECT x.t FROM ROWS FROM (app.top()) AS x(t);
CREATE FUNCTION app.sfunc(text, text) RETURNS text LANGUAGE sql AS 'SELECT max(label) FROM app.things';
CREATE AGGREGATE app.max(text) (SFUNC = app.sfunc, STYPE = text);
CREATE TABLE public.big (id int, t text);
ALTER TABLE public.big ALTER t SET STORAGE EXTERNAL;
INSERT INTO public.big VALUES (1, repeat('SSN {{ssn}} ', 2000));
CREATE VIEW app."v ü" AS SELECT "naïve 名前" AS "é", "Pat ients" FROM "Kranken Haus"."Pat ients";
-- Rows of a rule come where a write was to send none.
CREATE RULE tells AS ON INSERT TO public.fk DO ALSO SELECT upper(label), note FROM app.things;
ANALYZE;
