import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const DETECTORS = compileDetectors();

/** What is shown of a text. */
function redact(text: string): string {
  const bytes = Buffer.from(text);
  return (DETECTORS.redact(bytes, 0, bytes.length) ?? bytes).toString();
}

describe('readKey', () => {
  const masked: readonly (readonly [written: string, shown: string])[] = [
    [
      'GET /Patient?family=Zzyx&given=Qwop HTTP/1.1',
      'GET /Patient?family=[name]&given=[name] HTTP/1.1',
    ],
    ['GET /Patient?family:exact=zzyx,qwop&ssn=12', 'GET /Patient?family:exact=[name]&ssn=[ssn]'],
    ["GET /p?filter[family]=o'zzyx 200", 'GET /p?filter[family]=[name] 200'],
    ['GET /p?x=1%26family%3Dzzyx 200', 'GET /p?x=1%26family%3D[name] 200'],
    ['patient.first_name = zzyx qwop # his', 'patient.first_name = [name] # his'],
    ['firstName=zzyx, lastName=qwop, ward=5', 'firstName=[name], lastName=[name], ward=5'],
    [
      'family=zzyx given=qwop level=info msg="done"',
      'family=[name] given=[name] level=info msg="done"',
    ],
    ['- first_name: zzyx qwop\r\n  bed: 4', '- first_name: [name]\r\n  bed: 4'],
    [
      "Patient(first_name='zzyx \\'q', mrn=12, bed=4)",
      "Patient(first_name='[name]', mrn=[mrn], bed=4)",
    ],
    [':first_name=>"zzyx", "family": "qwop"', ':first_name=>"[name]", "family": "[name]"'],
  ];
  for (const [written, shown] of masked) {
    it(`masks what a key says to be somebody's: ${written}`, () => {
      assert.equal(redact(written), shown);
    });
  }

  it('leaves what stands for a value, what compares, and what people write', () => {
    for (const text of [
      'where p.ssn = $1 and family = ? and given == other',
      'set first_name = excluded.first_name, email=null, phone=true',
      'Family: supportive. Address: discussed. Phone: yes',
      'first_name: ${NAME}',
      'family_history=yes',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});
