import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import {
  type Certificate,
  completeCertificate,
  decodeCertificate,
  encodeCertificateBody,
} from './certificate.ts';
import { SshReader } from './ssh-reader.ts';

/** Both made by `ssh-keygen -s` of OpenSSH 9.2 with the authority below. */
const USER_CERTIFICATE = Buffer.from(
  [
    'AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAID7A3cYs60Lb8LX79PxFHe4eaEHYRGPFC8KYRo1ZR4Lk',
    'AAAAIL1iqqkJHDFmc1nH+f3pwFBdODQQKue7UAU1f1RmmOMzAQAAAAAAAAEAAAABAAAACGNsaW5pYzo3AAAAFAAAAAhjbGlu',
    'aWM6NwAAAARyb290AAAAAGlXNaUAAAAAaVemJQAAAEoAAAANZm9yY2UtY29tbWFuZAAAAA0AAAAJL2Jpbi90cnVlAAAADnNv',
    'dXJjZS1hZGRyZXNzAAAAEgAAAA4xMC4wLjAuMC84LDo6MQAAADIAAAATbm90ZUBjbGluaWMuZXhhbXBsZQAAAAUAAAABeAAA',
    'AApwZXJtaXQtcHR5AAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIKodYPDfEweUK4iHz9UlrFIQBUBofZDmgN9cEkZK',
    'To+5AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEDhrKEkbkgeon2TQZF870nFmGB6V4HVYgHTtX9pRSuaeivKMKn5E4/3/MO3rFTG',
    'xp2SZ2xLboZkmWX+TGTaCWYI',
  ].join(''),
  'base64',
);
const HOST_CERTIFICATE = Buffer.from(
  [
    'AAAAKGVjZHNhLXNoYTItbmlzdHAyNTYtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgK3GMe12xd7qIFGdgrdsZPRG/APAkGUBK',
    'TCaZ6sgDvNwAAAAIbmlzdHAyNTYAAABBBPpM6anaCsiIDB3AWnBSmHpTL6qYlEgHSxkT1/K2jW5O+fJMfpvIeIvJuEXzs9UM',
    'VFnju1CwY9+6VnIVEZeR0cMAAAAAAAAAAAAAAAIAAAAEaG9zdAAAAB4AAAAKZ3cuZXhhbXBsZQAAAAxkYi5zYWxseXBvcnQA',
    'AAAAAAAAAP//////////AAAAAAAAAAAAAAAAAAAAMwAAAAtzc2gtZWQyNTUxOQAAACCqHWDw3xMHlCuIh8/VJaxSEAVAaH2Q',
    '5oDfXBJGSk6PuQAAAFMAAAALc3NoLWVkMjU1MTkAAABAoS+WMjSMAFPUHdSkTVfSjUTVX7DIUELpsB1r1WIc2YGAZ7mLLxQS',
    'JZeHZ5Z2RrRLFCwcopcNdmecti23FMBLAQ==',
  ].join(''),
  'base64',
);
const AUTHORITY = Buffer.from(
  'AAAAC3NzaC1lZDI1NTE5AAAAIKodYPDfEweUK4iHz9UlrFIQBUBofZDmgN9cEkZKTo+5',
  'base64',
);

function optionsOf(options: ReadonlyMap<string, Buffer>): Readonly<Record<string, string>> {
  return Object.fromEntries([...options].map(([name, data]) => [name, data.toString('latin1')]));
}

/** Ed25519 keys and signatures end in as many bytes as they have. */
function isSignedBy(authority: Buffer, { signed, signature }: Certificate): boolean {
  const x = authority.subarray(-32).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(undefined, signed, key, signature.subarray(-64));
}

describe('decodeCertificate', () => {
  it('reads what ssh-keygen wrote for a user', () => {
    const certificate = decodeCertificate(USER_CERTIFICATE);
    const { certificateType, role, serial, keyId, principals } = certificate;
    assert.equal(certificateType, 'ssh-ed25519-cert-v01@openssh.com');
    assert.deepEqual(
      { role, serial, keyId },
      { role: 'user', serial: 2n ** 56n + 1n, keyId: 'clinic:7' },
    );
    assert.deepEqual(principals, ['clinic:7', 'root']);
    assert.equal(certificate.validAfter, BigInt(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000));
    assert.equal(certificate.validBefore - certificate.validAfter, 8n * 3600n);
    assert.deepEqual(optionsOf(certificate.criticalOptions), {
      'force-command': '\0\0\0\t/bin/true',
      'source-address': '\0\0\0\x0e10.0.0.0/8,::1',
    });
    assert.deepEqual(optionsOf(certificate.extensions), {
      'note@clinic.example': '\0\0\0\x01x',
      'permit-pty': '',
    });
    assert.deepEqual(certificate.signatureKey, AUTHORITY);
    assert(isSignedBy(AUTHORITY, certificate));
  });

  it('reads what ssh-keygen wrote for a host, and its key as it would be without a certificate', () => {
    const { role, principals, publicKey, validBefore } = decodeCertificate(HOST_CERTIFICATE);
    assert.equal(role, 'host');
    assert.deepEqual(principals, ['gw.example', 'db.sallyport']);
    assert.equal(validBefore, 2n ** 64n - 1n);
    const key = new SshReader(publicKey, 'public key');
    assert.equal(key.text(), 'ecdsa-sha2-nistp256');
    assert.equal(key.text(), 'nistp256');
    assert.equal(key.string().length, 65);
    key.expectEnd();
  });

  it('is undone by encoding', () => {
    for (const blob of [USER_CERTIFICATE, HOST_CERTIFICATE]) {
      const certificate = decodeCertificate(blob);
      const body = encodeCertificateBody(certificate);
      assert.deepEqual(body, certificate.signed);
      assert.deepEqual(completeCertificate(body, certificate.signature), blob);
    }
  });

  it('rejects a certificate cut at every byte, or followed by one', () => {
    for (let length = 0; length < USER_CERTIFICATE.length; length++) {
      assert.throws(() => decodeCertificate(USER_CERTIFICATE.subarray(0, length)), ProtocolError);
    }
    assert.throws(
      () => decodeCertificate(Buffer.concat([USER_CERTIFICATE, Buffer.of(0)])),
      ProtocolError,
    );
  });

  it('rejects a certificate of a certificate, and plain keys', () => {
    const nested = Buffer.from(USER_CERTIFICATE.toString('latin1'), 'latin1');
    nested.write('ssh-ed25519-cert-v01@openssh.com'.replace('ssh-ed25519', 'x-cert-v01a'), 4);
    assert.throws(() => decodeCertificate(nested), ProtocolError);
    assert.throws(() => decodeCertificate(AUTHORITY), ProtocolError);
  });

  it('rejects options that are there twice or out of order', () => {
    const certificate = decodeCertificate(USER_CERTIFICATE);
    const options = encodeCertificateBody({
      ...certificate,
      criticalOptions: new Map([
        ['option-a', Buffer.alloc(0)],
        ['option-b', Buffer.alloc(0)],
      ]),
    });
    const text = options.toString('latin1');
    for (const change of ['option-b', 'option-c']) {
      const forged = Buffer.from(text.replace('option-a', change), 'latin1');
      assert.throws(() => decodeCertificate(completeCertificate(forged, Buffer.alloc(0))), {
        code: 'ERR_WIRE_PROTOCOL',
        reason: 'are not in order',
      });
    }
  });

  it('throws nothing but ProtocolError for random changes, and none of them is signed', () => {
    const original = decodeCertificate(USER_CERTIFICATE);
    const change = fc.record({
      at: fc.nat(USER_CERTIFICATE.length - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const blob = Buffer.from(USER_CERTIFICATE);
        for (const { at, bytes } of changes) blob.set(bytes.subarray(0, blob.length - at), at);
        let decoded: Certificate;
        try {
          decoded = decodeCertificate(blob);
        } catch (error) {
          assert(error instanceof ProtocolError);
          return;
        }
        const isUnchanged = decoded.signed.equals(original.signed);
        assert(isUnchanged || !isSignedBy(AUTHORITY, decoded));
      }),
      { numRuns: 3_000 },
    );
  });
});
