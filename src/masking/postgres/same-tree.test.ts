import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sameTree } from './same-tree.ts';

describe('sameTree', () => {
  it('sees past where nodes stood, and past nothing else', () => {
    const node = { ColumnRef: { fields: [{ String: { sval: 'a' } }], location: 7 } };
    assert(sameTree(node, { ColumnRef: { fields: [{ String: { sval: 'a' } }], location: 9 } }));
    assert(sameTree(node, { ColumnRef: { fields: [{ String: { sval: 'a' } }] } }));
    assert(!sameTree(node, { ColumnRef: { fields: [{ String: { sval: 'b' } }], location: 7 } }));
    assert(!sameTree(node, { ColumnRef: { fields: [], location: 7 } }));
    assert(!sameTree(node, { ColumnRef: {} }));
    assert(!sameTree([1, 2], [1]));
    assert(!sameTree([], {}));
    assert(!sameTree(null, {}));
    // A tablespace's location is a path.
    assert(!sameTree({ location: '/a' }, { location: '/b' }));
  });
});
