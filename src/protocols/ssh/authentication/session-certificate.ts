import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { completeCertificate, encodeCertificateBody } from '../../../wire/ssh/certificate.ts';
import { keyUseNames } from '../../../wire/ssh/key-algorithm.ts';
import { encodePublicKey } from '../../../wire/ssh/public-key.ts';
import { signData } from '../../../wire/ssh/signature.ts';
import { SshReader } from '../../../wire/ssh/ssh-reader.ts';

/** Seconds before and after now that a certificate is good for: clocks differ, and a login takes no longer. */
const VALID_SECONDS = 300;
const NONCE_BYTES = 32;
const NOTHING: Buffer = Buffer.alloc(0);
/** What sessions through the gateway may need of the host. Its own policies decide about the rest. */
const EXTENSIONS: ReadonlyMap<string, Buffer> = new Map([
  ['permit-port-forwarding', NOTHING],
  ['permit-pty', NOTHING],
]);

/** A key that is made for one login, and a certificate that says whose it is. */
export interface SessionCertificate {
  readonly key: KeyObject;
  /** The certificate, as on the wire. */
  readonly blob: Buffer;
}

/** Has an authority that the host trusts vouch for a new key, for one account and some minutes. */
export function issueSessionCertificate(
  authority: KeyObject,
  {
    account,
    keyId,
    nowMs,
  }: { readonly account: string; readonly keyId: string; readonly nowMs: number },
): SessionCertificate {
  const { privateKey } = generateKeyPairSync('ed25519');
  const now = Math.floor(nowMs / 1000);
  const signatureKey = encodePublicKey(createPublicKey(authority));
  const body = encodeCertificateBody({
    publicKey: encodePublicKey(privateKey),
    nonce: randomBytes(NONCE_BYTES),
    serial: randomBytes(8).readBigUInt64BE(),
    role: 'user',
    keyId,
    principals: [account],
    validAfter: BigInt(now - VALID_SECONDS),
    validBefore: BigInt(now + VALID_SECONDS),
    criticalOptions: new Map(),
    extensions: EXTENSIONS,
    signatureKey,
  });
  const keyType = new SshReader(signatureKey, 'public key').identifier();
  const signature = signData(authority, keyUseNames(keyType)[0] ?? keyType, body);
  return { key: privateKey, blob: completeCertificate(body, signature) };
}
