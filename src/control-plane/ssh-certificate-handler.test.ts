import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CallAnswer, callControlPlane } from '../../test/control-plane/call-control-plane.ts';
import { createFakeServices, T0 } from '../../test/control-plane/fake-services.ts';
import { useFakeControlPlane } from '../../test/control-plane/use-fake-control-plane.ts';
import type { IssuedSshCertificate } from '../api/ssh-certificate.ts';
import type { TokenList } from '../api/token.ts';
import { createClientKey } from '../identity/ssh/ssh.fixture.ts';
import { decodeCertificate } from '../wire/ssh/certificate.ts';

describe('an SSH certificate', () => {
  const fake = useFakeControlPlane();

  function call(method: string, path: string, json?: unknown, name = 'alice'): Promise<CallAnswer> {
    return callControlPlane(fake, method, path, {
      authorization: [`Bearer ${name}-token`],
      ...(json !== undefined && { json: JSON.stringify(json) }),
    });
  }

  async function issue(): Promise<IssuedSshCertificate> {
    const { line: publicKey } = createClientKey();
    const answer = await call('POST', '/v1/ssh/certificates', { publicKey });
    assert.equal(answer.status, 201, answer.text);
    return JSON.parse(answer.text) as IssuedSshCertificate;
  }

  async function listTokens(name?: string): Promise<TokenList['tokens']> {
    return (JSON.parse((await call('GET', '/v1/tokens', undefined, name)).text) as TokenList)
      .tokens;
  }

  it('is issued to whom policy lets have tokens, for as long as it may last', async () => {
    const { line: publicKey, blob } = createClientKey();
    const answer = await call('POST', '/v1/ssh/certificates', {
      publicKey,
      lifetimeSeconds: 600,
      sourceAddresses: ['10.0.0.0/8'],
    });
    const { certificate, expiresAt } = JSON.parse(answer.text) as IssuedSshCertificate;
    const [type = '', base64 = ''] = certificate.split(' ');
    assert.equal(type, 'ssh-ed25519-cert-v01@openssh.com');
    const {
      publicKey: certified,
      keyId,
      principals,
    } = decodeCertificate(Buffer.from(base64, 'base64'));
    assert.deepEqual(certified, blob);
    assert.deepEqual([keyId, principals], ['idp:alice', ['idp:alice']]);
    assert.equal(expiresAt, new Date(T0 + 600_000).toISOString());
    assert.partialDeepStrictEqual(fake.services.questions, [
      { action: 'token.issue', lifetimeSeconds: 600 },
    ]);
    assert.partialDeepStrictEqual(fake.services.entries, [
      {
        kind: 'token.issue',
        principal: 'idp:alice',
        form: 'ssh-certificate',
        sourceAddresses: ['10.0.0.0/8'],
      },
    ]);
  });

  it('is issued to nobody else, nor without an entry in the ledger, nor where nobody takes SSH', async () => {
    const { line: publicKey } = createClientKey();
    fake.services.allow = () => false;
    assert.equal((await call('POST', '/v1/ssh/certificates', { publicKey })).status, 403);
    fake.services.allow = () => true;
    fake.services.ledgerWorks = false;
    assert.equal((await call('POST', '/v1/ssh/certificates', { publicKey })).status, 503);
    assert.deepEqual(await listTokens(), []);
    fake.services = createFakeServices({ sshAuthorities: undefined });
    assert.equal((await call('POST', '/v1/ssh/certificates', { publicKey })).status, 404);
  });

  it('is a token of its holder: listed, and ended by the holder alone', async () => {
    const { id } = await issue();
    assert.partialDeepStrictEqual(await listTokens(), [{ id, kind: 'ssh-certificate' }]);
    assert.deepEqual(await listTokens('bob'), []);
    assert.equal((await call('POST', `/v1/tokens/${id}/end`, undefined, 'bob')).status, 404);
    assert.deepEqual(JSON.parse((await call('POST', `/v1/tokens/${id}/end`)).text), { tokens: [] });
    assert.partialDeepStrictEqual(fake.services.entries.at(-1), {
      kind: 'token.revoke',
      token: id,
    });
    assert.equal((await call('POST', `/v1/tokens/${id}/end`)).status, 404);
  });

  it('says what is wrong with a request', async () => {
    const { line: publicKey } = createClientKey();
    for (const body of [
      {},
      { publicKey: 'x' },
      { publicKey, lifetimeSeconds: 86_401 },
      { publicKey, sourceAddresses: ['everywhere'] },
      { publicKey, principals: ['root'] },
    ]) {
      assert.equal(
        (await call('POST', '/v1/ssh/certificates', body)).status,
        400,
        JSON.stringify(body),
      );
    }
  });
});
