import { createPublicKey, createSign, generateKeyPairSync, verify } from 'node:crypto';

/** A key of RSA, in PEM. */
export interface RsaKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes one. */
export function makeRsaKey(): RsaKey {
  return generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** A JWT with these claims, signed by RS256. */
export function signToken(
  claims: Readonly<Record<string, unknown>>,
  { privateKey }: RsaKey,
): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
}

/** The claims of a JWT that was signed by RS256 with this key; undefined for any other text. */
export function readSignedToken(
  token: string,
  { publicKey }: RsaKey,
): Readonly<Record<string, unknown>> | undefined {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const signed = Buffer.from(`${head}.${claims}`);
  const key = createPublicKey(publicKey);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url'))) return undefined;
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
}
