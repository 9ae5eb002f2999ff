import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { buildCatalog } from '../../sql/postgres/build-catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import { describeContext } from './describe-context.ts';
import { SessionSettings } from './session-settings.ts';

let parser: SqlParser;

function begin(...requested: readonly (readonly [string, string])[]): SessionSettings {
  const settings = new SessionSettings('t/d', 's-1', new Set());
  settings.noteStart(requested);
  return settings;
}

function set(settings: SessionSettings, text: string, setsRole = false): void {
  settings.history.note(text, { text, setsRole });
}

function describeOf(settings: SessionSettings) {
  const catalog = buildCatalog({ serverVersion: 150000, relations: [], userFunctions: [] });
  return describeContext(settings, { parser, catalog, classification: undefined });
}

describe('what an approval depends on', () => {
  before(async () => {
    parser = await loadParser();
  });

  it('is what was asked for at the start and what was set since, in order', () => {
    const settings = begin(['application_name', 'psql'], ['statement_timeout', "5'0"]);
    settings.learnSearchPath(['clinic', 'public']);
    settings.report('TimeZone', 'Europe/Vienna');
    set(settings, 'SET ROLE doctor', true);
    const context = describeOf(settings);
    assert.deepEqual(context.searchPath, ['clinic', 'public']);
    assert.equal(context.formats['TimeZone'], 'Europe/Vienna');
    assert.deepEqual(
      context.settings.map(({ text }) => text),
      ["SET statement_timeout = '5''0'", 'SET ROLE doctor'],
    );
    assert.deepEqual([context.setsRole, context.isCertain], [true, true]);
  });

  it('does not say for certain what it is not certain of', () => {
    const settings = begin();
    assert.deepEqual(describeOf(settings).settings, []);
    assert.equal(describeOf(settings).searchPath, undefined);
    set(settings, "SET search_path = 'a'");
    settings.history.ready(true, false);
    settings.history.noteUndone();
    assert.equal(describeOf(settings).isCertain, false);
  });

  it("has the values of a program's own settings marked as values, and those of the server not", () => {
    const settings = begin(['app.patient', '4711']);
    set(settings, "SET search_path = 'clinic'");
    set(settings, "SET app.name = 'Ann'; SET work_mem = 64");
    set(settings, "SELECT set_config('app.name', 'Ann', false)");
    const values = describeOf(settings).settings.map(({ text, literals }) =>
      literals.map(({ start, end }) => text.slice(start, end)),
    );
    assert.deepEqual(values, [["'4711'"], [], ["'Ann'", '64'], ["'app.name'", "'Ann'"]]);
  });

  it('keeps the last ones, counts the others, and never forgets that a role was set', () => {
    const settings = begin();
    set(settings, 'SET ROLE doctor', true);
    for (let count = 0; count < 20; count++) set(settings, `SET a.b = '${'x'.repeat(1_000)}'`);
    const context = describeOf(settings);
    assert.equal(context.earlierSettings + context.settings.length, 21);
    assert.ok(context.earlierSettings > 3);
    assert.equal(context.setsRole, true);
    set(settings, `SET a.b = '${'x'.repeat(20_000)}'`);
    assert.equal(describeOf(settings).settings.length, 0);
  });
});
