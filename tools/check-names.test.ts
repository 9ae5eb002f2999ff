import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMainExportComplaints, findPathNameComplaints } from './check-names.ts';

function pathMessages(path: string): string[] {
  return findPathNameComplaints(path).map(({ message }) => message);
}

describe('findPathNameComplaints', () => {
  it('accepts kebab-case', () => {
    assert.deepEqual(pathMessages('src/wire/postgres/row-description.test.ts'), []);
    assert.deepEqual(pathMessages('src/sql/postgres/libpg-query.d.ts'), []);
    assert.deepEqual(pathMessages('src/identity/base64.ts'), []);
  });

  it('refuses other spellings, of files and of folders', () => {
    for (const path of [
      'src/wire/RowDescription.ts',
      'src/wire/row_description.ts',
      'src/Wire/a.ts',
    ]) {
      assert.match(pathMessages(path)[0] ?? '', /not kebab-case/);
    }
  });

  it('refuses names that say nothing, and says what to do instead', () => {
    const paths = [
      'src/util/a.ts',
      'src/wire/types.ts',
      'src/cli/path-helper.ts',
      'src/cli/core.test.ts',
    ];
    for (const path of paths) assert.match(pathMessages(path)[0] ?? '', /says nothing: \w+/);
  });
});

describe('findMainExportComplaints', () => {
  const count = (path: string, text: string): number =>
    findMainExportComplaints({ path, text }).length;

  it('wants one export to share a word with the file', () => {
    assert.equal(
      count('src/wire/row-description.ts', 'export function decodeRowDescription() {}'),
      0,
    );
    assert.equal(count('src/policy/restriction.ts', 'export const restrictEntries = 1;'), 0);
    assert.equal(count('src/policy/limits.ts', 'export const LIMIT_MAX = 1;'), 0);
    assert.equal(count('src/policy/decision.ts', 'export type Verdict = 1;'), 1);
  });

  it('leaves programs, collections and tests to review', () => {
    assert.equal(count('src/bin/gateway.ts', 'const listening = 1;'), 0);
    const many = ['a', 'b', 'c', 'd'].map((name) => `export const ${name} = 1;`).join('\n');
    assert.equal(count('src/telemetry/events.ts', many), 0);
    assert.equal(count('src/policy/decision.test.ts', 'export const other = 1;'), 0);
  });
});
