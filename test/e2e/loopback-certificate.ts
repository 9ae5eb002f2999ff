import type { ConfigurationSettings } from '../../demo/write-configuration.ts';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';

/** A server certificate of this machine, and who signed it. */
export type LoopbackCertificate = Pick<ConfigurationSettings, 'certificate' | 'authorityPem'>;

/** Makes an authority of its own for a certificate for 127.0.0.1, localhost and other names. */
export async function makeLoopbackCertificate(
  names: readonly string[] = [],
): Promise<LoopbackCertificate> {
  const authority = await makeCertificateAuthority('Sallyport test authority');
  const certificate = await issueServerCertificate(authority, {
    names: ['localhost', ...names],
    addresses: ['127.0.0.1'],
  });
  return { certificate, authorityPem: authority.certificatePem };
}
