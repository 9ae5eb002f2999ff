/** What columns, keys and elements are called whose values identify someone, without case, spaces, `_` and `-`. */
const CLASS_OF_FIELD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    name: 'name firstname lastname middlename fullname givenname familyname given family surname patientname patient maidenname displayname contactname mothersmaidenname first last middle fname lname nextofkin guardian guarantorname subscribername insuredname emergencycontact providername username physicianname attending',
    'birth-date': 'dob birthdate dateofbirth birthday birthtime birth',
    date: 'admitdate admissiondate dischargedate deathdate deceaseddate dateofdeath servicedate visitdate encounterdate admitted discharged',
    ssn: 'ssn socialsecuritynumber socialsecurity ss',
    phone: 'phone phonenumber telephone tel mobile mobilephone homephone workphone cell cellphone',
    fax: 'fax faxnumber',
    email: 'email emailaddress mail',
    address:
      'address street streetaddress addressline addressline1 addressline2 address1 address2 streetaddressline housenumber streetname homeaddress line',
    city: 'city town',
    county: 'county',
    zip: 'zip zipcode postalcode postcode',
    mrn: 'mrn medicalrecordnumber patientid patientidentifier recordnumber',
    'health-plan-id':
      'memberid subscriberid policynumber insuranceid medicareid medicaidid mbi hicn beneficiaryid',
    'account-number':
      'accountnumber account acct acctnumber accountno creditcard cardnumber iban routingnumber bankaccount',
    'license-number':
      'licensenumber driverslicense driverlicense license dl passport passportnumber dea deanumber',
    'vehicle-id': 'vin licenseplate plate',
    'device-id': 'serialnumber deviceid deviceserial udi imei macaddress mac',
    url: 'url website homepage',
    'ip-address': 'ip ipaddress ipaddr',
    'geo-coordinates': 'latitude longitude lat lon lng',
  }).flatMap(([className, names]) => names.split(' ').map((name) => [name, className])),
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
