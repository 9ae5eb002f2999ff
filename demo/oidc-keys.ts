import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

/** A P-256 key that signs ES256 tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

export function createSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid: randomUUID(), privateKey };
}

/** The private key as oidc-provider wants it. */
export function formatPrivateJwk({ kid, privateKey }: SigningKey): Record<string, string> {
  const { kty = '', crv = '', x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  return { kty, crv, x, y, d, kid, alg: 'ES256', use: 'sig' };
}

/** A signed JWT (RFC 7519) with these headers and claims, whatever they say. */
export function signJwt(
  { kid, privateKey }: SigningKey,
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', kid, ...header })}.${encode(claims)}`;
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' as const };
  return `${signed}.${sign('sha256', Buffer.from(signed), options).toString('base64url')}`;
}
