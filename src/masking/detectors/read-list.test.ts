import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileDetectors } from './detectors.ts';

const DETECTORS = compileDetectors();

/** What is shown of a text. */
function redact(text: string): string {
  const bytes = Buffer.from(text);
  return (DETECTORS.redact(bytes, 0, bytes.length) ?? bytes).toString();
}

describe('readList', () => {
  const masked: readonly (readonly [written: string, shown: string])[] = [
    ['given:["Zzyx"]', 'given:["[name]"]'],
    ['log: "given": ["Zzyx", "Q"], "bed": 4', 'log: "given": ["[name]", "[name]"], "bed": 4'],
    ['"given": [\n  "Zzyx",\n  "Qwop"\n]', '"given": [\n  "[name]",\n  "[name]"\n]'],
    ['{\\"given\\":[\\"Zzyx\\"]}', '{\\"given\\":[\\"[name]\\"]}'],
    ["Patient(given=['Zzyx', null], bed=4)", "Patient(given=['[name]', null], bed=4)"],
    ['Patient{given=[Zzyx, Qwop], bed=4}', 'Patient{given=[[name], [name]], bed=4}'],
    ["given = ARRAY['Zzyx','Qwop']", "given = ARRAY['[name]','[name]']"],
    ["last_name IN (N'Zzyx', N'Qwop')", "last_name IN (N'[name]', N'[name]')"],
    [':given => ["Zzyx"], given=>["Qwop"]', ':given => ["[name]"], given=>["[name]"]'],
    ["last_name NOT IN ('Zzyx', 'Qwop')", "last_name NOT IN ('[name]', '[name]')"],
    ['{"given": ["Zzyx", "Qw', '{"given": ["[name]", "[name]'],
    ['last_name:\n- Zzyx\n- "Qwop"\nbed: 4', 'last_name:\n- [name]\n- "[name]"\nbed: 4'],
    ['{ID:1 Given:[Zzyx Qwop] Bed:4}', '{ID:1 Given:[[name]] Bed:4}'],
    ['phone: ["12", "34"], fax: ("56")', 'phone: ["[phone]", "[phone]"], fax: ("[fax]")'],
  ];
  for (const [written, shown] of masked) {
    it(`masks each value of a list behind a key: ${JSON.stringify(written)}`, () => {
      assert.equal(redact(written), shown);
    });
  }

  it('masks each of many values, also those that look like keys of other lists', () => {
    const names = Array.from({ length: 500 }, (_, index) => `"given=[zzyx${index}"`);
    const shown = redact(`{"last_name": [${names.join(', ')}]}`);
    assert.equal(shown, `{"last_name": [${names.map(() => '"[name]"').join(', ')}]}`);
  });

  it('leaves what is no list of values', () => {
    for (const text of [
      '"given": [], "family": [null, 1]',
      'given=[name], family=[name]',
      'family=[a-z]+ given=[A-Z]*',
      'Family: [see note]. Patient: [REDACTED] Name:[REDACTED]',
      'given:\n- Tylenol 500 mg\n- fluids',
      "first_name['x'] = 1",
      'family=(a or b)',
    ]) {
      assert.equal(redact(text), text);
    }
  });
});
