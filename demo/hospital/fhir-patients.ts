import { type HospitalOptions, makeHospital } from './hospital.ts';

/** A resource of FHIR R4, as JSON. */
export type FhirResource = Readonly<Record<string, unknown>> & {
  readonly resourceType: string;
  readonly id: string;
};

/** System of the hospital's record numbers. */
export const MRN_SYSTEM = 'https://hospital.example/mrn';

/** The patients of a made-up hospital as FHIR has them: the same people as in its database, by their ids. */
export function makeFhirPatients(options: HospitalOptions): readonly FhirResource[] {
  const table = makeHospital(options).find(({ table: name }) => name === 'public.patients');
  if (table === undefined) throw new Error('Cannot make patients: the hospital has none');
  const rows = table.chunks.flatMap((chunk) => chunk.trimEnd().split('\n'));
  return rows.map((row) => {
    const values = row.split('\t');
    // Nothing of a patient has characters that COPY escapes.
    return describePatient(
      Object.fromEntries(table.columns.map((column, index) => [column, values[index] ?? ''])),
    );
  });
}

function describePatient(row: Readonly<Record<string, string>>): FhirResource {
  const { id = '', mrn, first_name: given, last_name: family, birth_date: birthDate } = row;
  return {
    resourceType: 'Patient',
    id,
    identifier: [
      { type: { coding: [identifierType('MR')] }, system: MRN_SYSTEM, value: mrn },
      {
        type: { coding: [identifierType('SS')] },
        system: 'http://hl7.org/fhir/sid/us-ssn',
        value: row['ssn'],
      },
    ],
    active: true,
    name: [{ use: 'official', family, given: [given] }],
    telecom: [
      { system: 'phone', value: row['phone'] },
      { system: 'email', value: row['email'] },
    ],
    birthDate,
    address: [
      {
        line: [row['address']],
        city: row['city'],
        state: row['state'],
        postalCode: row['zip'],
        country: 'US',
      },
    ],
  };
}

function identifierType(code: string): Readonly<Record<string, string>> {
  return { system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code };
}
