import type { DataClassName, GivenClassName } from '../../configuration/data-class-names.ts';
import type { Mask } from '../mask.ts';
import type { DataClass, DataClassLetter } from './data-class.ts';

const REDACT: Mask = { kind: 'redact' };
const YEAR: Mask = { kind: 'year' };

/** Joins over the identifier still find their rows; who it belongs to stays hidden. */
function pseudonym(domain: string): Mask {
  return { kind: 'pseudonym', domain };
}

function define(
  name: DataClassName | GivenClassName,
  letter: DataClassLetter | undefined,
  title: string,
  mask: Mask = REDACT,
): DataClass {
  return { name, letter, title, mask };
}

/**
 * The built-in data classes by name, with the mask that leaves of each what Safe Harbor lets stand.
 *
 * @see https://www.ecfr.gov/current/title-45/section-164.514#p-164.514(b)(2)(i)
 */
export const DATA_CLASSES: Readonly<Record<DataClassName | GivenClassName, DataClass>> = {
  name: define('name', 'A', 'Names of people'),
  address: define('address', 'B', 'Street addresses'),
  city: define('city', 'B', 'Cities, towns and precincts'),
  county: define('county', 'B', 'Counties'),
  zip: define('zip', 'B', 'Postal codes', { kind: 'zip3' }),
  'geo-coordinates': define('geo-coordinates', 'B', 'Latitudes, longitudes and other geocodes'),
  'birth-date': define('birth-date', 'C', 'Dates of birth', YEAR),
  'death-date': define('death-date', 'C', 'Dates of death', YEAR),
  date: define('date', 'C', 'Dates of admission, discharge and other services', YEAR),
  age: define('age', 'C', 'Ages', { kind: 'age' }),
  phone: define('phone', 'D', 'Telephone numbers'),
  fax: define('fax', 'E', 'Fax numbers'),
  email: define('email', 'F', 'Email addresses'),
  ssn: define('ssn', 'G', 'Social security numbers'),
  mrn: define('mrn', 'H', 'Medical record numbers', pseudonym('mrn')),
  'health-plan-id': define(
    'health-plan-id',
    'I',
    'Health plan beneficiary numbers',
    pseudonym('health-plan-id'),
  ),
  'account-number': define('account-number', 'J', 'Account numbers', pseudonym('account-number')),
  'license-number': define(
    'license-number',
    'K',
    'Certificate and license numbers: driver, passport, DEA, NPI',
  ),
  'vehicle-id': define('vehicle-id', 'L', 'Vehicle identifiers and license plates'),
  'device-id': define(
    'device-id',
    'M',
    'Device identifiers and serial numbers',
    pseudonym('device-id'),
  ),
  url: define('url', 'N', 'Web addresses'),
  'ip-address': define('ip-address', 'O', 'IP addresses'),
  biometric: define('biometric', 'P', 'Finger, voice and other biometric prints'),
  photo: define('photo', 'Q', 'Full-face photographs and comparable images'),
  'other-id': define('other-id', 'R', 'Other unique numbers and codes', pseudonym('other-id')),
  'free-text': define('free-text', undefined, 'Notes and other text that may hold any of them'),
  json: define('json', undefined, 'Documents that may hold any of them'),
  unmapped: define(
    'unmapped',
    undefined,
    'Columns beside classified ones that the data map does not decide',
  ),
  derived: define('derived', undefined, 'What views compute from classified columns'),
  system: define('system', undefined, 'System relations that show values or statements of others'),
  secret: define('secret', undefined, 'Data of Kubernetes Secrets'),
};
