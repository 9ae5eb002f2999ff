import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { type Certificate, decodeCertificate } from '../../wire/ssh/certificate.ts';
import { SIGNATURE_ALGORITHMS } from '../../wire/ssh/key-algorithm.ts';
import { verifySignature } from '../../wire/ssh/signature.ts';
import { SshReader } from '../../wire/ssh/ssh-reader.ts';
import type { RejectionReason } from '../authenticator.ts';

/** Bytes. One with two hundred source addresses is a third of it. */
const CERTIFICATE_BYTES_MAX = 16 * 1024;
/** Seconds that the clocks of two gateways may be apart. */
const CLOCK_SKEW_SECONDS = 60n;
/** Addresses that a certificate may list. */
const SOURCE_ADDRESSES_MAX = 200;

/** Where a certificate may be used from: addresses and networks between commas. */
export const SOURCE_ADDRESS = 'source-address';

/** What a certificate is checked against. */
export interface CertificateCheck {
  /** The public key that must have signed it. */
  readonly authority: Buffer;
  /** Without port. */
  readonly clientAddress: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

export type CheckedCertificate =
  | { readonly kind: 'accepted'; readonly certificate: Certificate }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason };

/**
 * Whether a certificate is one of a client, signed by our authority, and in force here and now. That we issued
 * it, and whom to, is the token store's to say.
 *
 * The authority is compared as a whole: a certificate that is itself certified by ours signs nothing.
 */
export function checkUserCertificate(blob: Buffer, check: CertificateCheck): CheckedCertificate {
  if (blob.length > CERTIFICATE_BYTES_MAX) return rejected('malformed');
  try {
    const certificate = decodeCertificate(blob);
    const reason = findProblem(certificate, check);
    return reason === undefined ? { kind: 'accepted', certificate } : rejected(reason);
  } catch (error) {
    if (error instanceof ProtocolError) return rejected('malformed');
    throw error;
  }
}

function findProblem(
  certificate: Certificate,
  { authority, clientAddress, nowMs }: CertificateCheck,
): RejectionReason | undefined {
  const { signatureKey, signed, signature } = certificate;
  if (!signatureKey.equals(authority)) return 'unknown-authority';
  const claim = { publicKey: authority, algorithms: SIGNATURE_ALGORITHMS, data: signed, signature };
  if (!verifySignature(claim)) return 'bad-signature';

  const { role, principals, keyId, validAfter, validBefore, criticalOptions } = certificate;
  if (role !== 'user') return 'wrong-certificate';
  // Ours name one principal. OpenSSH would take an empty list for everybody.
  if (principals.length !== 1 || principals[0] !== keyId) return 'wrong-certificate';
  const nowSeconds = BigInt(Math.floor(nowMs / 1_000));
  if (nowSeconds + CLOCK_SKEW_SECONDS < validAfter) return 'not-yet-valid';
  if (nowSeconds >= validBefore) return 'expired';
  for (const [name, data] of criticalOptions) {
    if (name !== SOURCE_ADDRESS) return 'wrong-certificate';
    if (!isFrom(clientAddress, data)) return 'wrong-address';
  }
  return undefined;
}

/** The data of an option is a string in a string. */
function isFrom(clientAddress: string, data: Buffer): boolean {
  const reader = new SshReader(data, SOURCE_ADDRESS);
  const networks = parseNetworks(reader.text().split(','));
  reader.expectEnd();
  const family = isIPv6(clientAddress) ? 'ipv6' : 'ipv4';
  return (
    networks !== undefined && isIP(clientAddress) !== 0 && networks.check(clientAddress, family)
  );
}

/**
 * Addresses and networks in CIDR notation. Undefined if one of them is neither: a list that is misread must not
 * let more in than it says.
 */
export function parseNetworks(texts: readonly string[]): BlockList | undefined {
  if (texts.length === 0 || texts.length > SOURCE_ADDRESSES_MAX) return undefined;
  const networks = new BlockList();
  for (const text of texts) {
    const match = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text);
    const address = match?.[1] ?? '';
    if (isIP(address) === 0) return undefined;
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const bitsMax = family === 'ipv4' ? 32 : 128;
    const bits = Number(match?.[2] ?? bitsMax);
    if (bits > bitsMax) return undefined;
    networks.addSubnet(address, bits, family);
  }
  return networks;
}

function rejected(reason: RejectionReason): CheckedCertificate {
  return { kind: 'rejected', reason };
}
