import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import {
  type CertificateFields,
  completeCertificate,
  encodeCertificateBody,
} from '../../wire/ssh/certificate.ts';
import { encodePublicKey } from '../../wire/ssh/public-key.ts';
import { signData } from '../../wire/ssh/signature.ts';
import { SshWriter } from '../../wire/ssh/ssh-writer.ts';
import { SOURCE_ADDRESS } from './check-user-certificate.ts';
import type { SshKeyPurpose, SshKeyStore } from './ssh-key-store.ts';

/** A key of ours, as a server shows it. */
export interface SshHostKey {
  readonly privateKey: KeyObject;
  /** The public key, or a certificate for it. */
  readonly blob: Buffer;
}

/** What a certificate of a client says. */
export interface UserCertificate {
  /** As on the wire. */
  readonly publicKey: Buffer;
  readonly principalId: string;
  /** Milliseconds since the Unix epoch, as all instants. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Everywhere when empty. */
  readonly sourceAddresses: readonly string[];
}

interface AuthoritiesParts {
  readonly userAuthority: KeyObject;
  readonly hostAuthority: KeyObject;
  readonly host: KeyObject;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** The one algorithm that our own keys are for. */
const ALGORITHM = 'ssh-ed25519';
const NONCE_BYTES = 32;
/** Milliseconds by which the clock of whoever checks may be behind ours. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** Milliseconds. Longer than any connection lives until it next proves its host: keys are exchanged every hour. */
const HOST_CERTIFICATE_MS = 7 * 86_400_000;
/** Host certificates remembered, by names: clients choose which they ask for. */
const HOST_CERTIFICATES_MAX = 1_000;

/** Vouches for clients and hosts by certificates of OpenSSH's form. */
export class SshAuthorities {
  readonly #parts: AuthoritiesParts;
  /** The public key that signs certificates of clients. */
  readonly userAuthority: Buffer;
  /** The public key that signs certificates of hosts. */
  readonly hostAuthority: Buffer;
  readonly #host: Buffer;
  /** By names. Oldest first. */
  readonly #hostCertificates = new Map<
    string,
    { readonly blob: Buffer; readonly renewAtMs: number }
  >();

  constructor(parts: AuthoritiesParts) {
    this.#parts = parts;
    this.userAuthority = encodePublicKey(parts.userAuthority);
    this.hostAuthority = encodePublicKey(parts.hostAuthority);
    this.#host = encodePublicKey(parts.host);
  }

  signUserCertificate(certificate: UserCertificate): Buffer {
    const { principalId, sourceAddresses } = certificate;
    const addresses = new SshWriter().text(sourceAddresses.join(',')).toBuffer();
    return sign(this.#parts.userAuthority, {
      publicKey: certificate.publicKey,
      role: 'user',
      keyId: principalId,
      principals: [principalId],
      validAfter: toSeconds(certificate.issuedAtMs - CLOCK_SKEW_MS),
      validBefore: toSeconds(certificate.expiresAtMs),
      criticalOptions: new Map(sourceAddresses.length > 0 ? [[SOURCE_ADDRESS, addresses]] : []),
    });
  }

  /**
   * What a listener proves itself by: a certificate for the names, for who knows our authority, and the plain
   * key, for who has it from elsewhere.
   */
  hostKeys(names: readonly string[]): readonly SshHostKey[] {
    const privateKey = this.#parts.host;
    const plain = { privateKey, blob: this.#host };
    // A certificate without names would be one for all hosts.
    if (names.length === 0) return [plain];
    return [{ privateKey, blob: this.#findHostCertificate(names) }, plain];
  }

  #findHostCertificate(names: readonly string[]): Buffer {
    const nowMs = this.#parts.nowMs();
    const key = names.join(' ');
    const known = this.#hostCertificates.get(key);
    if (known !== undefined && nowMs < known.renewAtMs) return known.blob;
    const blob = sign(this.#parts.hostAuthority, {
      publicKey: this.#host,
      role: 'host',
      keyId: names[0] ?? '',
      principals: names,
      validAfter: toSeconds(nowMs - CLOCK_SKEW_MS),
      validBefore: toSeconds(nowMs + HOST_CERTIFICATE_MS),
      criticalOptions: new Map(),
    });
    const oldest = this.#hostCertificates.keys().next();
    this.#hostCertificates.delete(key);
    if (this.#hostCertificates.size >= HOST_CERTIFICATES_MAX && !oldest.done) {
      this.#hostCertificates.delete(oldest.value);
    }
    this.#hostCertificates.set(key, { blob, renewAtMs: nowMs + HOST_CERTIFICATE_MS / 2 });
    return blob;
  }
}

/** What {@link openSshAuthorities} works with. */
export interface OpenAuthoritiesParts {
  /** Private keys that the configuration names. */
  readonly configured: { readonly [Purpose in SshKeyPurpose]?: KeyObject | undefined };
  readonly keys: SshKeyStore;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number;
}

/** Takes the keys from the configuration, or else from the store, which gets new ones at the first start. */
export async function openSshAuthorities({
  configured,
  keys,
  nowMs,
}: OpenAuthoritiesParts): Promise<SshAuthorities> {
  const open = async (purpose: SshKeyPurpose): Promise<KeyObject> => {
    const given = configured[purpose];
    if (given !== undefined) return assertEd25519(given, purpose);
    const { privateKey } = generateKeyPairSync('ed25519');
    const candidate = privateKey.export({ format: 'der', type: 'pkcs8' });
    const key = await keys.findOrKeep(purpose, candidate);
    return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  };
  return new SshAuthorities({
    userAuthority: await open('user-authority'),
    hostAuthority: await open('host-authority'),
    host: await open('host'),
    nowMs,
  });
}

function assertEd25519(key: KeyObject, purpose: SshKeyPurpose): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new TypeError(`Cannot use the SSH key ${purpose}: it is not an Ed25519 key`);
}

function sign(
  authority: KeyObject,
  fields: Omit<CertificateFields, 'nonce' | 'serial' | 'extensions' | 'signatureKey'>,
): Buffer {
  const body = encodeCertificateBody({
    ...fields,
    nonce: randomBytes(NONCE_BYTES),
    // Without its highest bit, since not everybody reads it as unsigned.
    serial: randomBytes(8).readBigUInt64BE() >> 1n,
    extensions: new Map(),
    signatureKey: encodePublicKey(authority),
  });
  return completeCertificate(body, signData(authority, ALGORITHM, body));
}

function toSeconds(atMs: number): bigint {
  return BigInt(Math.floor(atMs / 1_000));
}
