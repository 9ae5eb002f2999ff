-- A third schema for the leak harness: a hospital in several schemas, with the extensions that come with PostgreSQL, domains over domains,
-- rows within rows, ranges, documents, and views that take them apart. See docs/leak-harness.md.
CREATE SCHEMA ext;
CREATE SCHEMA cdm;
CREATE SCHEMA emr;
CREATE SCHEMA "Registry";
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE EXTENSION ltree SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION pgcrypto SCHEMA ext;
CREATE EXTENSION unaccent SCHEMA ext;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE EXTENSION btree_gin SCHEMA ext;
CREATE EXTENSION intarray SCHEMA ext;
CREATE EXTENSION isn SCHEMA ext;
CREATE EXTENSION cube SCHEMA ext;
CREATE EXTENSION seg SCHEMA ext;
CREATE EXTENSION lo SCHEMA ext;
CREATE EXTENSION fuzzystrmatch SCHEMA ext;
CREATE EXTENSION xml2 SCHEMA ext;
CREATE DOMAIN emr.short AS text CHECK (length(VALUE) < 200);
CREATE DOMAIN emr.person_name AS emr.short CHECK (VALUE <> '');
CREATE DOMAIN emr.names AS emr.person_name[];
CREATE DOMAIN emr.born AS date CHECK (VALUE > '1850-01-01');
CREATE DOMAIN emr.cents AS numeric(14,2) CHECK (VALUE >= 0);
CREATE DOMAIN emr.ci AS ext.citext;
CREATE TYPE emr.diagnosis AS ENUM ('hiv', 'cancer', 'cold', 'flu');
CREATE TYPE emr.sex AS ENUM ('f', 'm', 'x');
CREATE TYPE emr.addr AS (line emr.short, town ext.citext, zip char(5), since date);
CREATE TYPE emr.relative AS (called emr.person_name, at emr.addr, phones text[]);
CREATE DOMAIN emr.addr_ok AS emr.addr CHECK (VALUE IS NULL OR (VALUE).line IS NOT NULL);
CREATE TYPE emr.textrange AS RANGE (subtype = text, collation = "C", multirange_type_name = emr.textmulti);
CREATE COLLATION emr.blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);

CREATE TABLE cdm.person (
  person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_value text NOT NULL,
  given emr.person_name, family ext.citext, born emr.born, sex emr.sex,
  year_of_birth int GENERATED ALWAYS AS (extract(year FROM born)::int) STORED,
  location_id int, race text
);
INSERT INTO cdm.person (source_value, given, family, born, sex, location_id, race) VALUES
 ('{{mrn}}', '{{name}}', '{{name}}', '{{date}}', 'f', 1, 'a'), ('{{mrn}}', '{{name}}', '{{name}}', '{{date}}', 'm', 1, 'b'),
 ('{{mrn}}', '{{name}}', '{{name}}', '{{date}}', 'x', 2, 'a'), ('{{mrn}}', NULL, NULL, NULL, NULL, NULL, NULL);
CREATE INDEX ON cdm.person USING gin (source_value ext.gin_trgm_ops);
CREATE INDEX ON cdm.person USING gist (given ext.gist_trgm_ops);
CREATE TABLE cdm.location (location_id int PRIMARY KEY, zip char(5), county text, path ext.ltree, tags ext.hstore, spot point, region ext.cube);
INSERT INTO cdm.location VALUES (1, '{{zip}}', '{{name}}', 'top.{{name}}.ward', 'owner=>{{name}}, k=>v', '({{int}},{{int}})', '({{int}},{{int}})'), (2, '{{zip}}', '{{name}}', 'top.{{name}}', NULL, NULL, NULL);
CREATE TABLE cdm.concept (concept_id int PRIMARY KEY, concept_name text, domain text, standard char);
INSERT INTO cdm.concept VALUES (1, 'Fever', 'Condition', 'S'), (2, 'Cough', 'Condition', 'S'), (3, 'Pulse', 'Measurement', NULL);
CREATE TABLE cdm.visit (visit_id int PRIMARY KEY, person_id bigint REFERENCES cdm.person, during tstzrange, days datemultirange, charge money, paid emr.cents, stay interval, ward text, seq smallint,
  EXCLUDE USING gist (person_id WITH =, during WITH &&));
INSERT INTO cdm.visit VALUES (1, 1, '["{{date}} 10:00+00","2031-01-01")', '{[{{date}},2031-01-01)}', '{{small}}.25', {{int}}.25, '{{small}} days', 'east', 1),
 (2, 2, '["{{date}} 10:00+00","2031-01-01")', '{[{{date}},2031-01-01)}', '{{small}}.25', {{int}}.25, '{{small}} hours', 'west', 2), (3, 3, 'empty', '{}', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE cdm.measurement (measurement_id bigserial PRIMARY KEY, person_id bigint REFERENCES cdm.person ON DELETE CASCADE, concept_id int REFERENCES cdm.concept, at timestamptz, value double precision, unit text, operator text);
INSERT INTO cdm.measurement (person_id, concept_id, at, value, unit) VALUES (1, 3, '{{date}} 10:11:12+00', 71, 'bpm'), (1, 1, '{{date}} 11:11:12+00', 38.5, 'C'), (2, 3, '{{date}} 12:11:12+00', 80, 'bpm');
CREATE TABLE cdm.note (note_id int PRIMARY KEY, person_id bigint REFERENCES cdm.person, kind text, body text, words tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED, lang varchar(5) DEFAULT 'en');
INSERT INTO cdm.note VALUES (1, 1, 'discharge', 'Seen today. SSN {{ssn}} and phone {{phone}}.'), (2, 2, 'triage', 'Mail {{email}}.'), (3, 3, 'triage', NULL);
CREATE INDEX ON cdm.note USING gin (words);

CREATE TABLE emr.patient (
  id int PRIMARY KEY, uuid uuid UNIQUE, names emr.names, home emr.addr, homes emr.addr[], homes_ok emr.addr_ok, kin emr.relative, kins emr.relative[],
  mail emr.ci, nick ext.citext, tags ext.hstore, path ext.ltree, dx emr.diagnosis, dxs emr.diagnosis[], dxmap bit(4), allergies varbit, photo bytea, secret bytea,
  span emr.textrange, spans emr.textmulti, doc jsonb, docs jsonb[], raw json, summary xml, wrote interval, owed money, who name, flags boolean[], ks int[], isbn ext.isbn13,
  names_tsv tsvector, title varchar(12) COLLATE emr.blind, pain smallint, picture ext.lo, ip inet, net cidr, mac macaddr
);
INSERT INTO emr.patient VALUES (1, '{{uuid}}', ARRAY['{{name}}','{{name}}'], ROW('{{street}}','{{name}}','{{zip}}','{{date}}'), ARRAY[ROW('{{street}}','{{name}}','{{zip}}','{{date}}')::emr.addr], ROW('{{street}}','{{name}}','{{zip}}','{{date}}'),
 ROW('{{name}}', ROW('{{street}}','{{name}}','{{zip}}','{{date}}'), ARRAY['{{phone}}']), ARRAY[ROW('{{name}}', ROW('{{street}}','{{name}}','{{zip}}','{{date}}'), ARRAY['{{phone}}'])::emr.relative],
 '{{email}}', '{{name}}', 'ssn=>{{ssn}}, w=>east', 'a.{{name}}.b', 'hiv', ARRAY['hiv','flu']::emr.diagnosis[], B'1010', B'110', '\x{{hex}}', '\x{{hex}}',
 '[A,{{name}}]', '{[A,{{name}}]}', '{"names": [{"family": "{{name}}", "given": ["{{name}}", "{{name}}"]}], "ids": {"x": {"value": "{{ssn}}"}, "y": {"value": "{{ssn}}"}}, "phone": "{{phone}}", "ward": "east", "n": 4}',
 ARRAY['{"names": [{"family": "{{name}}"}]}']::jsonb[], '{"names": [{"family": "{{name}}"}], "ward": "w"}', '<p><n>{{name}}</n></p>', '{{small}} minutes', '{{small}}', '{{name}}', '{t,f}', ARRAY[{{int}},{{int}}], '978-0-393-04002-9', to_tsvector('simple', '{{name}} {{name}}'), '{{name}}', 7, 16500, '{{ip}}', '{{ip}}/32', '{{mac}}'),
 (2, '{{uuid}}', ARRAY['{{name}}'], ROW('{{street}}','{{name}}','{{zip}}','{{date}}'), '{}', NULL, NULL, '{}', '{{email}}', '{{name}}', 'ssn=>{{ssn}}', 'a.{{name}}', 'cold', '{}', B'0101', B'1', '\x{{hex}}', '\x{{hex}}', 'empty', '{}',
 '{"names": [], "ids": {}, "ward": "west", "n": 5}', '{}', '{}', '<p/>', '{{small}} minutes', '{{small}}', '{{name}}', '{}', '{}', NULL, to_tsvector('simple', '{{name}}'), '{{name}}', 3, NULL, '{{ip}}', '{{ip}}/32', '{{mac}}'),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE emr.obs (obs_id int PRIMARY KEY, patient_id int REFERENCES emr.patient ON DELETE SET NULL, concept text, value_text text, value_numeric numeric, value_datetime timestamp, value_coded text, parent int REFERENCES emr.obs, voided boolean NOT NULL DEFAULT false, extra jsonb);
INSERT INTO emr.obs VALUES (1, 1, 'weight', NULL, {{int}}, NULL, 'a', NULL, false, '{"phone": "{{phone}}", "ward": 1}'), (2, 1, 'comment', 'call {{phone}}', NULL, '{{date}} 01:02:03', 'b', 1, false, '{}'), (3, 2, 'comment', 'SSN {{ssn}}', NULL, '{{date}} 03:04:05', 'c', 1, true, NULL);
CREATE TABLE "Registry"."Tumor Cases" ("Case ID" int PRIMARY KEY, "Patient" int REFERENCES emr.patient, "Reporter""s name" text, "Größe" numeric(6,2), "état" text, "Date of Dx" date);
INSERT INTO "Registry"."Tumor Cases" VALUES (1, 1, '{{name}}', 1.5, 'open', '{{date}}'), (2, 2, '{{name}}', 2.5, 'closed', '{{date}}');

CREATE VIEW emr.v_patient AS SELECT id, names[1] AS first, (home).town, (kin).at.zip AS kin_zip, homes[1].line AS line, tags OPERATOR(ext.->) 'ssn' AS tag, doc #>> '{names,0,family}' AS fam, nick FROM emr.patient;
CREATE VIEW emr.v_names AS SELECT p.id, n.ord, n.name FROM emr.patient p, unnest(p.names) WITH ORDINALITY AS n(name, ord);
CREATE VIEW emr.v_kin AS SELECT p.id, k.* FROM emr.patient p CROSS JOIN LATERAL unnest(p.kins) AS k;
CREATE VIEW emr.v_json AS SELECT p.id, j.* FROM emr.patient p, jsonb_to_recordset(p.doc->'names') AS j(family text, given jsonb);
CREATE VIEW emr.v_path AS SELECT id, jsonb_path_query(doc, '$.names[*].family') AS f FROM emr.patient;
CREATE VIEW emr.v_hashed AS SELECT id, encode(ext.digest(nick::text, 'sha256'), 'hex') AS h, ext.crypt(nick::text, 'ab') AS c, ext.soundex(nick::text) AS s, ext.unaccent(nick::text) AS u FROM emr.patient;
CREATE VIEW emr.v_pivot AS SELECT obs_id, concept, value_text, row_number() OVER (PARTITION BY patient_id ORDER BY obs_id) AS rn FROM emr.obs WHERE NOT voided;
CREATE VIEW cdm.v_ages AS SELECT person_id, 2030 - year_of_birth AS age, sex, race FROM cdm.person;
CREATE VIEW cdm.v_person AS TABLE cdm.person;
CREATE VIEW cdm.v_stays AS SELECT v.visit_id, v.ward, lower(v.during) AS since, p.race, v.charge FROM cdm.visit v JOIN cdm.person p USING (person_id);
CREATE VIEW cdm.v_counts AS SELECT race, count(*) AS n, count(family) AS named, min(born) AS eldest FROM cdm.person GROUP BY race;
CREATE MATERIALIZED VIEW cdm.mv_words AS SELECT * FROM ts_stat('SELECT words FROM cdm.note');
CREATE MATERIALIZED VIEW cdm.mv_person AS SELECT person_id, family, given, race FROM cdm.v_person WITH NO DATA;
REFRESH MATERIALIZED VIEW cdm.mv_person;
CREATE STATISTICS cdm.person_stats (ndistinct, dependencies, mcv) ON given, race, (length(source_value)) FROM cdm.person;
CREATE TABLE emr.twin (LIKE emr.patient INCLUDING ALL EXCLUDING INDEXES);
INSERT INTO emr.twin SELECT * FROM emr.patient;
CREATE TABLE emr.typed OF emr.addr;
INSERT INTO emr.typed VALUES ('{{street}}','{{name}}','{{zip}}','{{date}}');
COMMENT ON TABLE emr.patient IS 'who is here';
ANALYZE;
