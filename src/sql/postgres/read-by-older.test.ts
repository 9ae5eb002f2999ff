import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from './analyze.ts';
import { buildCatalog } from './build-catalog.ts';
import { session } from './hospital.fixture.ts';
import { loadParser } from './parser.ts';

const parser = await loadParser();

/** Words that became the grammar's own in a release, each in a call. */
const WORDS: Readonly<Record<number, readonly string[]>> = {
  160_000: [
    'json_object()',
    "json_object('a', 1)",
    'json_array(1, 2)',
    'json_arrayagg(1)',
    'json_object(1 : 2)',
  ],
  170_000: [
    "json('1')",
    'json_scalar(1)',
    'json_serialize(1)',
    "json_value('{}', '$')",
    "json_query('{}', '$')",
    "json_exists('{}', '$')",
    'merge_action()',
  ],
};

function isOpaque(call: string, serverVersion: number, functionsAllowed: readonly string[]) {
  const name = call.slice(0, call.indexOf('('));
  const catalog = buildCatalog({
    serverVersion,
    relations: [],
    userFunctions: [{ schema: 'public', name }],
  });
  const names = session({ functionsAllowed: new Set(functionsAllowed) });
  const { statements } = analyze(`SELECT ${call}`, parser, catalog, names);
  return statements[0]?.operations.some(({ facts }) => facts.opaque);
}

describe('a word of newer servers alone', () => {
  for (const [since, calls] of Object.entries(WORDS)) {
    for (const call of calls) {
      it(`calls what has its name on older ones: ${call}`, () => {
        const name = `public.${call.slice(0, call.indexOf('('))}`;
        assert.equal(isOpaque(call, Number(since) - 1, []), true);
        assert.equal(isOpaque(call, Number(since) - 1, [name]), false);
        assert.equal(isOpaque(call, Number(since), []), false);
      });
    }
  }
});
