import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import { unknownAnalysis } from '../../sql/postgres/analyze.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import { loadParser } from '../../sql/postgres/parser.ts';
import type { Analysis } from '../../sql/statement.ts';
import { CatalogCache } from './catalog-cache.ts';
import { PreparedStatements } from './prepared-statements.ts';
import { SessionNames } from './session-names.ts';
import { SessionSettings } from './session-settings.ts';
import { StatementAnalyzer } from './statement-analyzer.ts';

/** Prepared statements, analysed before the settings changed. */
const COUNT = 12;
const parser = await loadParser();

interface Opened {
  readonly held: PreparedStatements;
  readonly analyzer: StatementAnalyzer;
  /** How many were analysed since. */
  readonly countRenewed: () => number;
  /** A text that executes all of them. */
  readonly all: Analysis;
}

async function open(nowMs: () => number): Promise<Opened> {
  const relations = [describeTable({ oid: 1, schema: 'public', name: 'a' }, ['id'])];
  const catalog = buildCatalog({ serverVersion: 150_000, relations, userFunctions: [] });
  const catalogs = new CatalogCache({
    ...{ read: async () => catalog, onError() {}, nowMs: () => 0, ageMaxMs: 1_000 },
  });
  await catalogs.refresh();
  const settings = new SessionSettings('t/d', 's', new Set());
  settings.learnSearchPath(['public']);
  const names = new SessionNames();
  const analyzer = new StatementAnalyzer({
    ...{ settings, names, catalogs, cache: new AnalysisCache(), parser, catalog, nowMs },
    askSearchPath: () => Promise.resolve(settings.learnSearchPath(['public'])),
  });
  const analyze = async (text: string): Promise<Analysis> => {
    for (;;) {
      const analysis = analyzer.analyze(text);
      if (analysis !== undefined) return analysis;
      await analyzer.waiting;
    }
  };
  for (let number = 0; number < COUNT; number++) {
    const text = `SELECT id AS c${number} FROM a`;
    const analysis = await analyze(text);
    names.parse(`s${number}`, { text, textSha256: text, analysis, ...analyzer.lookUpKeys });
  }
  const unread = unknownAnalysis('SELECT', { refusal: 'not read' });
  names.parse('unread', { text: 'SELECT', analysis: unread, ...analyzer.lookUpKeys });
  for (let number = 0; number <= COUNT; number++) names.parseComplete();
  names.sync();
  names.ready(false);
  const executes = Array.from({ length: COUNT }, (_, number) => `EXECUTE s${number}`);
  const all = await analyze(['EXECUTE unread', ...executes].join('; '));
  settings.report('standard_conforming_strings', 'off');
  const unused = undefined as never;
  const held = new PreparedStatements({
    ...{ names, analyzer, masks: undefined, judge: unused, patients: unused },
  });
  const countRenewed = (): number =>
    Array.from({ length: COUNT }, (_, number) => names.findStatement(`s${number}`)).filter(
      (found) =>
        found !== 'unknown' && found.every((one) => one.contextKey === analyzer.contextKey),
    ).length;
  return { held, analyzer, countRenewed, all };
}

describe('PreparedStatements', () => {
  it('analyses what a text executes again, one statement in a turn where each takes long', async () => {
    let nowMs = 0;
    const { held, analyzer, countRenewed, all } = await open(() => (nowMs += 100));
    for (let turn = 1; turn < COUNT; turn++) {
      begin(analyzer);
      assert.equal(held.renewHeld(all), 'later');
      assert.equal(countRenewed(), turn);
      await analyzer.waiting;
    }
    begin(analyzer);
    assert.equal(held.renewHeld(all), undefined);
    assert.equal(countRenewed(), COUNT);
  });

  it('does so at once where it takes no time', async () => {
    const { held, analyzer, countRenewed, all } = await open(() => 0);
    begin(analyzer);
    assert.equal(held.renewHeld(all), undefined);
    assert.equal(countRenewed(), COUNT);
  });

  it('does so for as long as the text itself took, which each turn begins with', async () => {
    let nowMs = 0;
    let stepMs = 0;
    const { held, analyzer, countRenewed, all } = await open(() => (nowMs += stepMs));
    begin(analyzer);
    nowMs += 50;
    stepMs = 10;
    assert.equal(held.renewHeld(all), 'later');
    assert.equal(countRenewed(), 6);
    await analyzer.waiting;
    stepMs = 0;
    begin(analyzer);
    nowMs += 50;
    assert.equal(held.renewHeld(all), undefined);
    assert.equal(countRenewed(), COUNT);
  });
});

/** The message is the first that was read. */
function begin(analyzer: StatementAnalyzer): void {
  analyzer.beginTurn();
  assert.equal(analyzer.othersTurn(), undefined);
}
