import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { rootWithoutSources } from '../../src/configuration/configuration-root.ts';
import { httpCredentialSchema } from '../../src/configuration/http-credential.ts';
import { postgresTargetFileSchema } from '../../src/configuration/postgres-target-file.ts';
import { SecretUse } from '../../src/targets/secrets/secret-use.ts';
import type { PostgresTarget } from '../../src/targets/target.ts';
import { makeRequest } from '../../src/upstream/http/request.fixture.ts';
import { createRequestCredential } from '../../src/upstream/http/request-credential.ts';
import { LoginSecretReader } from '../../src/upstream/postgres/login-secrets.ts';
import { isSigned, isSignedInQuery, type KnownKeys } from './sigv4-check.ts';
import { type LocalService, startService } from './start-service.ts';

const GATEWAY: KnownKeys = { accessKeyId: 'AKIDGATEWAY', secretAccessKey: 'of-the-gateway' };
const ROOT = rootWithoutSources('/');
const resolveSecret = async (): Promise<Buffer> => Buffer.alloc(0);

/** STS, as its API reference describes AssumeRole; the keys that it gives say whose session they are of. */
let sts: LocalService;
const environmentBefore = { ...process.env };

function keysOf(session: string): Required<KnownKeys> {
  const id = session.toUpperCase().replaceAll(/[^A-Z]/g, '');
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: `of-${session}`,
    sessionToken: `token-${id}`,
  };
}

function role(): Readonly<Record<string, unknown>> {
  return { arn: 'arn:aws:iam::123456789012:role/hospital', endpoint: sts.url };
}

function startSts(): void {
  before(() => {
    // As a gateway is given its own keys; nothing but the environment is asked for them.
    process.env['AWS_ACCESS_KEY_ID'] = GATEWAY.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = GATEWAY.secretAccessKey;
  });
  after(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (environmentBefore[name] === undefined) delete process.env[name];
      else process.env[name] = environmentBefore[name];
    }
  });
  beforeEach(async () => {
    sts = await startService((request, response) => {
      if (!isSigned(request, GATEWAY)) return { status: 403, body: {} };
      const name = new URLSearchParams(request.body).get('RoleSessionName') ?? '';
      const { accessKeyId, secretAccessKey, sessionToken } = keysOf(name);
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId>
  <SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken>
  <Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
      return undefined;
    });
  });
  afterEach(() => sts[Symbol.asyncDispose]());
}

describe('a database of RDS', () => {
  startSts();

  const read = async (
    aws: Readonly<Record<string, unknown>>,
    ...principals: string[]
  ): Promise<string[]> => {
    const target: PostgresTarget = postgresTargetFileSchema({
      ...{ root: ROOT, name: 'hospital', idleTimeoutMs: 0 },
      side: 'gateway',
    }).parse({
      kind: 'postgres',
      address: 'db.clinic.example:5433',
      database: 'ehr',
      credential: { user: 'gateway', aws: { region: 'eu-central-1', ...aws } },
    });
    assert(target.credential.kind === 'token');
    const reader = new LoginSecretReader(resolveSecret);
    const passwords: string[] = [];
    for (const principalId of principals) {
      const question = { target, credential: target.credential, principalId };
      const { user, password } = await reader.read(question, new SecretUse());
      assert.equal(user, 'gateway');
      passwords.push(String(password));
    }
    return passwords;
  };

  it('is logged in to with a token that the gateway signs itself', async () => {
    const [one = '', again = ''] = await read({}, 'alice', 'bob');
    assert(isSignedInQuery(one, GATEWAY));
    assert.equal(again, one);
    assert.equal(new URL(`https://${one}`).host, 'db.clinic.example:5433');
    const [elsewhere = ''] = await read({ host: 'prod.abc.rds.amazonaws.com' }, 'alice');
    assert.equal(new URL(`https://${elsewhere}`).host, 'prod.abc.rds.amazonaws.com:5433');
  });

  it('is logged in to by a role, for each principal in a session of its own', async () => {
    const [alice = '', bob = '', again = ''] = await read(
      { role: role() },
      'alice',
      'bob',
      'alice',
    );
    assert(isSignedInQuery(alice, keysOf('alice')));
    assert(isSignedInQuery(bob, keysOf('bob')));
    assert.equal(again, alice);
    assert.equal(sts.requests.length, 2);
  });
});

describe('a service of AWS', () => {
  startSts();

  it('is asked by a role, for each principal in a session of its own', async () => {
    const sigv4 = { region: 'eu-central-1', service: 'execute-api', role: role() };
    const credential = createRequestCredential(httpCredentialSchema(ROOT).parse({ sigv4 }), {
      resolveSecret,
      nowMs: Date.now,
    });
    for (const principalId of ['alice', 'bob', 'alice']) {
      const request = makeRequest({ method: 'GET', path: '/prod/patients', query: '' });
      const signed = await credential.add(request, { principalId, target: 'api' });
      const headers = Object.fromEntries([...signed.fields].map(([name, value]) => [name, value]));
      const received = {
        method: signed.method,
        url: signed.path,
        headers: { ...headers, host: signed.authority },
        body: '',
      };
      assert(isSigned(received, keysOf(principalId)), principalId);
    }
    assert.equal(sts.requests.length, 2);
  });
});
