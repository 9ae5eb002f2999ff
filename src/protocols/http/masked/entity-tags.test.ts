import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EntityTags } from './entity-tags.ts';

describe('EntityTags', () => {
  const tags = new EntityTags(['name', 'ssn']);

  it('gives back what it marked, strong as strong and weak as weak', () => {
    for (const tag of ['"v1"', 'W/"v1"', '""', 'W/""', '"a.s12345678"']) {
      const shown = tags.show(tag) ?? '';
      assert.match(shown, /^W\/"/);
      assert.equal(tags.restore(shown), tag);
    }
  });

  it('knows none that was shown under other rights, or by the target itself', () => {
    const others = new EntityTags(['name']);
    assert.equal(tags.restore(others.show('"v1"') ?? ''), undefined);
    assert.equal(tags.restore('"v1"'), undefined);
    assert.equal(new EntityTags(['ssn', 'name']).restore(tags.show('"v1"') ?? ''), '"v1"');
  });

  it('shows the number of a version, and nothing that may be a digest of what is hidden', () => {
    assert.match(tags.show('W/"17"') ?? '', /^W\/"17\./);
    assert.equal(tags.restore(tags.show('W/"17"') ?? ''), 'W/"17"');
    for (const tag of ['"d41d8cd98f00b204"', 'W/"41-XrY7u"', '"212551234"']) {
      const shown = tags.show(tag) ?? '';
      assert(!shown.includes(tag.replace(/^W\//, '').slice(1, -1)), shown);
      assert.equal(tags.show(tag), shown);
      assert.equal(tags.restore(shown), tag);
      assert.equal(tags.restore(shown.replace('"', '"A')), undefined);
    }
  });

  it('takes from a list those that it knows', () => {
    const list = ['"foreign"', tags.show('"a"'), tags.show('W/"b,c"')].join(', ');
    assert.equal(tags.restore(list), '"a", W/"b,c"');
    assert.equal(tags.restore('*'), '*');
  });

  it('shows nothing of what is no tag', () => {
    for (const tag of ['v1', '"', 'w/"x"', '"a"b"']) assert.equal(tags.show(tag), undefined);
  });
});
