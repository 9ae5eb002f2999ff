import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findDocComplaints } from './check-docs.ts';

function complaints(text: string, path = 'src/wire/a.ts'): string[] {
  return findDocComplaints({ path, text }).map(({ line, message }) => `${line}: ${message}`);
}

describe('findDocComplaints', () => {
  it('wants a doc comment on functions that take something, classes and constants', () => {
    for (const text of [
      'export function decode(body: Buffer): void {}',
      'export async function decode(body: Buffer): Promise<void> {}',
      'export class Reader {}',
      'export const ROWS_MAX = 5;',
    ]) {
      assert.equal(complaints(text).length, 1, text);
      assert.equal(complaints(`/** Why. */\n${text}`).length, 0, text);
    }
  });

  it('does not take another comment for one', () => {
    for (const comment of ['// Why.', '/* Why. */', '/** */', '/** Why. */\nconst between = 1;']) {
      assert.equal(complaints(`${comment}\nexport class Reader {}`).length, 1, comment);
    }
  });

  it('lets one comment speak for a block of constants', () => {
    const block = '/** Sizes. */\nexport const A = 1;\nexport const B = 2;\n';
    assert.deepEqual(complaints(block), []);
    assert.deepEqual(complaints(`${block}\nexport const C = 3;`).length, 1);
  });

  it('lets types that are small or documented inside speak for themselves', () => {
    assert.deepEqual(complaints(`export type Verdict = 'approve' | 'reject' | 'a' | 'b';`), []);
    assert.deepEqual(complaints('export interface Review { a: 1; b: 2; c: 3 }'), []);
    assert.deepEqual(
      complaints('export interface Review { /** Milliseconds. */ a: 1; b: 2; c: 3; d: 4 }'),
      [],
    );
    assert.equal(complaints('export interface Review { a: 1; b: 2; c: 3; d: 4 }').length, 1);
    assert.equal(
      complaints('export type Step = { a: 1 } | { b: 1 } | { c: 1 } | { d: 1 };').length,
      1,
    );
  });

  it('gives the line, and leaves what is not exported and tests alone', () => {
    assert.match(complaints('const a = 1;\nexport class Reader {}')[0] ?? '', /^2: Reader/);
    assert.deepEqual(complaints('class Reader {}'), []);
    assert.deepEqual(complaints('export class Reader {}', 'src/wire/a.test.ts'), []);
  });
});
