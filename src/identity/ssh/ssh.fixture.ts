import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type CertificateFields,
  completeCertificate,
  encodeCertificateBody,
} from '../../wire/ssh/certificate.ts';
import { encodePublicKey } from '../../wire/ssh/public-key.ts';
import { signData } from '../../wire/ssh/signature.ts';
import { openSshAuthorities, type SshAuthorities } from './ssh-authorities.ts';
import type { SshKeyPurpose, SshKeyStore } from './ssh-key-store.ts';

/** Milliseconds since the Unix epoch. */
export const T0: number = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Keeps keys as a store would, for as long as a test. */
export class MemorySshKeys implements SshKeyStore {
  readonly #keys = new Map<SshKeyPurpose, Buffer>();

  async findOrKeep(purpose: SshKeyPurpose, candidate: Buffer): Promise<Buffer> {
    const kept = this.#keys.get(purpose) ?? candidate;
    this.#keys.set(purpose, kept);
    return kept;
  }
}

/** An authority of which a test has the private keys, too. */
export interface OpenedAuthorities {
  readonly authorities: SshAuthorities;
  readonly userKey: KeyObject;
}

/** Authorities as a gateway makes them at its first start. */
export async function openAuthorities(nowMs: () => number = () => T0): Promise<OpenedAuthorities> {
  const keys = new MemorySshKeys();
  const authorities = await openSshAuthorities({ configured: {}, keys, nowMs });
  const key = await keys.findOrKeep('user-authority', Buffer.alloc(0));
  return { authorities, userKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }) };
}

/** A new key of a client: Ed25519, as on the wire and as a line. */
export function createClientKey(): { readonly blob: Buffer; readonly line: string } {
  const blob = encodePublicKey(generateKeyPairSync('ed25519').publicKey);
  return { blob, line: `ssh-ed25519 ${blob.toString('base64')} somebody@example` };
}

/** Signs whatever somebody with an authority's key would. */
export function signCertificate(
  authority: KeyObject,
  changes: Partial<CertificateFields> = {},
): Buffer {
  const body = encodeCertificateBody({
    publicKey: createClientKey().blob,
    nonce: Buffer.alloc(32, 1),
    serial: 7n,
    role: 'user',
    keyId: 'clinic:7',
    principals: ['clinic:7'],
    validAfter: BigInt(T0 / 1_000) - 60n,
    validBefore: BigInt(T0 / 1_000) + 3_600n,
    criticalOptions: new Map(),
    extensions: new Map(),
    signatureKey: encodePublicKey(authority),
    ...changes,
  });
  return completeCertificate(body, signData(authority, 'ssh-ed25519', body));
}
