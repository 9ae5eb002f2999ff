import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuthenticationResult } from './authenticator.ts';
import { exchangeToken, type TokenExchange, type TokenExchangeAnswer } from './exchange-token.ts';
import type { Principal } from './principal.ts';
import { hashToken, isSallyportToken } from './sallyport-token.ts';
import type { TokenRecord } from './token-store.ts';

const NOW_MS = 1_800_000_000_000;
const SIGNAL = new AbortController().signal;

const ANA: Principal = {
  id: 'hospital:ana',
  issuer: 'hospital',
  subject: 'ana',
  kind: 'person',
  displayName: 'Ana',
  groups: ['analysts'],
  signIn: 'oidc-token',
  expiresAtMs: NOW_MS + 600_000,
};

const REQUEST = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: 'ey.ey.sig',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
};

class Fixture {
  readonly inserted: TokenRecord[] = [];
  readonly sealed: TokenRecord[] = [];
  result: AuthenticationResult = { kind: 'authenticated', principal: ANA };
  sealing: Promise<void> = Promise.resolve();

  exchange(
    request: Record<string, string> | string,
    changes: Partial<TokenExchange> = {},
  ): Promise<TokenExchangeAnswer> {
    const exchange: TokenExchange = {
      authenticator: { authenticate: async () => this.result },
      tokens: {
        insert: async (record) => void this.inserted.push(record),
        find: async () => undefined,
        revoke: async () => false,
        list: async () => [],
      },
      nowMs: () => NOW_MS,
      lifetimeSecondsMax: 3600,
      seal: async (record) => {
        await this.sealing;
        assert.equal(this.inserted.length, 0, 'stored before it was sealed');
        this.sealed.push(record);
      },
      ...changes,
    };
    return exchangeToken(new URLSearchParams(request), exchange, SIGNAL);
  }
}

async function lifetimeOf(
  request: Record<string, string>,
  changes: Partial<TokenExchange> = {},
): Promise<number> {
  const answer = await new Fixture().exchange({ ...REQUEST, ...request }, changes);
  assert(answer.kind === 'issued');
  assert.equal(answer.record.expiresAtMs, NOW_MS + answer.body.expires_in * 1000);
  return answer.body.expires_in;
}

describe('exchangeToken', () => {
  it('issues a short token, keeps its hash only, and seals the issue first', async () => {
    const fixture = new Fixture();
    const answer = await fixture.exchange(REQUEST);
    assert(answer.kind === 'issued');
    const { access_token: token, ...rest } = answer.body;
    assert(isSallyportToken(token));
    assert.deepEqual(rest, {
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 600,
    });
    const { signIn: _, expiresAtMs: __, ...principal } = ANA;
    assert.deepEqual(fixture.inserted, [answer.record]);
    assert.deepEqual(fixture.sealed, [answer.record]);
    assert.deepEqual(answer.record.principal, principal);
    assert.deepEqual(answer.record.hash, hashToken(token));
    assert(!JSON.stringify(answer.record).includes(token));
    assert(!token.includes(answer.record.id.slice(4)));
  });

  it('lives as long as asked for, as allowed, and as the subject token, whichever is least', async () => {
    assert.equal(await lifetimeOf({ requested_lifetime: '60' }), 60);
    assert.equal(await lifetimeOf({ requested_lifetime: '999999999' }), 600);
    assert.equal(await lifetimeOf({}, { lifetimeSecondsMax: 300 }), 300);
    assert.equal(await lifetimeOf({}, { mayOutliveSubjectToken: true }), 3600);
    const asked = { requested_lifetime: '7200' };
    assert.equal(await lifetimeOf(asked, { mayOutliveSubjectToken: true }), 3600);
  });

  it('does not issue what cannot be sealed', async () => {
    const fixture = new Fixture();
    fixture.sealing = Promise.reject(new Error('disk full'));
    await assert.rejects(fixture.exchange(REQUEST), /disk full/);
    assert.deepEqual(fixture.inserted, []);
  });

  it('refuses malformed requests with the code of the specification', async () => {
    const cases: readonly [Record<string, string> | string, string][] = [
      ['', 'unsupported_grant_type'],
      [{ ...REQUEST, grant_type: 'password' }, 'unsupported_grant_type'],
      [{ ...REQUEST, subject_token: '' }, 'invalid_request'],
      [{ ...REQUEST, subject_token_type: '' }, 'invalid_request'],
      [
        { ...REQUEST, subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
        'invalid_request',
      ],
      [
        { ...REQUEST, requested_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
        'invalid_request',
      ],
      [{ ...REQUEST, actor_token: 'x' }, 'invalid_request'],
      [{ ...REQUEST, scope: 'admin' }, 'invalid_scope'],
      [{ ...REQUEST, audience: 'other' }, 'invalid_target'],
      [{ ...REQUEST, resource: 'https://other.example' }, 'invalid_target'],
      [`${new URLSearchParams(REQUEST).toString()}&subject_token=second`, 'invalid_request'],
      ...['0', '-1', '1.5', '1e3', 'x', '', ' 1', '9999999999'].map(
        (requested_lifetime): [Record<string, string>, string] => [
          { ...REQUEST, requested_lifetime },
          'invalid_request',
        ],
      ),
    ];
    for (const [request, error] of cases) {
      const fixture = new Fixture();
      const answer = await fixture.exchange(request);
      assert(answer.kind === 'refused', JSON.stringify(request));
      assert.equal(answer.body.error, error, JSON.stringify(request));
      assert.equal(answer.status, 400);
      assert.deepEqual(fixture.inserted, []);
    }
  });

  it('tells the client the same whatever is wrong with its token', async () => {
    const fixture = new Fixture();
    const bodies = new Set<string>();
    for (const reason of ['expired', 'disabled', 'unknown-issuer', 'bad-signature'] as const) {
      fixture.result = { kind: 'rejected', reason };
      const answer = await fixture.exchange(REQUEST);
      assert(answer.kind === 'refused');
      assert.equal(answer.reason, reason);
      bodies.add(JSON.stringify(answer.body));
    }
    assert.equal(bodies.size, 1);
  });

  it('says that it is worth trying again when the provider or the store is away', async () => {
    const fixture = new Fixture();
    for (const reason of ['provider-unreachable', 'token-store-unreachable'] as const) {
      fixture.result = { kind: 'rejected', reason };
      const answer = await fixture.exchange(REQUEST);
      assert(answer.kind === 'refused');
      assert.equal(answer.status, 503);
    }
  });

  it('does not renew Sallyport tokens', async () => {
    const fixture = new Fixture();
    fixture.result = {
      kind: 'authenticated',
      principal: { ...ANA, signIn: 'sallyport-token' },
    };
    const answer = await fixture.exchange(REQUEST);
    assert(answer.kind === 'refused');
    assert.equal(answer.body.error, 'invalid_request');
  });

  it('does not issue a token that is already over', async () => {
    const fixture = new Fixture();
    fixture.result = { kind: 'authenticated', principal: { ...ANA, expiresAtMs: NOW_MS + 999 } };
    const answer = await fixture.exchange(REQUEST);
    assert(answer.kind === 'refused');
    assert.equal(answer.reason, 'expired');
  });
});
