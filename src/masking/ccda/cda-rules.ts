import type { XmlElement } from '../xml/xml-path.ts';
import type { XmlRule, XmlRules } from '../xml/xml-rule.ts';

/** The root of every document of the Clinical Document Architecture. */
export const CDA_ROOT = 'ClinicalDocument';

/** What documents may hold. */
export const CDA_CLASSES: readonly string[] = [
  ...['name', 'address', 'city', 'county', 'zip', 'geo-coordinates', 'phone', 'fax', 'email'],
  ...['url', 'date', 'birth-date', 'death-date', 'ssn', 'mrn', 'license-number'],
  ...['health-plan-id', 'other-id', 'free-text', 'unmapped'],
];

/** Those who give care, write of it or pay for it, and organisations: what is theirs is left. */
const PROVIDERS: ReadonlySet<string> = new Set([
  ...['author', 'assignedAuthor', 'assignedEntity', 'assignedCustodian', 'authenticator'],
  ...['custodian', 'dataEnterer', 'encounterParticipant', 'healthCareFacility'],
  ...['informationRecipient', 'legalAuthenticator', 'performer', 'responsibleParty'],
  ...['intendedRecipient', 'providerOrganization', 'representedOrganization'],
  ...['representedCustodianOrganization', 'receivedOrganization', 'scopingOrganization'],
  ...['manufacturerOrganization', 'serviceProviderOrganization', 'wholeOrganization'],
]);
/** Patients and those around them, wherever they stand. */
const PATIENTS: ReadonlySet<string> = new Set([
  ...['recordTarget', 'patientRole', 'guardian', 'relatedEntity', 'relatedSubject', 'subject'],
  ...['associatedEntity'],
]);
/** Parts of addresses. */
const ADDRESS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ streetAddressLine: 'address', streetName: 'address', streetNameBase: 'address' },
    ...{ houseNumber: 'address', houseNumberNumeric: 'address', unitID: 'address' },
    ...{ additionalLocator: 'address', deliveryAddressLine: 'address', postBox: 'address' },
    ...{ buildingNumberSuffix: 'address', careOf: 'name', addr: 'address', city: 'city' },
    ...{ precinct: 'city', county: 'county', postalCode: 'zip', censusTract: 'geo-coordinates' },
  }),
);
/** Of names of people: products and places have none. */
const PERSONAL_PARTS: ReadonlySet<string> = new Set(['given', 'family']);
/** Types of observed values that are names (HL7 v3 data types). */
const NAME_TYPES: ReadonlySet<string> = new Set(['PN', 'EN']);
/** Classes and types by which an entity that plays a role is a person: who is insured, and who is somebody's relative. */
const PERSON_CODES: ReadonlySet<string> = new Set(
  'CAREGIVER COV DEPEN ECON GUAR GUARD HLD NOK PAT PRS PSN SUBSCR'.split(' '),
);
/** What a name stands in that is a person's; a product or a place has one, too. */
const PEOPLE: ReadonlySet<string> = new Set([
  ...['patient', 'guardianPerson', 'relatedPerson', 'associatedPerson', 'subject', 'person'],
  ...['informationRecipient', 'assignedPerson'],
]);
/** Points in time; `low` and the like only where they have no unit, which makes them numbers. */
const TIMES: ReadonlySet<string> = new Set([
  ...['effectiveTime', 'time', 'low', 'high', 'center', 'birthTime', 'deceasedTime'],
  ...['signatureDateTime', 'availabilityTime', 'activityTime'],
]);
const DATE = /^\d{4,14}(?:\.\d+)?(?:[+-]\d{4})?$/;
/** Identifiers by who assigns them. */
const CLASS_OF_ROOT: readonly (readonly [string, string])[] = [
  ['2.16.840.1.113883.4.1', 'ssn'],
  ['2.16.840.1.113883.4.572', 'health-plan-id'],
  ['2.16.840.1.113883.4.927', 'health-plan-id'],
];
/** Driver licences, by state. */
const LICENCE_ROOT = /^2\.16\.840\.1\.113883\.4\.3\.\d+$/;
/** National provider identifiers. */
const PROVIDER_ROOT = '2.16.840.1.113883.4.6';
/** Attributes of codes, structure and appearance. */
const PLAIN_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['root', 'code', 'codeSystem', 'codeSystemName', 'codeSystemVersion', 'use', 'type'],
  ...['classCode', 'moodCode', 'typeCode', 'nullFlavor', 'unit', 'ID', 'styleCode', 'mediaType'],
  ...['representation', 'inversionInd', 'negationInd', 'contextControlCode', 'operator'],
  ...['determinerCode', 'schemaLocation', 'assigningAuthorityName', 'border', 'width', 'align'],
  ...['colspan', 'rowspan', 'valueSet', 'institutionSpecified', 'xsi', 'language'],
]);
const PLAIN: XmlRule = { dataClass: 'none' };

/** @see HL7 Clinical Document Architecture, Release 2; C-CDA 2.1 */
export const CDA_RULES: XmlRules = {
  ofText(element) {
    const { name } = element;
    if (element.attributes.get('representation') === 'B64') {
      return { dataClass: 'unmapped', form: 'base64' };
    }
    if (isOfProvider(element)) return isWithin(element, 'text') ? undefined : PLAIN;
    const address = isWithin(element, 'addr') ? ADDRESS.get(name) : undefined;
    if (address !== undefined) return { dataClass: address };
    if (isWithin(element, 'addr')) return PLAIN;
    return isName(element) ? { dataClass: 'name' } : undefined;
  },
  ofAttribute(element, attribute) {
    if (PLAIN_ATTRIBUTES.has(attribute)) return PLAIN;
    const { name } = element;
    if (attribute === 'value' && TIMES.has(name) && isDate(element)) {
      return { dataClass: DATE_CLASS.get(name) ?? 'date' };
    }
    if (attribute === 'value' && name === 'value') return isDate(element) ? DATES : undefined;
    if (isOfProvider(element)) return PLAIN;
    if (attribute === 'value' && name === 'telecom') return { dataClass: 'url', form: 'url' };
    if (attribute === 'extension') return ruleOfId(element);
    return undefined;
  },
  isPatient: ({ name, parent }, attribute) =>
    attribute === 'extension' && name === 'id' && parent?.name === 'patientRole',
};

const DATES: XmlRule = { dataClass: 'date' };
const DATE_CLASS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ birthTime: 'birth-date', deceasedTime: 'death-date' },
  }),
);

function ruleOfId({ name, parent, attributes }: XmlElement): XmlRule {
  const root = attributes.get('root') ?? '';
  // Of documents, templates and codes: what their standard says.
  if (name !== 'id' && name !== 'setId') return PLAIN;
  if (root === PROVIDER_ROOT) return PLAIN;
  const known = CLASS_OF_ROOT.find(([assigner]) => assigner === root)?.[1];
  if (known !== undefined) return { dataClass: known };
  if (LICENCE_ROOT.test(root)) return { dataClass: 'license-number' };
  return { dataClass: parent?.name === 'patientRole' ? 'mrn' : 'other-id' };
}

/** Of numbers with a unit, and of observed values that are no times. */
function isDate({ name, attributes }: XmlElement): boolean {
  if (!DATE.test(attributes.get('value') ?? '')) return false;
  return name === 'value' ? attributes.get('type') === 'TS' : !attributes.has('unit');
}

/** Of whom an element speaks, as the innermost element around it that tells says. */
function isOfProvider(element: XmlElement): boolean {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    if (PATIENTS.has(at.name)) return false;
    if (PROVIDERS.has(at.name)) return true;
  }
  return false;
}

function isName(element: XmlElement): boolean {
  const { name, parent, attributes } = element;
  if (PERSONAL_PARTS.has(name)) return true;
  if (name === 'value') return NAME_TYPES.has(attributes.get('type') ?? '');
  return name === 'name' && parent !== undefined && isPerson(parent);
}

function isPerson(element: XmlElement): boolean {
  if (PEOPLE.has(element.name)) return true;
  // The participant and the role say whose entity it is.
  const around = [element, element.parent, element.parent?.parent];
  return (
    element.name === 'playingEntity' &&
    around.some((one) =>
      ['classCode', 'typeCode'].some((code) => PERSON_CODES.has(one?.attributes.get(code) ?? '')),
    )
  );
}

function isWithin(element: XmlElement, name: string): boolean {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    if (at.name === name) return true;
  }
  return false;
}
