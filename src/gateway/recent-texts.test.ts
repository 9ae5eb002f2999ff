import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecentTexts } from './recent-texts.ts';

describe('RecentTexts', () => {
  it('keeps what is asked for again and again, and the newest', () => {
    const texts = new RecentTexts(100);
    texts.set('asked for', 'a');
    for (let index = 0; index < 1000; index++) {
      texts.set(`key ${index}`, `text ${index}`);
      assert.equal(texts.get('asked for'), 'a');
      for (let back = 0; back < Math.min(index, 25); back++) {
        assert.equal(texts.get(`key ${index - back}`), `text ${index - back}`);
      }
    }
    assert.equal(texts.get('key 0'), undefined);
  });

  it('keeps no more than it may', () => {
    const texts = new RecentTexts(100);
    for (let index = 0; index < 1000; index++) texts.set(`key ${index}`, 'a');
    const kept = Array.from({ length: 1000 }, (_, index) => texts.get(`key ${index}`));
    assert(kept.filter((text) => text !== undefined).length <= 100);
  });

  it('knows the text that was set last', () => {
    const texts = new RecentTexts(4);
    for (const text of ['a', 'b', 'c', 'd', 'e']) texts.set('key', text);
    texts.set('another', 'x');
    assert.equal(texts.get('key'), 'e');
  });
});
