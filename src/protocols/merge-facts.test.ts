import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mergeFacts } from './merge-facts.ts';

describe('mergeFacts', () => {
  it('leaves the facts of one thing as they are', () => {
    const facts = { path: '/a', fields: ['x', 'y'], known: true, port: 22 };
    assert.deepEqual(mergeFacts([facts]), facts);
    assert.deepEqual(mergeFacts([facts, facts]), facts);
  });

  it('says what any of several does, not what the last one does', () => {
    assert.deepEqual(
      mergeFacts([
        { operationName: 'wipe', fields: ['deleteAll'], known: false, opaque: true, bytes: 9 },
        { operationName: 'ward', fields: ['ward.name'], known: true, opaque: false, bytes: -1 },
      ]),
      {
        operationName: ['wipe', 'ward'],
        fields: ['deleteAll', 'ward.name'],
        known: false,
        opaque: true,
        bytes: 9,
      },
    );
  });

  it('takes the name of a fact for nothing else', () => {
    const facts = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Readonly<
      Record<string, string>
    >;
    assert.equal(mergeFacts([facts])['constructor'], 'b');
  });
});
