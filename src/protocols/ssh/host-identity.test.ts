import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  type CertificateFields,
  completeCertificate,
  encodeCertificateBody,
} from '../../wire/ssh/certificate.ts';
import { encodePublicKey } from '../../wire/ssh/public-key.ts';
import { signData } from '../../wire/ssh/signature.ts';
import {
  fingerprintOf,
  type HostIdentity,
  listHostKeyAlgorithms,
  verifyHost,
} from './host-identity.ts';

const CERTIFICATE = 'ssh-ed25519-cert-v01@openssh.com';
const authority = makeKey();
const host = makeKey();
const stranger = makeKey();
const NOW_MS = 1_000_000_000;
const IDENTITY: HostIdentity = {
  hostKeys: [],
  hostAuthorities: [authority.blob],
  hostName: 'ward.example',
};

describe('verifyHost', () => {
  it('trusts a key that is pinned, and no other', () => {
    const identity = { ...IDENTITY, hostKeys: [host.blob] };
    assert.equal(verify(identity, 'ssh-ed25519', host.blob), 'trusted');
    assert.equal(verify(identity, 'ssh-ed25519', stranger.blob), 'key is another');
    assert.equal(verify({ ...identity, hostKeys: [] }, 'ssh-ed25519', host.blob), 'key is another');
  });

  it('trusts a certificate of the authority for the host', () => {
    assert.equal(verify(IDENTITY, CERTIFICATE, certify({})), 'trusted');
  });

  it('trusts a certificate whose key is pinned, whoever signed it', () => {
    const identity = { ...IDENTITY, hostKeys: [host.blob], hostAuthorities: [] };
    assert.equal(verify(identity, CERTIFICATE, certify({})), 'trusted');
  });

  const refused: readonly [string, Partial<CertificateFields>, string][] = [
    [
      'by another authority',
      { signatureKey: stranger.blob },
      'certificate is by an unknown authority',
    ],
    ['for another host', { principals: ['ward.example.evil'] }, 'certificate is for another host'],
    ['for all hosts', { principals: [] }, 'certificate is for another host'],
    ['for a user', { role: 'user' }, 'certificate is for a user'],
    ['that is over', { validBefore: 1_000_000n }, 'certificate is not valid now'],
    ['that has not begun', { validAfter: 1_000_001n }, 'certificate is not valid now'],
    [
      'with conditions',
      { criticalOptions: new Map([['force-command', Buffer.alloc(0)]]) },
      'certificate has unknown conditions',
    ],
  ];
  for (const [what, fields, reason] of refused) {
    it(`does not trust a certificate ${what}`, () => {
      assert.equal(verify(IDENTITY, CERTIFICATE, certify(fields)), reason);
    });
  }

  it('does not trust a certificate that the authority did not sign', () => {
    const forged = certify({}, stranger.key);
    assert.equal(verify(IDENTITY, CERTIFICATE, forged), 'certificate is forged');
  });
});

describe('listHostKeyAlgorithms', () => {
  it('offers nothing that could not be trusted, so that a host shows the key that is known', () => {
    const { blob } = makeKey();
    const pinned = { ...IDENTITY, hostKeys: [blob], hostAuthorities: [] };
    assert.deepEqual(listHostKeyAlgorithms(pinned), ['ssh-ed25519']);
    const certified = listHostKeyAlgorithms(IDENTITY);
    assert.ok(certified.includes(CERTIFICATE));
    assert.ok(!certified.includes('ssh-ed25519'));
  });
});

describe('fingerprintOf', () => {
  it('writes it as ssh-keygen does', () => {
    assert.match(fingerprintOf(host.blob), /^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});

function makeKey(): {
  readonly key: ReturnType<typeof generateKeyPairSync>['privateKey'];
  readonly blob: Buffer;
} {
  const { privateKey: key } = generateKeyPairSync('ed25519');
  return { key, blob: encodePublicKey(key) };
}

function certify(fields: Partial<CertificateFields>, signer = authority.key): Buffer {
  const body = encodeCertificateBody({
    publicKey: host.blob,
    nonce: Buffer.alloc(32),
    serial: 1n,
    role: 'host',
    keyId: 'ward',
    principals: ['other.example', 'ward.example'],
    validAfter: 0n,
    validBefore: 2n ** 63n,
    criticalOptions: new Map(),
    extensions: new Map(),
    signatureKey: authority.blob,
    ...fields,
  });
  return completeCertificate(body, signData(signer, 'ssh-ed25519', body));
}

function verify(identity: HostIdentity, algorithm: string, blob: Buffer): string {
  const verdict = verifyHost(identity, { algorithm, blob, nowMs: NOW_MS });
  return verdict.kind === 'trusted' ? 'trusted' : verdict.reason;
}
