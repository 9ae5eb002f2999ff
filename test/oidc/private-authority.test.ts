import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  issueServerCertificate,
  makeCertificateAuthority,
} from '../../src/gateway/certificates.ts';
import { TokenAuthenticator } from '../../src/identity/authenticate.ts';
import type { IdentityProvider } from '../../src/identity/identity-provider.ts';
import { admit, assertRejected } from './authentication-fixture.ts';
import { FakeIssuer } from './fake-issuer.ts';

let folder = '';
let origin = '';
let server: Server;
let issuer: FakeIssuer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'private-authority-'));
  issuer = await FakeIssuer.start();
  const authority = await makeCertificateAuthority('hospital');
  const { certificatePem, keyPem } = await issueServerCertificate(authority, {
    names: ['id.hospital.example'],
    addresses: ['127.0.0.1'],
  });
  server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    response.end(JSON.stringify(issuer.documents.get(request.url ?? '')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  issuer.issuer = origin;
  const discovery = { issuer: origin, jwks_uri: `${origin}/jwks` };
  issuer.documents.set('/.well-known/openid-configuration', discovery);
  await writeFile(join(folder, 'ca.pem'), authority.certificatePem);
  await writeFile(
    join(folder, 'other.pem'),
    (await makeCertificateAuthority('hospital')).certificatePem,
  );
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await issuer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function authenticator(changes: Partial<IdentityProvider>): TokenAuthenticator {
  const provider: IdentityProvider = {
    name: 'hospital',
    kind: 'person',
    issuer: origin,
    audiences: ['sallyport'],
    ...changes,
  };
  return new TokenAuthenticator([provider], { nowMs: Date.now });
}

describe('an identity provider with a certificate of a private authority', () => {
  it('is believed when the configuration names that authority, and only then', async () => {
    await admit(authenticator({ caFile: join(folder, 'ca.pem') }), issuer.issue());
    const unreachable = 'provider-unreachable';
    await assertRejected(authenticator({}), issuer.issue(), unreachable);
    const other = authenticator({ caFile: join(folder, 'other.pem') });
    await assertRejected(other, issuer.issue(), unreachable);
  });

  it('needs no discovery where the configuration says where the keys are', async () => {
    issuer.documents.delete('/.well-known/openid-configuration');
    const caFile = join(folder, 'ca.pem');
    await admit(authenticator({ caFile, jwksUri: `${origin}/jwks` }), issuer.issue());
    const elsewhere = authenticator({ caFile, jwksUri: `${origin}/none` });
    await assertRejected(elsewhere, issuer.issue(), 'provider-unreachable');
  });
});
