import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeTestCertificate } from '../../../test/control-plane/test-certificate.ts';
import { type CliOutcome, runForOutcome } from '../cli-outcome.fixture.ts';
import { useRememberedGateway } from '../use-remembered-gateway.fixture.ts';

describe('sallyport doctor', () => {
  const gateway = useRememberedGateway();

  function run(environment: Readonly<Record<string, string>>): Promise<CliOutcome> {
    return runForOutcome(['doctor'], { environment: { HOME: gateway.home, ...environment } });
  }

  it('says that a token is not accepted, and what to do', async () => {
    const { code, out } = await run({ SALLYPORT_TOKEN: 'wrong' });
    assert.equal(code, 1);
    assert.match(out, /^failed +token +SALLYPORT_TOKEN is set, and https:\S+ does not accept it$/m);
    assert.match(out, /^ +Give the job a new token, or unset SALLYPORT_TOKEN: /m);
    assert.doesNotMatch(out, /wrong/);
  });

  it('says whose token it is that is accepted, and nothing of one where none is set', async () => {
    const { out } = await run({ SALLYPORT_TOKEN: 'alice-token' });
    assert.match(out, /^ok +token +SALLYPORT_TOKEN is that of alice@example\.test$/m);
    for (const environment of [{}, { SALLYPORT_TOKEN: '' }]) {
      const without = await run(environment);
      assert.match(without.out, /^ok +gateway +https:/m);
      assert.doesNotMatch(without.out, /SALLYPORT_TOKEN/);
    }
  });

  it('gives what it looked at names that a program can compare', async () => {
    const { out } = await runForOutcome(['doctor', '--json'], {
      environment: { HOME: gateway.home, SALLYPORT_TOKEN: 'alice-token' },
    });
    const { findings } = JSON.parse(out) as { readonly findings: readonly { name: string }[] };
    const names = findings.map(({ name }) => name);
    assert(names.includes('issuer'), names.join());
  });

  it('looks at the gateway that a job names, though nobody signed in to it', async () => {
    const job = {
      ...{ HOME: join(gateway.home, 'job'), SALLYPORT_TOKEN: 'alice-token' },
      SALLYPORT_GATEWAY: gateway.plane.url,
    };
    const untrusted = await run(job);
    assert.equal(untrusted.code, 1);
    assert.match(untrusted.out, /^failed +gateway +The certificate of \S+ is not trusted/m);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, gateway.plane.ca]);
    try {
      assert.match((await run(job)).out, /^ok +token +SALLYPORT_TOKEN is that of alice@/m);
    } finally {
      setDefaultCACertificates(trusted);
    }
  });

  it('looks at a gateway that is named, though nobody has signed in to it: to say why nobody can', async () => {
    const HOME = join(gateway.home, 'nobody');
    const away = 'https://127.0.0.1:1';
    for (const arguments_ of [{ SALLYPORT_GATEWAY: away }, { option: away }]) {
      const { option, ...environment } = { option: undefined, ...arguments_ };
      const words = option === undefined ? ['doctor'] : ['doctor', '--gateway', option];
      const { code, out } = await runForOutcome(words, { environment: { HOME, ...environment } });
      assert.equal(code, 1);
      assert.match(out, /^failed +gateway +Cannot reach https:\/\/127\.0\.0\.1:1: ECONNREFUSED$/m);
      assert.match(out, /^ +Check the address, the network, and that the gateway runs\.$/m);
    }
    const named = { HOME, SALLYPORT_GATEWAY: gateway.plane.url };
    assert.match(
      (await run(named)).out,
      /^failed +gateway +The certificate of \S+ is not trusted/m,
    );
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, gateway.plane.ca]);
    try {
      const { out } = await run(named);
      assert.match(out, /^ok +gateway +https:\S+ answers$/m);
      assert.match(out, /^warning +sign-in +nobody has signed in to https:\S+ from here$/m);
      assert.match(out, /^ +sallyport login --gateway https:/m);
    } finally {
      setDefaultCACertificates(trusted);
    }
    assert.match((await run({ HOME })).out, /^warning +gateway +no gateway is known from here$/m);
  });
});

describe('sallyport doctor --config', () => {
  it('tells of a data directory that cannot be, of keys that cannot be read, and of every port', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-doctor-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const settings = (dataDirectory: string): string =>
      [
        `gateway: { dataDirectory: ${dataDirectory} }`,
        "listeners: { postgres: [{ address: '127.0.0.1:0' }], connectors: { address: '127.0.0.1:0' } }",
        "metrics: { address: '127.0.0.1:0' }",
        'identity: { providers: [{ name: clinic, issuer: http://127.0.0.1:9, audiences: [a] }] }',
        '',
      ].join('\n');
    const look = async (dataDirectory: string): Promise<string> => {
      writeFileSync(join(directory, 'sallyport.yaml'), settings(dataDirectory));
      const args = ['doctor', '--config', directory];
      const { code, out } = await runForOutcome(args, { environment: { HOME: directory } });
      assert.equal(code, 1);
      return out;
    };
    writeFileSync(join(directory, 'file'), 'no account makes a directory in it', { mode: 0o600 });
    const nowhere = await look('file/data');
    assert.match(nowhere, /^failed +data directory +\S+\/file\/data: ENOTDIR$/m);
    for (const port of ['postgres', 'connectors', 'metrics']) {
      assert.match(nowhere, new RegExp(`^ok +${port} port +127\\.0\\.0\\.1:0 is free$`, 'm'));
    }
    mkdirSync(join(directory, 'data'), { mode: 0o700 });
    writeFileSync(join(directory, 'data/keys'), 'no directory');
    assert.match(
      await look('data'),
      /^failed +keys +keys cannot be read: ENOTDIR\n +sallyport keys /m,
    );
  });

  it('asks a provider as the gateway would: by the authority that is named for it, for its keys where they are', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-doctor-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const { ca, cert, key } = await makeTestCertificate();
    const server = createTlsServer({ cert, key }, ({ url }, response) => {
      const said = documents.get(url ?? '');
      response.writeHead(said === undefined ? 404 : 200).end(said);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const metadata = JSON.stringify({ issuer: origin, jwks_uri: `${origin}/keys` });
    const documents = new Map([
      ['/.well-known/openid-configuration', metadata],
      ['/elsewhere', '{"keys":[]}'],
      ['/portal/.well-known/openid-configuration', '<html>Sign in to the network</html>'],
    ]);
    writeFileSync(join(directory, 'ca.pem'), ca);
    const look = async (provider: string): Promise<string> => {
      const settings = [
        'gateway: { dataDirectory: data }',
        "listeners: { postgres: [{ address: '127.0.0.1:0' }] }",
        `identity: { providers: [{ name: clinic, audiences: [a], ${provider} }] }`,
        '',
      ].join('\n');
      writeFileSync(join(directory, 'sallyport.yaml'), settings);
      const args = ['doctor', '--config', directory];
      return (await runForOutcome(args, { environment: { HOME: directory } })).out;
    };
    assert.match(
      await look(`issuer: '${origin}'`),
      /^failed +issuer clinic +https:\S+ cannot be reached: \S+\n +Nobody can sign in without it/m,
    );
    const answers = /^ok +issuer clinic +answers 200$/m;
    assert.match(await look(`issuer: '${origin}', caFile: ca.pem`), answers);
    const keys = `issuer: '${origin}/none', caFile: ca.pem, jwksUri: '${origin}/elsewhere'`;
    assert.match(await look(keys), answers);
    assert.match(
      await look(`issuer: '${origin}/none', caFile: ca.pem`),
      /^failed +issuer clinic +https:\S+\/none\/\.well-known\/openid-configuration answers 404\n +Nobody can sign in/m,
    );
    assert.match(
      await look(`issuer: '${origin}/portal', caFile: ca.pem`),
      /^failed +issuer clinic +what answers does not say who it is and where its keys are\n +Nobody/m,
    );
    const noKeys = `issuer: '${origin}', caFile: ca.pem, jwksUri: '${origin}/.well-known/openid-configuration'`;
    assert.match(
      await look(noKeys),
      /^failed +issuer clinic +what answers at jwksUri are no keys\n/m,
    );
  });

  it('tells of an issuer of another name, and of one that names people differently for each client', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'sallyport-doctor-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const server = createServer((_, response) => response.end(JSON.stringify(said)));
    t.after(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    let said: object = {};
    const look = async (provider: string): Promise<string> => {
      writeFileSync(
        join(directory, 'sallyport.yaml'),
        `listeners: { postgres: [{ address: '127.0.0.1:0' }] }
identity: { providers: [{ name: clinic, issuer: '${issuer}', ${provider} }] }
`,
      );
      const args = ['doctor', '--config', directory];
      const { out } = await runForOutcome(args, { environment: { HOME: directory } });
      return out;
    };
    const twoClients = 'audiences: [cli, console], clientId: cli, browser: { clientId: console }';
    const jwks_uri = `${issuer}/keys`;
    said = { issuer: `${issuer}/`, jwks_uri, subject_types_supported: ['public'] };
    assert.match(
      await look(twoClients),
      /^failed +issuer clinic +it calls itself \S+\/\n +Write it so in sallyport\.yaml/m,
    );
    said = { issuer, jwks_uri, subject_types_supported: ['public', 'pairwise'] };
    assert.match(await look(twoClients), /^ok +issuer clinic +answers 200$/m);
    said = { issuer, jwks_uri, subject_types_supported: ['pairwise'] };
    assert.match(
      await look(twoClients),
      /^warning +issuer clinic +names people differently for each client: .*\n +Set subjectClaim .*personClaim/m,
    );
    for (const enough of [
      'audiences: [cli], clientId: cli',
      `${twoClients}, subjectClaim: oid`,
      `${twoClients}, personClaim: oid`,
      'audiences: [a, b], kind: workload',
    ]) {
      assert.match(await look(enough), /^ok +issuer clinic +answers 200$/m, enough);
    }
  });
});
