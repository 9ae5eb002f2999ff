import { createHash } from 'node:crypto';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { decodePublicKey } from '../../wire/ssh/public-key.ts';
import type { Principal } from '../principal.ts';
import { createTokenId, hashCertificate } from '../sallyport-token.ts';
import type { TokenRecord, TokenStore } from '../token-store.ts';
import { parseNetworks } from './check-user-certificate.ts';
import type { SshAuthorities } from './ssh-authorities.ts';

/** What somebody asks for. */
export interface CertificateRequest {
  readonly principal: Principal;
  /** Of the client, as in a key file: type, base64 and maybe a comment. */
  readonly publicKey: string;
  readonly lifetimeSeconds: number | undefined;
  /** Where it may be used from; everywhere when empty. */
  readonly sourceAddresses: readonly string[];
}

/** What {@link issueCertificate} works with. */
export interface CertificateIssue {
  readonly authorities: Pick<SshAuthorities, 'signUserCertificate'>;
  readonly tokens: TokenStore;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
  /** Milliseconds that a certificate lasts when the request asks for nothing else, and at most. */
  readonly lifetimeMsMax: number;
  /** Puts the issue into the ledger. The certificate is not issued when this rejects. */
  readonly seal: (record: TokenRecord, details: IssueDetails) => Promise<void>;
}

/** What of an issue is not in the token's row. */
export interface IssueDetails {
  /** `SHA256:…`, as OpenSSH shows it. */
  readonly fingerprint: string;
  readonly sourceAddresses: readonly string[];
}

export type CertificateAnswer =
  | { readonly kind: 'issued'; readonly record: TokenRecord; readonly certificate: Buffer }
  | {
      readonly kind: 'refused';
      readonly reason: 'wrong-sign-in' | 'bad-key' | 'bad-address' | 'expired';
    };

const KEY_LINE = /^[a-z0-9-]+ ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?\r?\n?$/;

/**
 * Issues a certificate for the key of a client.
 *
 * Only for a token of an identity provider: a Sallyport token could be renewed for ever by certificates, and a
 * sign-in in a browser is not to become one that lasts elsewhere. A person's may outlive the token, which is
 * refreshed by who has it anyway; a workload's may not.
 *
 * @throws What the store or the ledger throws: then nothing was issued.
 */
export async function issueCertificate(
  { principal: asker, publicKey, lifetimeSeconds, sourceAddresses }: CertificateRequest,
  { authorities, tokens, nowMs, lifetimeMsMax, seal }: CertificateIssue,
): Promise<CertificateAnswer> {
  const { signIn, expiresAtMs: tokenExpiresAtMs, ...principal } = asker;
  if (signIn !== 'oidc-token') return { kind: 'refused', reason: 'wrong-sign-in' };
  const key = readKeyLine(publicKey);
  if (key === undefined) return { kind: 'refused', reason: 'bad-key' };
  if (sourceAddresses.length > 0 && parseNetworks(sourceAddresses) === undefined) {
    return { kind: 'refused', reason: 'bad-address' };
  }

  const issuedAtMs = nowMs();
  const untilMs = Math.min(
    issuedAtMs + lifetimeMsMax,
    lifetimeSeconds === undefined ? Number.POSITIVE_INFINITY : issuedAtMs + lifetimeSeconds * 1_000,
    principal.kind === 'person' ? Number.POSITIVE_INFINITY : tokenExpiresAtMs,
  );
  // Certificates have whole seconds.
  const expiresAtMs = Math.floor(untilMs / 1_000) * 1_000;
  if (expiresAtMs <= issuedAtMs) return { kind: 'refused', reason: 'expired' };

  const certificate = authorities.signUserCertificate({
    publicKey: key,
    principalId: principal.id,
    issuedAtMs,
    expiresAtMs,
    sourceAddresses,
  });
  const record: TokenRecord = {
    id: createTokenId(),
    kind: 'ssh-certificate',
    hash: hashCertificate(certificate),
    principal,
    issuedAtMs,
    expiresAtMs,
  };
  const digest = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  await seal(record, { fingerprint: `SHA256:${digest}`, sourceAddresses });
  await tokens.insert(record);
  return { kind: 'issued', record, certificate };
}

/** Certificates are no keys here: a certificate for a certificate would be one more way to say who somebody is. */
function readKeyLine(line: string): Buffer | undefined {
  const base64 = KEY_LINE.exec(line)?.[1];
  if (base64 === undefined) return undefined;
  const key = Buffer.from(base64, 'base64');
  try {
    decodePublicKey(key);
    return key;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
