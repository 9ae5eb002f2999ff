import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '../../src/identity/principal.ts';
import { createSallyportToken, hashToken } from '../../src/identity/sallyport-token.ts';
import { type ReviewedGateway, startReviewedGateway } from './reviewed-gateway.ts';

const SIGNAL = AbortSignal.timeout(60_000);
const HOUR_MS = 3_600_000;

let gateway: ReviewedGateway;

describe('who can write into the store, but has no key', () => {
  before(async () => {
    gateway = await startReviewedGateway({ policies: '' });
  });
  after(() => gateway?.[Symbol.asyncDispose]());

  /** Whoever really is a person of this gateway, as its tokens and sign-ins have it. */
  async function findPerson(): Promise<Omit<Principal, 'signIn' | 'expiresAtMs'>> {
    const { authenticator } = gateway.process.services;
    const found = await authenticator.authenticate(gateway.as('ana').password, SIGNAL);
    assert(found.kind === 'authenticated');
    const { signIn: _, expiresAtMs: __, ...person } = found.principal;
    return person;
  }

  it('makes no token: neither of nothing, nor of one that was issued', async () => {
    const { services } = gateway.process;
    const ana = await findPerson();
    const petra = { ...ana, id: 'clinic:petra', subject: 'petra', groups: ['privacy-officers'] };
    const [made, issued] = [createSallyportToken(), createSallyportToken()];
    const nowMs = Date.now();
    const times = { issuedAtMs: nowMs, expiresAtMs: nowMs + HOUR_MS };
    const forged = { id: 'tok_forged', kind: 'bearer', hash: hashToken(made), ...times } as const;
    await services.store.tokens.insert({ ...forged, principal: petra });
    const own = { id: 'tok_own', kind: 'bearer', hash: hashToken(issued), ...times } as const;
    await services.tokens.insert({ ...own, principal: ana });
    const before = await services.authenticator.authenticate(issued, SIGNAL);
    assert(before.kind === 'authenticated');
    assert.deepEqual(before.principal, {
      ...ana,
      signIn: 'sallyport-token',
      expiresAtMs: times.expiresAtMs,
    });
    assert.deepEqual(
      (await services.tokens.list(ana.id)).map(({ id }) => id),
      ['tok_own'],
    );
    await gateway.server.execute(
      `update sallyport.tokens set principal = jsonb_set(principal::jsonb, '{groups}', '["privacy-officers"]')
       where id = 'tok_own'`,
      'sallyport',
    );
    services.authenticator.forgetCached();
    for (const token of [made, issued]) {
      const answer = await services.authenticator.authenticate(token, SIGNAL);
      assert.deepEqual(answer, { kind: 'rejected', reason: 'unknown-token' });
    }
  });

  it('makes a row that nobody can be read from one that is not there', async () => {
    const { services } = gateway.process;
    const token = createSallyportToken();
    const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + HOUR_MS };
    const row = { id: 'tok_null', kind: 'bearer', hash: hashToken(token), ...times } as const;
    await services.tokens.insert({ ...row, principal: await findPerson() });
    for (const nobody of ['null', '7', '"ana"', '[]']) {
      await gateway.server.execute(
        `update sallyport.tokens set principal = '${nobody}' where id = 'tok_null'`,
        'sallyport',
      );
      assert.equal(await services.tokens.find(hashToken(token)), undefined, nobody);
    }
  });

  it('makes no sign-in of a browser', async () => {
    const { services, webIdentity } = gateway.process;
    const { browserSignIns } = webIdentity;
    const ana = await findPerson();
    const client = { method: 'oidc-browser', clientAddress: '10.0.0.1', userAgent: '' } as const;
    const own = browserSignIns.prepare({ principal: ana, ...client });
    await browserSignIns.open(own.signIn);
    const found = await browserSignIns.authenticate(own.secret);
    assert.deepEqual(found?.principal, {
      ...ana,
      signIn: 'oidc-browser',
      expiresAtMs: own.signIn.endsAtMs,
    });
    const secret = 'A'.repeat(43);
    const secretHash = hash('sha256', secret, 'buffer');
    await services.store.signIns.insert({ ...own.signIn, id: 'si_forged', secretHash });
    assert.equal(await browserSignIns.authenticate(secret), undefined);
    const listed = await browserSignIns.list(ana.id);
    assert.deepEqual(
      listed.map(({ id }) => id),
      [own.signIn.id],
    );
  });

  it('brings back no token and no sign-in by taking out of the row that it was ended', async () => {
    const { services, webIdentity } = gateway.process;
    const { browserSignIns } = webIdentity;
    const principal = await findPerson();
    const token = createSallyportToken();
    const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + HOUR_MS };
    const row = { id: 'tok_back', kind: 'bearer', hash: hashToken(token), ...times } as const;
    await services.tokens.insert({ ...row, principal });
    const client = { method: 'oidc-browser', clientAddress: '10.0.0.1', userAgent: '' } as const;
    const { signIn, secret } = browserSignIns.prepare({ principal, ...client });
    await browserSignIns.open(signIn);
    const isIn = async (): Promise<readonly boolean[]> => {
      services.authenticator.forgetCached();
      const answer = await services.authenticator.authenticate(token, SIGNAL);
      return [
        answer.kind === 'authenticated',
        (await browserSignIns.authenticate(secret)) !== undefined,
      ];
    };
    assert.deepEqual(await isIn(), [true, true]);
    assert(await services.tokens.revoke('tok_back', Date.now()));
    assert(await services.store.signIns.end(signIn.id, principal.id, Date.now()));
    assert.deepEqual(await isIn(), [false, false]);
    const revoked = await services.authenticator.authenticate(token, SIGNAL);
    assert.deepEqual(revoked, { kind: 'rejected', reason: 'revoked' });
    for (const change of ['tokens set revoked_at = null', 'sign_ins set ended_at = null']) {
      await gateway.server.execute(`update sallyport.${change}`, 'sallyport');
    }
    assert.deepEqual(await isIn(), [false, false]);
  });
});
