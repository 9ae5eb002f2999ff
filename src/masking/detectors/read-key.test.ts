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
    ['/p?patient=55&patient_id=56&family=山田', '/p?patient=55&patient_id=[mrn]&family=[name]'],
    ['address=127.0.0.1:9090', 'address=[ip-address]:9090'],
    ['address="10.1.2.3:90"', 'address="[ip-address]:90"'],
    ['first_name = Zzyx(Qwop)', 'first_name = [name]'],
    ['email = zzyx.qwop(at)example.org', 'email = [email]'],
    ["patient = people.find('zzyx')", 'patient = [name]'],
    ['family=str\ngiven=QWOP_ZZ', 'family=[name]\ngiven=[name]'],
    ['x-patient-name: "zzyx"', 'x-patient-name: "[name]"'],
    ['/p?address-city=Zzyx', '/p?address-city=[city]'],
    [':first_name=>"zzyx", "family": "qwop"', ':first_name=>"[name]", "family": "[name]"'],
    ['x "family": "Zzy', 'x "family": "[name]'],
    ['"first_name": "Zzyx...\nnext', '"first_name": "[name]\nnext'],
    [
      "`last_name` = 'zzyx' AND `p`.`ssn` IN ('qw')",
      "`last_name` = '[name]' AND `p`.`ssn` IN ('[ssn]')",
    ],
    [
      "lower(p.last_name) = 'zzyx' and (last_name)::text ~~ 'zzyx%'::text",
      "lower(p.last_name) = '[name]' and (last_name)::text ~~ '[name]'::text",
    ],
    [
      "[last_name]=N'zzyx' or family LIKE E'zzyx'",
      "[last_name]=N'[name]' or family LIKE E'[name]'",
    ],
    ["last_name ILIKE 'zzyx%' or ssn <> 'qw'", "last_name ILIKE '[name]' or ssn <> '[ssn]'"],
    ['<input name="firstName" value="zzyx">', '<input name="firstName" value="[name]">'],
    ['{"key":"first_name","value":"zzyx"}', '{"key":"first_name","value":"[name]"}'],
    [
      'made firstName: Zzyx Qwop, lastName: Qwop, bed: 4',
      'made firstName: [name], lastName: [name], bed: 4',
    ],
    ['{ID:1 Given:zzyx qwop Bed:4 Family:Van Zzyx}', '{ID:1 Given:[name] Bed:4 Family:[name]}'],
    ['name:\n  family: Zzyx\n  given: Qw', 'name:\n  family: [name]\n  given: [name]'],
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
      '{"next":"/api/visits?patient=123&page=2"}',
      'given = 3',
      'socket(family=AF_INET, type=1)',
      '<text font-family="Arial">',
      'patient = Patient.objects.get(pk=1)',
      'email = models.EmailField()',
      'zip = zipfile.ZipFile(x)',
      'first_name: str\nlast_name: str = None\n',
      'make(firstName: string, lastName: string!)',
      '{ lastName: input.last, firstName: user.firstName }',
      'patient in pain like that, family like us, address in the note',
      'family: Supportive\ngiven: Tylenol\npatient: Stable',
      'say "family": "',
      "(lastName) => 'x', `family` = family, see `family`: 'Qwop' is one",
    ]) {
      assert.equal(redact(text), text);
    }
  });
});
