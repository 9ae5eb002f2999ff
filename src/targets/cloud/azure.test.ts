import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeRsaKey, readSignedToken, signToken } from '../../../test/secrets/signed-token.ts';
import { type LocalService, startService } from '../../../test/secrets/start-service.ts';
import type { AzureIdentity } from '../../configuration/cloud-credential.ts';
import { AzureKeyVault } from '../secrets/azure-key-vault.ts';
import { requestService } from '../secrets/request-service.ts';
import { azureTokens } from './azure-tokens.ts';
import type { RequestService } from './cloud-requests.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const CLIENT = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
const AUTHORITY = 'https://login.entra.example';
const HOLDER = { principalId: 'alice', target: 'hospital' };
/** Of the pod's service account. */
const CLAIMS = {
  iss: 'https://cluster.example',
  sub: 'system:serviceaccount:sallyport:gateway',
  aud: 'api://AzureADTokenExchange',
};
const KEY = makeRsaKey();
const { signal } = new AbortController();

/**
 * Stands in for Entra's token endpoint (client credentials with a federated assertion, as Microsoft's identity platform
 * documents it) and for Key Vault with its challenge: they are nowhere to be had offline. The libraries that ask are the
 * real ones; the assertion is a token that the cluster of the gateway has signed, and is checked.
 */
let azure: LocalService;
let directory = '';
let identity: AzureIdentity;
let refused: boolean;
/** Where the vault says that tokens for it are given. */
let resource: string;

/** The names of Azure lead to the stand-in, and nothing else does. */
const request: RequestService = (asked) => {
  const { host, pathname, search } = new URL(asked.url);
  assert.match(host, /^(?:login\.entra|clinic\.vault)\.example$/);
  return requestService({ ...asked, url: `${azure.url}${pathname}${search}` });
};

function openVault(address = 'https://clinic.vault.example'): AzureKeyVault {
  return new AzureKeyVault(
    { kind: 'azure-keyvault', address, identity, lifetimeMs: 60_000 },
    request,
  );
}

function startAzure(): void {
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-azure-'));
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, signToken(CLAIMS, KEY));
    identity = { clientId: CLIENT, tenantId: TENANT, tokenFile, authority: AUTHORITY };
  });
  after(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    refused = false;
    resource = 'https://vault.example';
    azure = await startService(({ url, body, headers }, response) => {
      if (url.startsWith(`/${TENANT}/`) && url.includes('openid-configuration')) {
        const token_endpoint = `${AUTHORITY}/${TENANT}/oauth2/v2.0/token`;
        const authorization_endpoint = `${AUTHORITY}/${TENANT}/oauth2/v2.0/authorize`;
        const issuer = `${AUTHORITY}/${TENANT}/v2.0`;
        const jwks_uri = `${AUTHORITY}/keys`;
        return { status: 200, body: { token_endpoint, authorization_endpoint, issuer, jwks_uri } };
      }
      if (url.startsWith(`/${TENANT}/oauth2/v2.0/token`)) {
        const asked = new URLSearchParams(body);
        const isKnown = readSignedToken(asked.get('client_assertion') ?? '', KEY) !== undefined;
        if (refused || !isKnown || asked.get('client_id') !== CLIENT) {
          return { status: 401, body: { error: 'invalid_client', error_description: 'hunter2' } };
        }
        const access_token = `token for ${asked.get('scope')}`;
        return { status: 200, body: { access_token, token_type: 'Bearer', expires_in: 3_599 } };
      }
      if (headers.authorization !== `Bearer token for ${resource}/.default`) {
        const challenge = `Bearer authorization="${AUTHORITY}/${TENANT}", resource="${resource}"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
        return undefined;
      }
      return url.startsWith('/secrets/hospital/?')
        ? {
            status: 200,
            body: {
              value: 'pä55',
              id: 'https://clinic.vault.example/secrets/hospital/1',
              attributes: {},
            },
          }
        : { status: 404, body: { error: { code: 'SecretNotFound', message: 'hunter2' } } };
    });
  });
  afterEach(() => azure[Symbol.asyncDispose]());
}

describe('azureTokens', () => {
  startAzure();

  it('exchanges the token of the pod for one of Entra', async () => {
    const scope = 'https://ossrdbms-aad.database.windows.net/.default';
    const { value, lifetimeMs } = await azureTokens({ ...identity, scope }, request)(
      HOLDER,
      signal,
    );
    assert.equal(value, `token for ${scope}`);
    assert(lifetimeMs > 0 && lifetimeMs <= 3_600_000);
  });

  it('says of a refusal no more than its name', async () => {
    refused = true;
    const getToken = azureTokens({ ...identity, scope: 'https://a.example/.default' }, request);
    await assert.rejects(getToken(HOLDER, signal), (error: Error) => {
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /hunter2|eyJ/);
      assert.equal(error.cause, undefined);
      return true;
    });
  });
});

describe('AzureKeyVault', () => {
  startAzure();

  it('reads a secret after the challenge', async () => {
    const { content } = await openVault().read('hospital', signal);
    assert.deepEqual(content, Buffer.from('pä55'));
    await assert.rejects(openVault().read('other', signal), (error: Error) => {
      assert.doesNotMatch(String(error.stack), /hunter2/);
      return 'code' in error && error.code === 'ERR_SOURCE_MISSING';
    });
  });

  it('gives no token to a vault whose challenge names somebody else', async () => {
    resource = 'https://vault.thief.example';
    await assert.rejects(openVault().read('hospital', signal), { name: 'SourceError' });
    assert(azure.requests.every(({ headers }) => headers.authorization === undefined));
  });
});
