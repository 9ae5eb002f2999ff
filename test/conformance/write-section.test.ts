import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { replaceSection } from './write-section.ts';

const PAGE = '# Page\n\nIntroduction.\n\n## One\n\nold\n\n### Part\n\nold\n\n## Two\n\nkept\n';

describe('replaceSection', () => {
  it('replaces the section with that heading and keeps the others', () => {
    const page = replaceSection(PAGE, 'One', 'new\n');
    assert.equal(page, '# Page\n\nIntroduction.\n\n## One\n\nnew\n\n## Two\n\nkept\n');
  });

  it('adds a section that is not there yet at the end', () => {
    assert.equal(replaceSection(PAGE, 'Three', 'new'), `${PAGE}\n## Three\n\nnew\n`);
  });
});
