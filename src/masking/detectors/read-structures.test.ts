import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const DETECTORS = compileDetectors();

/** What is shown of a text. */
function redact(text: string): string {
  const bytes = Buffer.from(text);
  return (DETECTORS.redact(bytes, 0, bytes.length) ?? bytes).toString();
}

describe('readElement', () => {
  const masked: readonly (readonly [written: string, shown: string])[] = [
    ['<lastName>zzyx</lastName>', '<lastName>[name]</lastName>'],
    [
      '<p:Last-Name a="b">\n zzyx qwop\n</p:Last-Name>',
      '<p:Last-Name a="b">\n [name]\n</p:Last-Name>',
    ],
    [
      "<family value='zzyx' /><given value=\"o'zzyx\"/>",
      '<family value=\'[name]\' /><given value="[name]"/>',
    ],
    ['<patient_name>zzyx^qwop</patient_name>', '<patient_name>[name]</patient_name>'],
    ['<ssn><![CDATA[zzyx]]></ssn>', '<ssn><![CDATA[[ssn]]]></ssn>'],
    ['log: <lastName>zzy', 'log: <lastName>[name]'],
    ['&lt;lastName&gt;zzyx&lt;/lastName&gt;', '&lt;lastName&gt;[name]&lt;/lastName&gt;'],
  ];
  for (const [written, shown] of masked) {
    it(`masks what an element says to be somebody's: ${JSON.stringify(written)}`, () => {
      assert.equal(redact(written), shown);
    });
  }

  it('leaves elements that hold others, or nothing', () => {
    for (const text of [
      '<patient>\n  <bed>4</bed>\n</patient>',
      '<license><name>MIT</name></license>',
      '<given></given><family/><addresses>none</addresses>',
      'a &lt; b &amp;&amp; b &gt; c',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});
