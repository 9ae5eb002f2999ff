import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pseudonymise } from '../masks/pseudonym.ts';
import { KEYS, maskFhir, maskFhirPieces, maskResource } from './fhir.fixture.ts';

const SSN = 'http://hl7.org/fhir/sid/us-ssn';
const MASKED_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">[redacted]</div>';
const REDACTED = '[redacted]';
const UCUM = 'http://unitsofmeasure.org';

/** What SQL shows of the same value. */
function pseudonymOf(domain: string, value: string): string {
  return pseudonymise(value, KEYS.derive('pseudonym', domain));
}

describe('ResourceMasker', () => {
  it('masks people by the types of their elements', () => {
    const masked = maskResource({
      resourceType: 'Patient',
      id: 'p1',
      text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Zara</div>' },
      identifier: [
        { system: SSN, value: '219-09-4321' },
        { type: { coding: [{ code: 'MR' }] }, value: '4711' },
        { system: 'urn:x', value: '12' },
      ],
      active: true,
      name: [{ use: 'official', family: 'Quxley', given: ['Zara'], suffix: ['MD'] }],
      telecom: [
        { system: 'phone', value: '555-0100' },
        { system: 'email', value: 'z@x.example' },
      ],
      gender: 'female',
      birthDate: '1961-04-09',
      _birthDate: {
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
            valueDateTime: '1961-04-09T10:00:00Z',
          },
        ],
      },
      deceasedDateTime: '2020-02',
      address: [{ line: ['1 Mill Road'], city: 'Solna', state: 'MA', postalCode: '02139' }],
      multipleBirthInteger: 2,
      photo: [{ contentType: 'image/png', data: 'aGVsbG8=', url: 'http://x/zara.png' }],
      contact: [{ name: { text: 'Yara Quxley' }, organization: { display: 'Mill Clinic' } }],
    });
    assert.deepEqual(masked, {
      resourceType: 'Patient',
      id: 'p1',
      text: { status: 'generated', div: MASKED_DIV },
      identifier: [
        { system: SSN, value: REDACTED },
        { type: { coding: [{ code: 'MR' }] }, value: pseudonymOf('mrn', '4711') },
        { system: 'urn:x', value: pseudonymOf('other-id', '12') },
      ],
      active: true,
      name: [{ use: 'official', family: REDACTED, given: [REDACTED], suffix: ['MD'] }],
      telecom: [
        { system: 'phone', value: REDACTED },
        { system: 'email', value: REDACTED },
      ],
      gender: 'female',
      birthDate: '1961',
      _birthDate: {
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
            valueDateTime: '1961',
          },
        ],
      },
      deceasedDateTime: '2020',
      address: [{ line: [REDACTED], city: REDACTED, state: 'MA', postalCode: '021' }],
      multipleBirthInteger: 2,
      photo: [{ contentType: 'image/png', data: 'W3JlZGFjdGVkXQ==', url: REDACTED }],
      contact: [{ name: { text: REDACTED }, organization: { display: 'Mill Clinic' } }],
    });
  });

  it('shows who gives care, but for their dates and pictures', () => {
    const practitioner = {
      resourceType: 'Practitioner',
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
      name: [{ family: 'Careful' }],
      telecom: [{ system: 'phone', value: '555-0199' }],
      address: [{ city: 'Solna' }],
    };
    assert.deepEqual(maskResource(practitioner), practitioner);
    const masked = maskResource({
      ...practitioner,
      birthDate: '1970-01-01',
      identifier: [{ system: SSN, value: '219-09-4321' }],
      photo: [{ data: 'aGVsbG8=' }],
    });
    assert.deepEqual(
      [masked['birthDate'], masked['identifier'], masked['photo']],
      ['1970', [{ system: SSN, value: REDACTED }], [{ data: 'W3JlZGFjdGVkXQ==' }]],
    );
  });

  it('leaves definitions as they are', () => {
    const definition = {
      resourceType: 'ValueSet',
      identifier: [{ value: '12' }],
      version: '20120101',
      date: '2012-01-01',
      publisher: 'HL7',
    };
    assert.deepEqual(maskResource(definition), definition);
  });

  it('hides the names of a resource in its other texts, whatever their own mask is', () => {
    for (const mask of ['redact', 'pseudonym'] as const) {
      const condition = {
        resourceType: 'Condition',
        code: { text: "Quxley's syndrome", coding: [{ display: 'Syndrome of quxley' }] },
        encounter: { reference: 'Encounter/1', display: 'Visit of Zara' },
        subject: { reference: 'Patient/1', display: 'Zara Quxley' },
        note: [{ text: 'SECRET and Zarah' }],
      };
      const masked = maskResource(condition, { masks: { name: { kind: mask } } });
      assert.deepEqual(masked['code'], {
        text: "[name]'s syndrome",
        coding: [{ display: 'Syndrome of [name]' }],
      });
      const encounter = { reference: 'Encounter/1', display: 'Visit of [name]' };
      assert.deepEqual(masked['encounter'], encounter);
      assert.deepEqual(masked['note'], [{ text: 'MASKED and Zarah' }]);
      const name = mask === 'redact' ? REDACTED : pseudonymOf('name', 'Zara Quxley');
      assert.deepEqual(masked['subject'], { reference: 'Patient/1', display: name });
    }
  });

  it('tells by the reference and its element whose name a display is', () => {
    const masked = maskResource({
      resourceType: 'Appointment',
      participant: [{ actor: { reference: 'Practitioner/1', display: 'Dr Careful' } }],
      slot: [{ reference: 'Slot/1', display: 'Morning' }],
      supportingInformation: [
        { display: 'Somebody' },
        { reference: 'Organization/1', display: 'Mill Clinic' },
        { reference: 'http://x/fhir/Patient/1/_history/3', display: 'Zara' },
        { type: 'RelatedPerson', display: 'Yara' },
      ],
    });
    // A participant may be a patient.
    assert.deepEqual(masked['participant'], [
      { actor: { reference: 'Practitioner/1', display: REDACTED } },
    ]);
    assert.deepEqual(masked['slot'], [{ reference: 'Slot/1', display: 'Morning' }]);
    assert.deepEqual(masked['supportingInformation'], [
      { display: REDACTED },
      { reference: 'Organization/1', display: 'Mill Clinic' },
      { reference: 'http://x/fhir/Patient/1/_history/3', display: REDACTED },
      { type: 'RelatedPerson', display: REDACTED },
    ]);
  });

  it('keeps dates valid, whatever is their type and mask', () => {
    const dated = {
      resourceType: 'Observation',
      effectiveDateTime: '2015-02-07T13:28:17.239+02:00',
      issued: '2015-02-07T13:28:17Z',
      valueTime: '13:28:17',
      subject: { reference: 'Patient/7' },
    };
    assert.deepEqual(maskResource(dated), {
      ...dated,
      effectiveDateTime: '2015',
      issued: '2015-01-01T00:00:00Z',
    });
    const redacted = maskResource(dated, { masks: { date: { kind: 'redact' } } });
    assert.equal(redacted['effectiveDateTime'], '1900');
    assert.equal(redacted['issued'], '1900-01-01T00:00:00Z');
    const shifted = maskResource(dated, { masks: { date: { kind: 'date-shift' } } });
    const days = (text: unknown): number =>
      Date.parse(`${String(text).slice(0, 10)}T00:00:00Z`) / 86_400_000;
    const moved = days(dated.issued) - days(shifted['issued']);
    assert(moved >= 1 && moved <= 365);
    assert.equal(days(dated.effectiveDateTime) - days(shifted['effectiveDateTime']), moved);
    assert.match(String(shifted['effectiveDateTime']), /T13:28:17\.239\+02:00$/);
    const other = maskResource(
      { ...dated, subject: undefined },
      { masks: { date: { kind: 'date-shift' } } },
    );
    assert.equal(other['effectiveDateTime'], '2015');
  });

  it('shows no age over 89', () => {
    const age = (value: number, unit: string): unknown =>
      maskResource({
        resourceType: 'Condition',
        onsetAge: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
      })['onsetAge'];
    const system = 'http://unitsofmeasure.org';
    assert.deepEqual(age(93, 'a'), { value: 90, unit: 'a', system, code: 'a' });
    assert.deepEqual(age(89, 'a'), { value: 89, unit: 'a', system, code: 'a' });
    assert.deepEqual(age(93, 'Jahre'), { value: 90, unit: 'Jahre', system, code: 'Jahre' });
    for (const [shown, asked, unit] of [
      [93, 93, 'mo'],
      [1068, 1068, 'mo'],
      [1080, 1116, 'mo'],
      [4680, 4800, 'wk'],
      [32850, 34000, 'd'],
      [2000, 2000, 'd'],
    ] as const) {
      assert.deepEqual(age(asked, unit), { value: shown, unit, system, code: unit });
    }
  });

  it('masks extensions by their URL, what they belong to, and their type', () => {
    const extension = (url: string, value: object): object => ({ url, ...value });
    const masked = maskResource({
      resourceType: 'Patient',
      extension: [
        extension('http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName', {
          valueString: 'Okafor',
        }),
        extension('http://x/place', { valueAddress: { city: 'Solna', country: 'SE' } }),
        extension('http://x/name', { valueHumanName: { family: 'Quxley' } }),
        extension('http://x/unknown', { valueString: 'Quxley' }),
        extension('http://x/uri', { valueUri: 'tel:555-0100' }),
        extension('http://x/code', { valueCode: 'a' }),
        extension('http://x/group', { extension: [extension('text', { valueString: 'White' })] }),
      ],
      name: [{ _family: { extension: [extension('http://x/own-name', { valueString: 'Qux' })] } }],
      address: [{ extension: [{ url: 'latitude', valueDecimal: 59.35 }] }],
    });
    assert.deepEqual(masked['extension'], [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName',
        valueString: REDACTED,
      },
      { url: 'http://x/place', valueAddress: { city: REDACTED, country: 'SE' } },
      { url: 'http://x/name', valueHumanName: { family: REDACTED } },
      { url: 'http://x/unknown', valueString: REDACTED },
      { url: 'http://x/uri', valueUri: REDACTED },
      { url: 'http://x/code', valueCode: REDACTED },
      { url: 'http://x/group', extension: [{ url: 'text', valueString: 'White' }] },
    ]);
    assert.deepEqual(masked['name'], [
      { _family: { extension: [{ url: 'http://x/own-name', valueString: REDACTED }] } },
    ]);
    assert.deepEqual(masked['address'], [{ extension: [{ url: 'latitude', valueDecimal: 0 }] }]);
  });

  it('shows no codes and numbers of extensions of a person that nobody knows, and keeps them valid', () => {
    const secrets = {
      valueId: 'Quxley',
      valueOid: 'urn:oid:2.16.219.9.4321',
      valueUuid: 'urn:uuid:12345678-0000-0000-0000-000000000000',
      valueCode: 'Quxley',
      valueCanonical: 'http://Quxley',
      valueTime: '21:09:43',
      valueInteger: 219,
      valueDecimal: 219.5,
      valuePositiveInt: 219,
      valueUnsignedInt: 'Quxley',
      valueCoding: { system: 'http://Quxley', code: 'Quxley', display: 'Q', userSelected: true },
      valueQuantity: { value: 219, unit: 'Quxley', system: UCUM, code: 'Quxley' },
    };
    const others = ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex', 'text'];
    const masked = maskResource({
      resourceType: 'Patient',
      extension: [
        ...Object.entries(secrets).map(([name, value]) => ({ url: 'http://x/y', [name]: value })),
        ...others.map((url) => ({ url, valueCode: 'F' })),
      ],
      name: [{ extension: [{ url: 'http://x/y', valueCode: 'Quxley' }] }],
    });
    const extensions = (masked['extension'] as object[]).map((extension) => {
      const { url: _, ...values } = extension as Readonly<Record<string, unknown>>;
      return values;
    });
    assert.deepEqual(Object.assign({}, ...extensions.slice(0, -2)), {
      valueId: 'redacted',
      valueOid: 'urn:oid:2.999',
      valueUuid: 'urn:uuid:00000000-0000-0000-0000-000000000000',
      valueCode: REDACTED,
      valueCanonical: REDACTED,
      valueTime: '00:00:00',
      valueInteger: 0,
      valueDecimal: 0,
      valuePositiveInt: 1,
      valueUnsignedInt: '0',
      valueCoding: { system: REDACTED, code: REDACTED, display: REDACTED, userSelected: true },
      valueQuantity: { value: 0, unit: REDACTED, system: UCUM, code: REDACTED },
    });
    assert.deepEqual(extensions.slice(-2), [{ valueCode: 'F' }, { valueCode: 'F' }]);
    assert.deepEqual(masked['name'], [{ extension: [{ url: 'http://x/y', valueCode: REDACTED }] }]);
  });

  it('withholds the words of what went wrong, and shows its codes', () => {
    const issue = { severity: 'error', code: 'not-found' };
    const coding = [{ code: 'MSG_NO_MATCH' }];
    const masked = maskResource({
      resourceType: 'OperationOutcome',
      issue: [
        {
          ...issue,
          details: { coding, text: 'No Quxley' },
          diagnostics: 'Quxley is not known',
          expression: ['Quxley'],
          location: ['Quxley'],
        },
      ],
    });
    const hidden = { diagnostics: REDACTED, expression: [REDACTED], location: [REDACTED] };
    const details = { coding, text: REDACTED };
    assert.deepEqual(masked['issue'], [{ ...issue, details, ...hidden }]);
  });

  it('shows languages and rules of a resource only if they are written like some', () => {
    const show = (language: unknown, implicitRules: unknown): unknown[] => {
      const masked = maskResource({ resourceType: 'Observation', language, implicitRules });
      return [masked['language'], masked['implicitRules']];
    };
    for (const language of ['de', 'en-US', 'zh-Hans-CN', 'es-419']) {
      const rules = 'https://hospital.example/rules';
      assert.deepEqual(show(language, rules), [language, rules]);
    }
    for (const text of ['Quxley', 'en-Quxley', 'urn:Zara Quxley', 'http://x?name=Quxley']) {
      assert.deepEqual(show(text, text), [REDACTED, REDACTED]);
    }
  });

  it('looks through attachments of text, and shows no others', () => {
    const attachment = (contentType: string, text: string): unknown =>
      maskResource({
        resourceType: 'DocumentReference',
        content: [{ attachment: { contentType, data: Buffer.from(text).toString('base64') } }],
      })['content'];
    const of = (contentType: string, text: string): unknown => [
      { attachment: { contentType, data: Buffer.from(text).toString('base64') } },
    ];
    assert.deepEqual(attachment('text/plain', 'a SECRET b'), of('text/plain', 'a MASKED b'));
    assert.deepEqual(attachment('text/plain', 'a b'), of('text/plain', 'a b'));
    assert.deepEqual(attachment('application/pdf', 'a b'), of('application/pdf', REDACTED));
  });

  it('hides answers of forms to questions for a name, and shows what else was asked', () => {
    const item = (text: string, answer: object, linkId = '1'): object => ({
      ...{ linkId, text },
      answer: [answer],
    });
    const masked = maskResource({
      resourceType: 'QuestionnaireResponse',
      item: [
        item('Last name', { valueString: 'Quxley' }),
        item('How are you?', { valueString: 'Mr Quxley is well', item: [] }, 'a'),
        item('', { valueString: 'Zara' }, 'firstName'),
        item('Sex', { valueCoding: { code: 'f', display: 'female' } }),
      ],
    });
    assert.deepEqual(masked['item'], [
      item('Last name', { valueString: REDACTED }),
      item('How are you?', { valueString: 'Mr [name] is well', item: [] }, 'a'),
      item('', { valueString: REDACTED }, 'firstName'),
      item('Sex', { valueCoding: { code: 'f', display: 'female' } }),
    ]);
  });

  it('hides the name of an account, and what a service signs in by elsewhere', () => {
    for (const resource of [
      { resourceType: 'Account', name: 'Quxley' },
      { resourceType: 'Endpoint', header: ['Authorization: Quxley'] },
      { resourceType: 'Subscription', channel: { header: ['Authorization: Quxley'] } },
    ]) {
      assert(!JSON.stringify(maskResource(resource)).includes('Quxley'), resource.resourceType);
    }
  });

  it('shows no attachments that are called text and cannot be looked through', () => {
    const attachment = (contentType: string, text: Buffer): unknown =>
      maskResource({ resourceType: 'Binary', contentType, data: text.toString('base64') })['data'];
    const redacted = Buffer.from(REDACTED).toString('base64');
    const plain = Buffer.from('a\tb\r\n\u00fc');
    for (const type of ['text/plain', 'text/plain; charset="UTF-8"', 'text/plain;charset=latin1']) {
      assert.equal(attachment(type, plain), plain.toString('base64'), type);
    }
    assert.equal(attachment('text/plain; charset=utf-16', plain), redacted);
    assert.equal(attachment('text/plain', Buffer.from('Zara Quxley', 'utf16le')), redacted);
    assert.equal(attachment('text/plain', Buffer.from('%PDF-1.7\n\u0003')), redacted);
  });

  it('hides what no type of FHIR has, and what is of another type than it should be', () => {
    const masked = maskResource({
      resourceType: 'Patient',
      nickname: 'Zara',
      SECRETS: { a: [1, 'b', true, null] },
      name: 'Zara',
      gender: { text: 'Zara' },
      active: 'Zara',
      birthDate: ['1961-04-09', { x: 'Zara' }],
      telecom: [['Zara']],
    });
    assert(!JSON.stringify(masked).includes('Zara'));
    assert.deepEqual(masked['MASKEDS'], { a: [REDACTED, REDACTED, true, null] });
    assert.deepEqual(masked['birthDate'], ['1961', { x: REDACTED }]);
  });

  it('shows classes that a principal may see, and counts them as raw', () => {
    const resource = {
      resourceType: 'Patient',
      name: [{ family: 'Quxley' }],
      birthDate: '1961-04-09',
    };
    const shown = ['name'];
    assert.deepEqual(maskResource(resource, { shown }), { ...resource, birthDate: '1961' });
    const { evidence } = maskFhirPieces([Buffer.from(JSON.stringify(resource))], { shown });
    assert.deepEqual(evidence.raw, { name: ['policy'] });
    assert.deepEqual(evidence.masked, { 'birth-date': 1 });
  });

  it('goes by what the data map says of elements, types, systems and extensions', () => {
    const resource = {
      resourceType: 'Patient',
      identifier: [{ system: 'http://x/mrn', value: '4711' }],
      extension: [{ url: 'http://x/study', valueString: 'S-1' }],
      name: [{ family: 'Quxley', period: { start: '2001-01-01' } }],
      maritalStatus: { text: 'Widowed', coding: [{ code: 'W' }] },
      address: [{ city: 'Solna', line: ['1 Mill Road'] }],
    };
    const fields = [
      { path: '"http://x/mrn"', dataClass: 'mrn' },
      { path: '"http://x/study"', dataClass: 'none' },
      { path: 'Patient.name', dataClass: 'none' },
      { path: 'CodeableConcept', dataClass: 'other-id', mask: { kind: 'redact' } as const },
      { path: 'Address.city', dataClass: 'none' },
    ];
    assert.deepEqual(maskResource(resource, { fields }), {
      ...resource,
      identifier: [{ system: 'http://x/mrn', value: pseudonymOf('mrn', '4711') }],
      maritalStatus: { text: REDACTED, coding: [{ code: 'W' }] },
      address: [{ city: 'Solna', line: [REDACTED] }],
    });
  });

  it('says in meta.security what was done, once, and where there is room for it', () => {
    const label = (code: string): string =>
      `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"${code}"}`;
    const rest = '"gender":"female","birthDate":"1961-04-09","name":[{"family":"Qux"}]}';
    const done = '"gender":"female","birthDate":"1961","name":[{"family":"[redacted]"}]}';
    const both = `${label('ABSTRED')},${label('REDACTED')}`;
    for (const [meta, written] of [
      ['', `"meta":{"security":[${both}]},`],
      ['"meta":{},', `"meta":{"security":[${both}]},`],
      ['"meta":{"tag":[]},', `"meta":{"tag":[],"security":[${both}]},`],
      ['"meta":{"security":[ ]},', `"meta":{"security":[ ${both}]},`],
      [
        `"meta":{"security":[${label('REDACTED')}],"tag":[]},`,
        `"meta":{"security":[${label('REDACTED')},${label('ABSTRED')}],"tag":[]},`,
      ],
    ] as const) {
      const masked = maskFhir(`{"resourceType":"Patient",${meta}${rest}`);
      assert.equal(masked, `{"resourceType":"Patient",${written}${done}`);
    }
    const untouched = '{"resourceType":"Patient","gender":"female"}';
    assert.equal(maskFhir(untouched), untouched);
  });

  it('labels the resource around those that it contains', () => {
    const masked = maskFhir(
      '{"resourceType":"List","contained":[{"resourceType":"Patient","birthDate":"1961-04-09"}]}',
    );
    const { meta, contained } = JSON.parse(masked) as { meta: object; contained: object[] };
    assert.match(JSON.stringify(meta), /ABSTRED/);
    assert.deepEqual(contained, [{ resourceType: 'Patient', birthDate: '1961' }]);
  });

  it('reads escapes before it looks, and writes none that JSON does not have', () => {
    const masked = maskFhir(
      '{"resourceType":"Basic","author":{"reference":"Patient\\/1","display":"Z\\u0061ra \\"Q\\""},"code":{"text":"\\u0053ECRET\\n\\u2028"}}',
    );
    const { author, code } = JSON.parse(masked) as { author: unknown; code: unknown };
    assert.deepEqual(author, { reference: 'Patient/1', display: REDACTED });
    assert.match(JSON.stringify(code), /MASKED/);
    assert(!masked.includes('SECRET'));
  });
});
