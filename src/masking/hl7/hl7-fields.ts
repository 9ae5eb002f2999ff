/** How a field is made up, and what it says. */
export type Hl7Rule =
  /** XPN: family name, given name, further given names. */
  | 'person'
  /** XCN of somebody who is no patient: left as it is. */
  | 'staff'
  /** XCN of a patient: an identifier before the name. */
  | 'subject'
  /** XAD. */
  | 'address'
  /** XTN. */
  | 'telecom'
  /** TQ: when something is to happen. */
  | 'timing'
  /** What it is depends on the type that OBX-2 names. */
  | 'observed'
  /** Of the standard's own words: left as it is. */
  | 'plain'
  /** CX: the first component, of the class that its type tells, or else of this one. */
  | `id:${string}`
  /** Every component that is a value of this class. */
  | `value:${string}`;

type Fields = Readonly<Record<number, Hl7Rule>>;

/** Segments that say how all that comes is separated. */
export const HL7_HEADERS: ReadonlySet<string> = new Set(['MSH', 'BHS', 'FHS']);

/** Of {@link HL7_HEADERS}: delimiters, who sends to whom, what kind of message. */
const HEADER: Fields = {
  ...{ 1: 'plain', 2: 'plain', 3: 'plain', 4: 'plain', 5: 'plain', 6: 'plain' },
  ...{ 7: 'value:date', 9: 'plain', 10: 'plain', 11: 'plain', 12: 'plain' },
};

/**
 * Fields of HL7 v2 segments by number. What is in none of them is looked through.
 *
 * @see HL7 v2.5.1, chapters 2 (MSH), 3 (PID, PV1, NK1), 4 (ORC, OBR, RXA), 5 (QRD), 6 (GT1, IN1, IN2, DG1, FT1, ACC),
 * 7 (OBX, SPM), 9 (TXA), 10 (SCH, AI*), 15 (ROL)
 */
export const HL7_FIELDS: Readonly<Record<string, Fields>> = {
  MSH: HEADER,
  BHS: HEADER,
  FHS: HEADER,
  EVN: { 1: 'plain', 2: 'value:date', 3: 'value:date', 5: 'staff', 6: 'value:date' },
  PID: {
    ...{ 1: 'plain', 2: 'id:mrn', 3: 'id:mrn', 4: 'id:mrn', 5: 'person', 6: 'person' },
    ...{ 7: 'value:birth-date', 8: 'plain', 9: 'person', 10: 'plain', 11: 'address' },
    ...{ 12: 'value:county', 13: 'telecom', 14: 'telecom', 15: 'plain', 16: 'plain', 17: 'plain' },
    ...{ 18: 'id:account-number', 19: 'value:ssn', 20: 'id:license-number', 21: 'id:mrn' },
    ...{ 22: 'plain', 23: 'value:city', 26: 'plain', 28: 'plain', 29: 'value:death-date' },
    33: 'value:date',
  },
  PD1: { 3: 'plain', 4: 'staff' },
  NK1: {
    ...{ 1: 'plain', 2: 'person', 3: 'plain', 4: 'address', 5: 'telecom', 6: 'telecom' },
    ...{ 8: 'value:date', 9: 'value:date', 12: 'id:other-id', 14: 'plain', 15: 'plain' },
    ...{ 16: 'value:birth-date', 26: 'person', 30: 'person', 31: 'telecom', 32: 'address' },
    ...{ 33: 'id:other-id', 37: 'value:ssn', 38: 'value:city' },
  },
  GT1: {
    ...{ 1: 'plain', 2: 'id:account-number', 3: 'person', 4: 'person', 5: 'address', 6: 'telecom' },
    ...{ 7: 'telecom', 8: 'value:birth-date', 9: 'plain', 11: 'plain', 12: 'value:ssn' },
    ...{ 13: 'value:date', 14: 'value:date', 16: 'person', 17: 'address', 18: 'telecom' },
    ...{ 19: 'id:other-id', 45: 'person', 46: 'telecom' },
  },
  IN1: {
    ...{ 1: 'plain', 2: 'plain', 3: 'plain', 4: 'plain', 5: 'plain', 6: 'plain', 7: 'plain' },
    ...{ 8: 'plain', 9: 'plain', 11: 'plain', 12: 'value:date', 13: 'value:date', 15: 'plain' },
    ...{ 16: 'person', 17: 'plain', 18: 'value:birth-date', 19: 'address', 24: 'value:date' },
    ...{ 26: 'value:date', 29: 'value:date', 36: 'id:health-plan-id', 43: 'plain', 44: 'address' },
    49: 'id:health-plan-id',
  },
  IN2: {
    ...{ 1: 'id:other-id', 2: 'value:ssn', 6: 'id:health-plan-id', 7: 'person' },
    ...{ 8: 'id:health-plan-id', 9: 'person', 10: 'id:other-id', 26: 'id:health-plan-id' },
    ...{ 40: 'person', 52: 'person', 61: 'id:health-plan-id', 63: 'telecom', 64: 'telecom' },
  },
  PV1: {
    ...{ 1: 'plain', 2: 'plain', 3: 'plain', 4: 'plain', 5: 'id:other-id', 6: 'plain' },
    ...{ 7: 'staff', 8: 'staff', 9: 'staff', 10: 'plain', 17: 'staff', 18: 'plain' },
    ...{ 19: 'id:other-id', 25: 'value:date', 44: 'value:date', 45: 'value:date' },
    ...{ 50: 'id:other-id', 52: 'staff' },
  },
  PV2: {
    ...{ 8: 'value:date', 9: 'value:date', 14: 'value:date', 17: 'value:date' },
    ...{ 26: 'value:date', 28: 'value:date', 29: 'value:date', 33: 'value:date' },
    ...{ 46: 'value:date', 47: 'value:date', 48: 'value:date' },
  },
  MRG: {
    ...{ 1: 'id:mrn', 2: 'id:mrn', 3: 'id:account-number', 4: 'id:mrn', 5: 'id:other-id' },
    ...{ 6: 'id:other-id', 7: 'person' },
  },
  ORC: {
    ...{ 1: 'plain', 2: 'id:other-id', 3: 'id:other-id', 4: 'id:other-id', 5: 'plain' },
    ...{ 7: 'timing', 9: 'value:date', 10: 'staff', 11: 'staff', 12: 'staff', 15: 'value:date' },
  },
  OBR: {
    ...{ 1: 'plain', 2: 'id:other-id', 3: 'id:other-id', 4: 'plain', 6: 'value:date' },
    ...{ 7: 'value:date', 8: 'value:date', 10: 'staff', 14: 'value:date', 16: 'staff' },
    ...{ 22: 'value:date', 24: 'plain', 25: 'plain', 27: 'timing', 28: 'staff', 32: 'staff' },
    ...{ 33: 'staff', 34: 'staff', 35: 'staff', 36: 'value:date' },
  },
  OBX: {
    ...{ 1: 'plain', 2: 'plain', 3: 'plain', 5: 'observed', 6: 'plain', 7: 'plain', 8: 'plain' },
    ...{ 11: 'plain', 14: 'value:date', 16: 'staff', 18: 'id:device-id', 19: 'value:date' },
  },
  SPM: { 1: 'plain', 2: 'id:other-id', 4: 'plain', 17: 'value:date', 18: 'value:date' },
  AL1: { 1: 'plain', 2: 'plain', 3: 'plain', 4: 'plain', 6: 'value:date' },
  IAM: { 1: 'plain', 2: 'plain', 3: 'plain', 4: 'plain', 11: 'value:date', 13: 'person' },
  DG1: {
    ...{ 1: 'plain', 2: 'plain', 3: 'plain', 5: 'value:date', 6: 'plain', 16: 'staff' },
    19: 'value:date',
  },
  PR1: {
    ...{ 1: 'plain', 3: 'plain', 5: 'value:date', 8: 'staff', 11: 'staff', 12: 'staff' },
  },
  FT1: {
    ...{ 1: 'plain', 2: 'id:other-id', 4: 'value:date', 5: 'value:date', 6: 'plain', 7: 'plain' },
    ...{ 10: 'plain', 11: 'plain', 19: 'plain', 20: 'staff', 21: 'staff', 23: 'id:other-id' },
    24: 'staff',
  },
  SCH: {
    ...{ 1: 'id:other-id', 2: 'id:other-id', 6: 'plain', 7: 'plain', 8: 'plain', 9: 'plain' },
    ...{ 10: 'plain', 11: 'timing', 12: 'staff', 13: 'staff', 16: 'staff', 17: 'staff' },
    20: 'staff',
  },
  TQ1: { 7: 'value:date', 8: 'value:date' },
  AIS: { 3: 'plain', 4: 'value:date' },
  AIG: { 4: 'plain', 8: 'value:date' },
  AIL: { 3: 'plain', 4: 'plain', 6: 'value:date' },
  AIP: { 3: 'staff', 4: 'plain', 6: 'value:date' },
  RXA: { 3: 'value:date', 4: 'value:date', 5: 'plain', 10: 'staff' },
  TXA: {
    ...{ 2: 'plain', 4: 'value:date', 5: 'staff', 6: 'value:date', 7: 'value:date' },
    ...{ 8: 'value:date', 9: 'staff', 10: 'staff', 11: 'staff', 12: 'id:other-id' },
    ...{ 13: 'id:other-id', 14: 'id:other-id', 22: 'staff' },
  },
  ACC: { 1: 'value:date' },
  ROL: { 3: 'plain', 4: 'staff', 5: 'value:date', 6: 'value:date' },
  CTD: { 1: 'plain', 2: 'person', 3: 'address', 5: 'telecom', 7: 'id:other-id' },
  QRD: { 1: 'value:date', 8: 'subject' },
};

/** Types of identifiers (HL7 table 0203). */
const ID_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ MR: 'mrn', PI: 'mrn', PT: 'mrn', SS: 'ssn', AN: 'account-number', DL: 'license-number' },
    ...{ MA: 'health-plan-id', MC: 'health-plan-id', SN: 'health-plan-id', PPN: 'license-number' },
  }),
);

/** Classes by number of the component. */
type Components = Readonly<Record<number, string>>;

const ADDRESS: Components = {
  ...{ 1: 'address', 2: 'address', 3: 'city', 5: 'zip', 8: 'address', 9: 'county' },
};
const TELECOM: Components = {
  ...{ 1: 'phone', 4: 'email', 6: 'phone', 7: 'phone', 8: 'phone', 12: 'phone' },
};

/**
 * The class of a component; undefined: it stays as it is.
 *
 * @param number Of the component, from 1.
 * @param components Of the repetition that it stands in.
 */
export function classOfComponent(
  rule: Hl7Rule,
  number: number,
  components: readonly string[],
): string | undefined {
  switch (rule) {
    case 'person':
      return isName(number, 1, components) ? 'name' : undefined;
    case 'subject':
      return number === 1 ? 'mrn' : isName(number, 2, components) ? 'name' : undefined;
    case 'staff':
    case 'plain':
    case 'observed':
      return undefined;
    case 'address':
      return ADDRESS[number];
    case 'telecom':
      return TELECOM[number];
    case 'timing':
      return number === 4 || number === 5 ? 'date' : undefined;
    default: {
      const [kind, className] = rule.split(':');
      if (kind === 'value') return className;
      return number === 1 ? (ID_TYPES.get(components[4] ?? '') ?? className) : undefined;
    }
  }
}

/**
 * Family name, given name, further given names; suffix, prefix and degree are nobody's. A single letter behind two names that
 * are hidden tells of nobody either.
 */
function isName(number: number, first: number, components: readonly string[]): boolean {
  if (number < first || number > first + 2) return false;
  return number < first + 2 || !/^\p{L}\.?$/u.test(components[number - 1] ?? '');
}
