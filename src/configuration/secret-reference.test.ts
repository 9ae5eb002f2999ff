import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConfigurationRoot } from './configuration-root.ts';
import { secretReference } from './fields.ts';
import { findReferenceProblem, parseBaoPath, parseSourceReference } from './secret-reference.ts';
import { secretSourcesSchema } from './secret-source-settings.ts';

const ROOT: ConfigurationRoot = {
  directory: '/etc/sallyport',
  secretSources: secretSourcesSchema({ directory: '/etc/sallyport' }).parse({
    bao: {
      kind: 'openbao',
      address: 'https://bao.clinic.example:8200/',
      auth: { appRole: { roleId: 'gateway', secretId: 'file:bao-secret-id' } },
      engines: { kv: 'kv2', 'team/kv': 'kv2', db: 'database' },
    },
    'prod-aws': { kind: 'aws-secretsmanager', region: 'eu-central-1' },
    gcp: { kind: 'gcp-secretmanager', project: 'clinic-prod' },
    azure: { kind: 'azure-keyvault', address: 'https://clinic.vault.azure.net' },
    cluster: { kind: 'kubernetes' },
  }),
};

function complain(text: string): string | undefined {
  const { error } = secretReference(ROOT).safeParse(text);
  return error?.issues[0]?.message;
}

describe('secretReference', () => {
  it('takes what its source understands', () => {
    for (const text of [
      'env:PASSWORD',
      'vault:hospital',
      'bao:kv/hospital#password',
      'bao:kv/wards/3/hospital',
      'bao:team/kv/hospital#password',
      'bao:db/creds/reader#username',
      'bao:db/static-creds/reader',
      'prod-aws:prod/hospital#password',
      'prod-aws:arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/hospital-AbCdEf#password',
      'gcp:hospital-password',
      'gcp:hospital/7#password',
      'azure:hospital-password',
      `azure:hospital/${'0123456789abcdef'.repeat(2)}`,
      'cluster:clinic/hospital#password',
    ]) {
      assert.equal(complain(text), undefined, text);
    }
    assert.equal(secretReference(ROOT).parse('file:key'), 'file:/etc/sallyport/key');
  });

  it('says what it must be, and never what it was', () => {
    const forms = 'env:NAME, file:path, vault:name, bao:…, prod-aws:…, gcp:…, azure:… or cluster:…';
    for (const text of ['hunter2', 'hunter2:x', 'http://hunter2', 'Bao:kv/hunter2', 'bao:', '']) {
      assert.equal(complain(text), `must be a reference (${forms}), never the secret itself`, text);
    }
    assert.match(complain('bao:sys/hunter2') ?? '', /one of its engines \(kv, team\/kv, db\)/);
    assert.match(complain('cluster:hunter2') ?? '', /must go on with namespace\/name/);
    for (const text of ['bao:sys/hunter2', 'cluster:hunter2', 'azure:hunter2_', 'gcp:hunter2.x']) {
      assert.doesNotMatch(complain(text) ?? '', /hunter2/);
    }
  });

  it('keeps every path inside the place that is meant for it', () => {
    for (const path of [
      ...['../sys/leases', 'kv/../sys/seal', 'kv/./a', 'kv//a', 'kv/', 'kv', '/kv/a', 'kv/a/'],
      ...['kv/%2e%2e/sys/seal', 'kv/..%2fsys', 'kv/a%00', 'kv/a?list=true', 'kv/a;b', 'kv/a\\b'],
      ...['kv/a\nx-vault-token: b', 'kv/a\r', 'kv/a\0', 'kv/a b', 'kv/ä', 'kv2/a', 'team/a'],
      ...[
        'db/creds/..',
        'db/creds/a/b',
        'db/config/a',
        'db/creds',
        'db/roles/a',
        'db/static-creds/',
      ],
    ]) {
      assert.notEqual(complain(`bao:${path}#password`), undefined, path);
    }
    for (const text of [
      ...[
        'cluster:a/../b#c',
        'cluster:a/b/c#d',
        'cluster:A/b#c',
        'cluster:a/b#../c',
        'cluster:a/-b#c',
      ],
      ...[
        'gcp:a/b/c',
        'gcp:../a',
        'gcp:a:access',
        'gcp:a?b',
        'azure:a/b',
        'azure:../a',
        'azure:a%2f',
      ],
      ...[
        'prod-aws:a b',
        'prod-aws:a"b',
        'prod-aws:arn:aws:s3:::a',
        'prod-aws:a#',
        'prod-aws:a#b#c',
      ],
    ]) {
      assert.notEqual(complain(text), undefined, text);
    }
  });

  it('never builds a path of other segments than were written, whatever is written', () => {
    const bao = ROOT.secretSources.get('bao');
    assert(bao?.kind === 'openbao');
    const segment = fc.oneof(
      fc.constantFrom('kv', 'team', 'db', 'creds', '..', '.', '', '%2e', 'sys'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
        const path = segments.join('/');
        const parsed = parseSourceReference(`bao:${path}`);
        if (parsed === undefined || findReferenceProblem(bao, parsed) !== undefined) return;
        const place = parseBaoPath(bao.engines, path);
        assert(place !== undefined);
        const url = new URL(`https://bao.example/v1/${path}`);
        assert.equal(url.pathname, `/v1/${path}`);
        assert.equal(url.search + url.hash, '');
        assert(path.startsWith(`${place.mount}/`));
      }),
    );
  });
});

describe('secretSourcesSchema', () => {
  const read = (secrets: unknown): string[] =>
    secretSourcesSchema(ROOT)
      .safeParse(secrets)
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

  it('says what is wrong', () => {
    const address = 'https://bao.clinic.example';
    const token = { token: 'env:BAO_TOKEN' };
    assert.deepEqual(read({ bao: { kind: 'openbao', address, auth: token } }), []);
    assert.match(read({ env: { kind: 'openbao', address, auth: token } })[0] ?? '', /^env: /);
    assert.match(
      read({ a: { kind: 'consul' } })[0] ?? '',
      /must be one of openbao, hashicorp-vault/,
    );
    assert.match(read({ a: { kind: 'openbao', address } })[0] ?? '', /^a\.auth: must be one of/);
    assert.match(
      read({ a: { kind: 'openbao', address: 'http://bao.clinic.example', auth: token } })[0] ?? '',
      /must be an https URL/,
    );
    assert.match(
      read({ a: { kind: 'openbao', address, auth: token, engines: { '../sys': 'kv2' } } })[0] ?? '',
      /^a\.engines/,
    );
  });

  it('lets no source be asked with a secret of a source', () => {
    const address = 'https://bao.clinic.example';
    const auth = { token: 'prod-aws:bao#token' };
    assert.equal(read({ bao: { kind: 'openbao', address, auth } }).length, 1);
  });
});
