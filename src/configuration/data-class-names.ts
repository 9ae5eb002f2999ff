/**
 * Names of the data classes that a data map can give to a column: the identifiers of 45 CFR 164.514(b)(2)(i), and two kinds of
 * content that may hold any of them. What they mean and how they are masked is said in `masking/classes`.
 */
export const DATA_CLASS_NAMES: readonly [
  'name',
  'address',
  'city',
  'county',
  'zip',
  'geo-coordinates',
  'birth-date',
  'death-date',
  'date',
  'age',
  'phone',
  'fax',
  'email',
  'ssn',
  'mrn',
  'health-plan-id',
  'account-number',
  'license-number',
  'vehicle-id',
  'device-id',
  'url',
  'ip-address',
  'biometric',
  'photo',
  'other-id',
  'free-text',
  'json',
] = [
  'name',
  'address',
  'city',
  'county',
  'zip',
  'geo-coordinates',
  'birth-date',
  'death-date',
  'date',
  'age',
  'phone',
  'fax',
  'email',
  'ssn',
  'mrn',
  'health-plan-id',
  'account-number',
  'license-number',
  'vehicle-id',
  'device-id',
  'url',
  'ip-address',
  'biometric',
  'photo',
  'other-id',
  'free-text',
  'json',
];

/** A class that a data map can give to a column. */
export type DataClassName = (typeof DATA_CLASS_NAMES)[number];

/** Classes that only the gateway gives: a data map can neither give them nor change their masks. */
export const GIVEN_CLASS_NAMES: readonly ['unmapped', 'derived', 'system', 'secret'] = [
  'unmapped',
  'derived',
  'system',
  'secret',
];

/** A class that only the gateway gives. */
export type GivenClassName = (typeof GIVEN_CLASS_NAMES)[number];
