import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeRsaKey, readSignedToken } from '../../../test/secrets/signed-token.ts';
import { type LocalService, startService } from '../../../test/secrets/start-service.ts';
import { GcpSecrets } from '../secrets/gcp-secrets.ts';
import { requestService } from '../secrets/request-service.ts';
import type { RequestService } from './cloud-requests.ts';
import { googleTokens } from './google-tokens.ts';

const EMAIL = 'gateway@clinic-prod.iam.gserviceaccount.com';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const HOLDER = { principalId: 'alice', target: 'hospital' };
const KEY = makeRsaKey();
const { signal } = new AbortController();

/**
 * Stands in for Google's token endpoint (RFC 7523, as Google's OAuth documentation has it) and for Secret Manager's
 * `access`: they are nowhere to be had offline. The library that asks is the real one; its assertions are checked.
 */
let google: LocalService;
let refused: boolean;
let directory = '';
let credentialsFile = '';

/** Google's names lead to the stand-in, and nothing else does. */
const request: RequestService = (asked) => {
  const { host, pathname, search } = new URL(asked.url);
  assert.match(host, /^(?:oauth2|secretmanager)\.googleapis\.com$/);
  return requestService({ ...asked, url: `${google.url}${pathname}${search}` });
};

function isFromGateway(assertion: string): boolean {
  const said = readSignedToken(assertion, KEY) ?? {};
  return (
    said['iss'] === EMAIL && said['scope'] === SCOPE && Number(said['exp']) * 1_000 > Date.now()
  );
}

function openSecrets(): GcpSecrets {
  const settings = {
    kind: 'gcp-secretmanager',
    project: 'clinic-prod',
    lifetimeMs: 60_000,
  } as const;
  return new GcpSecrets({ ...settings, credentialsFile, endpoint: undefined }, request);
}

function startGoogle(): void {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-google-'));
    credentialsFile = join(directory, 'key.json');
    const key = { type: 'service_account', project_id: 'clinic-prod', private_key_id: 'k1' };
    await writeFile(
      credentialsFile,
      JSON.stringify({ ...key, private_key: KEY.privateKey, client_email: EMAIL, client_id: '1' }),
    );
  });
  after(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    refused = false;
    google = await startService(({ url, body, headers }) => {
      if (url === '/token') {
        const assertion = new URLSearchParams(body).get('assertion') ?? '';
        if (refused || !isFromGateway(assertion)) {
          return { status: 400, body: { error: 'invalid_grant', error_description: 'hunter2' } };
        }
        return {
          status: 200,
          body: { access_token: 'ya29.token', expires_in: 3_599, token_type: 'Bearer' },
        };
      }
      if (headers.authorization !== 'Bearer ya29.token') return { status: 401, body: {} };
      if (url !== '/v1/projects/clinic-prod/secrets/hospital/versions/latest:access') {
        return { status: 404, body: {} };
      }
      return { status: 200, body: { payload: { data: Buffer.from('pä55').toString('base64') } } };
    });
  });
  afterEach(() => google[Symbol.asyncDispose]());
}

describe('googleTokens', () => {
  startGoogle();

  it('gets a token for an assertion that the account has signed, once for many', async () => {
    const getToken = googleTokens({ credentialsFile, scopes: [SCOPE] }, request);
    assert.equal((await getToken(HOLDER, signal)).value, 'ya29.token');
    assert.equal((await getToken(HOLDER, signal)).value, 'ya29.token');
    assert.equal(google.requests.length, 1);
  });

  it('says of a refusal no more than its status', async () => {
    refused = true;
    const getToken = googleTokens({ credentialsFile, scopes: [SCOPE] }, request);
    await assert.rejects(getToken(HOLDER, signal), (error: Error) => {
      assert.equal(error.message, 'Cannot ask source of secrets: it answered with status 400');
      assert.equal(error.cause, undefined);
      return true;
    });
  });

  it('says nothing of a key that is none', async () => {
    const file = join(directory, 'broken.json');
    await writeFile(file, '{"private_key": "hunter2"');
    const getToken = googleTokens({ credentialsFile: file, scopes: [SCOPE] }, request);
    await assert.rejects(getToken(HOLDER, signal), (error: Error) => {
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /hunter2/);
      return true;
    });
  });
});

describe('GcpSecrets', () => {
  startGoogle();

  it('reads a secret, by its name and version', async () => {
    const { content } = await openSecrets().read('hospital', signal);
    assert.deepEqual(content, Buffer.from('pä55'));
    await assert.rejects(openSecrets().read('hospital/7', signal), { code: 'ERR_SOURCE_MISSING' });
  });

  it('gives none where its account gets no token', async () => {
    refused = true;
    await assert.rejects(openSecrets().read('hospital', signal), {
      code: 'ERR_SOURCE_UNAVAILABLE',
    });
  });
});
