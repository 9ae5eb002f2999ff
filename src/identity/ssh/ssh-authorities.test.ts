import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeCertificate } from '../../wire/ssh/certificate.ts';
import { verifySignature } from '../../wire/ssh/signature.ts';
import { checkUserCertificate } from './check-user-certificate.ts';
import { createClientKey, MemorySshKeys, openAuthorities, T0 } from './ssh.fixture.ts';
import { openSshAuthorities } from './ssh-authorities.ts';

describe('SshAuthorities', () => {
  it('issues certificates for one principal that the check takes, each its own', async () => {
    const { authorities } = await openAuthorities();
    const asked = {
      publicKey: createClientKey().blob,
      principalId: 'clinic:7',
      issuedAtMs: T0,
      expiresAtMs: T0 + 3_600_000,
      sourceAddresses: ['10.0.0.0/8'],
    };
    const one = authorities.signUserCertificate(asked);
    assert.notDeepEqual(authorities.signUserCertificate(asked), one);
    const check = { authority: authorities.userAuthority, clientAddress: '10.1.2.3', nowMs: T0 };
    assert.equal(checkUserCertificate(one, check).kind, 'accepted');
    const elsewhere = { ...check, clientAddress: '192.168.0.1' };
    assert.equal(checkUserCertificate(one, elsewhere).kind, 'rejected');
    const { validBefore, principals, extensions } = decodeCertificate(one);
    assert.equal(validBefore, BigInt((T0 + 3_600_000) / 1_000));
    assert.deepEqual(principals, ['clinic:7']);
    assert.equal(extensions.size, 0);
  });

  it('proves a listener by a certificate for its names, and by the plain key', async () => {
    let nowMs = T0;
    const { authorities } = await openAuthorities(() => nowMs);
    const [certified, plain] = authorities.hostKeys(['gw.example', 'db.sallyport']);
    assert(certified !== undefined && plain !== undefined);
    const certificate = decodeCertificate(certified.blob);
    assert.equal(certificate.role, 'host');
    assert.deepEqual(certificate.principals, ['gw.example', 'db.sallyport']);
    assert.deepEqual(certificate.publicKey, plain.blob);
    const { signed: data, signature } = certificate;
    const claim = {
      publicKey: authorities.hostAuthority,
      algorithms: ['ssh-ed25519'],
      data,
      signature,
    };
    assert(verifySignature(claim));

    assert.equal(authorities.hostKeys(['gw.example', 'db.sallyport'])[0]?.blob, certified.blob);
    nowMs += 6 * 86_400_000;
    const [renewed] = authorities.hostKeys(['gw.example', 'db.sallyport']);
    assert(renewed !== undefined);
    assert(decodeCertificate(renewed.blob).validBefore > certificate.validBefore);
  });

  it('certifies no host without names, which OpenSSH would take for every host', async () => {
    const { authorities } = await openAuthorities();
    assert.equal(authorities.hostKeys([]).length, 1);
  });

  it('does not remember every name that clients ask for', async () => {
    const { authorities } = await openAuthorities();
    const first = authorities.hostKeys(['first'])[0]?.blob;
    for (let count = 0; count < 1_000; count++) authorities.hostKeys([`host-${count}`]);
    assert.notDeepEqual(authorities.hostKeys(['first'])[0]?.blob, first);
  });
});

describe('openSshAuthorities', () => {
  it('makes gateways on one store the same authority and the same host', async () => {
    const keys = new MemorySshKeys();
    const open = () => openSshAuthorities({ configured: {}, keys, nowMs: () => T0 });
    const [one, other] = [await open(), await open()];
    assert.deepEqual(other.userAuthority, one.userAuthority);
    assert.deepEqual(other.hostAuthority, one.hostAuthority);
    assert.deepEqual(other.hostKeys([])[0]?.blob, one.hostKeys([])[0]?.blob);
    assert.notDeepEqual(one.hostAuthority, one.userAuthority);
  });

  it('takes keys that the configuration names, if they are Ed25519', async () => {
    const keys = new MemorySshKeys();
    const given = generateKeyPairSync('ed25519').privateKey;
    const configured = { 'user-authority': given };
    const opened = await openSshAuthorities({ configured, keys, nowMs: () => T0 });
    const again = await openSshAuthorities({ configured, keys, nowMs: () => T0 });
    assert.deepEqual(opened.userAuthority, again.userAuthority);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await assert.rejects(
      openSshAuthorities({ configured: { host: privateKey }, keys, nowMs: () => T0 }),
      { message: 'Cannot use the SSH key host: it is not an Ed25519 key' },
    );
  });
});
