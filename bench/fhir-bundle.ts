/** Made up, all of them. */
const FAMILIES = ['Lindqvist', 'Okafor', 'Marchetti', 'Yamane', 'Brandão', 'Novak'] as const;
const GIVEN = ['Elin', 'Chidi', 'Paola', 'Ren', 'Tomás', 'Jana'] as const;
const STREETS = ['Birch Lane', 'Harbour Road', 'Mill Street', 'Station Square'] as const;

/** What bundles are made of. */
export type BundledKind = 'Patient' | 'Observation';

const MAKERS: Readonly<Record<BundledKind, (index: number) => Readonly<Record<string, unknown>>>> =
  { Patient: makePatient, Observation: makeObservation };

/** A FHIR R4 bundle of at least so many bytes: patients that nobody is, each with an observation, or some of these kinds. */
export function makeBundle(
  bytesMin: number,
  kinds: readonly BundledKind[] = ['Patient', 'Observation'],
): Buffer {
  const entries: string[] = [];
  let bytes = 0;
  for (let index = 0; bytes < bytesMin; index += 1) {
    const text = kinds.map((kind) => JSON.stringify({ resource: MAKERS[kind](index) })).join(',');
    entries.push(text);
    bytes += text.length + 1;
  }
  return Buffer.from(
    `{"resourceType":"Bundle","type":"searchset","total":${entries.length},"entry":[${entries.join(',')}]}`,
  );
}

function makePatient(index: number): Readonly<Record<string, unknown>> {
  const family = FAMILIES[index % FAMILIES.length];
  const given = GIVEN[Math.floor(index / FAMILIES.length) % GIVEN.length];
  const day = String((index % 28) + 1).padStart(2, '0');
  return {
    resourceType: 'Patient',
    id: `patient-${index}`,
    meta: { versionId: '3', lastUpdated: `2024-05-${day}T08:30:00Z` },
    identifier: [{ system: 'urn:oid:1.2.36.146.595.217.0.1', value: String(100_000 + index) }],
    active: true,
    name: [{ use: 'official', family, given: [given] }],
    telecom: [{ system: 'phone', value: `+46 8 555 ${1000 + (index % 9000)}`, use: 'home' }],
    gender: index % 2 === 0 ? 'female' : 'male',
    birthDate: `19${40 + (index % 60)}-03-${day}`,
    address: [{ line: [`${index % 200} ${STREETS[index % STREETS.length]}`], city: 'Solna' }],
    generalPractitioner: [{ reference: `Practitioner/${index % 40}` }],
  };
}

function makeObservation(index: number): Readonly<Record<string, unknown>> {
  return {
    resourceType: 'Observation',
    id: `observation-${index}`,
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
    subject: { reference: `Patient/patient-${index}` },
    effectiveDateTime: '2024-05-02T09:15:00Z',
    valueQuantity: {
      value: 60 + (index % 50),
      unit: 'beats/minute',
      system: 'http://unitsofmeasure.org',
      code: '/min',
    },
  };
}
