import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { maskContent, pseudonymOf } from '../content/masked-content.fixture.ts';
import { ContentFormatError } from '../content-masker.ts';

const ADMISSION = [
  'MSH|^~\\&|SEND|HOSP|RECV|HOSP|20240305103000||ADT^A01|77|P|2.5.1',
  'PID|1||M-4711^^^HOSP^MR~123456789^^^USA^SS||Quackenbush^Ottoline^J||19310601|F||2106-3|1 Elm Way^^Kearney^NE^68845^USA||555-010-2030^PRN^PH',
  'PV1|1|I|4E^412^B|R|||1234567893^Fahey^Sharmaine^^^^MD||||||||||||88001',
  'OBX|1|TX|11502-2^Report^LN||Ottoline Quackenbush seen; called (555) 010-2040||||||F|||20240305',
  'OBX|2|NM|4548-4^Hemoglobin A1c^LN||7.4|%|4.0-5.6|H|||F',
  'OBX|3|ED|18842-5^Summary^LN||^application^pdf^Base64^JVBERi0x||||||F',
  'ZPI|1|write to otto@example.org',
  '',
].join('\r');

function mask(...pieces: (string | Uint8Array)[]): string {
  return maskContent({ format: 'hl7v2' }, pieces).text;
}

/** Field of a segment, both by number. */
function field(text: string, segment: number, number: number): string {
  return text.split('\r')[segment]?.split('|')[number] ?? '';
}

describe('hl7Format', () => {
  it('masks by position, leaves providers and results, and looks through the rest', () => {
    const text = mask(ADMISSION);
    assert.equal(
      field(text, 1, 3),
      `${pseudonymOf('mrn', 'M-4711')}^^^HOSP^MR~[redacted]^^^USA^SS`,
    );
    assert.equal(field(text, 1, 5), '[redacted]^[redacted]^J');
    assert.equal(field(text, 1, 7), '1936');
    assert.equal(field(text, 1, 11), '[redacted]^^[redacted]^NE^688^USA');
    assert.equal(field(text, 2, 7), '1234567893^Fahey^Sharmaine^^^^MD');
    assert.equal(field(text, 2, 19), pseudonymOf('other-id', '88001'));
    assert.doesNotMatch(text, /Quackenbush|Ottoline|010-20|otto@|JVBERi/);
    assert.equal(field(text, 3, 14), '2024');
    assert.equal(field(text, 4, 5), '7.4');
    assert.equal(text.split('\r').length, ADMISSION.split('\r').length);
  });

  it('hides who reported an allergy', () => {
    const text = mask(`MSH|^~\\&|A\rIAM|1|DA|^Penicillin${'|'.repeat(10)}Quackenbush^Ottoline\r`);
    assert.equal(field(text, 1, 13), '[redacted]^[redacted]');
    assert.equal(field(text, 1, 3), '^Penicillin');
  });

  it('takes types that are called like what every object has for types that nobody knows', () => {
    for (const type of ['constructor', 'toString', '__proto__']) {
      const observed = `OBX|1|${type}|1||call (555) 010-2040`;
      const text = mask(`MSH|^~\\&|A\r${observed}\rPID|1||M-4711^^^HOSP^${type}\r`);
      assert.equal(field(text, 1, 5), 'call [phone]');
      assert.equal(field(text, 2, 3), `${pseudonymOf('mrn', 'M-4711')}^^^HOSP^${type}`);
    }
  });

  it('looks through what is called a number, a code or a time and is none', () => {
    for (const type of ['NM', 'SN', 'ID', 'IS', 'SI', 'TM', 'MO']) {
      const shown = (value: string): string | undefined =>
        field(mask(`MSH|^~\\&|A\rOBX|1|${type}|1||${value}\r`), 1, 5);
      assert.equal(shown('call (555) 010-2040'), 'call [phone]', type);
      assert.equal(shown('219-09-4321'), '[ssn]', type);
      for (const value of ['7.4', '>^100', '1^:^128', '0830', 'POS']) {
        assert.equal(shown(value), value);
      }
    }
  });

  it('finds what stands in several components of a field that is not known', () => {
    const text = mask('MSH|^~\\&|A\rZPI|1|call^(555)^010-2040|a^b\r');
    assert.equal(text.split('\r')[1], 'ZPI|1|[redacted]^[redacted]^[redacted]|a^b');
  });

  it('tells whose messages were shown', () => {
    const { evidence } = maskContent({ format: 'hl7v2' }, [ADMISSION, ADMISSION]);
    assert.equal(evidence.rows, 2);
    assert.equal(evidence.masked?.['mrn'], 2);
    assert(evidence.patients?.form === 'exact');
    assert.equal(evidence.patients.hashes.length, 1);
  });

  it('shows what may be seen, and goes by what the data map says', () => {
    const shown = new Map([['name', ['policy']]]);
    const fields = [
      { path: 'PV1-7.2', dataClass: 'name' },
      { path: 'PID-10', dataClass: 'other-id' },
      { path: 'ZPI-2', dataClass: 'none' },
    ];
    const own = maskContent({ format: 'hl7v2', fields }, [ADMISSION]).text;
    assert.equal(field(own, 2, 7), '1234567893^[redacted]^Sharmaine^^^^MD');
    assert.equal(field(own, 1, 10), pseudonymOf('other-id', '2106-3'));
    assert.equal(field(own, 6, 2), 'write to otto@example.org');
    const named = maskContent({ format: 'hl7v2' }, [ADMISSION], shown).text;
    assert.equal(field(named, 1, 5), 'Quackenbush^Ottoline^J');
    assert.equal(field(named, 1, 7), '1936');
  });

  it('reads the delimiters of each message, and what is escaped', () => {
    const other =
      'MSH$*!/%$A$B$C$D$20240101$$ADT*A01$1$P$2.5\nPID$1$$99**!x/S/1***!$$O/T/Hara*Ann%Lee\n';
    const text = maskContent({ format: 'hl7v2' }, [other]).text;
    assert.equal(text.split('\n')[1]?.split('$')[5], '[redacted]*[redacted]');
    assert.match(text, new RegExp(`!${pseudonymOf('mrn', 'x*1')}`));
    const western = `MSH|^~\\&${'|'.repeat(16)}8859/1~ISO IR87\r`;
    assert.equal(mask(western), western);
    const hidden = 'MSH|^~\\&|A\rNTE|1||otto\\X40\\example.org \\H\\x\\N\\\r';
    assert.doesNotMatch(mask(hidden), /otto|X40/);
  });

  it('passes batches, and separators of masks as escapes', () => {
    const batch = `FHS|^~\\&|A\rBHS|^~\\&|A\r${ADMISSION}BTS|1\rFTS|1\r`;
    assert.equal(mask(batch).split('\r').at(-2), 'FTS|1');
    const fields = [
      { path: 'PID-5.1', dataClass: 'name', mask: { kind: 'fixed', value: 'a^b|c' } as const },
    ];
    const { text } = maskContent({ format: 'hl7v2', fields }, [ADMISSION]);
    assert.equal(field(text, 1, 5), 'a\\S\\b\\F\\c^[redacted]^J');
  });

  it('refuses what others may read as something else', () => {
    for (const text of [
      '',
      'PID|1||x\r',
      'MSH|^~\\^|A\r',
      'MSHA^~\\&A\r',
      'MSH|^~\\&|A\rPID|1\nPID|2\r',
      'MSH|^~\\&|A\rpid|1\r',
      'MSH|^~\\&|A\rPID^1\r',
      'MSH|^~\\&|A\rNTE|1||\x1b$B\r',
      'MSH|^~\\&|A\rNTE|1||a\\b\r',
      'MSH|^~\\&|A\rPID|1||4\rADD|711\r',
      'MSH|^~\\&|A\rNTE|1||\\C2842\\\r',
      '\vMSH|^~\\&|A\r',
      // A byte of a name may be a separator there.
      ...['GB 18030-2000', 'BIG-5'].map((set) => `MSH|^~\\&${'|'.repeat(16)}${set}\r`),
    ]) {
      assert.throws(() => mask(text), ContentFormatError, JSON.stringify(text));
    }
  });

  it('writes the same however the bytes come', () => {
    for (const text of [ADMISSION, ADMISSION.replaceAll('\r', '\r\n')]) {
      const expected = mask(text);
      const bytes = Buffer.from(text);
      for (let at = 0; at <= bytes.length; at += 1) {
        assert.equal(mask(bytes.subarray(0, at), bytes.subarray(at)), expected, String(at));
      }
      assert.equal(mask(...Array.from(bytes, (byte) => Buffer.of(byte))), expected);
    }
  });

  it('throws nothing but ContentFormatError for any bytes behind a header', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('PIDOBXZ|^~\\&\r\n15aT"'), 'é') }),
        (rest) => {
          try {
            mask(`MSH|^~\\&|A\r${rest}`);
          } catch (error) {
            assert(error instanceof ContentFormatError, String(error));
          }
        },
      ),
    );
  });
});
