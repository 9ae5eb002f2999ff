import { foldParameter } from './searched-elements.ts';

/** What a search parameter asks by: codes, references and numbers, or dates. */
export type ParameterKind = 'code' | 'date';

/**
 * Search parameters of R4, and of US Core, that ask by codes, references or numbers and are called like no element of their type;
 * and by the numbers of lots and of doses, which are texts, but of things.
 *
 * @see https://hl7.org/fhir/R4/searchparameter-registry.html
 */
const CODES: Readonly<Record<string, string>> = {
  AllergyIntolerance: 'severity',
  Appointment: 'part-status',
  AppointmentResponse: 'part-status',
  AuditEvent: 'agent-role entity-type policy site',
  Bundle: 'composition message',
  CarePlan: 'activity-code activity-reference',
  CareTeam: 'role',
  ChargeItem: 'performer-actor performer-function',
  Claim: 'detail-udi item-udi procedure-udi subdetail-udi',
  ClinicalImpression: 'finding-code finding-ref investigation',
  Composition: 'related-ref section',
  Condition: 'evidence stage',
  Consent: 'action consentor data purpose security-label',
  Contract: 'signer',
  Coverage: 'class-type',
  DeviceRequest: 'device',
  DiagnosticReport: 'assessed-condition media',
  DocumentManifest: 'related-ref',
  DocumentReference: 'related relatesto',
  Encounter: 'discharge-disposition',
  EpisodeOfCare: 'incoming-referral',
  ExplanationOfBenefit: 'detail-udi item-udi procedure-udi subdetail-udi',
  Group: 'characteristic exclude',
  ImagingStudy: 'dicom-class instance series',
  Immunization: 'lot-number series',
  ImmunizationRecommendation: 'information status support vaccine-type',
  Invoice: 'participant-role',
  Library: 'composed-of depends-on derived-from predecessor successor',
  Location: 'near',
  Media: 'site',
  Medication: 'lot-number',
  MedicationAdministration: 'reason-given reason-not-given',
  MedicationDispense: 'prescription responsibleparty',
  MedicationRequest: 'intended-dispenser intended-performer intended-performertype',
  MessageHeader: 'receiver target',
  NutritionOrder: 'additive formula oraldiet supplement',
  Observation: 'code-value-quantity combo-data-absent-reason component-data-absent-reason',
  OrganizationAffiliation: 'participating-organization primary-organization role service',
  Patient: 'ethnicity race',
  PractitionerRole: 'role service',
  Provenance: 'agent-role signature-type',
  QuestionnaireResponse: 'item-subject',
  RiskAssessment: 'probability risk',
  Specimen: 'collector container',
  StructureDefinition: 'base base-path ext-context path valueset',
  Substance: 'quantity substance-reference',
  ValueSet: 'expansion reference',
};
/** The same, that ask by dates. */
const DATES: Readonly<Record<string, string>> = {
  CarePlan: 'activity-date',
  ClaimResponse: 'payment-date',
  Condition: 'asserted-date',
  DeviceRequest: 'event-date',
  Encounter: 'location-period',
  ExplanationOfBenefit: 'service-date',
  Goal: 'target-date',
  Immunization: 'reaction-date',
  Medication: 'expiration-date',
  Specimen: 'collected',
  Substance: 'expiry',
  Task: 'modified',
};

/** By type and folded name. */
const KINDS: ReadonlyMap<string, ParameterKind> = new Map([
  ...listParameters(CODES, 'code'),
  ...listParameters(DATES, 'date'),
]);
const NAMES: ReadonlySet<string> = new Set([...KINDS.keys()].map((key) => key.split('?')[1] ?? ''));

/** What such a parameter asks by; undefined for all others. @param name See {@link foldParameter}. */
export function kindOfParameter(type: string, name: string): ParameterKind | undefined {
  return KINDS.get(`${type}?${name}`);
}

/** Whether some type has such a parameter. @param name See {@link foldParameter}. */
export function isParameterOfAny(name: string): boolean {
  return NAMES.has(name);
}

function listParameters(
  parameters: Readonly<Record<string, string>>,
  kind: ParameterKind,
): readonly (readonly [string, ParameterKind])[] {
  return Object.entries(parameters).flatMap(([type, names]) =>
    names.split(' ').map((name) => [`${type}?${foldParameter(name)}`, kind] as const),
  );
}
