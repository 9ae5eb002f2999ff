import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentMasks } from '../content/content-masks.ts';
import { fakeMasks } from '../rows/text-masks.fixture.ts';
import { FHIR_CLASSES } from './element-classes.ts';
import { KEYS } from './fhir.fixture.ts';
import { readFhirSearch } from './search-query.ts';

const MASKS = new ContentMasks({
  dataMap: { masks: {}, customClasses: [], detectors: [] },
  textMasks: fakeMasks(),
  context: () => ({ keys: KEYS, thisYear: 2026 }),
});
const READ = readFhirSearch('/r4', MASKS, {
  fields: [
    { path: '"urn:study"', dataClass: 'study-id' },
    { path: 'PractitionerRole.code', dataClass: 'other-id' },
    { path: 'Location.name', dataClass: 'name' },
    { path: 'Period', dataClass: 'date' },
  ],
  operations: new Set(['$own']),
});

function kindOf(request: string, shown: readonly string[] = []): string | undefined {
  const [path = '', name = '', value = ''] = request.split(/[?=]/);
  const pair = { name, value, written: `${name}=${value}` };
  const classes = new Map(shown.map((className) => [className, ['policy']]));
  return READ({ method: 'GET', path: `/r4/${path}` }, pair, classes)?.kind;
}

describe('readFhirSearch', () => {
  it('lets ask by ids, codes, references and the form of the answer', () => {
    for (const request of [
      'Patient?_id=1',
      'Patient?gender=male',
      'Patient?address-state=MA',
      'Patient?name:missing=true',
      'Patient?general-practitioner=Practitioner/1',
      'Observation?patient=1',
      'Observation?code=http://loinc.org|8302-2',
      'Observation?subject:Patient.gender=male',
      'Observation?_include=Observation:subject',
      'Patient?_has:Observation:patient:code=1',
      'Patient?_elements=name',
      'Patient/1/Observation?category=lab',
      'Encounter?class=AMB',
      'Practitioner?name=Careful',
      'Organization?address-city=Solna',
      'ValueSet?date=2012-01-01',
      'Observation?_sort=code,-status',
      'Observation?_sort=status:desc,Patient:subject.gender',
      'Patient/1/$everything?_count=10',
      '$export-poll-status?_jobId=1',
      'Composition/1/$document?persist=true',
      'DocumentReference/$docref?on-demand=true',
      'CodeSystem/$lookup?system=http://loinc.org&code=8302-2',
      'Patient/1/$own?_count=10',
      'Observation?subject:Patient.birthdate=1961',
      'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893',
      'Practitioner?identifier=urn:other|1234567893',
      'PractitionerRole?specialty=1',
      'Location?address-city=Solna',
      // What is called like no element of its type.
      'Appointment?part-status=accepted',
      'MedicationRequest?intended-performer=Practitioner/1',
      'CarePlan?activity-code=1',
      'Encounter?discharge-disposition=home',
      'Appointment?_has:Encounter:appointment:discharge-disposition=home',
      'Task?modified=ge2024',
      'PractitionerRole?phone=555',
      'OrganizationAffiliation?email=a@b.example',
      'Location?near=42.26|-71.8|10|km',
      'ImagingStudy?series=urn:oid:2.16.124.113543.6003.1',
      'ImagingStudy?instance=urn:oid:2.16.124.113543.6003.1.1',
      'Immunization?lot-number=AAJN11K',
      'Immunization?series=2',
      'Medication?lot-number=9494788',
      'Patient?race=2106-3',
      'Patient?ethnicity=2135-2',
    ]) {
      assert.equal(kindOf(request), 'shown', request);
    }
  });

  it('hides values by what they ask', () => {
    for (const request of [
      'Patient?name=Quxley',
      'Patient?family:exact=Quxley',
      'Patient?phone=1',
      'Patient?email=a@b.example',
      'Patient?address=1 Mill Road',
      'Patient?birthdate=1961-04-09',
      'Patient?identifier=urn:x|1',
      'Observation?subject:identifier=urn:x|1',
      'Observation?date=ge2015-02-01',
      'Observation?value-date=2015-02-01',
      'Practitioner?birthdate=1970-01-01',
      'Patient?_lastUpdated=gt2024-05-01',
      'Group/$export?_until=2024-05-01T00:00:00Z',
      'Group/$export?_since=2024-05-01T00:00:00Z',
      'DocumentReference?description=Quxley',
      'FamilyMemberHistory?identifier=1',
      'Account?name=Quxley',
      'Task?modified=ge2024-05-01',
      'Specimen?collected=2024-05-01',
      'Specimen?accession=A1',
      'Encounter?location-period=2024-05-01',
      // To some servers case makes no difference.
      'Patient?Name=Quxley',
      'Patient?FAMILY=Quxley',
      // Of who gives care, too, social security numbers are hidden.
      'Practitioner?identifier=http://hl7.org/fhir/sid/us-ssn|123-45-6789',
      'Practitioner?identifier=123-45-6789',
      // What the data map hides beyond that.
      'Practitioner?identifier=urn:study|1',
      'Organization?identifier=1',
      'PractitionerRole?role=1',
      'PractitionerRole?code=1',
      'Location?name=Quxley',
      'Encounter?period=2015',
    ]) {
      assert.equal(kindOf(request), 'hidden', request);
    }
  });

  it('says of what it refuses what can be done', () => {
    const pair = { name: 'code:text', value: 'x', written: '' };
    const reasonOf = (path: string): string => {
      const reading = READ({ method: 'GET', path }, pair, new Map());
      return reading?.kind === 'refused' ? reading.reason : '';
    };
    assert.match(
      reasonOf('/r4/Patient/$stats'),
      /data map can allow it \(parameters: \$stats: none\)$/,
    );
    assert.match(reasonOf('/r4/Observation'), /ask by codes and ids instead$/);
  });

  it('refuses what asks by everything, in a roundabout way, or by what nobody knows', () => {
    for (const request of [
      'Patient?_content=Quxley',
      'Patient?_text=Quxley',
      'Patient?_filter=name eq Quxley',
      'Observation?subject.name=Quxley',
      'Observation?subject:Patient.birthdate=1961-04',
      'Observation?patient.organization.foo=1',
      'Patient?_has:Observation:patient:date=2015-02',
      'Organization?_has:Patient:organization:_has:Observation:patient:date=2015-02',
      'Patient?_sort=birthdate',
      'Patient?_sort=_id,-family',
      'Patient?nickname=1',
      'Condition?onset-info=Quxley',
      'Patient?part-status=accepted',
      'Condition?code:text=Quxley',
      'Observation?subject:text=Quxley',
      'Observation?encounter:Encounter.reason-code:code-text=Quxley',
      'Encounter?location:Location.name=Quxley',
      'Location?_sort=name',
      // As some servers order by what is referred to, or name the type that is searched.
      'Observation?_sort=Patient:subject.family',
      'Observation?_sort=-subject:Patient.birthdate',
      'Observation?_sort=code,patient.family',
      'Patient?_sort=Patient:family',
      'Patient?_sort=family:asc',
      'PractitionerRole?practitioner:Practitioner.identifier=123-45-6789',
      'Patient/1/$diff?_count=1',
      'Encounter?_sort=location-period',
      'Condition?_sort=-onset-age',
      'Patient?_has:Condition:patient:onset-age=95',
      'Library/1/$evaluate?subject=Patient/1',
      'Patient/$export?_typeFilter=Patient?name=Quxley',
    ]) {
      assert.equal(kindOf(request), 'refused', request);
    }
  });

  it('lets ask by years, as far as masks show them', () => {
    for (const [value, kind] of [
      ['1984', 'shown'],
      ['ge1984', 'shown'],
      ['1984,1985', 'shown'],
      ['1984-05', 'hidden'],
      ['ap1984', 'hidden'],
      // Over 89 years ago, the masks show no year.
      ['1936', 'hidden'],
      ['lt1930', 'hidden'],
    ] as const) {
      assert.equal(kindOf(`Patient?birthdate=${value}`), kind, value);
    }
  });

  it('lets ask by ages, as far as masks show them', () => {
    for (const [value, kind] of [
      ['62', 'shown'],
      ['gt89', 'shown'],
      ['ge65|http://unitsofmeasure.org|a', 'shown'],
      ['le36||mo', 'shown'],
      ['62,63.5', 'shown'],
      // Over 89, the masks show no age.
      ['90', 'hidden'],
      ['gt89.5', 'hidden'],
      ['gt93|http://unitsofmeasure.org|a', 'hidden'],
      ['62,97', 'hidden'],
      ['lt9.5e1', 'hidden'],
      ['ap89', 'hidden'],
      ['gt1116||mo', 'hidden'],
      ['gt9.3||10.a', 'hidden'],
      ['gt34000|http://unitsofmeasure.org|d', 'hidden'],
    ] as const) {
      assert.equal(kindOf(`Condition?onset-age=${value}`), kind, value);
      assert.equal(kindOf(`Condition?abatement-age=${value}`), kind, value);
    }
    assert.equal(kindOf('Condition?onset-age=97', ['age']), 'shown');
  });

  it('lets ask by what is shown', () => {
    assert.equal(kindOf('Patient?name=Quxley', ['name']), 'shown');
    assert.equal(kindOf('Observation?subject:Patient.name=Quxley', ['name']), 'shown');
    assert.equal(kindOf('Patient?_sort=name', ['name']), 'shown');
    assert.equal(kindOf('Patient?_text=Quxley', ['free-text', 'name']), 'shown');
    assert.equal(kindOf('Condition?code:text=Quxley', ['free-text', 'name']), 'shown');
    assert.equal(kindOf('Observation?_sort=Patient:patient.family', ['name']), 'shown');
    assert.equal(kindOf('Patient?identifier=http://hl7.org/fhir/sid/us-ssn|1', ['ssn']), 'shown');
    assert.equal(kindOf('Patient?identifier=1', ['ssn']), 'hidden');
    assert.equal(kindOf('Account?name=Quxley', ['name']), 'shown');
  });

  it('lets ask by anything only whom nothing is hidden from that a resource may hold', () => {
    const anything = [
      'Patient?nickname=1',
      'Patient?_content=Quxley',
      'Patient?_filter=identifier eq 123-45-6789',
      'Patient?_sort=nickname',
    ];
    const all = [...FHIR_CLASSES, 'study-id'];
    for (const request of anything) {
      assert.equal(kindOf(request, all), 'shown', request);
      assert.equal(kindOf(request, ['free-text', 'name']), 'refused', request);
      const withoutOne = all.filter((name) => name !== 'study-id');
      assert.equal(kindOf(request, withoutOne), 'refused', request);
    }
  });

  it('searches resources of any type in all of a compartment', () => {
    assert.equal(kindOf('Practitioner/1/*?name=Quxley'), 'hidden');
    assert.equal(kindOf('Practitioner/1/_search?name=Quxley'), 'hidden');
    assert.equal(kindOf('Practitioner/1/*?_id=1'), 'shown');
  });

  it('looks up names of any type in time that grows with their number', () => {
    // Looked for in each type anew, they would take minutes, and the run of tests would end.
    for (let number = 0; number < 100_000; number += 1) {
      assert.equal(kindOf(`?z${number}=1`), 'hidden');
      assert.equal(kindOf(`?_z${number}=1`), 'refused');
      const dashes = '-'.repeat(number % 50);
      assert.equal(kindOf(`Encounter?sta${dashes}tus${'-'.repeat(number / 2_000)}=1`), 'shown');
    }
  });

  it('reads each alternative of identifiers, with its system', () => {
    const pair = { name: 'identifier', value: 'urn:x|1,2', written: '' };
    const reading = READ({ method: 'GET', path: '/r4/Patient' }, pair, new Map());
    assert(reading?.kind === 'hidden');
    assert.deepEqual(
      reading.values.map(({ before, value }) => before + value),
      ['urn:x|1', '2'],
    );
    const classes = reading.values[0]?.alternatives.map(({ dataClass }) => dataClass) ?? [];
    for (const className of ['mrn', 'ssn', 'study-id']) assert(classes.includes(className));
  });

  it('refuses operations that take what they look for', () => {
    const nothing = { name: '', value: '', written: '' };
    const kind = (path: string): string | undefined =>
      READ({ method: 'POST', path }, nothing, new Map())?.kind;
    assert.equal(kind('/r4/Patient/$match'), 'refused');
    assert.equal(kind('/r4/$graphql'), 'refused');
    assert.equal(kind('/r4/Patient/1/$diff'), 'refused');
    assert.equal(kind('/r4/Patient/1/$own'), 'shown');
    assert.equal(kind('/r4/ValueSet/$expand'), 'shown');
    assert.equal(kind('/r4/Patient/_search'), 'shown');
  });

  it('says nothing of other paths', () => {
    const pair = { name: 'name', value: 'Quxley', written: '' };
    assert.equal(READ({ method: 'GET', path: '/r40/Patient' }, pair, new Map()), undefined);
  });
});
