import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { session } from '../../sql/postgres/hospital.fixture.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import { HOSPITAL_PLAN } from './hospital-plan.fixture.ts';
import { type Rewrite, rewriteText } from './rewrite.ts';

const parser = await loadParser();

function rewrite(text: string): Rewrite {
  return rewriteText(text, { parser, plan: HOSPITAL_PLAN, names: session() });
}

const CALL = `set_config('search_path', 'research', false)`;

describe('rewriteText and set_config() in what is stored', () => {
  it('refuses it, for whoever runs it later would not see that names change their meaning', () => {
    for (const text of [
      `CREATE VIEW w AS SELECT ${CALL}`,
      `CREATE MATERIALIZED VIEW w AS SELECT ${CALL}`,
      `CREATE TABLE w (a text DEFAULT ${CALL})`,
      `CREATE TABLE w (a text CHECK (pg_catalog.${CALL} IS NOT NULL))`,
      `ALTER TABLE w ADD COLUMN a text DEFAULT ${CALL}`,
      `ALTER TABLE w ALTER COLUMN a SET DEFAULT ${CALL}`,
      `CREATE DOMAIN w AS text CHECK (${CALL} IS NOT NULL)`,
      `CREATE DOMAIN w AS text DEFAULT ${CALL}`,
      `ALTER DOMAIN w SET DEFAULT ${CALL}`,
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /set_config\(\) stands in what is stored/, text);
    }
  });

  it('refuses to update pg_settings, whose rule is SET of what the statement does not show', () => {
    const set = `SET setting = 'on' WHERE name = 'debug_print_plan'`;
    for (const text of [
      `UPDATE pg_settings ${set}`,
      `UPDATE pg_catalog.pg_settings AS s ${set} RETURNING s.name`,
      `WITH u AS (UPDATE pg_settings ${set}) SELECT 1`,
      `PREPARE u AS UPDATE pg_settings ${set}`,
      `EXPLAIN ANALYZE UPDATE pg_settings ${set}`,
      `MERGE INTO pg_settings s USING staging t ON t.name = s.name WHEN MATCHED THEN UPDATE SET setting = 'on'`,
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /it would change settings by way of pg_settings/, text);
    }
    const names = session({ searchPaths: undefined });
    const uncertain = { parser, plan: HOSPITAL_PLAN, names };
    assert.equal(rewriteText(`UPDATE pg_settings ${set}`, uncertain).kind, 'refuse');
    assert.equal(rewrite('SELECT name, setting FROM pg_settings').kind, 'run');
  });

  it('refuses views over pg_settings, which could be updated before anybody knows what they are', () => {
    for (const text of [
      'CREATE VIEW w AS SELECT * FROM pg_settings',
      'CREATE TEMP VIEW w AS TABLE pg_settings',
    ]) {
      const result = rewrite(text);
      assert.equal(result.kind, 'refuse', text);
      assert.match(result.reason, /pg_settings/, text);
    }
    assert.equal(rewrite('CREATE TEMP TABLE w AS TABLE pg_settings').kind, 'run');
  });

  it('lets it pass where it runs at once', () => {
    for (const text of [`SELECT ${CALL}`, `CREATE TEMP TABLE w AS SELECT ${CALL}`]) {
      assert.equal(rewrite(text).kind, 'run', text);
    }
  });
});
