import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findLinkComplaints } from './document-links.ts';

const OPERATING =
  '# Operating\n\n## What breaks, and what then\n\n## `drain:` and _ends_\n\n## Limits\n\n## Limits\n';
const PLACES = [
  'README.md',
  'docs/operating.md',
  'docs',
  'docs/a b.md',
  'src/cli',
  'src/cli/run-cli.ts',
];

function complaints(text: string, path = 'docs/index.md'): string[] {
  const documents = [
    { path, text },
    { path: 'docs/operating.md', text: OPERATING },
  ];
  const exists = (place: string): boolean => [...PLACES, path].includes(place);
  return findLinkComplaints(documents, exists).map(({ file, line, message }) => {
    assert.equal(file, path);
    return `${line}: ${message}`;
  });
}

describe('findLinkComplaints', () => {
  it('lets pass what leads somewhere', () => {
    for (const link of [
      '[a](operating.md)',
      '[a](../README.md "first")',
      '[a](/README.md)',
      '![a](<a%20b.md>)',
      '[the code](../src/cli/run-cli.ts), [`docs`](../docs)',
      '[a](operating.md#what-breaks-and-what-then)',
      '[a](operating.md#drain-and-_ends_) [b](operating.md#limits-1)',
      '[a]: operating.md#limits',
      '# Of [one](operating.md) here\n\n[a](#of-one-here)',
      '[a](https://example.org/nowhere.md#x) [b](mailto:a@example.org)',
    ]) {
      assert.deepEqual(complaints(link), [], link);
    }
  });

  it('names a file that is not there, with the line', () => {
    assert.deepEqual(complaints('one\n\n| [a](missing.md) | [b](operating.md) |'), [
      '3: links to missing.md: there is no docs/missing.md',
    ]);
    for (const link of [
      '[a](../operating.md)',
      '[a](../../README.md)',
      '![a](console/none.png)',
      '[a]: none.md',
      '[two\nlines](none.md)',
      '[![picture](operating.md)](none.md)',
    ]) {
      assert.equal(complaints(link).length, 1, link);
    }
    assert.deepEqual(complaints('[a](docs/operating.md)', 'CHANGELOG.md'), []);
  });

  it('names a heading that a document does not have', () => {
    assert.deepEqual(complaints('[a](operating.md#what-breaks)'), [
      '1: links to operating.md#what-breaks: docs/operating.md has no heading "what-breaks"',
    ]);
    for (const link of [
      '[a](#none)',
      '[a](operating.md#Limits)',
      '[a](operating.md#limits-2)',
      '[a](../src/cli/run-cli.ts#x)',
      '```\n# none\n```\n[a](#none)',
    ]) {
      assert.equal(complaints(link).length, 1, link);
    }
  });

  it('names a path from the top that is not there', () => {
    assert.deepEqual(complaints('a\n`src/cli/run-cli.ts`, `src/cli/gone.test.ts`.'), [
      '2: names src/cli/gone.test.ts, which is not there',
    ]);
    assert.equal(complaints('```sh\nsh tools/gone.sh\n```').length, 1);
    assert.deepEqual(complaints('`src/cli/run-*.ts`, `src/cli/run*.ts`, `src/cli/{a,b}.ts`'), []);
    assert.deepEqual(complaints('`src/none/*.ts`'), ['1: names src/none, which is not there']);
    assert.deepEqual(complaints('`~/src/x`, `../tools/y`, https://example.org/test/z'), []);
  });

  it('does not take code for links', () => {
    assert.deepEqual(complaints('`[a](b.md)` ``c`[d](e.md)``\n\n```md\n[f](g.md)\n```\n'), []);
    assert.equal(complaints('a ` b\n\n[c](d.md) ` e').length, 1);
  });
});
