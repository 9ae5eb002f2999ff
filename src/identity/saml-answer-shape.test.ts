import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasShapeOfAnswer } from './saml-answer-shape.ts';

describe('hasShapeOfAnswer', () => {
  it('takes elements, attributes, text and comments', () => {
    for (const xml of [
      '<a/>',
      `<?xml version="1.0"?><a b="x>y/>" c='"'>t &amp; u<!-- - --><b/></a>`,
      '<a>'.repeat(32) + '</a>'.repeat(32),
      `<a>${'<b>group</b>'.repeat(512)}</a>`,
    ]) {
      assert.equal(hasShapeOfAnswer(xml), true, xml.slice(0, 40));
    }
  });

  it('turns away what the parser takes long for', () => {
    for (const xml of [
      '',
      'x',
      '<',
      '<'.repeat(1_000),
      '<a>',
      '</a>',
      '<a>'.repeat(8_000),
      '<a b="/>">',
      '<a>'.repeat(33) + '</a>'.repeat(33),
      `<a>${'<b/>'.repeat(1_500)}</a>`,
      `<a ${'b="" '.repeat(2_000)}/>`,
      `<a b="${'x'.repeat(400_000)}`,
      '<!DOCTYPE a [<!ENTITY b "c">]><a/>',
      '<a><![CDATA[<b>]]></a>',
      '<a><!-- <b> --></a>',
      '<?xml-stylesheet href="x"?><a/>',
    ]) {
      assert.equal(hasShapeOfAnswer(xml), false, xml.slice(0, 40));
    }
  });
});
