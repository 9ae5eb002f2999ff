import { createHash } from 'node:crypto';
import { decodeCertificate } from '../../wire/ssh/certificate.ts';
import { findKeyUse, KEY_ALGORITHMS, keyUseNames } from '../../wire/ssh/key-algorithm.ts';
import { verifySignature } from '../../wire/ssh/signature.ts';
import { SshReader } from '../../wire/ssh/ssh-reader.ts';
import type { HostKeyVerdict } from './transport/transport-options.ts';

/** By what a host is known to be the target. Keys as on the wire. */
export interface HostIdentity {
  readonly hostKeys: readonly Buffer[];
  /** Authorities whose certificates are believed. */
  readonly hostAuthorities: readonly Buffer[];
  /** Name or address that a certificate must be for. */
  readonly hostName: string;
}

/** Algorithms of host keys with which a host could prove that it is the target, best first. */
export function listHostKeyAlgorithms({
  hostKeys,
  hostAuthorities,
}: HostIdentity): readonly string[] {
  const plain = hostKeys.flatMap((key) => keyUseNames(readKeyType(key)));
  const certified =
    hostAuthorities.length === 0
      ? []
      : KEY_ALGORITHMS.flatMap(({ certificateType }) => keyUseNames(certificateType));
  return [...new Set([...certified, ...plain])];
}

/**
 * Whether a host that proved to hold a key is the target.
 *
 * @param blob Public key or certificate; of the form that `algorithm` says.
 */
export function verifyHost(
  identity: HostIdentity,
  { algorithm, blob, nowMs }: { algorithm: string; blob: Buffer; nowMs: number },
): HostKeyVerdict {
  const isCertificate = findKeyUse(algorithm)?.isCertificate === true;
  if (isCertificate) return verifyCertificate(identity, blob, nowMs);
  return identity.hostKeys.some((key) => key.equals(blob)) ? TRUSTED : refuse('key is another');
}

/** SHA-256 of a key, as `ssh-keygen -l` writes it. */
export function fingerprintOf(blob: Buffer): string {
  const digest = createHash('sha256').update(blob).digest('base64');
  return `SHA256:${digest.replace(/=+$/u, '')}`;
}

const TRUSTED: HostKeyVerdict = { kind: 'trusted' };

function verifyCertificate(
  { hostKeys, hostAuthorities, hostName }: HostIdentity,
  blob: Buffer,
  nowMs: number,
): HostKeyVerdict {
  const certificate = decodeCertificate(blob);
  // A key that is pinned needs nobody to vouch for it.
  if (hostKeys.some((key) => key.equals(certificate.publicKey))) return TRUSTED;
  const { signatureKey, signed, signature } = certificate;
  const isKnown = hostAuthorities.some((authority) => authority.equals(signatureKey));
  if (!isKnown) return refuse('certificate is by an unknown authority');
  const algorithms = keyUseNames(readKeyType(signatureKey));
  if (!verifySignature({ publicKey: signatureKey, algorithms, data: signed, signature })) {
    return refuse('certificate is forged');
  }
  const now = BigInt(Math.floor(nowMs / 1000));
  if (now < certificate.validAfter || now >= certificate.validBefore) {
    return refuse('certificate is not valid now');
  }
  if (certificate.role !== 'host') return refuse('certificate is for a user');
  if (certificate.criticalOptions.size > 0) return refuse('certificate has unknown conditions');
  return certificate.principals.includes(hostName)
    ? TRUSTED
    : refuse('certificate is for another host');
}

function readKeyType(publicKey: Buffer): string {
  return new SshReader(publicKey, 'public key').identifier();
}

function refuse(reason: string): HostKeyVerdict {
  return { kind: 'refused', reason };
}
