import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rootWithoutSources } from '../../configuration/configuration-root.ts';
import { postgresTargetFileSchema } from '../../configuration/postgres-target-file.ts';
import { SecretUse } from '../../targets/secrets/secret-use.ts';
import type { PostgresTarget } from '../../targets/target.ts';
import { LoginSecretReader, type LoginSecrets } from './login-secrets.ts';

function parse(file: Readonly<Record<string, unknown>>): ReturnType<typeof SCHEMA.safeParse> {
  return SCHEMA.safeParse({ kind: 'postgres', address: 'db.example', database: 'ehr', ...file });
}

const SCHEMA = postgresTargetFileSchema({
  root: rootWithoutSources('/'),
  name: 'hospital',
  idleTimeoutMs: 0,
  side: 'gateway',
});

function complain(file: Readonly<Record<string, unknown>>): string {
  const [issue] = parse(file).error?.issues ?? [];
  return issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
}

function readLogin(secret: string | Buffer, how = 'login'): Promise<LoginSecrets> {
  const reader = new LoginSecretReader(async () => Buffer.from(secret));
  const credential =
    how === 'login' ? { login: 'env:LOGIN' } : { user: 'gateway', password: 'env:PASSWORD' };
  const target = parse({ credential }).data as PostgresTarget;
  assert(target.credential.kind !== 'elsewhere');
  const question = { target, credential: target.credential, principalId: 'alice' };
  return reader.read(question, new SecretUse());
}

describe('LoginSecretReader', () => {
  it('takes name and password of one secret', async () => {
    const { user, password } = await readLogin('{"username":"v-reader-1","password":"pä55"}');
    assert.equal(user, 'v-reader-1');
    assert.equal(String(password), 'pä55');
  });

  it('takes nothing that the server would read otherwise', async () => {
    for (const [secret, reason] of [
      ['{"username":"a\\u0000b","password":"x"}', 'is no name of a user'],
      ['{"username":"a\\nb","password":"x"}', 'is no name of a user'],
      [`{"username":"${'a'.repeat(64)}","password":"x"}`, 'is no name of a user'],
      ['{"username":"","password":"x"}', 'is no name of a user'],
      ['{"username":"a","password":"x\\u0000y"}', 'has a NUL in it'],
      ['{"username":"a","password":"\\n"}', 'is empty'],
      ['{"username":"a"}', 'has no such field'],
      ['{"username":["a"],"password":"x"}', 'is no text in that field'],
      ['hunter2', 'is not JSON with fields'],
    ] as const) {
      await assert.rejects(readLogin(secret), (error: Error) => {
        assert.equal('reason' in error && error.reason, reason);
        assert.doesNotMatch(String(error.stack), /hunter2/);
        return true;
      });
    }
    await assert.rejects(readLogin('x\0y', 'password'), { reason: 'has a NUL in it' });
    assert.equal(String((await readLogin('x y\r\n', 'password')).password), 'x y');
  });
});

describe('the credential of a PostgreSQL target', () => {
  const aws = { region: 'eu-central-1' };

  it('is one of its kinds', () => {
    for (const credential of [
      { user: 'a' },
      { user: 'a', password: 'env:A' },
      { login: 'env:A' },
      { user: 'a', aws },
      { user: 'a', aws: { ...aws, role: { arn: 'arn:aws:iam::123456789012:role/hospital' } } },
      { user: 'a', google: {} },
      { user: 'a', azure: { clientId: 'b' } },
    ]) {
      assert.equal(complain({ credential }), '', JSON.stringify(credential));
    }
    assert.match(
      complain({ credential: { user: 'a', aws, google: {} } }),
      /^credential: must have one of password, login, aws, google and azure$/,
    );
    assert.match(
      complain({ credential: { user: 'a', login: 'env:A' } }),
      /^credential\.user: must not/,
    );
    assert.match(complain({ credential: { aws } }), /^credential\.user: is missing$/);
    assert.match(
      complain({ credential: { user: 'a', aws: { ...aws, role: { arn: 'role/x' } } } }),
      /must be the ARN of a role$/,
    );
    assert.match(
      complain({ credential: { user: 'a', clientKey: 'env:A' } }),
      /^credential\.clientCertificate: must be given too/,
    );
  });

  it('sends no token of a cloud where somebody could read it', () => {
    for (const mode of ['disable', 'require']) {
      assert.match(
        complain({ credential: { user: 'a', aws }, tls: { mode } }),
        /^tls\.mode: must be verify-full or verify-ca/,
      );
    }
    assert.equal(complain({ credential: { user: 'a', aws }, tls: { mode: 'verify-ca' } }), '');
  });
});
