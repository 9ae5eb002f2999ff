import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';

/** A certificate for 127.0.0.1 and localhost, and who signed it. All PEM. */
export interface TestCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority that nobody trusts by default, and a server certificate by it. */
export async function makeTestCertificate(): Promise<TestCertificate> {
  const authority = await makeCertificateAuthority('Test authority');
  const { certificatePem, keyPem } = await issueServerCertificate(authority, {
    names: ['localhost'],
    addresses: ['127.0.0.1'],
  });
  return { ca: authority.certificatePem, cert: certificatePem, key: keyPem };
}
