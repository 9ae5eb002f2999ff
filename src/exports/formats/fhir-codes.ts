/** A code of a terminology, as FHIR writes it. */
export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

/** What kind of thing an entity is. @see https://hl7.org/fhir/R4/auditevent.html */
export const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
/** What an entity is in an event. */
export const ENTITY_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
/** What kind of system says it. */
export const SOURCE_TYPE = 'http://terminology.hl7.org/CodeSystem/security-source-type';

const PARTICIPATION_TYPE = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

/** @param code Of DICOM PS3.16, annex D. */
export function dicom(code: string, display: string): Coding {
  return { system: 'http://dicom.nema.org/resources/ontology/DCM', code, display };
}

/** Parts that agents take in an event. */
export const APPLICATION: Coding = dicom('110150', 'Application');
export const DESTINATION_ROLE: Coding = dicom('110152', 'Destination Role ID');
export const SOURCE_ROLE: Coding = dicom('110153', 'Source Role ID');
export const CUSTODIAN: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  code: 'custodian',
  display: 'Custodian',
};
export const RECIPIENT: Coding = {
  system: PARTICIPATION_TYPE,
  code: 'IRCP',
  display: 'information recipient',
};
export const AUTHOR: Coding = {
  system: PARTICIPATION_TYPE,
  code: 'AUT',
  display: 'author (originator)',
};
