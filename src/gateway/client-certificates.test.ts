import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import type { CertificateAuthoritySettings } from '../configuration/certificate-authority-settings.ts';
import {
  type CertificateAndKey,
  issueServerCertificate,
  makeCertificateAuthority,
} from './certificates.ts';
import { ClientCertificates, splitPem } from './client-certificates.ts';

const SETTINGS: CertificateAuthoritySettings = {
  name: 'partners',
  kind: 'workload',
  caFile: '/etc/partners.pem',
  subject: 'common-name',
  groupsFrom: 'none',
  groups: ['partners'],
};

function der({ certificatePem }: CertificateAndKey): Buffer {
  return new X509Certificate(certificatePem).raw;
}

describe('ClientCertificates', () => {
  let authority: CertificateAndKey;
  let stranger: CertificateAndKey;
  let client: CertificateAndKey;

  before(async () => {
    authority = await makeCertificateAuthority('Partners');
    stranger = await makeCertificateAuthority('Partners');
    client = await issueServerCertificate(authority, { names: ['lab-import', 'lab.example'] });
  });

  function open(changes: Partial<CertificateAuthoritySettings> = {}): ClientCertificates {
    const certificatesPem = `# ours\n${authority.certificatePem}`;
    return new ClientCertificates([{ settings: { ...SETTINGS, ...changes }, certificatesPem }]);
  }

  it('names the principal by the field that the authority says', () => {
    const result = open().authenticate([der(client), der(authority)]);
    assert(result.kind === 'authenticated');
    const { validToDate } = new X509Certificate(client.certificatePem);
    assert.deepEqual(result.principal, {
      id: 'partners:lab-import',
      issuer: 'partners',
      subject: 'lab-import',
      kind: 'workload',
      displayName: 'lab-import',
      groups: ['partners'],
      signIn: 'client-certificate',
      expiresAtMs: validToDate.getTime(),
    });
  });

  it('takes nobody whose name is missing, or one of several', () => {
    for (const subject of ['email', 'uri', 'dns'] as const) {
      const result = open({ subject }).authenticate([der(client), der(authority)]);
      assert.deepEqual(result, { kind: 'rejected', reason: 'claims-not-accepted' }, subject);
    }
  });

  it('takes nobody whose name is too long, or has what commands a terminal', async () => {
    for (const [name, kind] of [
      ['x'.repeat(1_000), 'authenticated'],
      ['x'.repeat(1_001), 'rejected'],
      ['lab\u001b[2J', 'rejected'],
      ['lab\0', 'rejected'],
    ] as const) {
      const named = await issueServerCertificate(authority, { names: [name] });
      assert.equal(open().authenticate([der(named), der(authority)]).kind, kind);
    }
  });

  it('takes nobody of an authority that only has the same name, or of none', () => {
    for (const chain of [[der(client), der(stranger)], [der(client)], [der(authority)], []]) {
      assert.deepEqual(open().authenticate(chain), {
        kind: 'rejected',
        reason: 'unknown-authority',
      });
    }
  });

  it('changes whom it takes as a whole', () => {
    const certificates = open();
    const broken = {
      settings: SETTINGS,
      certificatesPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    };
    assert.throws(() => certificates.configure([broken]));
    assert.equal(certificates.authenticate([der(client), der(authority)]).kind, 'authenticated');
    certificates.configure([]);
    assert.equal(certificates.authenticate([der(client), der(authority)]).kind, 'rejected');
  });
});

describe('splitPem', () => {
  it('finds the certificates of a file, and nothing else of it', async () => {
    const { certificatePem, keyPem } = await makeCertificateAuthority('A');
    assert.equal(splitPem(`x\n${keyPem}${certificatePem}\n# y\n${certificatePem}`).length, 2);
  });
});
