/** A content coding that the gateway knows in both directions. */
export type ContentCoding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** Best first, where a client likes several the same. */
const CODINGS: readonly ContentCoding[] = ['zstd', 'br', 'gzip', 'deflate'];

/** Members of an Accept-Encoding beyond which it is taken for absent: nobody knows so many. */
const MEMBERS_MAX = 32;

/** What a target is asked for where its content has to be looked at. */
export const DECODABLE_CODINGS = 'gzip, deflate, br, zstd';

/**
 * Reads a Content-Encoding.
 *
 * @param value Of the field, all its lines joined by commas; undefined where there is none.
 * @returns Undefined for codings that the gateway does not know, and for several on top of each other.
 * @see RFC 9110, section 8.4
 */
export function parseContentEncoding(
  value: string | undefined,
): ContentCoding | 'identity' | undefined {
  const names = splitList(value ?? '').filter((name) => name !== 'identity');
  if (names.length > 1) return undefined;
  const [name] = names;
  return name === undefined ? 'identity' : findCoding(name);
}

/**
 * Chooses the coding of a content for a client.
 *
 * @param accepted The value of its Accept-Encoding, all lines joined by commas; undefined where there is none.
 * @param preferred What the content is in already: kept if the client likes nothing better.
 * @see RFC 9110, section 12.5.3
 */
export function chooseContentCoding(
  accepted: string | undefined,
  preferred?: ContentCoding | 'identity',
): ContentCoding | 'identity' {
  const weights = readWeights(accepted ?? '');
  if (weights === undefined) return 'identity';
  const identity = weights.get('identity');
  // What is not coded is acceptable unless it says otherwise, and costs nothing.
  if (preferred === 'identity' && identity !== 0) return 'identity';
  const rest = weights.get('*') ?? 0;
  const weightOf = (coding: ContentCoding): number => weights.get(coding) ?? rest;
  const best = CODINGS.toSorted(
    (left, right) =>
      weightOf(right) - weightOf(left) || Number(right === preferred) - Number(left === preferred),
  )[0];
  if (best === undefined || weightOf(best) === 0) return 'identity';
  // A client that does not speak of `identity` likes it less than what it speaks of.
  return (identity ?? 0) > weightOf(best) ? 'identity' : best;
}

/** By coding, with `*` for all others; undefined for a value that nobody means. */
function readWeights(accepted: string): ReadonlyMap<string, number> | undefined {
  const members = splitList(accepted);
  if (members.length > MEMBERS_MAX) return undefined;
  const weights = new Map<string, number>();
  for (const member of members) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim());
    const weight = readWeight(parameters);
    if (weight === undefined) return undefined;
    weights.set(findCoding(name) ?? name, weight);
  }
  return weights;
}

/** @see RFC 9110, section 12.4.2 */
function readWeight(parameters: readonly string[]): number | undefined {
  const [parameter, ...others] = parameters;
  if (parameter === undefined) return 1;
  const [, digits] = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(parameter) ?? [];
  return digits === undefined || others.length > 0 ? undefined : Number(digits);
}

/** @see RFC 9110, section 8.4.1.3: `x-gzip` is an old name. */
function findCoding(name: string): ContentCoding | undefined {
  if (name === 'x-gzip') return 'gzip';
  return CODINGS.find((coding) => coding === name);
}

/** Lower case; empty members count for nothing (RFC 9110, section 5.6.1.2). */
function splitList(value: string): readonly string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
