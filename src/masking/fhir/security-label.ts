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
const written: (string | undefined)[] = [];

const META = ELEMENT_NAMES.idOf('meta');
const SECURITY = ELEMENT_NAMES.idOf('security');
const SYSTEM = ELEMENT_NAMES.idOf('system');
const CODE = ELEMENT_NAMES.idOf('code');
const RESOURCE_TYPE = ELEMENT_NAMES.idOf('resourceType');

/** Where the codes of what was done to a resource are written. */
export interface LabelPlace {
  /** The value behind, or within, which they are written. */
  readonly token: number;
  readonly offset: number;
  /** What stands around them. */
  readonly before: string;
  readonly after: string;
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
  const { tape } = resource;
  const meta = findElement(resource, META);
  if (meta === -1) {
    if (!mayAddMeta) return undefined;
    const token = findElement(resource, RESOURCE_TYPE);
    const offset = tape.ends[token] as number;
    return {
      ...{ token, offset, present: 0 },
      before: ',"meta":{"security":[',
      after: ']}',
    };
  }
  if (!tape.isObject(meta)) return undefined;
  const security = findElement({ ...resource, token: meta }, SECURITY);
  const container = security === -1 ? meta : security;
  if (security !== -1 && !tape.isArray(security)) return undefined;
  const isEmpty = tape.links[container] === container + 1;
  const comma = isEmpty ? '' : ',';
  return {
    token: container,
    // In front of the bracket that ends it.
    offset: (tape.ends[container] as number) - 1,
    before: security === -1 ? `${comma}"security":[` : comma,
    after: security === -1 ? ']' : '',
    present: security === -1 ? 0 : readCodes({ ...resource, token: security }),
  };
}

/** The codes that are not there yet, as they are written; undefined if there are none. */
export function writeLabel(place: LabelPlace, codes: number): string | undefined {
  const missing = codes & ~place.present;
  if (missing === 0) return undefined;
  written[missing] ??= Object.entries(SECURITY_BITS)
    .filter(([, bit]) => (missing & bit) !== 0)
    .map(([code]) => JSON.stringify({ system: SYSTEM_URL, code }))
    .join(',');
  return place.before + written[missing] + place.after;
}

function readCodes({ tape, bytes, token }: ObjectReader): number {
  let codes = 0;
  const end = tape.links[token] as number;
  for (let coding = token + 1; coding < end; coding = tape.links[coding] as number) {
    const object = { tape, bytes, token: coding };
    if (tape.isObject(coding) && readElement(object, SYSTEM) === SYSTEM_URL) {
      codes |= (SECURITY_BITS as Readonly<Record<string, number>>)[readElement(object, CODE)] ?? 0;
    }
  }
  return codes;
}
