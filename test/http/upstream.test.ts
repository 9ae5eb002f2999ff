import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { makeCertificateAuthority } from '../../src/gateway/certificates.ts';
import { S3_CREDENTIALS, startS3 } from '../archive/start-s3.ts';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import { issueClientCertificate } from './issue-client-certificate.ts';
import { startLyingServer } from './lying-server.ts';

/** As the target's file says it of a service that speaks no TLS. */
const PLAIN = [['tls'], { mode: 'disable' }] as const;

async function problemOf(world: HttpEnvironment, path: string): Promise<Record<string, unknown>> {
  const response = await world.fetch(path, { subject: 'ana' });
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  return (await response.json()) as Record<string, unknown>;
}

describe('an HTTP target', () => {
  it('is asked by all sessions on the same few connections', async () => {
    await using world = await startHttpEnvironment({
      upstream: { handler: (_, response) => response.end('ok') },
    });
    for (let count = 0; count < 10; count += 1) {
      const subject = count % 2 === 0 ? 'ana' : 'ben';
      assert.equal(await (await world.fetch('/', { subject })).text(), 'ok');
    }
    assert.equal(world.upstream?.connections(), 1);
  });

  it('is spoken to in HTTP/2 where it has that, by all at a time', async () => {
    let waiting: (() => void)[] = [];
    await using world = await startHttpEnvironment({
      upstream: {
        speaks: 'h2',
        handler(request, response) {
          waiting.push(() => response.end(request.httpVersion));
          if (waiting.length < 20) return;
          for (const answer of waiting) answer();
          waiting = [];
        },
      },
    });
    const asked = Array.from({ length: 20 }, () => world.fetch('/', { subject: 'ana' }));
    for (const response of await Promise.all(asked)) assert.equal(await response.text(), '2.0');
    assert.equal(world.upstream?.connections(), 1);
  });

  it('that breaks off is told as such, and the next request goes through', async () => {
    await using server = await startLyingServer();
    await using world = await startHttpEnvironment({ upstreamPort: server.port, target: [PLAIN] });
    server.lie = { bytes: '', closes: true };
    assert.equal((await problemOf(world, '/a'))['status'], 502);
    server.lie = { bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', closes: true };
    const cut = await world.fetch('/a', { subject: 'ana' });
    await assert.rejects(cut.text(), 'half a body is no body');
    assert.equal(await (await world.fetch('/b', { subject: 'ana' })).text(), 'truth');
    assert.match(world.process.log(), /upstream\.unreachable/);
  });

  it('that nobody answers for is told as such, and so is a wrong certificate', async () => {
    const server = await startLyingServer();
    await server[Symbol.asyncDispose]();
    await using world = await startHttpEnvironment({ upstreamPort: server.port, target: [PLAIN] });
    assert.equal((await problemOf(world, '/'))['status'], 502);
    await using other = await startHttpEnvironment({
      upstream: { handler: (_, response) => response.end('ok') },
      target: [[['tls', 'serverName'], 'somebody-else.internal']],
    });
    assert.equal((await problemOf(other, '/'))['status'], 502);
    assert.match(other.process.log(), /ERR_UPSTREAM_TLS/);
  });

  it('is shown a certificate of the gateway where it asks for one', async () => {
    const authority = await makeCertificateAuthority('Whom the service trusts');
    const { certificatePem, keyPem } = await issueClientCertificate(authority, {
      commonName: 'sallyport',
    });
    await using world = await startHttpEnvironment({
      upstream: {
        clientAuthority: authority.certificatePem,
        handler(request, response) {
          const shown = (request.socket as TLSSocket).getPeerX509Certificate();
          response.end(shown?.subject ?? '');
        },
      },
      target: [
        [
          ['tls', 'clientCertificate'],
          { certificate: 'file:secrets/client.crt', key: 'file:secrets/client.key' },
        ],
        [['credential'], { none: true }],
      ],
      secrets: { 'client.crt': certificatePem, 'client.key': keyPem },
    });
    const response = await world.fetch('/', { subject: 'ana' });
    assert.match(await response.text(), /^CN=sallyport$/m);
  });

  it('can be a bucket of S3, whose clients have no key', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-s3-'));
    try {
      await using s3 = await startS3(directory);
      const { endpoint = '', bucket, region } = s3.settings;
      const { accessKeyId, secretAccessKey } = S3_CREDENTIALS;
      await using world = await startHttpEnvironment({
        upstreamPort: Number(new URL(endpoint).port),
        target: [
          PLAIN,
          [
            ['credential'],
            {
              sigv4: {
                ...{ region, service: 's3' },
                ...{ accessKeyId: 'file:secrets/s3-id', secretAccessKey: 'file:secrets/s3-key' },
              },
            },
          ],
        ],
        secrets: { 's3-id': accessKeyId, 's3-key': secretAccessKey },
      });
      const path = `/${bucket}/a%20note.txt`;
      const body = 'kept in the bucket';
      const put = await world.fetch(path, { subject: 'ana', method: 'PUT', body });
      assert.equal(put.status, 200, await put.text());
      const got = await world.fetch(path, { subject: 'ana' });
      assert.equal(await got.text(), body);
      const listed = await world.fetch(`/${bucket}?list-type=2&prefix=a+n`, { subject: 'ana' });
      assert.match(await listed.text(), /<Key>a note\.txt<\/Key>/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
