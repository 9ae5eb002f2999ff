import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

import { ConfigurationError } from './configuration-error.ts';
import { type Configuration, loadConfiguration } from './load-configuration.ts';
import { SMALLEST_GATEWAY } from './smallest-gateway.fixture.ts';

const TARGET = `
kind: postgres
address: db.clinic.example
database: ehr
credential: {user: sallyport, password: env:PASSWORD}
`;

type Files = Readonly<Record<string, string | Buffer>>;

async function load(files: Files): Promise<Configuration> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-configuration-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    return await loadConfiguration(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function complain(files: Files): Promise<string> {
  try {
    await load({ 'sallyport.yaml': SMALLEST_GATEWAY, ...files });
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.equal(error.code, 'ERR_CONFIGURATION');
    return error.message;
  }
  return assert.fail('was loaded');
}

describe('loadConfiguration', () => {
  it('fills in defaults', async () => {
    const configuration = await load({
      'sallyport.yaml': SMALLEST_GATEWAY,
      'targets/ehr.yaml': TARGET,
    });
    assert.equal(configuration.gateway.dataDirectory, join(configuration.directory, 'data'));
    assert.deepEqual(configuration.listeners, {
      postgres: [
        {
          address: { host: '127.0.0.1', port: 6432 },
          tls: { mode: 'required', files: undefined },
          authentication: 'password',
          target: undefined,
        },
      ],
      ssh: [],
      http: [],
      api: undefined,
      gateways: undefined,
      connectors: undefined,
    });
    assert.equal(configuration.identity.tokenLifetimeMs, 28_800_000);
    assert.deepEqual(configuration.store, { kind: 'embedded' });
    assert.equal(configuration.limits.handshakeTimeoutMs, 10_000);
    assert.equal(configuration.limits.statementBytesMax, 65_536);
    assert.equal(configuration.audit.flushIntervalMs, 50);
    assert.deepEqual(configuration.targets, [
      {
        kind: 'postgres',
        name: 'ehr',
        description: 'PostgreSQL',
        host: 'db.clinic.example',
        port: 5432,
        connectors: [],
        database: 'ehr',
        databases: [],
        tls: { mode: 'verify-full' },
        credential: { kind: 'user', user: 'sallyport', password: 'env:PASSWORD' },
        labels: {},
        seal: 'sealed',
        recording: { enabled: true, bytesMax: 16_777_216 },
        sealParameters: false,
        functionsAllowed: [],
        idleTimeoutMs: 3_600_000,
        onReview: { people: 'wait', workloads: 'fail' },
      },
    ]);
  });

  it('collects policies and their tests, and knows where each test stands', async () => {
    const configuration = await load({
      'sallyport.yaml': SMALLEST_GATEWAY,
      'policies/b.cedar': 'b',
      'policies/a.cedar': 'a',
      'policies/notes.md': 'not read',
      'policies/tests/t.yaml': `
relations:
  public.claims: {columns: [id, status], uniqueKeys: [[id]]}
tests:
  - name: one
    action: connect
    expect: deny
  - name: two
    sql: SELECT 1
    expect: allow
`,
    });
    assert.deepEqual(configuration.policies, [
      { path: 'policies/a.cedar', text: 'a' },
      { path: 'policies/b.cedar', text: 'b' },
    ]);
    assert.deepEqual(
      configuration.policyTests.map(({ name, file, line }) => ({ name, file, line })),
      [
        { name: 'one', file: 'policies/tests/t.yaml', line: 5 },
        { name: 'two', file: 'policies/tests/t.yaml', line: 8 },
      ],
    );
    assert.deepEqual(configuration.policyTests[1]?.tried, {
      kind: 'sql',
      sql: 'SELECT 1',
      relations: [{ name: 'public.claims', columns: ['id', 'status'], uniqueKeys: [['id']] }],
    });
  });

  it('has a hash that changes with names and contents, and with nothing else', async () => {
    const hash = async (files: Files): Promise<string> =>
      (await load({ 'sallyport.yaml': SMALLEST_GATEWAY, ...files })).hash;
    const base = await hash({ 'policies/a.cedar': 'a' });
    assert.match(base, /^[0-9a-f]{64}$/);
    assert.equal(await hash({ 'policies/a.cedar': 'a', 'README.md': 'x' }), base);
    const others = [
      await hash({ 'policies/b.cedar': 'a' }),
      await hash({ 'policies/a.cedar': 'b' }),
      await hash({ 'policies/a.cedar': 'a', 'policies/b.cedar': '' }),
      await hash({ 'policies/a.cedar': 'a', 'sallyport.yaml': `${SMALLEST_GATEWAY}# comment` }),
    ];
    assert.equal(new Set([base, ...others]).size, 5);
  });

  it('reports everything that is wrong, in all files', async () => {
    const message = await complain({
      'sallyport.yaml': `${SMALLEST_GATEWAY}limts: {}\n`,
      'targets/a.yaml': TARGET.replace('postgres', 'oracle'),
      'targets/b.yaml': `${TARGET}tls: {mode: verify-none}\n`,
      'policies/tests/t.yaml': 'tests: []',
    });
    assert.deepEqual(
      message.split('\n'),
      [
        'sallyport.yaml:10:1: Cannot read limts: unknown key; did you mean limits?',
        'targets/a.yaml:2:7: Cannot read kind: must be one of postgres, ssh, http, kubernetes',
        'targets/b.yaml:6:13: Cannot read tls.mode: must be one of verify-full, verify-ca, require, disable',
        'policies/tests/t.yaml:1:1: Cannot read tests: must not be empty',
      ].toSorted((a, b) => Number(a.startsWith('policies')) - Number(b.startsWith('policies'))),
    );
  });

  it('refuses a secret in place of a reference, without showing it', async () => {
    for (const password of [
      'hunter2',
      'env:',
      'env:a-b',
      'ENV:A',
      'vault:../x',
      'plain:hunter2',
      'file:',
    ]) {
      const message = await complain({
        'targets/ehr.yaml': TARGET.replace('env:PASSWORD', `"${password}"`),
      });
      assert.equal(
        message,
        'targets/ehr.yaml:5:41: Cannot read credential.password: must be a reference (env:NAME, file:path or vault:name), never the secret itself',
      );
    }
    const store = `${SMALLEST_GATEWAY}store: {kind: postgres, url: "postgres://u:hunter2@h/d"}`;
    assert.doesNotMatch(await complain({ 'sallyport.yaml': store }), /hunter2/);
  });

  it('takes paths and file references relative to the directory', async () => {
    const configuration = await load({
      'sallyport.yaml': `${SMALLEST_GATEWAY}vault: {key: file:keys/vault}\ngateway: {dataDirectory: ../data}`,
      'targets/ehr.yaml': TARGET.replace('env:PASSWORD', 'file:/run/secrets/ehr'),
    });
    assert.equal(configuration.vault?.key, `file:${join(configuration.directory, 'keys/vault')}`);
    assert.equal(configuration.gateway.dataDirectory, join(configuration.directory, '../data'));
    assert.deepEqual(configuration.targets[0]?.credential, {
      kind: 'user',
      user: 'sallyport',
      password: 'file:/run/secrets/ehr',
    });
  });

  it('allows plaintext on loopback only', async () => {
    for (const [address, mode, allowed] of [
      ['127.0.0.1:1', 'disabled', true],
      ['127.9.9.9:1', 'optional', true],
      ['"[::1]:1"', 'disabled', true],
      ['localhost:1', 'optional', true],
      ['0.0.0.0:1', 'required', true],
      ['0.0.0.0:1', 'optional', false],
      ['"[::]:1"', 'disabled', false],
      ['127.0.0.1.evil.example:1', 'disabled', false],
      ['10.0.0.1:1', 'disabled', false],
    ] as const) {
      const text = SMALLEST_GATEWAY.replace(
        '127.0.0.1:6432',
        `${address}\n      tls: {mode: ${mode}}`,
      );
      if (allowed) await load({ 'sallyport.yaml': text });
      else
        assert.match(
          await complain({ 'sallyport.yaml': text }),
          /:5:19: Cannot read listeners.postgres\[0\].tls.mode: must be required, unless/,
        );
    }
  });

  it('refuses what contradicts itself', async () => {
    const gateway = (find: string, replacement: string): Promise<string> =>
      complain({ 'sallyport.yaml': SMALLEST_GATEWAY.replace(find, replacement) });
    assert.match(await gateway('127.0.0.1:6432', '127.0.0.1'), /address: must be host:port/);
    assert.match(await gateway('127.0.0.1:6432', '127.0.0.1:65536'), /address: must be host:port/);
    assert.match(await gateway('6432', '6432\n      target: ehr'), /target: is not a known target/);
    assert.match(
      await gateway('6432', '6432\n      tls: {key: k}'),
      /tls.certificate: must be given too/,
    );
    assert.match(await gateway('https:', 'http:'), /issuer: must be an https URL/);
    assert.match(await gateway('[sallyport]', '[]'), /audiences: must not be empty/);
    const provider = SMALLEST_GATEWAY.slice(SMALLEST_GATEWAY.indexOf('    - name: clinic'));
    assert.match(
      await complain({ 'sallyport.yaml': SMALLEST_GATEWAY + provider }),
      /10:13: .*is the name of another provider/,
    );
    assert.match(
      await complain({ 'sallyport.yaml': `${SMALLEST_GATEWAY}vault: {key: "vault:key"}` }),
      /cannot be in the vault/,
    );
    assert.match(
      await complain({ 'sallyport.yaml': `${SMALLEST_GATEWAY}audit: {flushInterval: 51ms}` }),
      /a duration from 1ms to 50ms/,
    );
    assert.match(
      await complain({ 'sallyport.yaml': `${SMALLEST_GATEWAY}store: {kind: sqlite}` }),
      /store.kind: must be one of embedded, postgres/,
    );
    assert.match(
      await complain({
        'targets/a.yaml': `${TARGET}name: x`,
        'targets/b.yaml': `${TARGET}name: x`,
      }),
      /targets\/b.yaml:6:7: Cannot read name: is the name of another target/,
    );
    assert.match(await complain({ 'targets/A.yaml': TARGET }), /lower-case/);
    assert.match(
      await complain({
        'targets/a.yaml': TARGET.replace('env:PASSWORD', 'env:P, clientKey: env:K'),
      }),
      /credential.clientCertificate: must be given too/,
    );
  });

  it('names the directory where that is what is not there, or is none', async () => {
    await assert.rejects(
      loadConfiguration('/nonexistent/sallyport'),
      /^ConfigurationError: \/nonexistent\/sallyport:1:1: Cannot read directory: does not exist$/,
    );
    await assert.rejects(
      loadConfiguration(import.meta.filename),
      /load-configuration\.test\.ts:1:1: Cannot read directory: is not a directory$/,
    );
  });

  it('names files that are missing, unreadable or would be left out silently', async () => {
    await assert.rejects(load({}), /^ConfigurationError: sallyport.yaml:1:1: .*does not exist/);
    assert.match(await complain({ 'targets/a.yml': TARGET }), /files in targets must end in .yaml/);
    assert.match(
      await complain({ 'policies/a.CEDAR': '' }),
      /files in policies must end in .cedar/,
    );
    assert.match(
      await complain({ 'policies/ward/a.cedar': '' }),
      /policies\/ward\/a.cedar:1:1: .*no files are read in policies\/ward$/,
    );
    assert.match(await complain({ 'policies/tests/ward/a.yaml': '' }), /in policies\/tests\/ward$/);
    assert.match(await complain({ 'policies/a.cedar': Buffer.of(0xff) }), /is not UTF-8/);
    assert.match(await complain({ 'targets/a.yaml/b': '' }), /targets\/a.yaml:1:1: .*EISDIR/);
  });
});

describe('loadConfiguration of grants and reviews', () => {
  it('fills in what is not said', async () => {
    const { grants, reviews, targets } = await load({
      'sallyport.yaml': `${SMALLEST_GATEWAY}grants: {on-call: {}}\n`,
      'targets/ehr.yaml': TARGET,
    });
    assert.deepEqual(grants, [
      { name: 'on-call', description: '', durationMaxMs: 28_800_000, breakGlass: undefined },
    ]);
    assert.deepEqual(reviews, {
      expiresAfterMs: 1_800_000,
      consoleUrl: undefined,
      commitHoldMaxMs: 60_000,
      waitingPerPrincipalMax: 20,
      delegationMaxMs: 2_592_000_000,
      keptMs: 366 * 86_400_000,
    });
    assert.deepEqual(targets[0]?.onReview, { people: 'wait', workloads: 'fail' });
  });

  it('reads what is said', async () => {
    const { grants, reviews, targets } = await load({
      'sallyport.yaml': `${SMALLEST_GATEWAY}
grants:
  on-call:
    description: At night
    durationMax: 2h
    breakGlass: {reviewers: [privacy-officers], alert: [pager]}
reviews: {expiresAfter: 5m, consoleUrl: 'https://gate.example/', waitingPerPrincipalMax: 3}
channels: [{name: pager, kind: webhook, url: 'https://pager.example/', secret: 'env:PAGER'}]
`,
      'targets/ehr.yaml': `${TARGET}onReview: {people: fail}\n`,
    });
    assert.deepEqual(grants[0]?.breakGlass, { reviewers: ['privacy-officers'], alert: ['pager'] });
    assert.equal(grants[0]?.durationMaxMs, 7_200_000);
    assert.equal(reviews.consoleUrl, 'https://gate.example');
    assert.equal(reviews.waitingPerPrincipalMax, 3);
    assert.deepEqual(targets[0]?.onReview, { people: 'fail', workloads: 'fail' });
  });

  it('refuses break-glass that alerts a channel which is not there', async () => {
    const problems = await complain({
      'sallyport.yaml': `${SMALLEST_GATEWAY}
grants: {on-call: {breakGlass: {reviewers: [officers], alert: [pagre]}}}
`,
    });
    assert.match(problems, /alert.*must be the name of one of the channels/);
  });

  it('refuses break-glass that nobody reviews, and links that lead elsewhere', async () => {
    const problems = await complain({
      'sallyport.yaml': `${SMALLEST_GATEWAY}
grants: {on-call: {breakGlass: {reviewers: []}}}
reviews: {consoleUrl: 'http://gate.example'}
`,
    });
    assert.match(problems, /grants|reviewers/);
    assert.match(problems, /must be an https URL/);
  });

  it('refuses names and paths by which two targets could be meant', async () => {
    const service = 'kind: http\naddress: a.example\ncredential: {none: true}\n';
    const message = await complain({
      'sallyport.yaml': `${SMALLEST_GATEWAY}http: {suffix: s.example, hostNames: [gw.example]}\n`,
      'targets/a.yaml': `${service}hosts: [one.example]\npathPrefix: /a\n`,
      'targets/b.yaml': `${service}hosts: [one.example, gw.example, c.s.example]\npathPrefix: /a\n`,
    });
    assert.deepEqual(
      message.split('\n').map((line) => line.slice(0, line.indexOf(' '))),
      [
        'targets/b.yaml:4:9:',
        'targets/b.yaml:4:22:',
        'targets/b.yaml:4:34:',
        'targets/b.yaml:5:13:',
      ],
    );
  });

  it('reads the documents that targets name, which are part of the version', async () => {
    const files = (text: string): Files => ({
      'sallyport.yaml': SMALLEST_GATEWAY,
      'targets/a.yaml':
        'kind: http\naddress: a.example\ncredential: {none: true}\nopenapi: api.yaml\n',
      'api.yaml': text,
    });
    const [first, second] = [await load(files('openapi: 3.1.0')), await load(files('other'))];
    assert.deepEqual([...first.documents.values()].map(String), ['openapi: 3.1.0']);
    assert.notEqual(first.hash, second.hash);
    const { 'api.yaml': _, ...without } = files('');
    assert.match(await complain(without), /targets\/a\.yaml:4:10: .*must be a file that exists/);
  });
});
