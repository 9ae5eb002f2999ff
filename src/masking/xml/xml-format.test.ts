import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maskContent, pseudonymOf } from '../content/masked-content.fixture.ts';
import { ContentFormatError } from '../content-masker.ts';

const FIELDS = [
  { path: 'patient/id', dataClass: 'mrn' },
  { path: 'patient/born/@on', dataClass: 'birth-date' },
  { path: 'patient/names', dataClass: 'name' },
  { path: '/records/note', dataClass: 'none' },
];

function mask(text: string, fields = FIELDS): string {
  return maskContent({ format: 'xml', fields }, [text]).text;
}

/** The text of the only element, as it is masked where nothing is known of it. */
function inspect(inner: string): string {
  return mask(`<a>${inner}</a>`, []).slice('<a>'.length, -'</a>'.length);
}

describe('xmlFormat', () => {
  it('masks elements and attributes by path, whatever their prefixes', () => {
    const text =
      '<?xml version="1.0" encoding="utf-8"?>\n<h:records xmlns:h="urn:h"><h:patient>\n' +
      '<h:id use="x"> M-4711 </h:id><h:born h:on=\'1931-06-01\'/><names><g>Ann</g><f>Lee</f></names></h:patient>\n' +
      '<note>mail otto@example.org</note><other>mail otto@example.org</other></h:records>\n';
    assert.equal(
      mask(text),
      text
        .replace('M-4711', pseudonymOf('mrn', 'M-4711'))
        .replace('1931-06-01', '1936')
        .replace('Ann', '[redacted]')
        .replace('Lee', '[redacted]')
        .replace('<other>mail otto@example.org', '<other>mail [email]'),
    );
  });

  it('follows stars, and paths from the root', () => {
    const text = '<a><b><c>1</c></b><c>2</c></a>';
    const with_ = (path: string): string => mask(text, [{ path, dataClass: 'name' }]);
    assert.equal(with_('/a/c'), '<a><b><c>1</c></b><c>[redacted]</c></a>');
    assert.equal(with_('a/*/c'), '<a><b><c>[redacted]</c></b><c>2</c></a>');
    assert.equal(with_('/a/**/c'), '<a><b><c>[redacted]</c></b><c>[redacted]</c></a>');
    assert.equal(with_('c'), with_('/a/**/c'));
    assert.equal(with_('b'), with_('b/c'));
  });

  it('knows what elements are called', () => {
    assert.equal(
      mask('<p><ssn>x</ssn><birthDate value="1931-06-01"/><v ssn="1"/></p>', []),
      '<p><ssn>[redacted]</ssn><birthDate value="1936"/><v ssn="[redacted]"/></p>',
    );
  });

  it('sees through sections, references and comments, and leaves comments out that tell', () => {
    for (const inner of [
      '536-22-8741',
      '<![CDATA[536-22]]>-8741',
      '536-22<!-- -->-8741',
      '536-22<?x?>-8741',
      '&#53;36-22-&#x38;741',
      '<!-- 536-22-8741 -->',
      '<?x 536-22-8741?>',
      '<b>536-22-8741</b>',
      '<b x="123-45-678&#57;"/>',
    ]) {
      assert.doesNotMatch(inspect(inner), /536-22|8741|741/, inner);
    }
    assert.equal(inspect('a &lt; b<!-- c --><![CDATA[&]]>'), 'a &lt; b<!-- c --><![CDATA[&]]>');
    assert.doesNotMatch(mask('<patient><id>M-4<!-- -->711</id></patient>'), /M-4|711/);
  });

  it('writes masks so that they stay text', () => {
    const fields = [
      { path: 'id', dataClass: 'mrn', mask: { kind: 'fixed', value: `<&"'>` } as const },
      { path: '@x', dataClass: 'mrn', mask: { kind: 'fixed', value: `<&"'>` } as const },
    ];
    const escaped = '&#60;&#38;&#34;&#39;&#62;';
    assert.equal(
      maskContent({ format: 'xml', fields }, [`<id x='1'>1</id>`]).text,
      `<id x='${escaped}'>${escaped}</id>`,
    );
  });

  it('refuses what other parsers may read as something else', () => {
    for (const text of [
      '',
      'a',
      '<a>',
      '<a></b>',
      '<a/><b/>',
      '<a/>x',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
      '<a>&b;</a>',
      '<a>&amp</a>',
      '<a>&#0;</a>',
      '<a>&#1114112;</a>',
      '<a b="1" b="2"/>',
      '<a b=1/>',
      '<a b="1"c="2"/>',
      '<a b="<"/>',
      '<a <b/>/>',
      '<1/>',
      '<a:b:c/>',
      '<a>]]></a>',
      '<a><!-- a -- b --></a>',
      '<a><!ELEMENT b></a>',
      ' <?xml version="1.0"?><a/>',
      '<?xml version="1.0" encoding="utf-16"?><a/>',
      '<?xml version="1.0" encoding="utf-7"?><a/>',
      '<a>\u0001</a>',
      '<a>\uffff</a>',
      '<![CDATA[a]]><a/>',
      '<a>'.repeat(300) + '</a>'.repeat(300),
    ]) {
      assert.throws(() => mask(text), ContentFormatError, text.slice(0, 60));
    }
    const latin = Buffer.from('<a>\xe9</a>', 'latin1');
    assert.throws(() => maskContent({ format: 'xml' }, [latin]), ContentFormatError);
    const wide = Buffer.from('\ufeff<a>1</a>', 'utf16le');
    assert.throws(() => maskContent({ format: 'xml' }, [wide]), ContentFormatError);
  });

  it('writes the same however the bytes come', () => {
    const text = Buffer.from(
      '\ufeff<?xml version="1.0"?><!-- é --><a b="é>" c=\'"\'><![CDATA[x]]]>é &amp; 536-22-8741<id>M</id><?x y?></a>\n',
    );
    const expected = maskContent({ format: 'xml', fields: FIELDS }, [text]).text;
    for (let at = 0; at <= text.length; at += 1) {
      const pieces = [text.subarray(0, at), text.subarray(at)];
      assert.equal(maskContent({ format: 'xml', fields: FIELDS }, pieces).text, expected);
    }
    const bytes = Array.from(text, (byte) => Buffer.of(byte));
    assert.equal(maskContent({ format: 'xml', fields: FIELDS }, bytes).text, expected);
  });

  it('reads blanks in time that grows with their number', () => {
    const blanks = '\n '.repeat(500_000);
    // With its square it would take hours, and the run of tests would end.
    assert.equal(inspect(`${blanks}a${blanks}b${blanks}`), `${blanks}a${blanks}b${blanks}`);
    assert.equal(inspect(`\n\u00a0mail otto@example.org \n`), '\n\u00a0mail [email] \n');
    const few = blanks.slice(0, 900_000);
    assert.equal(mask(`<a></a${few}>`), `<a></a${few}>`);
    assert.throws(() => mask(`<a></a${few}b>`), ContentFormatError);
  });

  it('throws nothing but ContentFormatError, whatever comes', () => {
    const unit = fc.constantFrom(
      ...['<a>', '</a>', '<', '>', '/', '&', ';', '"', '=', ' ', '<!--', '-->', '<![CDATA[', ']]>'],
      ...['<?', '?>', 'a', 'é', '#', '!'],
    );
    fc.assert(
      fc.property(fc.array(unit), (parts) => {
        try {
          mask(parts.join(''));
        } catch (error) {
          assert(error instanceof ContentFormatError, String(error));
        }
      }),
    );
  });
});

describe('ccdaFormat', () => {
  it('knows people by the parts of their names, and by what they take part as', () => {
    const show = (inner: string): string => {
      const text = `<ClinicalDocument>${inner}</ClinicalDocument>`;
      return maskContent({ format: 'ccda' }, [text]).text;
    };
    for (const inner of [
      '<playingEntity><name><given>Quxley</given></name></playingEntity>',
      '<participant typeCode="COV"><participantRole><playingEntity><name>Quxley</name></playingEntity></participantRole></participant>',
      '<participantRole classCode="PAT"><playingEntity><name>Quxley</name></playingEntity></participantRole>',
      '<playingEntity classCode="PSN"><name>Quxley</name></playingEntity>',
      '<value xsi:type="PN"><family>Quxley</family></value>',
      '<value xsi:type="PN">Quxley</value>',
    ]) {
      assert(!show(inner).includes('Quxley'), inner);
    }
    for (const inner of [
      '<participantRole classCode="MANU"><playingEntity classCode="MMAT"><name>Quxley</name></playingEntity></participantRole>',
      '<assignedAuthor><assignedPerson><name><family>Quxley</family></name></assignedPerson></assignedAuthor>',
      '<value xsi:type="ST">Quxley</value>',
    ]) {
      assert(show(inner).includes('Quxley'), inner);
    }
  });

  const DOCUMENT = `<?xml version="1.0"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2" extension="D-1"/><effectiveTime value="202206271200+0500"/>
<recordTarget><patientRole><id root="1.3" extension="M-4711"/><id root="2.16.840.1.113883.4.1" extension="536-22-8741"/>
<addr><streetAddressLine>1 Elm Way</streetAddressLine><city>Kearney</city><state>NE</state><postalCode>68845</postalCode></addr>
<telecom value="tel:555-010-2030"/><telecom value="mailto:otto@example.org"/>
<patient><name><given>Ottoline</given><family>Quackenbush</family></name><birthTime value="19310605"/>
<guardian><guardianPerson><name>Ann Lee</name></guardianPerson></guardian></patient>
<providerOrganization><name>Prairie</name><telecom value="tel:555-010-9999"/></providerOrganization></patientRole></recordTarget>
<author><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="1234567893"/><assignedPerson><name><given>Nancy</given></name></assignedPerson></assignedAuthor></author>
<component><nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0xLjQ=</text></nonXMLBody></component>
<component><section><text><paragraph>Ottoline takes aspirin.</paragraph></text>
<entry><observation><effectiveTime><low value="20200301"/></effectiveTime><value type="PQ" value="1234" unit="mg"/>
<referenceRange><low value="2000" unit="mg"/></referenceRange></observation></entry></section></component></ClinicalDocument>
`;

  it('masks by what the standard says, as XML with that root too', () => {
    const { text, evidence } = maskContent({ format: 'ccda' }, [DOCUMENT]);
    const expected = DOCUMENT.replace('D-1', pseudonymOf('other-id', 'D-1'))
      .replace('202206271200+0500', '2022')
      .replace('M-4711', pseudonymOf('mrn', 'M-4711'))
      .replace('536-22-8741', '[redacted]')
      .replace('1 Elm Way', '[redacted]')
      .replace('Kearney', '[redacted]')
      .replace('68845', '688')
      .replace('555-010-2030', '[redacted]')
      .replace('otto@example.org', '[redacted]')
      .replace('>Ottoline<', '>[redacted]<')
      .replace('Quackenbush', '[redacted]')
      .replace('19310605', '1936')
      .replace('Ann Lee', '[redacted]')
      .replace('JVBERi0xLjQ=', Buffer.from('[redacted]').toString('base64'))
      .replace('Ottoline takes', '[name] takes')
      .replace('20200301', '2020');
    assert.equal(text, expected);
    assert.equal(maskContent({ format: 'xml' }, [DOCUMENT]).text, text);
    assert.equal(evidence.rows, 1);
  });
});
