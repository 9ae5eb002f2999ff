import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectBody } from '../../protocols/http/whole-body.ts';
import { makeRequest } from './request.fixture.ts';
import { type Signing, signRequest } from './sign-request.ts';

/** Of the test suite that AWS has published for Signature Version 4. */
const SIGNING: Signing = {
  region: 'us-east-1',
  service: 'service',
  key: {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  },
  nowMs: Date.UTC(2015, 7, 30, 12, 36),
};
const HOST = { authority: 'example.amazonaws.com' } as const;

async function signatureOf(...args: Parameters<typeof signRequest>): Promise<string> {
  const { fields } = await signRequest(...args);
  return /Signature=([0-9a-f]{64})$/.exec(fields.get('authorization') ?? '')?.[1] ?? 'none';
}

describe('signRequest', () => {
  for (const [name, request, signature] of [
    ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      { query: 'Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-unreserved',
      { path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' },
      '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
    ],
    [
      'post-vanilla',
      { method: 'POST' },
      '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
    ],
    [
      'post-x-www-form-urlencoded',
      {
        method: 'POST',
        fields: [['content-type', 'application/x-www-form-urlencoded']],
        body: 'Param1=value1',
      },
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ] as const) {
    it(`signs as in the published case ${name}`, async () => {
      assert.equal(await signatureOf(makeRequest({ ...HOST, ...request }), SIGNING), signature);
    });
  }

  it('takes the place of a signature that a client made, in fields and query', async () => {
    const signed = await signRequest(
      makeRequest({
        ...HOST,
        query: 'X-Amz-Signature=theirs&x-amz-credential=theirs&a=b+c',
        fields: [
          ['authorization', 'AWS4-HMAC-SHA256 Credential=theirs'],
          ['x-amz-date', '20200101T000000Z'],
          ['x_amz_security_token', 'theirs'],
        ],
      }),
      { ...SIGNING, key: { ...SIGNING.key, sessionToken: 'ours' } },
    );
    assert.equal(signed.query, 'a=b%20c');
    assert.equal(JSON.stringify([...signed.fields]).includes('theirs'), false);
    assert.deepEqual(signed.fields.all('x-amz-date'), ['20150830T123600Z']);
    assert.deepEqual(signed.fields.all('x-amz-security-token'), ['ours']);
  });

  it('streams bodies to S3, and says that they are not signed', async () => {
    const request = makeRequest({ ...HOST, method: 'PUT', body: 'an object' });
    const signed = await signRequest(request, { ...SIGNING, service: 's3' });
    assert.equal(signed.body, request.body);
    assert.equal(signed.fields.get('x-amz-content-sha256'), 'UNSIGNED-PAYLOAD');
    assert.match(signed.fields.get('authorization') ?? '', /x-amz-content-sha256/);
  });

  it('refuses chunks that a client has signed', async () => {
    const fields = [['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD']] as const;
    const request = makeRequest({ ...HOST, method: 'PUT', fields, body: 'x' });
    await assert.rejects(signRequest(request, { ...SIGNING, service: 's3' }), {
      code: 'ERR_UPSTREAM_LOGIN',
    });
  });

  it('sends on the body that it read, and refuses one that is too long to be read', async () => {
    const signed = await signRequest(
      makeRequest({ ...HOST, method: 'POST', body: 'all' }),
      SIGNING,
    );
    const body = await new Promise((resolve) => collectBody(signed.body, 10, resolve));
    assert.deepEqual(body, { kind: 'whole', bytes: Buffer.from('all'), trailers: undefined });
    const long = makeRequest({ ...HOST, method: 'POST', body: 'a'.repeat(4 * 1024 * 1024 + 1) });
    await assert.rejects(signRequest(long, SIGNING), { code: 'ERR_UPSTREAM_LOGIN' });
  });
});
