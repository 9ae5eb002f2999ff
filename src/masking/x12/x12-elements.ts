import { NO_CLASS } from '../content/content-masks.ts';

/** Whom the segments behind a name are about. */
export type X12Party = 'patient' | 'provider';

/** Somebody who gives care, pays for it or sends the interchange (X12 element 98). */
const PROVIDERS: ReadonlySet<string> = new Set([
  ...['13', '1P', '1T', '2B', '36', '40', '41', '71', '72', '73', '77', '80', '82', '85', '87'],
  ...['98', 'AO', 'AY', 'DD', 'DK', 'DN', 'DQ', 'FA', 'GP', 'GW', 'P3', 'P5', 'PE', 'PR', 'PRP'],
  ...['PW', 'SEP', 'SJ', 'TT', 'TTP', 'TU', 'TV', 'X3', 'X4', 'ZD', 'ZZ'],
]);
/** Patients, subscribers and others insured, whatever else is said of them. */
const INSURED: ReadonlySet<string> = new Set(['IL', 'QC', '74', '03', 'GB', 'S1', 'QD', '70']);

/** Of whom a segment NM1 speaks. @param entityType `1`: a person. */
export function partyOf(entity: string, entityType: string): X12Party {
  if (INSURED.has(entity)) return 'patient';
  return PROVIDERS.has(entity) || entityType === '2' ? 'provider' : 'patient';
}

/** Qualifiers of identifiers (elements 66 and 128). */
const CLASS_OF_ID: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ MI: 'health-plan-id', II: 'health-plan-id', C1: 'health-plan-id', HN: 'health-plan-id' },
    ...{
      MR: 'health-plan-id',
      '1L': 'health-plan-id',
      IG: 'health-plan-id',
      '0F': 'health-plan-id',
    },
    ...{ '1W': 'health-plan-id', '6P': 'health-plan-id', Y4: 'health-plan-id' },
    ...{ '34': 'ssn', SY: 'ssn', EA: 'mrn', EJ: 'account-number', '0B': 'license-number' },
  }),
);
/** Qualifiers (element 128) of what identifies providers, payers, versions and studies. */
const PLAIN_REFERENCES: ReadonlySet<string> = new Set([
  ...['0K', '1A', '1B', '1C', '1D', '1G', '1H', '1J', '2U', '4N', 'APC', 'CE', 'E9', 'EI', 'EO'],
  ...['EV', 'EW', 'F2', 'F5', 'FI', 'FJ', 'G2', 'HPI', 'LU', 'N5', 'NF', 'P4', 'PQ', 'PXC', 'RB'],
  ...['TJ', 'X4', 'XX'],
]);
const CLASS_OF_CONTACT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ TE: 'phone', CP: 'phone', HP: 'phone', WP: 'phone', AP: 'phone', EX: 'phone', FX: 'fax' },
    ...{ EM: 'email', UR: 'url' },
  }),
);
/** Segments whose elements hold nobody's data, but for dates that say that they are: envelope, codes, amounts, payments. */
const PLAIN_SEGMENTS: ReadonlySet<string> = new Set([
  ...['ISA', 'GS', 'ST', 'SE', 'GE', 'IEA', 'TA1', 'BHT', 'HL', 'LX', 'BPR', 'CUR', 'PRV'],
  ...['HI', 'SV1', 'SV2', 'SV3', 'SV5', 'SVC', 'CAS', 'AMT', 'QTY', 'CR1', 'CR2', 'CR3', 'CRC'],
  ...['CL1', 'EQ', 'EB', 'AAA', 'LIN', 'CTP', 'MOA', 'MIA', 'PLB', 'TS2', 'TS3', 'HSD', 'HCP'],
  ...['LQ', 'LS', 'LE', 'STC', 'UM', 'HCR', 'IK3', 'IK4', 'IK5', 'AK1', 'AK2', 'AK9', 'OI'],
]);
/** What a claim, a service or a level starts with: what follows is about the patient again. */
const STARTS: ReadonlySet<string> = new Set(['HL', 'CLM', 'CLP', 'LX', 'SVC', 'SBR', 'PAT', 'INS']);

/** Of whom the segments from here on speak; undefined: of those that the ones before spoke of. */
export function partyFrom(segment: readonly string[]): X12Party | undefined {
  const [name = '', entity = '', entityType = ''] = segment;
  if (name === 'NM1') return partyOf(entity, entityType);
  if (name === 'N1') return INSURED.has(entity) ? 'patient' : 'provider';
  return STARTS.has(name) ? 'patient' : undefined;
}

/**
 * The class of an element; `none`: it stays as it is; undefined: nothing is said of it.
 *
 * @param segment Its elements, the name first.
 * @param number Of the element, from 1.
 * @param transaction Its code, such as `837`; "" outside of one.
 */
export function classOfElement(
  segment: readonly string[],
  number: number,
  { party, transaction }: { readonly party: X12Party; readonly transaction: string },
): string | undefined {
  const [name = ''] = segment;
  const element = (index: number): string => segment[index] ?? '';
  if (PLAIN_SEGMENTS.has(name)) return NO_CLASS;
  const isOfPatient = party === 'patient';
  switch (name) {
    case 'NM1':
      if (!isOfPatient || number < 3) return NO_CLASS;
      if (number === 9) return CLASS_OF_ID.get(element(8)) ?? 'other-id';
      if (number === 5 && /^\p{L}\.?$/u.test(element(5))) return NO_CLASS;
      return number <= 5 || number === 12 ? 'name' : NO_CLASS;
    case 'N1':
      if (!isOfPatient) return NO_CLASS;
      if (number === 4) return CLASS_OF_ID.get(element(3)) ?? 'other-id';
      return number === 2 ? 'name' : NO_CLASS;
    // The rest of a name.
    case 'N2':
      return isOfPatient ? 'name' : NO_CLASS;
    case 'N3':
      return isOfPatient ? 'address' : NO_CLASS;
    case 'N4':
      return isOfPatient ? ({ 1: 'city', 3: 'zip' }[number] ?? NO_CLASS) : NO_CLASS;
    case 'DMG':
      return number === 2 ? 'birth-date' : NO_CLASS;
    case 'REF':
      if (!isOfPatient || number === 1 || PLAIN_REFERENCES.has(element(1))) return NO_CLASS;
      return number === 2 ? (CLASS_OF_ID.get(element(1)) ?? 'other-id') : undefined;
    case 'PER':
      if (!isOfPatient || number % 2 === 1) return NO_CLASS;
      return number === 2 ? 'name' : (CLASS_OF_CONTACT.get(element(number - 1)) ?? 'other-id');
    case 'CLM':
      return number === 1 ? 'account-number' : NO_CLASS;
    case 'CLP':
      return { 1: 'account-number', 7: 'other-id' }[number] ?? NO_CLASS;
    case 'SBR':
      return number === 3 ? 'health-plan-id' : NO_CLASS;
    case 'PAT':
      return number === 6 ? 'death-date' : NO_CLASS;
    case 'INS':
      return number === 12 ? 'death-date' : NO_CLASS;
    case 'DTP':
      return number === 3 ? 'date' : NO_CLASS;
    case 'DTM':
      return number === 2 || number === 6 ? 'date' : NO_CLASS;
    // A payment's trace is the payer's; others are of one inquiry or claim.
    case 'TRN':
      return number === 2 && transaction !== '835' && isOfPatient ? 'other-id' : NO_CLASS;
    case 'PWK':
      return number === 6 ? 'other-id' : NO_CLASS;
    default:
      return undefined;
  }
}
