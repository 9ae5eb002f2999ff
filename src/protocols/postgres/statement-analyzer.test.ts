import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AnalysisCache } from '../../sql/postgres/analysis-cache.ts';
import { buildCatalog, describeTable } from '../../sql/postgres/build-catalog.ts';
import type { Catalog } from '../../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../../sql/postgres/parser.ts';
import type { Analysis } from '../../sql/statement.ts';
import { CatalogCache } from './catalog-cache.ts';
import { SessionNames } from './session-names.ts';
import { SessionSettings } from './session-settings.ts';
import { StatementAnalyzer } from './statement-analyzer.ts';

const AGE_MAX_MS = 1_000;
const parser = await loadParser();

function catalogOf(...names: readonly string[]): Catalog {
  const relations = names.map((name, index) =>
    describeTable({ oid: index + 1, schema: 'public', name }, ['id']),
  );
  return buildCatalog({ serverVersion: 150_000, relations, userFunctions: [] });
}

interface Opened {
  readonly analyzer: StatementAnalyzer;
  readonly settings: SessionSettings;
  readonly names: SessionNames;
  readonly counts: { readings: number; pathsAsked: number };
  /** What the next reading finds. */
  readonly shows: (catalog: Catalog | Error) => void;
  readonly at: (nowMs: number) => void;
}

async function open(reader: SqlParser = parser): Promise<Opened> {
  let nowMs = 0;
  let next: Catalog | Error = catalogOf('a');
  const counts = { readings: 0, pathsAsked: 0 };
  const catalogs = new CatalogCache({
    async read() {
      counts.readings += 1;
      if (next instanceof Error) throw next;
      return next;
    },
    onError() {},
    nowMs: () => nowMs,
    ageMaxMs: AGE_MAX_MS,
  });
  const catalog = await catalogs.refresh();
  const settings = new SessionSettings('t/d', 's', new Set());
  const names = new SessionNames();
  const analyzer = new StatementAnalyzer({
    settings,
    names,
    catalogs,
    cache: new AnalysisCache(),
    parser: reader,
    catalog,
    async askSearchPath() {
      counts.pathsAsked += 1;
      settings.learnSearchPath(['public']);
    },
  });
  return {
    analyzer,
    settings,
    names,
    counts,
    shows(found) {
      next = found;
    },
    at(now) {
      nowMs = now;
    },
  };
}

/** Analyses one message, waiting as often as it has to. */
async function settle(analyzer: StatementAnalyzer, text: string): Promise<Analysis> {
  for (;;) {
    const analysis = analyzer.analyze(text);
    if (analysis !== undefined) {
      analyzer.forgetAttempts();
      return analysis;
    }
    await analyzer.waiting;
  }
}

describe('StatementAnalyzer', () => {
  it('asks for the search path before the first statement, and once', async () => {
    const { analyzer, counts } = await open();
    const { statements } = await settle(analyzer, 'SELECT * FROM a');
    assert.deepEqual(statements[0]?.operations[0]?.facts.relations, ['public.a']);
    assert.equal(statements[0]?.operations[0]?.facts.ambiguous, false);
    await settle(analyzer, 'SELECT * FROM a');
    assert.equal(counts.pathsAsked, 1);
    assert.equal(counts.readings, 1);
  });

  it('asks for the search path again if a new catalog came while it was asked for', async () => {
    let next = catalogOf('a');
    const catalogs = new CatalogCache({
      read: async () => next,
      onError() {},
      nowMs: () => 0,
      ageMaxMs: AGE_MAX_MS,
    });
    const settings = new SessionSettings('t/d', 's', new Set());
    let pathsAsked = 0;
    const analyzer = new StatementAnalyzer({
      settings,
      catalogs,
      parser,
      names: new SessionNames(),
      cache: new AnalysisCache(),
      catalog: await catalogs.refresh(),
      async askSearchPath() {
        pathsAsked += 1;
        settings.learnSearchPath(['public']);
        if (pathsAsked > 2) return;
        next = catalogOf('a', `b${pathsAsked}`);
        await catalogs.refresh();
      },
    });
    const { statements } = await settle(analyzer, 'SELECT * FROM a');
    assert.equal(statements[0]?.operations[0]?.facts.ambiguous, false);
    assert.equal(pathsAsked, 3);
  });

  it('answers at once what it has analysed before', async () => {
    const { analyzer } = await open();
    const first = await settle(analyzer, 'SELECT * FROM a');
    assert.equal(analyzer.analyze('SELECT * FROM a'), first);
  });

  it('does not remember what a parser that others broke could not read', async () => {
    const breakable = await loadParser({ depthMax: Infinity });
    const { analyzer } = await open(breakable);
    await settle(analyzer, 'SELECT 1');
    const breaking = `SELECT ${'1+'.repeat(30_000)}1`;
    analyzer.analyze(breaking);
    analyzer.analyze(`${breaking};`);
    assert.match(analyzer.analyze('SELECT * FROM a')?.refusal ?? '', /being replaced/);
    while (breakable.parse('SELECT 1').kind === 'refused') await delay(5);
    assert.equal(analyzer.analyze('SELECT * FROM a')?.refusal, undefined);
  });

  it('reads the catalog once for a name it does not know', async () => {
    const { analyzer, counts, shows } = await open();
    await settle(analyzer, 'SELECT * FROM a');
    shows(catalogOf('a', 'b'));
    const { unresolved } = await settle(analyzer, 'SELECT * FROM b');
    assert.deepEqual(unresolved, []);
    assert.equal(counts.readings, 2);
  });

  it('goes on with what it knows if the name stays unknown or the catalog cannot be read', async () => {
    const { analyzer, counts, shows } = await open();
    assert.deepEqual((await settle(analyzer, 'SELECT * FROM b')).unresolved, ['b']);
    shows(new Error('away'));
    assert.deepEqual((await settle(analyzer, 'SELECT * FROM b')).unresolved, ['b']);
    assert.equal(counts.readings, 3);
  });

  it('waits for a reading when the catalog is far too old, and no longer than one', async () => {
    const { analyzer, counts, shows, at } = await open();
    await settle(analyzer, 'SELECT * FROM a');
    at(2 * AGE_MAX_MS);
    shows(new Error('away'));
    assert.equal(analyzer.analyze('SELECT * FROM a'), undefined);
    await settle(analyzer, 'SELECT * FROM a');
    assert.equal(counts.readings, 2);
  });

  it('reads the catalog again once its own change is committed', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { analyzer, counts } = await open();
      await settle(analyzer, 'SELECT * FROM a');
      analyzer.expectCatalogChange();
      analyzer.ready(true);
      mock.timers.tick(1_000);
      assert.equal(counts.readings, 1);
      analyzer.ready(false);
      mock.timers.tick(1_000);
      assert.equal(counts.readings, 2);
    } finally {
      mock.timers.reset();
    }
  });

  it('waits for no second reading of what it made itself', async () => {
    const { analyzer, counts, shows } = await open();
    await settle(analyzer, 'SELECT * FROM a');
    analyzer.expectCatalogChange();
    shows(catalogOf('a', 'b'));
    analyzer.ready(false);
    assert.deepEqual((await settle(analyzer, 'SELECT * FROM b')).unresolved, []);
    assert.equal(counts.readings, 2);
  });

  it('has another reading for a name that its own change does not explain, and no third if both fail', async () => {
    const { analyzer, counts, shows } = await open();
    await settle(analyzer, 'SELECT * FROM a');
    analyzer.expectCatalogChange();
    analyzer.ready(false);
    assert.deepEqual((await settle(analyzer, 'SELECT * FROM b')).unresolved, ['b']);
    assert.equal(counts.readings, 3);
    shows(new Error('away'));
    analyzer.expectCatalogChange();
    analyzer.ready(false);
    assert.deepEqual((await settle(analyzer, 'SELECT * FROM b')).unresolved, ['b']);
    assert.equal(counts.readings, 5);
  });

  it('has other keys for other settings and other catalogs', async () => {
    const { analyzer, settings, shows } = await open();
    await settle(analyzer, 'SELECT * FROM a');
    const keys = new Set([analyzer.contextKey]);
    settings.learnSearchPath(['other']);
    keys.add(analyzer.contextKey);
    settings.learnSearchPath(['public']);
    assert.equal(keys.has(analyzer.contextKey), true);
    shows(catalogOf('a', 'b'));
    await settle(analyzer, 'SELECT * FROM b');
    keys.add(analyzer.contextKey);
    assert.equal(keys.size, 3);
  });

  it('takes no name of the protocol in UTF-8 for another, and in other encodings those beyond ASCII', async () => {
    const { analyzer, settings } = await open();
    const long = 'ä'.repeat(31);
    const others = [...['Ä', '患者', '"Ä"', long], `a${long}`];
    const seen = (): readonly boolean[] => others.map((name) => analyzer.mayBeAnotherName(name));
    assert(!seen().includes(true));
    for (const encoding of ['UTF8', 'KOI8R']) settings.report('client_encoding', encoding);
    assert(!seen().includes(false));
    assert.equal(analyzer.mayBeAnotherName('plain'), false);
  });

  it('does not read a new text by settings that what is in flight may undo', async () => {
    for (const [name, value, text] of [
      ['standard_conforming_strings', 'on', "SELECT 'a\\b'"],
      ['client_encoding', 'UTF8', "SELECT 'é'"],
    ] as const) {
      const { analyzer, settings, names } = await open();
      await settle(analyzer, text);
      const isRead = (): boolean => analyzer.analyzeNew(text)?.refusal === undefined;
      names.query([]);
      assert.equal(isRead(), true);
      settings.report(name, value);
      assert.equal(isRead(), false);
      assert.equal(analyzer.analyze(text)?.refusal, undefined, 'the server has read it already');
      assert.equal(analyzer.analyzeNew('SELECT 1')?.refusal, undefined);

      names.ready(true);
      analyzer.ready(true);
      assert.equal(isRead(), true);
      names.query([]);
      assert.equal(isRead(), false);
      names.ready(false);
      analyzer.ready(false);
      await settle(analyzer, text);
      names.query([]);
      assert.equal(isRead(), true, 'the transaction is over');
    }
  });
});
