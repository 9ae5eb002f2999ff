import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BUILT_IN_CATALOG_SELECT, CATALOG_QUERY, OWN_CATALOG_SELECT } from './catalog-queries.ts';

describe('what the catalog is read with', () => {
  it('means the same whatever the role has for standard_conforming_strings', () => {
    for (const sql of [CATALOG_QUERY, BUILT_IN_CATALOG_SELECT, OWN_CATALOG_SELECT])
      assert.doesNotMatch(sql, /\\/u);
  });
});
