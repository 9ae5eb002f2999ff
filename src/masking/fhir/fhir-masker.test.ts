import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContentFormatError } from '../content-masker.ts';
import { maskFhir, maskFhirPieces } from './fhir.fixture.ts';

const PATIENT =
  '{"resourceType":"Patient","id":"p1","name":[{"family":"Quxley","given":["Zara"]}],"birthDate":"1961-04-09"}';
const OBSERVATION =
  '{"resourceType":"Observation","meta":{"versionId":"1"},"status":"final","code":{"text":"BP of Quxley"},' +
  '"subject":{"reference":"Patient/p1","display":"Z. Quxley"},"valueQuantity":{"value":1.250e2,"unit":"mmHg"}}';
const BUNDLE = `{ "resourceType" : "Bundle", "type":"searchset", "total": 2,
 "link":[{"relation":"self","url":"http://a/Patient?name=Quxley"}],
 "entry" : [ {"fullUrl":"http://a/Patient/p1","resource":${PATIENT}} ,
 {"resource":${OBSERVATION}} ] , "signature":{"who":{"display":"Zara"},"data":"c2lnbmVk"} }
`;

function refuses(text: string, hasLines = false): boolean {
  try {
    maskFhir(text, { hasLines });
    return false;
  } catch (error) {
    assert(error instanceof ContentFormatError);
    assert(!error.message.includes('Quxley'));
    return true;
  }
}

describe('FhirMasker', () => {
  it('masks the entries of a Bundle, what is around them, and keeps the rest byte for byte', () => {
    const masked = maskFhir(BUNDLE);
    for (const hidden of ['Quxley', 'Zara', '1961-04-09']) assert(!masked.includes(hidden), hidden);
    assert(
      masked.startsWith('{ "resourceType" : "Bundle", "type":"searchset", "total": 2,\n "link"'),
    );
    assert(masked.includes('"url":"http://a/Patient?name=MASKED"'));
    assert(masked.includes('"valueQuantity":{"value":1.250e2,"unit":"mmHg"}'));
    assert(masked.includes('"fullUrl":"http://a/Patient/p1"'));
    assert(masked.includes('"birthDate":"1961"'));
    const { entry, meta } = JSON.parse(masked) as { entry: unknown[]; meta: object };
    assert.equal(entry.length, 2);
    assert.match(JSON.stringify(meta), /"REDACTED"/);
  });

  it('gives the same wherever its input is cut', () => {
    const ndjson = `${PATIENT}\n${OBSERVATION}\r\n\n`;
    for (const [text, hasLines] of [
      [BUNDLE, false],
      [ndjson, true],
    ] as const) {
      const bytes = Buffer.from(text);
      const whole = maskFhirPieces([bytes], { hasLines });
      for (let at = 0; at <= bytes.length; at += 1) {
        const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
        assert.deepEqual(maskFhirPieces(pieces, { hasLines }), whole, `cut at byte ${at}`);
      }
      const single = Array.from(bytes, (byte) => Buffer.of(byte));
      assert.deepEqual(maskFhirPieces(single, { hasLines }), whole);
    }
  });

  it('gives the same again of what it masked', () => {
    for (const text of [BUNDLE, PATIENT, OBSERVATION]) {
      const masked = maskFhir(text);
      assert.equal(maskFhir(masked), masked);
    }
  });

  it('counts resources, and whose they are', () => {
    const { evidence } = maskFhirPieces([Buffer.from(BUNDLE)]);
    assert.equal(evidence.rows, 3);
    assert(evidence.patients?.form === 'exact');
    assert.equal(evidence.patients.hashes.length, 1);
    assert.equal(evidence.masked?.['name'], 4);
  });

  it('masks Bundles longer than any resource may be', () => {
    const entry = Buffer.from(`{"resource":${OBSERVATION}},`);
    const block = Buffer.concat(Array.from({ length: 200 }, () => entry));
    const start = Buffer.from('{"resourceType":"Bundle","entry":[');
    const end = Buffer.from(`{"resource":${PATIENT}}]}`);
    const pieces = [start, ...Array.from({ length: 400 }, () => block), end];
    const inputBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    assert(inputBytes > 16 * 1024 * 1024);
    const { text, evidence } = maskFhirPieces(pieces);
    assert.equal(evidence.rows, 80_002);
    assert(!text.includes('Quxley'));
  });

  it('refuses what is no FHIR in JSON', () => {
    for (const text of [
      '',
      '[]',
      '"Patient"',
      '{}',
      '{"resourceType":"Nobody"}',
      '{"resourceType":["Patient"]}',
      `${PATIENT}${PATIENT}`,
      PATIENT.slice(0, -1),
      `\ufeff${PATIENT}`,
      `${BUNDLE.trimEnd().slice(0, -1)}`,
      `${BUNDLE}{}`,
      BUNDLE.replace('] ,', ',] ,'),
      BUNDLE.replace(' ,\n {"resource"', '\n {"resource"'),
      BUNDLE.replace('"entry" : [', '"entry" : [,'),
      BUNDLE.replace('"entry" : [', '"entry" : [1,'),
      PATIENT.replace('Zara', 'Za\\ra\\u12g4'),
      PATIENT.replace('Zara', 'Za\nra'),
    ]) {
      assert(refuses(text), text);
    }
    assert(refuses(`${PATIENT} ${PATIENT}`, true));
    assert.throws(
      () => maskFhirPieces([Buffer.from(PATIENT.replace('Zara', '\xff'), 'latin1')]),
      /not UTF-8/,
    );
  });

  it('refuses keys that occur twice, however they are written', () => {
    for (const text of [
      '{"resourceType":"Patient","gender":"male","gender":"female"}',
      '{"resourceType":"Patient","gender":"male","g\\u0065nder":"female"}',
      '{"resourceType":"Patient","x":1,"\\u0078":2}',
      '{"resourceType":"Patient","name":[{"family":"a","use":"usual","family":"b"}]}',
      '{"resourceType":"Bundle","type":"a","entry":[],"type":"b"}',
      '{"resourceType":"Bundle","entry":[],"resourceType":"Patient"}',
      '{"resourceType":"Bundle","entry":[],"entry":[]}',
    ]) {
      assert(refuses(text), text);
    }
  });

  it('refuses what is too deep or too long', () => {
    assert(refuses(`{"resourceType":"Patient","a":${'['.repeat(10_000)}`));
    const long = Buffer.alloc(1024 * 1024, 0x61);
    const start = Buffer.from('{"resourceType":"Patient","id":"');
    assert.throws(
      () => maskFhirPieces([start, ...Array.from({ length: 17 }, () => long)]),
      /more than 16777216 bytes/,
    );
  });

  it('says what type a resource is wherever its type stands', () => {
    const last = '{"name":[{"family":"Quxley"}],"resourceType":"Patient"}';
    assert(maskFhir(last).startsWith('{"name":[{"family":"[redacted]"}],"resourceType":"Patient"'));
    const bundle = `{"entry":[{"resource":${PATIENT}}],"resourceType":"Bundle"}`;
    assert(!maskFhir(bundle).includes('Quxley'));
  });

  it('never shows what is hidden in a resource, whatever is around it and however it is cut', () => {
    const primitive = fc.constantFrom('"Quxley"', '"Qux\\u006cey"', '["Quxley"]', '{"x":"Quxley"}');
    const key = fc.constantFrom(
      'name',
      'text',
      'gender',
      'birthDate',
      'active',
      'contact',
      'x',
      '_id',
    );
    const members = fc.uniqueArray(fc.tuple(key, primitive), { selector: ([name]) => name });
    fc.assert(
      fc.property(members, fc.nat(200), (list, at) => {
        // A code is shown, whatever somebody wrote there.
        const others = list.filter(([name, value]) => name !== 'gender' || value.startsWith('{'));
        const written = others.map(([name, value]) => `"${name}":${value}`);
        const text = `{${['"resourceType":"Patient"', ...written].join()}}`;
        const bytes = Buffer.from(text);
        const { text: masked } = maskFhirPieces([bytes.subarray(0, at), bytes.subarray(at)]);
        assert(!JSON.stringify(JSON.parse(masked)).includes('Quxley'), masked);
      }),
    );
  });
});
