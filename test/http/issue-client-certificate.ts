import { randomBytes, webcrypto } from 'node:crypto';
import '../../src/gateway/reflect-metadata.ts';
import * as x509 from '@peculiar/x509';
import type { CertificateAndKey } from '../../src/gateway/certificates.ts';

/** What a client certificate says. */
export interface ClientSubject {
  readonly commonName: string | undefined;
  /** Organizational units. */
  readonly units?: readonly string[];
  /** Milliseconds since the Unix epoch. Default: in a day. */
  readonly notAfterMs?: number;
  /** Whether its purpose is to prove servers, and not clients. */
  readonly isForServers?: boolean;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** Issues a certificate for a client, signed by `authority`. */
export async function issueClientCertificate(
  authority: CertificateAndKey,
  { commonName, units = [], notAfterMs = Date.now() + DAY_MS, isForServers }: ClientSubject,
): Promise<CertificateAndKey> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.keyPem),
    ALGORITHM,
    false,
    ['sign'],
  );
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const purpose = isForServers
    ? x509.ExtendedKeyUsage.serverAuth
    : x509.ExtendedKeyUsage.clientAuth;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: `01${randomBytes(15).toString('hex')}`,
      subject: new x509.Name([
        { O: [{ utf8String: 'Partner' }] },
        ...units.map((unit) => ({ OU: [{ utf8String: unit }] })),
        ...(commonName === undefined ? [] : [{ CN: [{ utf8String: commonName }] }]),
      ]),
      issuer: issuer.subjectName,
      notBefore: new Date(notAfterMs - 2 * DAY_MS),
      notAfter: new Date(notAfterMs),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([purpose]),
      ],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    keyPem: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  };
}
