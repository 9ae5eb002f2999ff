import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeKeyProof } from '../wire/tunnel/enrolment.ts';

/** What a connector proves itself with. */
export interface ConnectorIdentity {
  /** PEM. */
  readonly certificatePem: string;
  /** PKCS #8, PEM. */
  readonly keyPem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A key that a certificate is asked for. */
export interface CandidateKey {
  readonly keyPem: string;
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  /** That we have the key. */
  readonly proof: Buffer;
}

/** Makes a key, and proves that we have it. */
export function makeCandidateKey(name: string): CandidateKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return {
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: spki,
    proof: sign('sha256', encodeKeyProof(name, spki), privateKey),
  };
}

/** Puts a certificate and its key together. @throws If they do not belong together. */
export function pairIdentity(certificatePem: string, keyPem: string): ConnectorIdentity {
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
    throw new Error('Cannot use the certificate: it is for another key');
  }
  return {
    certificatePem,
    keyPem,
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  };
}

/** Reads what is kept in the data directory. Undefined if there is nothing. */
export async function readIdentity(dataDirectory: string): Promise<ConnectorIdentity | undefined> {
  try {
    const text = await readFile(identityFile(dataDirectory), 'utf8');
    const [certificatePem = '', keyPem = ''] = text.split(/(?=-----BEGIN PRIVATE KEY-----)/);
    return pairIdentity(certificatePem, keyPem);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps it, readable by the owner only. One file: a certificate without its key is of no use. */
export async function keepIdentity(
  dataDirectory: string,
  { certificatePem, keyPem }: ConnectorIdentity,
): Promise<void> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const path = identityFile(dataDirectory);
  await writeFile(`${path}.new`, `${certificatePem.trim()}\n${keyPem}`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Whether the certificate is good at this moment. */
export function isValid({ notBeforeMs, notAfterMs }: ConnectorIdentity, nowMs: number): boolean {
  return notBeforeMs <= nowMs && nowMs < notAfterMs;
}

/** Whether another certificate should be asked for: at half of its life. */
export function isToRenew({ notBeforeMs, notAfterMs }: ConnectorIdentity, nowMs: number): boolean {
  return nowMs >= (notBeforeMs + notAfterMs) / 2;
}

function identityFile(dataDirectory: string): string {
  return join(dataDirectory, 'connector.pem');
}
