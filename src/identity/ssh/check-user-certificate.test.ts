import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type CertificateFields,
  completeCertificate,
  decodeCertificate,
  encodeCertificateBody,
} from '../../wire/ssh/certificate.ts';
import { encodePublicKey } from '../../wire/ssh/public-key.ts';
import { signData } from '../../wire/ssh/signature.ts';
import { SshWriter } from '../../wire/ssh/ssh-writer.ts';
import { checkUserCertificate, parseNetworks } from './check-user-certificate.ts';
import { createClientKey, signCertificate, T0 } from './ssh.fixture.ts';

const AUTHORITY = generateKeyPairSync('ed25519').privateKey;
const CHECK = {
  authority: encodePublicKey(AUTHORITY),
  clientAddress: '10.0.0.7',
  nowMs: T0,
};

function reasonOf(certificate: Buffer, check: Partial<typeof CHECK> = {}): string | undefined {
  const checked = checkUserCertificate(certificate, { ...CHECK, ...check });
  return checked.kind === 'rejected' ? checked.reason : undefined;
}

function reasonWith(changes: Partial<CertificateFields>): string | undefined {
  return reasonOf(signCertificate(AUTHORITY, changes));
}

function sourceAddress(text: string): ReadonlyMap<string, Buffer> {
  return new Map([['source-address', new SshWriter().text(text).toBuffer()]]);
}

describe('checkUserCertificate', () => {
  it('accepts what our authority signed for one principal, and ignores extensions', () => {
    const extensions = new Map([['permit-pty', Buffer.alloc(0)]]);
    const certificate = signCertificate(AUTHORITY, { extensions });
    const checked = checkUserCertificate(certificate, CHECK);
    assert.equal(checked.kind, 'accepted');
    assert.equal(checked.certificate.keyId, 'clinic:7');
  });

  it('takes none that another authority signed, even under the name of ours', () => {
    const other = generateKeyPairSync('ed25519').privateKey;
    assert.equal(reasonOf(signCertificate(other)), 'unknown-authority');
    const forged = signCertificate(other, { signatureKey: CHECK.authority });
    assert.equal(reasonOf(forged), 'bad-signature');
  });

  it('CVE-2025-49825: takes no certificate that a key certified by our authority signed', () => {
    const middle = generateKeyPairSync('ed25519').privateKey;
    const middleCertificate = signCertificate(AUTHORITY, { publicKey: encodePublicKey(middle) });
    for (const signatureKey of [middleCertificate, encodePublicKey(middle)]) {
      const fields = decodeCertificate(signCertificate(middle, { signatureKey }));
      const body = encodeCertificateBody({ ...fields, signatureKey });
      const nested = completeCertificate(body, signData(middle, 'ssh-ed25519', body));
      assert.equal(reasonOf(nested), 'unknown-authority');
    }
  });

  it('takes no certificate whose own key is a certificate', () => {
    const inner = signCertificate(AUTHORITY);
    const body = new SshWriter()
      .text('ssh-ed25519-cert-v01@openssh.com')
      .string(Buffer.alloc(32))
      .string(inner)
      .bytes(decodeCertificate(inner).signed.subarray(-200))
      .toBuffer();
    const nested = completeCertificate(body, signData(AUTHORITY, 'ssh-ed25519', body));
    assert.equal(reasonOf(nested), 'malformed');
  });

  it('takes no more principals than one, no fewer, and none but the one it is for', () => {
    assert.equal(reasonWith({ principals: ['clinic:7', 'root'] }), 'wrong-certificate');
    assert.equal(reasonWith({ principals: [] }), 'wrong-certificate');
    assert.equal(reasonWith({ principals: ['clinic:8'] }), 'wrong-certificate');
  });

  it('takes no certificate of a host for one of a client', () => {
    assert.equal(reasonWith({ role: 'host' }), 'wrong-certificate');
  });

  it('enforces critical options, so takes none that it does not know', () => {
    const none = Buffer.alloc(0);
    for (const name of [
      'force-command',
      'verify-required',
      'Source-Address',
      'later@openssh.com',
    ]) {
      assert.equal(reasonWith({ criticalOptions: new Map([[name, none]]) }), 'wrong-certificate');
    }
  });

  it('takes it only from the addresses that it lists', () => {
    for (const good of ['10.0.0.7', '192.168.0.0/16,10.0.0.0/8', '10.0.0.7/32,::1']) {
      assert.equal(reasonWith({ criticalOptions: sourceAddress(good) }), undefined);
    }
    const six = signCertificate(AUTHORITY, { criticalOptions: sourceAddress('fd00::/8') });
    assert.equal(reasonOf(six, { clientAddress: 'fd00::7' }), undefined);
    assert.equal(reasonOf(six), 'wrong-address');
    for (const bad of [
      '10.0.0.8',
      '',
      '10.0.0.7/33',
      '!10.0.0.8',
      '*',
      '10.0.0.7,x',
      '0.0.0.0/-1',
    ]) {
      assert.equal(reasonWith({ criticalOptions: sourceAddress(bad) }), 'wrong-address', bad);
    }
    const option = new Map([['source-address', Buffer.from('10.0.0.7')]]);
    assert.equal(reasonWith({ criticalOptions: option }), 'malformed');
  });

  it('takes it from a minute before it begins, for clocks that differ, and not when it is over', () => {
    const now = BigInt(T0 / 1_000);
    assert.equal(reasonWith({ validAfter: now + 60n }), undefined);
    assert.equal(reasonWith({ validAfter: now + 61n }), 'not-yet-valid');
    assert.equal(reasonWith({ validBefore: now + 1n }), undefined);
    assert.equal(reasonWith({ validBefore: now }), 'expired');
    assert.equal(reasonWith({ validAfter: 2n ** 64n - 1n }), 'not-yet-valid');
  });

  it('takes no other bytes than what was signed: cut, longer, changed anywhere', () => {
    const certificate = signCertificate(AUTHORITY);
    for (let length = 0; length < certificate.length; length++) {
      assert.equal(reasonOf(certificate.subarray(0, length)), 'malformed');
    }
    assert.equal(reasonOf(Buffer.concat([certificate, Buffer.of(0)])), 'malformed');
    assert.equal(reasonOf(Buffer.alloc(17_000)), 'malformed');
    fc.assert(
      fc.property(fc.nat(certificate.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(certificate);
        changed[at] = (changed[at] ?? 0) ^ by;
        assert.notEqual(reasonOf(changed), undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes keys, tokens and random bytes for what they are', () => {
    assert.equal(reasonOf(createClientKey().blob), 'malformed');
    assert.equal(reasonOf(Buffer.from(`sp_${'a'.repeat(43)}`)), 'malformed');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        assert.equal(reasonOf(Buffer.from(bytes)), 'malformed');
      }),
    );
  });
});

describe('parseNetworks', () => {
  it('refuses a list as a whole if it does not understand a part of it', () => {
    assert.equal(parseNetworks(['10.0.0.0/8', '10.0.0.0/08x']), undefined);
    assert.equal(parseNetworks([]), undefined);
    assert.equal(parseNetworks(Array.from({ length: 201 }, () => '10.0.0.1')), undefined);
    assert(parseNetworks(['10.0.0.0/8'])?.check('10.255.255.255'));
  });
});
