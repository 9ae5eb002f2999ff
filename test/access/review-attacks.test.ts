import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

const CHECKOUT = new URL('../../', import.meta.url);
/** With as many rows as there were when this was written: of a table that nobody can read there are none. */
const DOCUMENTS = [
  { document: 'docs/review-attacks.md', rowsMin: 12 },
  { document: 'docs/ssh-attacks.md', rowsMin: 34 },
  { document: 'docs/http-attacks.md', rowsMin: 23 },
  { document: 'docs/kubernetes-attacks.md', rowsMin: 12 },
] as const;

interface NamedTest {
  readonly file: string;
  /** Undefined where all of the file is about it. */
  readonly name: string | undefined;
}

/** The tests of each row, by its attack. */
function readRows(markdown: string): ReadonlyMap<string, readonly NamedTest[]> {
  const rows = [...markdown.matchAll(/^\| (.+) \| (.+) \| (.*) \|$/gm)]
    .map(([, attack = '', , tests = '']) => ({ attack, tests }))
    .filter(({ attack }) => attack !== 'attack');
  return new Map(rows.map(({ attack, tests }) => [attack, readTests(tests)]));
}

function readTests(cell: string): readonly NamedTest[] {
  return [...cell.matchAll(/`([\w./-]+)`((?:,? "[^"]+")*)/g)].flatMap(([, file = '', names]) => {
    const quoted = [...(names ?? '').matchAll(/"([^"]+)"/g)].map(([, name]) => ({ file, name }));
    return quoted.length > 0 ? quoted : [{ file, name: undefined }];
  });
}

describe('documents about attacks', () => {
  for (const { document, rowsMin } of DOCUMENTS) {
    it(`name tests that exist, for every attack: ${document}`, async () => {
      const rows = readRows(await readFile(new URL(document, CHECKOUT), 'utf8'));
      assert.ok(rows.size >= rowsMin, `${rows.size} rows`);
      for (const [attack, tests] of rows) {
        assert.ok(tests.length > 0, `nothing tests: ${attack}`);
        for (const { file, name } of tests) {
          const source = await readFile(new URL(file, CHECKOUT), 'utf8');
          if (name !== undefined) assert.ok(source.includes(`it('${name}'`), `${file}: "${name}"`);
        }
      }
    });
  }

  it('would be found out if they named what does not exist', () => {
    const [tests] = readRows(
      '| attack | must | tested in |\n| a | b | `x.test.ts` "one", "two"; `y.test.ts` |',
    ).values();
    assert.deepEqual(tests, [
      { file: 'x.test.ts', name: 'one' },
      { file: 'x.test.ts', name: 'two' },
      { file: 'y.test.ts', name: undefined },
    ]);
  });
});
