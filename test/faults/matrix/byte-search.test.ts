import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteSearch } from './byte-search.ts';

const TEXT = 'xx219-09-9999yy';

test('a value is found wherever its bytes are cut, once', () => {
  for (let cut = 0; cut <= TEXT.length; cut++) {
    const search = new ByteSearch('219-09-9999');
    const found = [TEXT.slice(0, cut), TEXT.slice(cut), 'zz'].map((part) =>
      search.add(Buffer.from(part)),
    );
    assert.equal(found.filter(Boolean).length, 1, `cut at ${cut}`);
  }
});

test('bytes of another value are not it', () => {
  const search = new ByteSearch('219-09-9999');
  assert.equal(search.add(Buffer.from('219-09-')), false);
  assert.equal(search.add(Buffer.from('1999')), false);
});
