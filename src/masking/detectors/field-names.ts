/** What columns, keys and elements are called whose values identify someone: words with `_` between them. */
const NAMES_OF_CLASS: Readonly<Record<string, string>> = {
  name: 'name first_name last_name middle_name full_name given_name family_name given family surname patient_name patient maiden_name display_name contact_name mothers_maiden_name first last middle fname lname next_of_kin guardian guarantor_name subscriber_name insured_name emergency_contact provider_name username physician_name attending',
  'birth-date': 'dob birth_date date_of_birth birthday birth_time birth',
  date: 'admit_date admission_date discharge_date death_date deceased_date date_of_death service_date visit_date encounter_date admitted discharged',
  ssn: 'ssn social_security_number social_security ss',
  phone:
    'phone phone_number telephone tel mobile mobile_phone home_phone work_phone cell cell_phone',
  fax: 'fax fax_number',
  email: 'email email_address mail',
  address:
    'address street street_address address_line address_line1 address_line2 address1 address2 street_address_line house_number street_name home_address line',
  city: 'city town',
  county: 'county',
  zip: 'zip zip_code postal_code postcode',
  mrn: 'mrn medical_record_number patient_id patient_identifier record_number',
  'health-plan-id':
    'member_id subscriber_id policy_number insurance_id medicare_id medicaid_id mbi hicn beneficiary_id',
  'account-number':
    'account_number account acct acct_number account_no credit_card card_number iban routing_number bank_account',
  'license-number':
    'license_number drivers_license driver_license license dl passport passport_number dea dea_number',
  'vehicle-id': 'vin license_plate plate',
  'device-id': 'serial_number device_id device_serial udi imei mac_address mac',
  url: 'url website homepage',
  'ip-address': 'ip ip_address ip_addr',
  'geo-coordinates': 'latitude longitude lat lon lng',
};

/** The same, each name without case, spaces, `_` and `-`. */
const CLASS_OF_FIELD: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES_OF_CLASS).flatMap(([className, names]) =>
    names.split(' ').map((name) => [joinWords(name), className]),
  ),
);

/** The data class of what a column, key or element of this name holds, if the name says so. */
export function classOfField(name: string): string | undefined {
  const joined = joinWords(name);
  return CLASS_OF_FIELD.get(joined) ?? CLASS_OF_FIELD.get(withoutFrame(joined));
}

/** `Patient_Full_Name`, `patientFullName`: `patientfullname`. */
function joinWords(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

/** Without whose it is, and which of several: `patientphone2` is a `phone`. */
function withoutFrame(joined: string): string {
  return joined.replace(/^(?:patient|pt)(?=[a-z]{2})/, '').replace(/\d+$/, '');
}

/** Names that say little by themselves: a key `name` may hold that of a drug. */
const AMBIGUOUS: ReadonlySet<string> = new Set(
  'name first last middle line account birth ss mail town url website homepage ip lat lon lng mac cell plate license admitted discharged guardian attending displayname tel county surname username'.split(
    ' ',
  ),
);

/** The data class of the string under a key of JSON, if the key alone says so. */
export function classOfKey(key: string): string | undefined {
  const withoutNumber = key.toLowerCase().replace(/\d+$/, '');
  return AMBIGUOUS.has(withoutNumber) ? undefined : classOfField(key);
}

/** A pattern of detectors for the names that say by themselves what they name. */
const BARE_NAMES: string = `((patient|pt)[ _-]?)?(${Object.values(NAMES_OF_CLASS)
  .flatMap((names) => names.split(' '))
  .filter((name) => classOfKey(joinWords(name)) !== undefined)
  .map((name) => name.replaceAll('_', '[ _-]?'))
  .join('|')})\\d?`;
const NAMES: string = `(?i)\\b${BARE_NAMES}["']?`;

/** The same as headings of tables, with the separator behind them. */
export const HEADING_PATTERN: string = `${NAMES}([,;|\\t\\r\\n]| {1,30}\\|)`;

/** The same as keys, with the sign behind them: `first_name =`, `"ssn":`, `family:exact=`, `last_name <>`. */
export const KEY_PATTERN: string = `${NAMES}(\\]|:[A-Za-z]{1,12})? {0,3}(=>?|:|!=|<>)`;

/** How SQL ends a name within backticks or a call, perhaps with a type: `lower(last_name)`, `(last_name)::text`. */
const END_OF_NAME = '(`|\\)(::[a-z ]{1,20})?)';

/**
 * The same before what only quotes a value: `last_name LIKE`, `lower(ssn) =`, `name="ssn" value=`, `"key":"ssn","value":`; behind the
 * name itself.
 */
export const QUOTING: string = `(${END_OF_NAME}? {1,3}(not )?(i?like|in|value=)|${END_OF_NAME} {0,3}(=|!=|<>|~~)|, ?["']value["'] ?:)`;
export const QUOTING_KEY_PATTERN: string = NAMES + QUOTING;

/** The same as elements of XML, where they begin: `<lastName`, `<ns:last-name`. */
export const ELEMENT_PATTERN: string = `(?i)<([a-z0-9]{1,12}:)?${BARE_NAMES.replaceAll('[ _-]', '[_-]')}\\b`;

/** Classes that say that a row is about somebody: then a column `name` beside it holds theirs. */
const PERSONAL: ReadonlySet<string> = new Set([
  'name',
  'birth-date',
  'ssn',
  'mrn',
  'health-plan-id',
  'phone',
  'email',
  'address',
]);

/**
 * The data class of each column of a table without a description, by its heading; undefined if no heading says anything. Names
 * that say little by themselves count beside one that says that the table is of people.
 */
export function classesOfHeadings(
  headings: readonly string[],
): readonly (string | undefined)[] | undefined {
  const names = headings.map(bareHeading);
  const sure = names.map(classOfKey);
  if (sure.every((className) => className === undefined)) return undefined;
  return sure.some((className) => className !== undefined && PERSONAL.has(className))
    ? names.map(classOfField)
    : sure;
}

const WORD = /^\w*$/;

/** `p.ssn`, `Date of birth (MM/DD/YYYY)`, `MRN #:` without what does not belong to the name. */
function bareHeading(heading: string): string {
  if (WORD.test(heading)) return heading;
  return heading
    .replace(/^(?:\u00ef\u00bb\u00bf)?[^\w]{0,9}(?:\w{1,40}\.)*(?=\w)/, '')
    .replace(/\([^()]{0,60}\)[^\w]{0,9}$/, '')
    .replace(/[^\w]{1,9}$/, '');
}
