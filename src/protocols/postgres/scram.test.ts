import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SCRAM_ITERATIONS_MAX, ScramClient, ScramError } from './scram.ts';
import { prepareScramPassword } from './scram-password.ts';

/** The exchange printed in RFC 7677, section 3. */
const RFC_7677 = {
  clientNonce: 'rOprNGfwEbeRWgbNEkqO',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst:
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

function createClient(overrides: Partial<ConstructorParameters<typeof ScramClient>[0]> = {}) {
  return new ScramClient({
    password: Buffer.from('pencil'),
    clientNonce: RFC_7677.clientNonce,
    binding: { kind: 'unsupported' },
    userName: 'user',
    ...overrides,
  });
}

describe('ScramClient', () => {
  it('has the exchange that RFC 7677 prints', async () => {
    const client = createClient();
    assert.equal(client.mechanism, 'SCRAM-SHA-256');
    assert.equal(client.clientFirst().toString(), RFC_7677.clientFirst);
    const final = await client.clientFinal(Buffer.from(RFC_7677.serverFirst));
    assert.equal(final.toString(), RFC_7677.clientFinal);
    client.verifyServerFinal(Buffer.from(RFC_7677.serverFinal));
  });

  it('refuses a server that does not know the password', async () => {
    for (const serverFinal of [
      'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A==',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4',
      'v=',
      'e=other-error',
      '',
    ]) {
      const client = createClient();
      await client.clientFinal(Buffer.from(RFC_7677.serverFirst));
      assert.throws(() => client.verifyServerFinal(Buffer.from(serverFinal)), ScramError);
    }
  });

  it('computes no proof for a first message that breaks the rules', async () => {
    const [nonce] = RFC_7677.serverFirst.split(',');
    for (const serverFirst of [
      `r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
      `r=${RFC_7677.clientNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
      `m=future,${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`,
      `${nonce},s=,i=4096`,
      `${nonce},s=W22Z*J0SNY7soEsUEjb6gQ==,i=4096`,
      `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0`,
      `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1`,
      `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096.5`,
      `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${SCRAM_ITERATIONS_MAX + 1}`,
      `${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999`,
      `${nonce},i=4096,s=W22ZaJ0SNY7soEsUEjb6gQ==`,
      `${nonce}`,
      '',
    ]) {
      await assert.rejects(createClient().clientFinal(Buffer.from(serverFirst)), ScramError);
    }
  });

  it('throws nothing but ScramError for random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        await assert.rejects(createClient().clientFinal(Buffer.from(bytes)), ScramError);
      }),
    );
  });

  it('says in the proof which certificate it saw', async () => {
    const certificateHash = Buffer.alloc(32, 7);
    const client = createClient({ binding: { kind: 'tls-server-end-point', certificateHash } });
    assert.equal(client.mechanism, 'SCRAM-SHA-256-PLUS');
    assert.equal(
      client.clientFirst().toString(),
      'p=tls-server-end-point,,n=user,r=rOprNGfwEbeRWgbNEkqO',
    );
    const final = (await client.clientFinal(Buffer.from(RFC_7677.serverFirst))).toString();
    const binding = /^c=([^,]+),/.exec(final)?.[1] ?? '';
    assert.deepEqual(
      Buffer.from(binding, 'base64'),
      Buffer.concat([Buffer.from('p=tls-server-end-point,,'), certificateHash]),
    );
  });

  it('tells the server when no binding was offered, so that a removed offer is noticed', async () => {
    const client = createClient({ binding: { kind: 'not-offered' } });
    assert(client.clientFirst().toString().startsWith('y,,'));
    const final = await client.clientFinal(Buffer.from(RFC_7677.serverFirst));
    assert(final.toString().startsWith(`c=${Buffer.from('y,,').toString('base64')},`));
  });

  it('signs the first message of the server byte by byte, extensions and all', async () => {
    const client = createClient();
    const serverFirst = `${RFC_7677.serverFirst},x=\u00e9`;
    const clientFinal = await client.clientFinal(Buffer.from(serverFirst, 'latin1'));
    const withoutProof = clientFinal.toString().replace(/,p=.*/, '');

    const salted = pbkdf2Sync(
      'pencil',
      Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
      4096,
      32,
      'sha256',
    );
    const serverKey = createHmac('sha256', salted).update('Server Key').digest();
    const authMessage = `n=user,r=${RFC_7677.clientNonce},${serverFirst},${withoutProof}`;
    const signature = createHmac('sha256', serverKey).update(authMessage, 'latin1');
    client.verifyServerFinal(Buffer.from(`v=${signature.digest('base64')}`));
  });
});

describe('prepareScramPassword', () => {
  it('maps as SASLprep does', () => {
    // Examples of RFC 4013, section 3.
    for (const [given, prepared] of [
      ['I\u00adX', 'IX'],
      ['user', 'user'],
      ['USER', 'USER'],
      ['\u00aa', 'a'],
      ['\u2168', 'IX'],
      ['a\u00a0b', 'a b'],
    ] as const) {
      assert.equal(prepareScramPassword(Buffer.from(given)).toString(), prepared);
    }
  });

  it('leaves alone what SASLprep does not allow, as PostgreSQL does', () => {
    for (const bytes of [
      Buffer.from('\u00e9\u0007'),
      Buffer.from('\u00ad'),
      Buffer.from([0xff, 0x41]),
      Buffer.alloc(0),
    ]) {
      assert.deepEqual(prepareScramPassword(bytes), bytes);
    }
  });
});
