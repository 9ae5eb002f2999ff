-- A fourth schema for the leak harness: where rows belong and what is written by writing others. Partitions by columns that are masked and
-- that are not, parents, keys in all their actions, rules, row security, views that write. See docs/leak-harness.md.
CREATE SCHEMA p;
CREATE TABLE p.person (id int GENERATED ALWAYS AS IDENTITY, name text NOT NULL, born date, ssn text, ward text, note text, PRIMARY KEY (id, ward)) PARTITION BY LIST (ward);
CREATE TABLE p.person_e PARTITION OF p.person FOR VALUES IN ('e', 'n');
CREATE TABLE p.person_w PARTITION OF p.person (CHECK (length(name) > 2), UNIQUE (ssn)) FOR VALUES IN ('w');
CREATE TABLE p.person_d (note text, extra int DEFAULT 4, ward text NOT NULL, ssn text, born date, name text NOT NULL, id int NOT NULL);
ALTER TABLE p.person_d DROP COLUMN extra;
ALTER TABLE p.person ATTACH PARTITION p.person_d DEFAULT;
INSERT INTO p.person (name, born, ssn, ward, note) VALUES ('{{name}}', '{{date}}', '{{ssn}}', 'e', 'SSN {{ssn}}'), ('{{name}}', '{{date}}', '{{ssn}}', 'w', 'phone {{phone}}'), ('{{name}}', '{{date}}', '{{ssn}}', 'q', NULL), ('{{name}}', NULL, NULL, 'n', '');
CREATE INDEX person_lower ON p.person (lower(name));
CREATE TABLE p.event (id int, at date NOT NULL, who text, k int) PARTITION BY RANGE (at);
CREATE TABLE p.event_old PARTITION OF p.event FOR VALUES FROM (MINVALUE) TO ('1980-01-01');
CREATE TABLE p.event_new PARTITION OF p.event FOR VALUES FROM ('1980-01-01') TO (MAXVALUE) PARTITION BY HASH (id);
CREATE TABLE p.event_new0 PARTITION OF p.event_new FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p.event_new1 PARTITION OF p.event_new FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO p.event VALUES (1, '{{date}}', '{{name}}', 1), (2, '{{date}}', '{{name}}', 2), (3, '{{date}}', '{{name}}', 1);
CREATE TABLE p.hashed (id int, phone text, v int) PARTITION BY RANGE (v, id);
CREATE TABLE p.hashed_1 PARTITION OF p.hashed FOR VALUES FROM (0, 0) TO (10, MAXVALUE);
CREATE TABLE p.hashed_2 PARTITION OF p.hashed DEFAULT;
INSERT INTO p.hashed VALUES (1, '{{phone}}', 3), (2, '{{phone}}', 30);
-- Inheritance: columns that only some children have, three levels, two parents.
CREATE TABLE p.base (id int PRIMARY KEY, label text DEFAULT 'none', made timestamptz DEFAULT '2020-01-01');
CREATE TABLE p.staff (badge text, label text NOT NULL) INHERITS (p.base);
CREATE TABLE p.doctor (npi text, PRIMARY KEY (id)) INHERITS (p.staff);
CREATE TABLE p.thing (id int, weight int);
CREATE TABLE p.device (serial text) INHERITS (p.base, p.thing);
INSERT INTO p.base VALUES (1, 'plain');
INSERT INTO p.staff (id, label, badge) VALUES (2, '{{name}}', '{{mrn}}');
INSERT INTO p.doctor (id, label, badge, npi) VALUES (3, '{{name}}', '{{mrn}}', '{{int}}');
INSERT INTO p.device (id, label, weight, serial) VALUES (4, 'pump', {{small}}, '{{mrn}}');
-- What is computed from masked columns.
CREATE TABLE p.gen (id int PRIMARY KEY, name text, born date, phone text, qty int, price int,
  short text GENERATED ALWAYS AS (left(name, 3)) STORED, year int GENERATED ALWAYS AS (date_part('year', born)::int) STORED,
  total int GENERATED ALWAYS AS (qty * price) STORED, doc jsonb GENERATED ALWAYS AS (('["' || name || '", ' || qty || ']')::jsonb) STORED, words tsvector GENERATED ALWAYS AS (to_tsvector('simple', name || ' ' || phone)) STORED);
INSERT INTO p.gen (id, name, born, phone, qty, price) VALUES (1, '{{name}}', '{{date}}', '{{phone}}', 2, {{small}}), (2, '{{name}}', '{{date}}', '{{phone}}', 3, {{small}}), (3, NULL, NULL, NULL, NULL, NULL);
CREATE INDEX ON p.gen ((upper(name) || qty));
CREATE INDEX ON p.gen (qty) WHERE name IS NOT NULL;
CREATE EXTENSION btree_gist;
CREATE TABLE p.booking (id int PRIMARY KEY, room int, guest text, during int4range, EXCLUDE USING gist (room WITH =, during WITH &&), EXCLUDE USING gist (guest WITH =, room WITH <>) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO p.booking VALUES (1, 1, '{{name}}', '[1,5)'), (2, 2, '{{name}}', '[1,5)');
-- Keys in all their actions, by masked and plain columns, deferred.
CREATE TABLE p.code (code text PRIMARY KEY, alt int UNIQUE, meaning text);
INSERT INTO p.code VALUES ('{{mrn}}', 1, 'a'), ('{{mrn}}', 2, 'b'), ('{{mrn}}', 3, 'c');
CREATE TABLE p.r_cascade (id int PRIMARY KEY, code text REFERENCES p.code ON UPDATE CASCADE ON DELETE CASCADE, alt int);
CREATE TABLE p.r_null (id int PRIMARY KEY, code text REFERENCES p.code ON UPDATE SET NULL ON DELETE SET NULL, alt int REFERENCES p.code (alt) ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE p.r_restrict (id int PRIMARY KEY, code text DEFAULT 'x' REFERENCES p.code ON DELETE RESTRICT DEFERRABLE, alt int REFERENCES p.code (alt) ON UPDATE CASCADE);
INSERT INTO p.r_cascade SELECT alt, code, alt FROM p.code;
INSERT INTO p.r_null SELECT alt, code, alt FROM p.code WHERE alt < 3;
INSERT INTO p.r_restrict SELECT alt, code, alt FROM p.code WHERE alt = 2;
CREATE TABLE p.tree (id int PRIMARY KEY, parent int REFERENCES p.tree ON DELETE CASCADE, name text, owner text);
INSERT INTO p.tree VALUES (1, NULL, '{{name}}', 'a'), (2, 1, '{{name}}', 'b'), (3, 2, '{{name}}', 'a');
-- Row security, by plain columns.
CREATE TABLE p.secured (id int PRIMARY KEY, owner name, name text);
INSERT INTO p.secured VALUES (1, 'postgres', '{{name}}'), (2, 'other', '{{name}}');
ALTER TABLE p.secured ENABLE ROW LEVEL SECURITY;
ALTER TABLE p.secured FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON p.secured USING (owner = current_user) WITH CHECK (owner = current_user);
-- Views that write, rules, INSTEAD OF.
CREATE VIEW p.v_east AS SELECT id, name, ward FROM p.person WHERE ward = 'e' WITH CHECK OPTION;
CREATE VIEW p.v_east2 AS SELECT id AS n, ward AS w FROM p.v_east WHERE id > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW p.v_plain WITH (security_barrier) AS SELECT id, qty, total FROM p.gen WHERE qty > 0;
CREATE VIEW p.v_tree AS WITH RECURSIVE t AS (SELECT id, parent, name, ARRAY[id] AS path, name AS trail FROM p.tree WHERE parent IS NULL UNION ALL SELECT c.id, c.parent, c.name, path || c.id, trail || '/' || c.name FROM p.tree c JOIN t ON c.parent = t.id) SELECT * FROM t;
CREATE RECURSIVE VIEW p.v_depth (id, d) AS SELECT id, 1 FROM p.tree WHERE parent IS NULL UNION ALL SELECT c.id, d + 1 FROM p.tree c JOIN v_depth t ON c.parent = t.id;
CREATE RECURSIVE VIEW p.v_letters (id, rest, c) AS SELECT id, name, ''::text FROM p.tree UNION ALL SELECT id, substr(rest, 2), left(rest, 1) FROM v_letters WHERE rest <> '';
CREATE MATERIALIZED VIEW p.mv_tree AS SELECT id, trail, path FROM p.v_tree;
CREATE UNIQUE INDEX ON p.mv_tree (id);
CREATE VIEW p.v_mv AS SELECT m.id, left(m.trail, 5) AS t, d.d FROM p.mv_tree m JOIN p.v_depth d USING (id);
CREATE VIEW p.v_lookup AS SELECT c.alt, c.meaning, (SELECT count(*) FROM p.r_cascade r WHERE r.code = c.code) AS n FROM p.code c;
CREATE VIEW p.v_rank AS SELECT id, ward, max(name) OVER () AS top, count(*) FILTER (WHERE born > '1987-06-01') OVER () AS n FROM p.person;
CREATE VIEW p.v_window AS SELECT id, ward, count(*) OVER (PARTITION BY ward) AS n, lag(name) OVER (ORDER BY id) AS before FROM p.person;
CREATE VIEW p.v_set AS SELECT id, ward FROM p.person EXCEPT SELECT id, owner FROM p.tree;
CREATE VIEW p.v_full AS SELECT * FROM p.base FULL JOIN p.thing USING (id);
CREATE VIEW p.v_nat AS SELECT * FROM p.tree NATURAL JOIN (SELECT id, meaning FROM p.code, LATERAL (SELECT alt AS id) i) c;
CREATE VIEW p.v_group AS SELECT ward, GROUPING(ward) AS g, count(DISTINCT name) AS names, array_agg(ssn ORDER BY id) AS ssns FROM p.person GROUP BY ROLLUP (ward);
CREATE VIEW p.v_instead AS SELECT id, name, owner FROM p.tree;
CREATE FUNCTION p.write_tree() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN DELETE FROM p.tree WHERE id = OLD.id; RETURN OLD; END IF;
  RAISE NOTICE 'was % of %', OLD.name, OLD.owner; UPDATE p.tree SET owner = NEW.owner WHERE id = OLD.id; RETURN NEW; END $$;
CREATE TRIGGER write_tree INSTEAD OF INSERT OR UPDATE OR DELETE ON p.v_instead FOR EACH ROW EXECUTE FUNCTION p.write_tree();
CREATE TABLE p.log (id serial, said text, n int);
CREATE RULE log_tree AS ON UPDATE TO p.tree DO ALSO INSERT INTO p.log (said, n) VALUES (OLD.name || ' to ' || NEW.owner, OLD.id);
CREATE VIEW p.v_ruled AS SELECT id, owner FROM p.tree;
CREATE RULE ruled_insert AS ON INSERT TO p.v_ruled DO INSTEAD INSERT INTO p.tree (id, owner) VALUES (NEW.id, NEW.owner) RETURNING id, name;
CREATE RULE ruled_delete AS ON DELETE TO p.v_ruled DO INSTEAD UPDATE p.tree SET owner = 'gone' WHERE id = OLD.id RETURNING tree.id, tree.name;
CREATE TABLE p.closed (id int, name text);
CREATE RULE closed AS ON INSERT TO p.closed WHERE NEW.id < 0 DO INSTEAD NOTHING;
INSERT INTO p.closed VALUES (1, '{{name}}');
CREATE TABLE p.versions (id int, name text, at timestamptz DEFAULT '2021-01-01');
CREATE FUNCTION p.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO p.versions SELECT id, name FROM old_rows; RETURN NULL; END $$;
CREATE TRIGGER keep AFTER UPDATE ON p.gen REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION p.keep();
CREATE CONSTRAINT TRIGGER late AFTER DELETE ON p.gen DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION p.keep();
ALTER TABLE p.gen DISABLE TRIGGER late;
CREATE UNLOGGED TABLE p.scratch (id int PRIMARY KEY, v text, n int);
INSERT INTO p.scratch VALUES (1, 'a', 1), (2, 'b', 2), (3, 'e', 3);
CREATE TABLE p.wide AS SELECT id, v AS "p.person", n AS "select" FROM p.scratch;
