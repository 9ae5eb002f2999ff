import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isSigned, isSignedInQuery } from '../../../test/secrets/sigv4-check.ts';
import { type LocalService, startService } from '../../../test/secrets/start-service.ts';
import type { AwsRole } from '../../configuration/cloud-credential.ts';
import { AwsSecrets } from '../secrets/aws-secrets.ts';
import { assumeRole } from './aws-roles.ts';
import type { AwsKeys, TokenHolder } from './cloud-token.ts';
import { makeRdsToken } from './rds-token.ts';

const KEYS: AwsKeys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'only-for/tests+0123456789' };
const ROLE_KEYS: Required<AwsKeys> = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'of-the-role',
  sessionToken: 'FwoGZXIvYXdzEBYaD//////////wEaDExample==',
};
const HOLDER: TokenHolder = { principalId: 'alice@clinic.example', target: 'hospital' };
const { signal } = new AbortController();
const SECRETS: Readonly<Record<string, unknown>> = {
  'prod/hospital': { SecretString: '{"username":"gateway","password":"pä55"}' },
  'prod/binary': { SecretBinary: Buffer.of(0, 255, 1).toString('base64') },
};

/**
 * Stands in for AWS Secrets Manager and STS, as their API references describe GetSecretValue and AssumeRole: the
 * services are nowhere to be had offline. The SDK that asks is the real one, and its signatures are checked.
 */
let aws: LocalService;
let failure: string | undefined;

function fail(name: string): { readonly status: number; readonly body: unknown } {
  return { status: 400, body: { __type: name, message: 'hunter2' } };
}

function openSecrets(credentials: AwsKeys = KEYS): AwsSecrets {
  const settings = { kind: 'aws-secretsmanager', region: 'eu-central-1' } as const;
  return new AwsSecrets({ ...settings, endpoint: aws.url, lifetimeMs: 60_000 }, { credentials });
}

function roleOf(changes: Partial<AwsRole> = {}): AwsRole {
  return {
    arn: 'arn:aws:iam::123456789012:role/hospital',
    region: 'eu-central-1',
    externalId: undefined,
    sessionTags: true,
    endpoint: aws.url,
    ...changes,
  };
}

function startAws(): void {
  beforeEach(async () => {
    failure = undefined;
    aws = await startService((request, response) => {
      if (!isSigned(request, KEYS)) return fail('InvalidSignatureException');
      if (failure !== undefined) return fail(failure);
      if (request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue') {
        const { SecretId } = JSON.parse(request.body) as { readonly SecretId: string };
        const secret = SECRETS[SecretId];
        return secret === undefined
          ? fail('ResourceNotFoundException')
          : { status: 200, body: secret };
      }
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <Credentials><AccessKeyId>${ROLE_KEYS.accessKeyId}</AccessKeyId><SecretAccessKey>${ROLE_KEYS.secretAccessKey}</SecretAccessKey>
  <SessionToken>${ROLE_KEYS.sessionToken}</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
  </AssumeRoleResult></AssumeRoleResponse>`);
      return undefined;
    });
  });
  afterEach(() => aws[Symbol.asyncDispose]());
}

describe('AwsSecrets', () => {
  startAws();

  it('reads text and bytes, with requests that are signed as AWS wants them', async () => {
    const secrets = openSecrets();
    const { content, lifetimeMs } = await secrets.read('prod/hospital', signal);
    assert.deepEqual(content, Buffer.from('{"username":"gateway","password":"pä55"}'));
    assert.equal(lifetimeMs, 60_000);
    assert.deepEqual((await secrets.read('prod/binary', signal)).content, Buffer.of(0, 255, 1));
  });

  it('says what failed by its name alone', async () => {
    for (const [name, code] of [
      ['ResourceNotFoundException', 'ERR_SOURCE_MISSING'],
      ['AccessDeniedException', 'ERR_SOURCE_DENIED'],
      ['ExpiredTokenException', 'ERR_SOURCE_DENIED'],
      ['InternalServiceError', 'ERR_SOURCE_UNAVAILABLE'],
    ] as const) {
      failure = name;
      await assert.rejects(openSecrets().read('prod/hospital', signal), (error: Error) => {
        assert.equal('code' in error && error.code, code);
        assert.equal(
          error.message,
          `Cannot ask source of secrets: it answered with ${name}, status 400`,
        );
        assert.equal(error.cause, undefined);
        return true;
      });
    }
    const stranger = { ...KEYS, secretAccessKey: 'another' };
    await assert.rejects(openSecrets(stranger).read('prod/hospital', signal), {
      code: 'ERR_SOURCE_DENIED',
    });
  });

  it('keeps an answer that it cannot read to itself', async () => {
    await using odd = await startService((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end('{"SecretString":"hunter2",,}');
      return undefined;
    });
    const settings = { kind: 'aws-secretsmanager', region: 'eu-central-1', lifetimeMs: 1 } as const;
    const secrets = new AwsSecrets({ ...settings, endpoint: odd.url }, { credentials: KEYS });
    await assert.rejects(secrets.read('prod/hospital', signal), (error: Error) => {
      assert.doesNotMatch(JSON.stringify([error.message, error.stack, error]), /hunter2/);
      return true;
    });
  });

  it('reads no answer that does not end, and follows no redirection', async () => {
    const chunk = Buffer.alloc(2 ** 20);
    await using endless = await startService((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(chunk);
      return undefined;
    });
    const settings = { kind: 'aws-secretsmanager', region: 'eu-central-1', lifetimeMs: 1 } as const;
    const long = new AwsSecrets({ ...settings, endpoint: endless.url }, { credentials: KEYS });
    await assert.rejects(long.read('prod/hospital', signal), { reason: 'its answer is too long' });
    await using redirecting = await startService((_request, response) => {
      response.writeHead(307, { location: `${aws.url}/` }).end();
      return undefined;
    });
    const led = new AwsSecrets({ ...settings, endpoint: redirecting.url }, { credentials: KEYS });
    await assert.rejects(led.read('prod/hospital', signal), { code: 'ERR_SOURCE_UNAVAILABLE' });
    assert.deepEqual(aws.requests, []);
  });
});

describe('assumeRole', () => {
  startAws();

  it('takes on a role in a session that is named and tagged after the principal', async () => {
    const role = roleOf({ externalId: 'clinic-7' });
    const { value, lifetimeMs } = await assumeRole(role, { credentials: KEYS })(HOLDER, signal);
    assert.deepEqual(value, ROLE_KEYS);
    assert.equal(lifetimeMs, 3_600_000, 'by its length, whatever the clocks say');
    const asked = new URLSearchParams(aws.requests[0]?.body);
    assert.equal(asked.get('RoleArn'), role.arn);
    assert.equal(asked.get('RoleSessionName'), 'alice@clinic.example');
    assert.equal(asked.get('ExternalId'), 'clinic-7');
    assert.equal(asked.get('Tags.member.1.Key'), 'sallyport:principal');
    assert.equal(asked.get('Tags.member.1.Value'), 'alice@clinic.example');
    assert.equal(asked.get('Tags.member.2.Value'), 'hospital');
  });

  it('lets no principal put anything else into the question', async () => {
    const principalId = 'a&RoleArn=arn:aws:iam::1:role/admin&Tags.member.3.Key=x\r\nX: y';
    await assumeRole(roleOf(), { credentials: KEYS })({ principalId, target: 'hospital' }, signal);
    const asked = new URLSearchParams(aws.requests[0]?.body);
    assert.deepEqual(asked.getAll('RoleArn'), [roleOf().arn]);
    assert.equal(asked.has('Tags.member.3.Key'), false);
    assert.match(asked.get('RoleSessionName') ?? '', /^[A-Za-z0-9_+=,.@-]{2,64}$/);
  });

  it('leaves tags away where the role does not take them', async () => {
    await assumeRole(roleOf({ sessionTags: false }), { credentials: KEYS })(HOLDER, signal);
    assert.doesNotMatch(aws.requests[0]?.body ?? '', /Tags/);
  });

  it('says that it is denied, and no more', async () => {
    failure = 'AccessDenied';
    await assert.rejects(
      assumeRole(roleOf(), { credentials: KEYS })(HOLDER, signal),
      (error: Error) => {
        assert.doesNotMatch(String(error.stack), /hunter2/);
        return 'code' in error;
      },
    );
  });
});

describe('makeRdsToken', () => {
  startAws();

  const LOGIN = { region: 'eu-central-1', host: 'db.clinic.example', port: 5432, user: 'gateway' };

  it('makes a password that RDS takes for this host and user for 15 minutes', async () => {
    const token = await makeRdsToken({ ...LOGIN, keys: KEYS });
    assert(isSignedInQuery(token, KEYS));
    const url = new URL(`https://${token}`);
    assert.equal(url.host, 'db.clinic.example:5432');
    assert.equal(url.searchParams.get('Action'), 'connect');
    assert.equal(url.searchParams.get('DBUser'), 'gateway');
    assert.equal(url.searchParams.get('X-Amz-Expires'), '900');
    assert(!isSignedInQuery(token.replace('DBUser=gateway', 'DBUser=postgres'), KEYS));
  });

  it('makes one by the keys of a role', async () => {
    const token = await makeRdsToken({ ...LOGIN, keys: ROLE_KEYS });
    assert(isSignedInQuery(token, ROLE_KEYS));
  });
});
