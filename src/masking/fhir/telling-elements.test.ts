import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHOOSERS } from './choose-shape.ts';
import { elementsOf } from './element-types.ts';
import { TELLING_ELEMENTS } from './telling-elements.ts';

describe('TELLING_ELEMENTS', () => {
  it('has elements of every type that is masked by what its objects say of themselves', () => {
    assert.deepEqual([...TELLING_ELEMENTS.keys()].toSorted(), [...CHOOSERS.keys()].toSorted());
    for (const [type, names] of TELLING_ELEMENTS) {
      const known = [...(elementsOf(type)?.keys() ?? [])].map((name) => name.toLowerCase());
      for (const name of names) assert(known.includes(name), `${type}.${name}`);
    }
  });
});
