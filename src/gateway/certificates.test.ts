import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { connect, createServer } from 'node:tls';
import {
  type CertificateAndKey,
  issueServerCertificate,
  makeCertificateAuthority,
  makeSelfSigned,
} from './certificates.ts';

const DAY_MS = 86_400_000;

describe('makeCertificateAuthority', () => {
  it('makes an authority that signed itself and carries the name as given', async () => {
    const authority = await makeCertificateAuthority('Demo, "O=Evil" + authority');
    const certificate = new X509Certificate(authority.certificatePem);
    assert.equal(certificate.ca, true);
    assert.equal(certificate.verify(certificate.publicKey), true);
    assert.equal(certificate.checkPrivateKey(createPrivateKey(authority.keyPem)), true);
    assert.equal(certificate.subject, 'CN=Demo\\, \\"O=Evil\\" \\+ authority');
  });
});

describe('issueServerCertificate', () => {
  it('names what it was asked to and is signed by the authority', async () => {
    const authority = await makeCertificateAuthority('Demo authority');
    const issued = await issueServerCertificate(authority, {
      names: ['gateway.example', 'localhost'],
      addresses: ['127.0.0.1', '::1'],
      days: 30,
    });
    const certificate = new X509Certificate(issued.certificatePem);
    const issuer = new X509Certificate(authority.certificatePem);
    assert.equal(certificate.ca, false);
    assert.equal(certificate.verify(issuer.publicKey), true);
    assert.equal(certificate.checkIssued(issuer), true);
    assert.equal(certificate.checkHost('localhost'), 'localhost');
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(certificate.checkIP('::1'), '::1');
    assert.equal(certificate.checkHost('elsewhere.example'), undefined);
    const validMs = Date.parse(certificate.validTo) - Date.now();
    assert.ok(validMs > 29 * DAY_MS && validMs <= 30 * DAY_MS);
  });

  it('gives each certificate a serial number and a key of its own', async () => {
    const authority = await makeCertificateAuthority('Demo authority');
    const issued = await Promise.all(
      [1, 2, 3].map(() => issueServerCertificate(authority, { names: ['localhost'] })),
    );
    const serials = issued.map(
      ({ certificatePem }) => new X509Certificate(certificatePem).serialNumber,
    );
    assert.equal(new Set(serials).size, 3);
    assert.equal(new Set(issued.map(({ keyPem }) => keyPem)).size, 3);
  });

  it('refuses a certificate without any name', async () => {
    const authority = await makeCertificateAuthority('Demo authority');
    await assert.rejects(issueServerCertificate(authority, { names: [] }), {
      message: 'Cannot issue server certificate: it needs a name or an address',
    });
  });

  it('serves TLS to a client that trusts the authority, and to no other', async () => {
    const authority = await makeCertificateAuthority('Demo authority');
    const stranger = await makeCertificateAuthority('Demo authority');
    const issued = await issueServerCertificate(authority, { names: ['localhost'] });
    assert.equal(await shakeHands(issued, authority), 'trusted');
    assert.notEqual(await shakeHands(issued, stranger), 'trusted');
  });
});

describe('makeSelfSigned', () => {
  it('serves TLS to a client that was given the certificate', async () => {
    const own = await makeSelfSigned({ names: ['localhost'], addresses: ['127.0.0.1'] });
    assert.equal(await shakeHands(own, own), 'trusted');
    assert.equal(new X509Certificate(own.certificatePem).ca, false);
  });
});

async function shakeHands(server: CertificateAndKey, trusted: CertificateAndKey): Promise<string> {
  const listener = createServer({ cert: server.certificatePem, key: server.keyPem });
  listener.on('tlsClientError', () => undefined);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: [trusted.certificatePem],
  });
  const outcome = await once(socket, 'secureConnect').then(
    () => 'trusted',
    (error: NodeJS.ErrnoException) => error.code ?? 'unknown failure',
  );
  socket.destroy();
  listener.close();
  return outcome;
}
