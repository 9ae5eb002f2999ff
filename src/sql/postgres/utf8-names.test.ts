import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from './analyze.ts';
import { buildCatalog, describeTable } from './build-catalog.ts';
import { session } from './hospital.fixture.ts';
import { loadParser } from './parser.ts';

const parser = await loadParser();

/** 62, 63 and 64 bytes; the server keeps 63, in whole characters. */
const EVEN = 'ä'.repeat(31);
const FULL = `a${EVEN}`;
const LONG = 'ä'.repeat(32);

const NAMES = [
  ...['bücher.t', 'other.t', 'Ärzte.Ä', 'ärzte.ä'],
  ...[`public.${EVEN}`, `public.${FULL}`, `${EVEN}.bed`],
];

const CATALOG = buildCatalog({
  serverVersion: 150_018,
  userFunctions: [],
  relations: NAMES.map((qualified, index) => {
    const [schema = '', name = ''] = qualified.split('.');
    return describeTable({ oid: index + 1, schema, name }, ['id', 'größe']);
  }),
});

/** What is known of the last statement of a text. */
function lastOf(text: string): readonly [reads: readonly string[], ambiguous: boolean] {
  const names = session({ clientEncoding: 'UTF8', serverEncoding: 'UTF8' });
  const { statements, refusal, syntaxError } = analyze(text, parser, CATALOG, names);
  assert.deepEqual([refusal, syntaxError], [undefined, undefined], text);
  const facts = statements.at(-1)?.operations[0]?.facts;
  assert(facts !== undefined, text);
  return [facts.reads, facts.ambiguous];
}

describe('names beyond ASCII, client and database in UTF-8', () => {
  for (const [text, relation] of [
    ['SELECT id FROM bücher.t', 'bücher.t'],
    ['SELECT id FROM BüCHER.T', 'bücher.t'],
    ['SELECT Größe FROM "Ärzte"."Ä"', 'Ärzte.Ä'],
    ['SELECT id FROM Ärzte.Ä', 'Ärzte.Ä'],
    ['SELECT "größe" AS Ä, id AS "ä" FROM ärzte.ä AS Ä', 'ärzte.ä'],
    ['SELECT Ü.größe FROM "ärzte"."ä" Ü', 'ärzte.ä'],
    ['WITH Ä AS (SELECT größe FROM ärzte.ä) SELECT größe FROM Ä', 'ärzte.ä'],
    ['WITH "Ä" AS (SELECT größe FROM ärzte.ä), ä AS (TABLE Ä) TABLE ä', 'ärzte.ä'],
    ['SELECT id FROM U&"\\00e4rzte".U&"\\00e4"', 'ärzte.ä'],
    [`SELECT 1 AS Ä; SELECT 'Ä'; SELECT id FROM Ärzte.Ä -- Ä`, 'Ärzte.Ä'],
    [`SELECT id FROM public.${EVEN}`, `public.${EVEN}`],
    [`SELECT id FROM public."${FULL}"`, `public.${FULL}`],
    [`SELECT id FROM public.${LONG}`, `public.${EVEN}`],
    [`SELECT id FROM public."${FULL}ä"`, `public.${FULL}`],
    ['BEGIN; SET LOCAL search_path TO bücher; SELECT id FROM t', 'bücher.t'],
    [`SET search_path TO "Ärzte"; SELECT id FROM Ä`, 'Ärzte.Ä'],
    [`SET search_path = 'ärzte'; SELECT id FROM ä`, 'ärzte.ä'],
    [`SELECT set_config('search_path', 'BÜCHER, bücher', true); SELECT id FROM t`, 'bücher.t'],
    [`SELECT set_config('search_path', 'Ärzte', true); SELECT id FROM Ä`, 'Ärzte.Ä'],
    [`SELECT set_config('search_path', '"Ärzte"', true); SELECT id FROM Ä`, 'Ärzte.Ä'],
    [`SET search_path TO '${LONG}', other; SELECT id FROM bed`, `${EVEN}.bed`],
    [`SET LOCAL search_path TO ${LONG}; SELECT id FROM bed`, `${EVEN}.bed`],
    [`SELECT set_config('search_path', '${LONG}', true); SELECT id FROM bed`, `${EVEN}.bed`],
  ] as const) {
    it(`are read as they are: ${text.slice(0, 70)}`, () => {
      assert.deepEqual(lastOf(text), [[relation], false]);
    });
  }

  it('are told from each other as names of statements and cursors', () => {
    const names = session();
    const effectsOf = (text: string): unknown =>
      analyze(text, parser, CATALOG, names).statements[0]?.effects;
    const named = (text: string, effect: object): void =>
      assert.partialDeepStrictEqual(effectsOf(text), effect);
    named('EXECUTE Ä', { executes: 'Ä' });
    named('EXECUTE "ä"', { executes: 'ä' });
    named('PREPARE Ä AS SELECT 1', { prepares: { name: 'Ä' } });
    named('DEALLOCATE Ä', { deallocates: { name: 'Ä' } });
    named('FETCH 1 FROM Ä', { fetches: 'Ä' });
    named('DECLARE Ä CURSOR FOR SELECT 1', { declares: { name: 'Ä' } });
    named(`EXECUTE "${LONG}"`, { executes: EVEN });
  });
});
