/** Elements of which the type does not say what they hold, or not all: their class; `none`: nothing. */
export const CLASS_OF_ELEMENT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Most often that of whose account it is.
    'Account.name': 'name',
    'Address.city': 'city',
    'Address.country': 'none',
    'Address.district': 'county',
    'Address.line': 'address',
    'Address.postalCode': 'zip',
    'Address.state': 'none',
    'Address.text': 'address',
    'Annotation.authorString': 'name',
    'AuditEvent.agent.name': 'name',
    'AuditEvent.agent.network.address': 'ip-address',
    // A query, of which nobody says what it searches.
    'Bundle.entry.request.ifNoneExist': 'unmapped',
    'Coding.version': 'none',
    'Contributor.name': 'none',
    'Coverage.subscriberId': 'health-plan-id',
    'Device.distinctIdentifier': 'device-id',
    'Device.lotNumber': 'device-id',
    'Device.serialNumber': 'device-id',
    'Device.udiCarrier.carrierAIDC': 'device-id',
    'Device.udiCarrier.carrierHRF': 'device-id',
    'Device.udiCarrier.deviceIdentifier': 'device-id',
    // Fields of requests that the service sends, with what it signs in by.
    'Endpoint.header': 'unmapped',
    'Extension.url': 'none',
    'FamilyMemberHistory.bornString': 'birth-date',
    'FamilyMemberHistory.bornDate': 'birth-date',
    'FamilyMemberHistory.deceasedDate': 'death-date',
    'FamilyMemberHistory.deceasedString': 'death-date',
    'FamilyMemberHistory.name': 'name',
    'HumanName.family': 'name',
    'HumanName.given': 'name',
    'HumanName.prefix': 'none',
    'HumanName.suffix': 'none',
    'HumanName.text': 'name',
    // What went wrong, in words about whoever it went wrong with.
    'OperationOutcome.issue.details': 'unmapped',
    'OperationOutcome.issue.diagnostics': 'unmapped',
    'OperationOutcome.issue.expression': 'unmapped',
    'OperationOutcome.issue.location': 'unmapped',
    'Patient.birthDate': 'birth-date',
    'Patient.deceasedDateTime': 'death-date',
    'Patient.photo': 'photo',
    'Person.birthDate': 'birth-date',
    'Person.photo': 'photo',
    'Practitioner.birthDate': 'birth-date',
    'Practitioner.photo': 'photo',
    'Quantity.unit': 'none',
    'Age.unit': 'none',
    'RelatedPerson.birthDate': 'birth-date',
    'RelatedPerson.photo': 'photo',
    'SampledData.data': 'none',
    'Subscription.channel.header': 'unmapped',
  }),
);

/** Elements that hold a URL or part of one, of which a query may hold what is hidden. */
export const URL_ELEMENTS: ReadonlySet<string> = new Set([
  'Bundle.entry.fullUrl',
  'Bundle.entry.request.url',
  'Bundle.entry.response.location',
  'Bundle.link.url',
  'Reference.reference',
  'Subscription.criteria',
]);

/** Systems of identifiers that say what they identify; each stands for those that begin with it and go on behind a dot or hyphen, too. */
const CLASS_OF_SYSTEM: readonly (readonly [string, string])[] = [
  ['http://hl7.org/fhir/sid/us-ssn', 'ssn'],
  ['urn:oid:2.16.840.1.113883.4.1', 'ssn'],
  ['http://hl7.org/fhir/sid/us-medicare', 'health-plan-id'],
  ['http://hl7.org/fhir/sid/us-mbi', 'health-plan-id'],
  ['urn:oid:2.16.840.1.113883.4.572', 'health-plan-id'],
  ['urn:oid:2.16.840.1.113883.4.927', 'health-plan-id'],
  ['http://hl7.org/fhir/sid/us-npi', 'license-number'],
  ['urn:oid:2.16.840.1.113883.4.6', 'license-number'],
  ['urn:oid:2.16.840.1.113883.4.3', 'license-number'],
  ['http://hl7.org/fhir/sid/passport', 'license-number'],
];

/** Systems that were looked up, with what was found: a few come again and again. */
const lookedUp = new Map<string, string | undefined>();
const LOOKED_UP_MAX = 1024;

/** @param system Of an identifier. */
export function classOfSystem(system: string): string | undefined {
  const known = lookedUp.get(system);
  if (known !== undefined || lookedUp.has(system)) return known;
  const found = CLASS_OF_SYSTEM.find(
    ([start]) =>
      system === start || system.startsWith(`${start}.`) || system.startsWith(`${start}-`),
  )?.[1];
  if (lookedUp.size === LOOKED_UP_MAX) lookedUp.clear();
  lookedUp.set(system, found);
  return found;
}

/**
 * What the type of an identifier says.
 *
 * @see https://terminology.hl7.org/CodeSystem-v2-0203.html
 */
export const CLASS_OF_IDENTIFIER_TYPE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ssn: 'SS SSN',
    mrn: 'MR MRT PI PT PE',
    'health-plan-id': 'HC JHN MA MB MC MCD MCR NIIP PHC SN SP WP',
    'account-number': 'AM AN AND ANON BA BC DI GN MS',
    'license-number': 'BRN DEA DL DN EN LN MCN MD NP NPI PPN RN SL UPIN',
    'device-id': 'SNO UDI',
    'vehicle-id': 'VIN',
  }).flatMap(([className, codes]) => codes.split(' ').map((code) => [code, className])),
);

/** What a contact point is reached by. */
export const CLASS_OF_CONTACT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    phone: 'phone',
    sms: 'phone',
    pager: 'phone',
    fax: 'fax',
    email: 'email',
    url: 'url',
  }),
);

/** What the values of extensions hold, by their URL; `none`: nothing. */
export const CLASS_OF_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName', 'name'],
  ['http://hl7.org/fhir/StructureDefinition/patient-birthTime', 'birth-date'],
  ['latitude', 'geo-coordinates'],
  ['longitude', 'geo-coordinates'],
]);

/** Extensions that are known to tell nothing that is hidden of a person: parts of US Core's race and ethnicity. */
export const PLAIN_EXTENSIONS: ReadonlySet<string> = new Set(['text', 'detailed', 'ombCategory']);

/** Extensions of which the codes are shown, and nothing else. */
export const CODED_EXTENSIONS: ReadonlySet<string> = new Set([
  // Parts of HL7's patient-animal.
  ...['species', 'breed', 'genderStatus'],
  'http://hl7.org/fhir/StructureDefinition/data-absent-reason',
  'http://hl7.org/fhir/StructureDefinition/iso21090-AD-use',
  'http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier',
  'http://hl7.org/fhir/StructureDefinition/iso21090-EN-use',
  'http://hl7.org/fhir/StructureDefinition/patient-genderIdentity',
  'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex',
  'http://hl7.org/fhir/us/core/StructureDefinition/us-core-genderIdentity',
  'http://hl7.org/fhir/us/core/StructureDefinition/us-core-sex',
]);

/** What FHIR may hold. */
export const FHIR_CLASSES: readonly string[] = [
  ...new Set([
    ...CLASS_OF_ELEMENT.values(),
    ...CLASS_OF_CONTACT.values(),
    ...CLASS_OF_IDENTIFIER_TYPE.values(),
    ...['age', 'date', 'free-text', 'geo-coordinates', 'other-id', 'unmapped'],
  ]),
].filter((name) => name !== 'none');
