import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpCredential } from '../../configuration/http-credential.ts';
import { makeRequest } from './request.fixture.ts';
import { type CredentialSources, createRequestCredential } from './request-credential.ts';

interface World extends CredentialSources {
  nowMsValue: number;
  readonly asked: string[];
  secrets: Record<string, string>;
}

function makeWorld(lifetimeMs = 60_000): World {
  const world: World = {
    nowMsValue: 0,
    asked: [],
    secrets: { 'env:KEY': 'planted-secret' },
    nowMs: () => world.nowMsValue,
    resolveSecret(reference) {
      world.asked.push(reference);
      const secret = world.secrets[reference];
      return secret === undefined
        ? Promise.reject(new Error('Cannot read secret'))
        : Promise.resolve(Buffer.from(secret));
    },
    requestToken({ clientSecret }) {
      world.asked.push('token');
      return Promise.resolve({ accessToken: `token-of-${clientSecret}`, lifetimeMs });
    },
  };
  return world;
}

const OAUTH: HttpCredential = {
  kind: 'oauth',
  tokenUrl: 'https://issuer.example/token',
  clientId: 'gateway',
  clientSecret: 'env:KEY',
  scope: undefined,
};

const HOLDER = { principalId: 'alice', target: 'fhir' };

describe('createRequestCredential', () => {
  for (const [credential, fields, query] of [
    [
      { kind: 'header', name: 'X-Api-Key', value: 'env:KEY' },
      [['x-api-key', 'planted-secret']],
      '',
    ],
    [{ kind: 'bearer', bearer: 'env:KEY' }, [['authorization', 'Bearer planted-secret']], ''],
    [
      { kind: 'basic', user: 'gateway', password: 'env:KEY' },
      [['authorization', 'Basic Z2F0ZXdheTpwbGFudGVkLXNlY3JldA==']],
      '',
    ],
    [{ kind: 'query', name: 'api key', value: 'env:KEY' }, [], 'api%20key=planted-secret'],
    [OAUTH, [['authorization', 'Bearer token-of-planted-secret']], ''],
    [{ kind: 'none' }, [], ''],
  ] as const satisfies readonly [HttpCredential, unknown, string][]) {
    it(`adds a credential of the kind ${credential.kind}, and only that`, async () => {
      const request = makeRequest();
      const ready = await createRequestCredential(credential, makeWorld()).add(request, HOLDER);
      assert.deepEqual([...ready.fields], fields);
      assert.equal(ready.query, query);
      assert.equal(ready.body, request.body);
    });
  }

  it('takes the place of what clients send', async () => {
    const fields = [
      ['authorization', 'Bearer theirs'],
      ['x-other', '1'],
    ] as const;
    const bearer = createRequestCredential({ kind: 'bearer', bearer: 'env:KEY' }, makeWorld());
    const ready = await bearer.add(makeRequest({ fields }), HOLDER);
    assert.deepEqual(ready.fields.all('authorization'), ['Bearer planted-secret']);
    assert(ready.fields.has('x-other'));
  });

  it('reads a secret anew after a few seconds, and at once where it was not taken', async () => {
    const world = makeWorld();
    const credential = createRequestCredential({ kind: 'bearer', bearer: 'env:KEY' }, world);
    await credential.add(makeRequest(), HOLDER);
    assert(
      !(credential.add(makeRequest(), HOLDER) instanceof Promise),
      'what is known is added at once',
    );
    assert.equal(world.asked.length, 1);
    world.secrets = { 'env:KEY': 'rotated' };
    world.nowMsValue = 6_000;
    const renewed = await credential.add(makeRequest(), HOLDER);
    assert.equal(renewed.fields.get('authorization'), 'Bearer rotated');
    credential.forget();
    await credential.add(makeRequest(), HOLDER);
    assert.equal(world.asked.length, 3);
  });

  it('asks for one token at a time, and for the next one shortly before the end', async () => {
    const world = makeWorld(100_000);
    const credential = createRequestCredential(OAUTH, world);
    await Promise.all([
      credential.add(makeRequest(), HOLDER),
      credential.add(makeRequest(), HOLDER),
    ]);
    world.nowMsValue = 69_999;
    await credential.add(makeRequest(), HOLDER);
    assert.equal(world.asked.filter((what) => what === 'token').length, 1);
    world.nowMsValue = 70_000;
    await credential.add(makeRequest(), HOLDER);
    assert.equal(world.asked.filter((what) => what === 'token').length, 2);
  });

  it('fails where the secret cannot be read, and tries again with the next request', async () => {
    const world = makeWorld();
    world.secrets = {};
    const credential = createRequestCredential({ kind: 'bearer', bearer: 'env:KEY' }, world);
    await assert.rejects(Promise.resolve(credential.add(makeRequest(), HOLDER)));
    world.secrets = { 'env:KEY': 'there now' };
    const ready = await credential.add(makeRequest(), HOLDER);
    assert.equal(ready.fields.get('authorization'), 'Bearer there now');
  });

  it('adds no secret that would be more than one field', async () => {
    const world = makeWorld();
    world.secrets = { 'env:KEY': 'a\r\nx-admin: 1' };
    const credential = createRequestCredential({ kind: 'bearer', bearer: 'env:KEY' }, world);
    await assert.rejects(Promise.resolve(credential.add(makeRequest(), HOLDER)), {
      name: 'ProtocolError',
    });
  });
});
