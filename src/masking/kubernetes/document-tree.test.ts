import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findTexts, readDocument } from './document-tree.ts';
import { findQuestionInWrite } from './find-question-in-write.ts';

/** An object within as many others. */
function nest(depth: number): Buffer {
  return Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
}

describe('readDocument', () => {
  it('keeps all values of a key that is there twice', () => {
    const document = readDocument(Buffer.from('{"op":"add","\\u006fp":"test"}'));
    assert(document !== undefined);
    assert.deepEqual(findTexts(document, 'op'), ['add', 'test']);
  });

  it('reads no document that is deeper than anybody looks', () => {
    assert(readDocument(nest(500)) !== undefined);
    assert.equal(readDocument(nest(501)), undefined);
    assert.equal(readDocument(Buffer.from('{"a":1')), undefined);
    for (const depth of [501, 9_000]) {
      assert.match(findQuestionInWrite('PUT', undefined, nest(depth)) ?? '', /would tell/);
    }
    assert.equal(findQuestionInWrite('PUT', undefined, nest(500)), undefined);
  });
});
