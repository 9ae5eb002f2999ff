import { ELEMENT_NAMES } from './element-types.ts';
import { findElement, type ObjectReader, readElement, type SecurityCode } from './rule.ts';

/** Where the codes are defined: https://terminology.hl7.org/CodeSystem-v3-ObservationValue.html. */
const SYSTEM_URL = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
/** A set of codes is a number, in which each has a bit. */
export const SECURITY_BITS: Readonly<Record<SecurityCode, number>> = {
  ABSTRED: 1,
  MASKED: 2,
  PSEUDED: 4,
  REDACTED: 8,
};
/** What each set is written as, once it was. */
const written: Readonly<Record<keyof typeof SURROUNDINGS, (Buffer | undefined)[]>> = {
  newMeta: [],
  inEmptyMeta: [],
  inMeta: [],
  inEmptySecurity: [],
  inSecurity: [],
};

const META = ELEMENT_NAMES.idOf('meta');
const SECURITY = ELEMENT_NAMES.idOf('security');
const SYSTEM = ELEMENT_NAMES.idOf('system');
const CODE = ELEMENT_NAMES.idOf('code');
const RESOURCE_TYPE = ELEMENT_NAMES.idOf('resourceType');

/** What stands around the codes where they are written. */
const SURROUNDINGS = {
  newMeta: [',"meta":{"security":[', ']}'],
  inEmptyMeta: ['"security":[', ']'],
  inMeta: [',"security":[', ']'],
  inEmptySecurity: ['', ''],
  inSecurity: [',', ''],
} as const;

/** Where the codes of what was done to a resource are written. */
export interface LabelPlace {
  /** The value behind, or within, which they are written. */
  readonly token: number;
  readonly offset: number;
  readonly surroundings: keyof typeof SURROUNDINGS;
  /** Bits of the codes that are there already. */
  readonly present: number;
}

/**
 * Finds the place for the codes in a resource; undefined if its `meta` is none, or it may not be given one.
 *
 * @param mayAddMeta Whether a resource without `meta` gets one.
 */
export function findLabelPlace(
  resource: ObjectReader,
  mayAddMeta: boolean,
): LabelPlace | undefined {
  const { tape, token } = resource;
  const meta = findElement(resource, token, META);
  if (meta === -1) {
    if (!mayAddMeta) return undefined;
    const type = findElement(resource, token, RESOURCE_TYPE);
    const offset = tape.ends[type] as number;
    return { token: type, offset, surroundings: 'newMeta', present: 0 };
  }
  if (!tape.isObject(meta)) return undefined;
  const security = findElement(resource, meta, SECURITY);
  const container = security === -1 ? meta : security;
  if (security !== -1 && !tape.isArray(security)) return undefined;
  const isEmpty = tape.links[container] === container + 1;
  // In front of the bracket that ends it.
  const offset = (tape.ends[container] as number) - 1;
  if (security === -1) {
    const surroundings = isEmpty ? 'inEmptyMeta' : 'inMeta';
    return { token: meta, offset, surroundings, present: 0 };
  }
  const surroundings = isEmpty ? 'inEmptySecurity' : 'inSecurity';
  return { token: security, offset, surroundings, present: readCodes(resource, security) };
}

/** The codes that are not there yet, as they are written; undefined if there are none. */
export function writeLabel(
  { present, surroundings }: LabelPlace,
  codes: number,
): Buffer | undefined {
  const missing = codes & ~present;
  if (missing === 0) return undefined;
  const labels = written[surroundings];
  labels[missing] ??= formatLabel(surroundings, missing);
  return labels[missing];
}

function formatLabel(surroundings: keyof typeof SURROUNDINGS, codes: number): Buffer {
  const [before, after] = SURROUNDINGS[surroundings];
  const label = Object.entries(SECURITY_BITS)
    .filter(([, bit]) => (codes & bit) !== 0)
    .map(([code]) => JSON.stringify({ system: SYSTEM_URL, code }))
    .join(',');
  return Buffer.from(before + label + after);
}

function readCodes(resource: ObjectReader, security: number): number {
  const { tape } = resource;
  let codes = 0;
  const end = tape.links[security] as number;
  for (let coding = security + 1; coding < end; coding = tape.links[coding] as number) {
    if (tape.isObject(coding) && readElement(resource, SYSTEM, coding) === SYSTEM_URL) {
      const code = readElement(resource, CODE, coding);
      codes |= (SECURITY_BITS as Readonly<Record<string, number>>)[code] ?? 0;
    }
  }
  return codes;
}
