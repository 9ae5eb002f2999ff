import type { IdentityProvider } from './identity-provider.ts';

/** Claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

/** A person in more groups than this cannot be decided on: leaving some out could drop a forbid. */
const GROUPS_MAX = 512;
/** UTF-16 code units of a group's name. */
const GROUP_LENGTH_MAX = 256;
/** UTF-16 code units. OIDC allows 255; Kubernetes and SPIFFE subjects are longer. */
const SUBJECT_LENGTH_MAX = 512;
/** UTF-16 code units of the name shown to people; longer ones are cut. */
const DISPLAY_NAME_LENGTH_MAX = 128;

/** @see https://learn.microsoft.com/entra/identity-platform/reference-saml-tokens */
const ENTRA_GROUPS_LINK = 'http://schemas.microsoft.com/claims/groups.link';

/** What the claims say about a principal. */
export interface Identity {
  readonly subject: string;
  readonly displayName: string;
  readonly groups: readonly string[];
  /** See `Principal.person`. */
  readonly person?: string;
}

/** Reads who a token is about; nothing if its claims are not what the provider's rules expect. */
export function readIdentity(claims: Claims, provider: IdentityProvider): Identity | undefined {
  const subject = readClaim(claims, provider.subjectClaim ?? 'sub');
  if (typeof subject !== 'string' || !isName(subject, SUBJECT_LENGTH_MAX)) return undefined;
  if (!hasRequiredClaims(claims, provider)) return undefined;
  const groups = readGroups(claims, provider);
  if (groups === undefined) return undefined;

  const name = readClaim(claims, provider.nameClaim ?? 'preferred_username');
  const displayName = formatDisplayName(typeof name === 'string' && name !== '' ? name : subject);
  if (provider.personClaim === undefined) return { subject, displayName, groups };
  const person = readPerson(claims, provider.personClaim);
  return person === undefined ? undefined : { subject, displayName, groups, person };
}

/**
 * Whoever has no such claim could not be told from another identity of the same human, and is turned
 * away. E-mail addresses are compared in lower case: mail systems do not tell them apart.
 */
function readPerson(claims: Claims, claim: string): string | undefined {
  const value = readClaim(claims, claim);
  const person = typeof value === 'number' ? String(value) : value;
  if (typeof person !== 'string') return undefined;
  const normal = person.normalize('NFC').trim();
  if (!isName(normal, SUBJECT_LENGTH_MAX)) return undefined;
  return normal.includes('@') ? normal.toLowerCase() : normal;
}

/**
 * Finds a claim by its whole name (`https://hospital.example/groups`), else by a dotted path
 * (`realm_access.roles`). An e-mail address that the provider has not verified does not exist.
 */
export function readClaim(claims: Claims, path: string): unknown {
  if (path === 'email' && claims['email_verified'] !== true) return undefined;
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}

function readGroups(claims: Claims, provider: IdentityProvider): readonly string[] | undefined {
  const fixed = provider.groups ?? [];
  const claim = provider.groupsClaim ?? (provider.kind === 'person' ? 'groups' : undefined);
  if (claim === undefined) return fixed;
  if (areElsewhere(claims, claim)) return undefined;
  const value = readClaim(claims, claim) ?? [];
  const claimed: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (claimed.length + fixed.length > GROUPS_MAX) return undefined;
  const groups = new Set(fixed);
  for (const group of claimed) {
    if (typeof group !== 'string' || !isName(group, GROUP_LENGTH_MAX)) return undefined;
    groups.add(group);
  }
  return [...groups];
}

/**
 * "Too many groups, ask over there": not all are known. Said by distributed claims (OIDC core section 5.6.2); by Entra ID
 * also where a token has no room for them, and in SAML, in attributes of its own beside no groups at all.
 */
function areElsewhere(claims: Claims, claim: string): boolean {
  const names = claims['_claim_names'];
  if (typeof names === 'object' && names !== null && Object.hasOwn(names, claim)) return true;
  if (Object.hasOwn(claims, ENTRA_GROUPS_LINK)) return true;
  const { hasgroups: hasGroups } = claims;
  return (hasGroups === true || hasGroups === 'true') && readClaim(claims, claim) === undefined;
}

function hasRequiredClaims(claims: Claims, provider: IdentityProvider): boolean {
  return Object.entries(provider.requireClaims ?? {}).every(([claim, wanted]) => {
    const patterns = typeof wanted === 'string' ? [wanted] : wanted;
    const value = readClaim(claims, claim);
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.some((one) => {
      if (typeof one !== 'string' && typeof one !== 'boolean' && typeof one !== 'number')
        return false;
      return patterns.some((pattern) => matchesPattern(String(one), pattern));
    });
  });
}

/** Matches a whole text, `*` standing for any run of characters. Linear for a given pattern's stars. */
export function matchesPattern(text: string, pattern: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  const tail = pieces.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head)) return false;
  let offset = head.length;
  // The leftmost place for each piece leaves the most room for those after it.
  for (const piece of pieces) {
    const found = text.indexOf(piece, offset);
    if (found === -1) return false;
    offset = found + piece.length;
  }
  return text.length - tail.length >= offset && text.endsWith(tail);
}

/**
 * Whether a text can name somebody: not empty, no control characters, no lone surrogates (two
 * different ones would be the same bytes in UTF-8).
 */
function isName(text: string, lengthMax: number): boolean {
  return text !== '' && text.length <= lengthMax && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

/** Control, direction-changing and invisible characters would let a name pose as another. */
function formatDisplayName(name: string): string {
  const visible = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
  return visible.length <= DISPLAY_NAME_LENGTH_MAX
    ? visible
    : `${visible.slice(0, DISPLAY_NAME_LENGTH_MAX - 1).toWellFormed()}…`;
}
