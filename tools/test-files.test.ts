import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CHECKOUT, listFiles } from './source-file.ts';
import { findUnitTests } from './test-files.ts';

const HOOK = String.raw`(?:before|after)(?:Each)?`;

/** What a line that begins at its margin may not call: hooks, and functions that have some. */
function findWrong(files: ReadonlyMap<string, string>): readonly string[] {
  const names = [HOOK];
  for (const text of files.values()) {
    if (!new RegExp(String.raw`^import \{[^}]*\b${HOOK}\b[^}]*\} from 'node:test'`, 'm').test(text))
      continue;
    for (const [, name = ''] of text.matchAll(/^export function (\w+)/gm)) names.push(name);
  }
  const call = new RegExp(
    String.raw`^(?!import|export|function|[\s/*]).*\b(?:${names.join('|')})\(`,
    'm',
  );
  return [...files].flatMap(([file, text]) =>
    file.endsWith('.test.ts') && call.test(text) ? [file] : [],
  );
}

const FIXTURE = `import { before } from 'node:test';
export function useServer(): void {
  before(() => undefined);
}
`;

describe('tests that run in one process', () => {
  it('have hooks in a describe only: outside of any they run around the tests of all files', () => {
    const paths = [...listFiles(['src', 'console', 'tools', 'test'])];
    const files = new Map(
      paths
        .filter((file) => file.endsWith('.ts'))
        .map((file) => [file, readFileSync(path.join(CHECKOUT, file), 'utf8')]),
    );
    const unitTests = findUnitTests();
    assert(unitTests.length > 100);
    const wrong = findWrong(files);
    assert.deepEqual(
      wrong.filter((file) => unitTests.includes(file)),
      [],
    );
  });

  it('are told from those that have them outside, by themselves or by a fixture', () => {
    const wrongOf = (text: string): readonly string[] =>
      findWrong(
        new Map([
          ['src/a.test.ts', text],
          ['src/use-server.fixture.ts', FIXTURE],
        ]),
      );
    assert.deepEqual(
      wrongOf("describe('a', () => {\n  before(f);\n  const b = useServer();\n});"),
      [],
    );
    for (const text of ['before(f);', 'afterEach(f);', 'useServer();', 'const b = useServer();']) {
      assert.deepEqual(
        wrongOf(`import { describe } from 'node:test';\n${text}`),
        ['src/a.test.ts'],
        text,
      );
    }
  });
});
