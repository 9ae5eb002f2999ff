import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuthenticationResult, RejectionReason } from '../../identity/authenticator.ts';
import type { Principal } from '../../identity/principal.ts';
import { type ErrorFields } from '../../wire/postgres/error-response.ts';
import { encodePasswordMessage } from '../../wire/postgres/password-message.ts';
import { encodeSaslInitialResponse } from '../../wire/postgres/sasl-initial-response.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { Downstream } from './downstream.ts';
import { signIn, type TokenCarrier } from './sign-in.ts';

const ALICE = { id: 'okta:alice' } as Principal;
const PASSWORD: TokenCarrier = { kind: 'password' };
const BEARER: TokenCarrier = {
  kind: 'oauthbearer',
  issuer: 'https://id.example',
  scope: 'openid groups',
};
const ACKNOWLEDGEMENT = Buffer.of(1);

interface Attempt {
  readonly principal: Principal | undefined;
  readonly refusals: readonly ErrorFields[];
  readonly sent: string;
  readonly tokens: readonly string[];
}

/** Signs in as a client that sends these message bodies. */
async function attempt(
  carrier: TokenCarrier,
  bodies: readonly Buffer[],
  result: AuthenticationResult,
): Promise<Attempt> {
  const left = [...bodies];
  const refusals: ErrorFields[] = [];
  const sent: Buffer[] = [];
  const tokens: string[] = [];
  const downstream: Pick<Downstream, 'send' | 'refuse' | 'readPasswordMessage'> = {
    send: (...messages) => void sent.push(...messages),
    refuse: (error) => void refusals.push(error),
    async readPasswordMessage() {
      return left.shift() ?? assert.fail('the gateway waits for more than the client sends');
    },
  };
  const door = {
    async authenticate(token: string): Promise<AuthenticationResult> {
      tokens.push(token);
      return result;
    },
  };
  const { signal } = new AbortController();
  const principal = await signIn(downstream as Downstream, carrier, door, signal);
  assert.deepEqual(left, [], 'the client sent more than was asked for');
  return { principal, refusals, sent: Buffer.concat(sent).toString('latin1'), tokens };
}

const bodyOf = (message: Buffer): Buffer => message.subarray(5);
const password = (token: string): Buffer => bodyOf(encodePasswordMessage(token));
const sasl = (mechanism: string, text: string | null): Buffer =>
  bodyOf(encodeSaslInitialResponse(mechanism, text === null ? null : Buffer.from(text)));
const bearer = (token: string): Buffer =>
  sasl('OAUTHBEARER', `n,,\x01auth=Bearer ${token}\x01\x01`);

const ACCEPTED: AuthenticationResult = { kind: 'authenticated', principal: ALICE };
const rejected = (reason: RejectionReason): AuthenticationResult => ({ kind: 'rejected', reason });

describe('signIn', () => {
  it('takes the token from the password', async () => {
    const { principal, tokens, refusals } = await attempt(PASSWORD, [password('abc')], ACCEPTED);
    assert.equal(principal, ALICE);
    assert.deepEqual(tokens, ['abc']);
    assert.deepEqual(refusals, []);
  });

  it('asks nobody about an empty password', async () => {
    const { principal, tokens, refusals } = await attempt(PASSWORD, [password('')], ACCEPTED);
    assert.equal(principal, undefined);
    assert.deepEqual(tokens, []);
    assert.equal(refusals[0]?.sqlState, '28000');
  });

  it('answers a password that is not UTF-8 as any other that is no token', async () => {
    const latin1 = Buffer.from('m\u00fcller\0', 'latin1');
    const { principal, refusals } = await attempt(PASSWORD, [latin1], rejected('malformed'));
    assert.equal(principal, undefined);
    assert.deepEqual(
      refusals.map(({ sqlState, message }) => [sqlState, message]),
      [['28000', 'sign-in failed']],
    );
  });

  it('takes the token from OAUTHBEARER', async () => {
    const { principal, tokens, sent } = await attempt(BEARER, [bearer('abc')], ACCEPTED);
    assert.equal(principal, ALICE);
    assert.deepEqual(tokens, ['abc']);
    assert.match(sent, /OAUTHBEARER/);
  });

  it('says where tokens come from when a client asks, or has a bad one', async () => {
    const asking = sasl('OAUTHBEARER', 'n,,\x01auth=\x01\x01');
    const asked = await attempt(BEARER, [asking, ACKNOWLEDGEMENT], ACCEPTED);
    const bad = await attempt(BEARER, [bearer('abc'), ACKNOWLEDGEMENT], rejected('unknown-token'));
    for (const { principal, sent, refusals } of [asked, bad]) {
      assert.equal(principal, undefined);
      assert.match(sent, /https:\/\/id\.example/);
      assert.equal(refusals.length, 1);
    }
    assert.deepEqual(asked.tokens, []);
  });

  it('refuses another mechanism than it offered, no response, and what is no OAUTHBEARER', async () => {
    const bodies = [
      sasl('SCRAM-SHA-256', 'n,,n=,r=abc'),
      sasl('OAUTHBEARER', null),
      sasl('OAUTHBEARER', 'nonsense'),
    ];
    for (const body of bodies) {
      await assert.rejects(attempt(BEARER, [body], ACCEPTED), ProtocolError);
    }
  });

  it('refuses a password that is not one string', async () => {
    for (const body of [Buffer.alloc(0), Buffer.from('abc'), Buffer.from('a\0b\0')]) {
      await assert.rejects(attempt(PASSWORD, [body], ACCEPTED), ProtocolError);
    }
  });

  it('does not tell a stranger what is wrong with a token', async () => {
    const reasons: readonly RejectionReason[] = [
      ...(['malformed', 'unknown-issuer', 'bad-signature', 'wrong-audience'] as const),
      ...(['not-yet-valid', 'claims-not-accepted', 'revoked', 'unknown-token'] as const),
      'disabled',
    ];
    const answers = new Set<string>();
    for (const reason of reasons) {
      const { principal, refusals } = await attempt(PASSWORD, [password('x')], rejected(reason));
      assert.equal(principal, undefined);
      answers.add(JSON.stringify(refusals));
    }
    assert.equal(answers.size, 1);
  });

  it('tells who has a token that expired, or cannot be checked now', async () => {
    const told = async (reason: RejectionReason): Promise<string | undefined> =>
      (await attempt(PASSWORD, [password('x')], rejected(reason))).refusals[0]?.message;
    assert.match((await told('expired')) ?? '', /expired/);
    assert.match((await told('provider-unreachable')) ?? '', /at present/);
    assert.match((await told('token-store-unreachable')) ?? '', /at present/);
  });

  it('says 28000 of a token that is not accepted, and 57P03 where nobody could look at it', async () => {
    const code = async (
      carrier: TokenCarrier,
      bodies: readonly Buffer[],
      reason: RejectionReason,
    ): Promise<string | undefined> =>
      (await attempt(carrier, bodies, rejected(reason))).refusals[0]?.sqlState;
    assert.equal(await code(PASSWORD, [password('x')], 'unknown-token'), '28000');
    assert.equal(await code(PASSWORD, [password('x')], 'expired'), '28000');
    assert.equal(await code(BEARER, [bearer('x'), ACKNOWLEDGEMENT], 'expired'), '28000');
    assert.equal(await code(PASSWORD, [password('x')], 'provider-unreachable'), '57P03');
  });

  it('never repeats the token', async () => {
    const { refusals, sent } = await attempt(
      BEARER,
      [bearer('sesame'), ACKNOWLEDGEMENT],
      rejected('bad-signature'),
    );
    assert.equal(`${JSON.stringify(refusals)}${sent}`.includes('sesame'), false);
  });
});
