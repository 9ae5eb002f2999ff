import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maskContent, pseudonymOf } from '../content/masked-content.fixture.ts';
import { ContentFormatError } from '../content-masker.ts';

const ISA =
  'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*1253*^*00501*000000905*1*P*:~';
const CLAIM = [
  ISA,
  'GS*HC*A*B*20240105*1253*1*X*005010X222A1~ST*837*0021~BHT*0019*00*1*20240105*1023*CH~',
  'NM1*85*2*PRAIRIE CLINIC*****XX*1234567893~N3*9 SEAWAY ST~N4*MIAMI*FL*33111~REF*EI*587654321~',
  'HL*2*1*22*0~SBR*P*18*GRP77******CI~NM1*IL*1*Quackenbush*Ottoline*J***MI*W123~',
  'N3*1 Elm Way~N4*Kearney*NE*68845~DMG*D8*19310605*F~REF*SY*123456789~',
  'PER*IC*Ottoline Quackenbush*TE*5550102030*EM*otto@example.org~',
  'CLM*A77*100***11:B:1*Y*A*Y*I~DTP*435*RD8*20240304-20240309~REF*EA*M-4711~REF*ZZ*77~',
  'HI*ABK:E119*BH:11:D8:20240301~NTE*ADD*Ottoline Quackenbush called~',
  'NM1*82*1*Hickle*John*D***XX*1234567893~LX*1~SV1*HC:99213*40*UN*1***1~SE*24*0021~GE*1*1~IEA*1*000000905~',
].join('');

function mask(...pieces: (string | Uint8Array)[]): string {
  return maskContent({ format: 'x12' }, pieces).text;
}

describe('x12Format', () => {
  it('takes qualifiers that are called like what every object has for ones that nobody knows', () => {
    for (const qualifier of ['constructor', '__proto__']) {
      const text = mask(`${ISA}REF*${qualifier}*4711~PER*IC*x*${qualifier}*4712~IEA*1*1~`);
      assert.match(text, new RegExp(`REF\\*${qualifier}\\*${pseudonymOf('other-id', '4711')}~`));
      assert(!text.includes('4712'));
    }
  });

  it('masks by segment, element and qualifier, and leaves providers', () => {
    const segments = mask(CLAIM).split('~');
    const find = (start: string): string | undefined =>
      segments.find((segment) => segment.startsWith(start));
    assert.equal(segments[0], ISA.slice(0, -1));
    assert.equal(find('NM1*85'), 'NM1*85*2*PRAIRIE CLINIC*****XX*1234567893');
    assert.equal(find('N4*MIAMI'), 'N4*MIAMI*FL*33111');
    const member = pseudonymOf('health-plan-id', 'W123');
    assert.equal(find('NM1*IL'), `NM1*IL*1*[redacted]*[redacted]*J***MI*${member}`);
    assert.equal(find('N4*['), 'N4*[redacted]*NE*688');
    assert.equal(find('DMG'), 'DMG*D8*19360101*F');
    assert.equal(find('REF*SY'), 'REF*SY*[redacted]');
    assert.equal(find('PER'), 'PER*IC*[redacted]*TE*[redacted]*EM*[redacted]');
    assert.equal(find('CLM'), `CLM*${pseudonymOf('account-number', 'A77')}*100***11:B:1*Y*A*Y*I`);
    assert.equal(find('DTP'), 'DTP*435*RD8*20240101-20240101');
    assert.equal(find('REF*EA'), `REF*EA*${pseudonymOf('mrn', 'M-4711')}`);
    assert.equal(find('REF*ZZ'), `REF*ZZ*${pseudonymOf('other-id', '77')}`);
    assert.equal(find('HI'), 'HI*ABK:E119*BH:11:D8:20240101');
    assert.equal(find('NM1*82'), 'NM1*82*1*Hickle*John*D***XX*1234567893');
    assert.doesNotMatch(segments.join('~'), /Ottoline|Quackenbush/);
  });

  it('knows names beside those of NM1', () => {
    const text = [
      ISA,
      'GS*HC*A*B*20240105*1253*1*X*005010~ST*834*1~N1*P5*Acme Works*FI*12~N1*IL*Zara Quackenbush*34*1~',
      'NM1*IL*1*Quackenbush~N2*Ottoline~NM1*85*2*CLINIC~N2*OF THE PRAIRIE~SE*1*1~GE*1*1~IEA*1*000000905~',
    ].join('');
    const segments = mask(text).split('~');
    assert.equal(segments[3], 'N1*P5*Acme Works*FI*12');
    assert.equal(segments[4], 'N1*IL*[redacted]*34*[redacted]');
    assert.equal(segments[6], 'N2*[redacted]');
    assert.equal(segments[8], 'N2*OF THE PRAIRIE');
  });

  it('goes by what the data map says, with qualifiers or without', () => {
    const fields = [
      { path: 'NM1[82]-03', dataClass: 'name' },
      { path: 'CLM05-1', dataClass: 'other-id' },
      { path: 'REF[ZZ]-02', dataClass: 'none' },
    ];
    const { text, evidence } = maskContent({ format: 'x12', fields }, [CLAIM]);
    assert.match(text, /NM1\*82\*1\*\[redacted\]\*John/);
    assert.match(text, new RegExp(`\\*${pseudonymOf('other-id', '11')}:B:1\\*`));
    assert.match(text, /REF\*ZZ\*77~/);
    assert.equal(evidence.rows, 1);
    assert(evidence.patients?.form === 'exact');
    assert.equal(evidence.patients.hashes.length, 1);
  });

  it('reads the delimiters of each interchange', () => {
    const other = CLAIM.replaceAll('*', '|').replaceAll('~', '\n').replaceAll(':', '>');
    const text = mask(`${CLAIM}\r\n${other}`);
    assert.doesNotMatch(text, /Ottoline|Elm Way|W123/);
    assert.match(text, /HI\|ABK>E119\|BH>11>D8>20240101\n/);
  });

  it('refuses what cannot be read', () => {
    for (const text of [
      '',
      'ST*837*1~',
      CLAIM.slice(0, -1),
      CLAIM.slice(0, CLAIM.indexOf('IEA')),
      ISA.replace('*:', '**'),
      `${CLAIM}NM1*IL~`,
      CLAIM.replace('HL*2', 'BIN*4*~~~~~HL*2'),
      CLAIM.replace('HL*2', 'hl*2'),
    ]) {
      assert.throws(() => mask(text), ContentFormatError, text.slice(-40));
    }
  });

  it('writes the same however the bytes come', () => {
    const expected = mask(CLAIM);
    for (let at = 0; at <= CLAIM.length; at += 1) {
      assert.equal(mask(CLAIM.slice(0, at), CLAIM.slice(at)), expected, String(at));
    }
    assert.equal(mask(...Array.from(CLAIM)), expected);
  });

  it('throws nothing but ContentFormatError for anything behind a header', () => {
    const unit = fc.constantFrom(...Array.from('NM1REFDTPHI*~:^D8 a\n'), 'é');
    fc.assert(
      fc.property(fc.string({ unit }), (rest) => {
        try {
          mask(ISA + rest);
        } catch (error) {
          assert(error instanceof ContentFormatError, String(error));
        }
      }),
    );
  });
});
