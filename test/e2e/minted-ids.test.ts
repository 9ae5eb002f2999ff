import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ApiCaller, callApi } from './call-api.ts';
import { type HospitalEnvironment, startHospitalEnvironment } from './environment.ts';
import { holdExport } from './held-export.ts';

/** What an attacker would like an id to be. */
const CHOSEN = `req_${'A'.repeat(22)}`;
/** 128 random bits. */
const REQUEST_ID = /^req_[A-Za-z0-9_-]{22}$/;
/** A UUID of version 4: 122 random bits. */
const SESSION_ID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

let hospital: HospitalEnvironment;

function as(subject: string): ApiCaller {
  const { stack } = hospital;
  return {
    port: stack.gateway().api?.port ?? 0,
    token: stack.provider.issueToken(subject),
    authorityFile: stack.authorityFile,
  };
}

describe('ids', () => {
  before(async () => {
    hospital = await startHospitalEnvironment();
  });
  after(() => hospital?.[Symbol.asyncDispose]());

  it('are minted by the gateway, whatever a client sends, and cannot be guessed', async () => {
    // Everything that a client can say of itself while it connects says the same.
    const ana = { ...hospital.as('ana'), user: CHOSEN };
    const held = await Promise.all([0, 1].map(() => holdExport(ana)));
    const [one, other] = held.map(({ requestId }) => requestId);
    for (const id of [one, other]) {
      assert.notEqual(id, CHOSEN);
      assert.match(id ?? '', REQUEST_ID);
    }
    assert.notEqual(one, other);
    const { sessions } = await callApi<{ sessions: readonly { id: string }[] }>(
      as('petra'),
      'GET',
      '/v1/sessions',
    );
    assert.equal(new Set(sessions.map(({ id }) => id)).size, sessions.length);
    for (const { id } of sessions) assert.match(id, SESSION_ID);

    const wanted = { grant: 'on-call', target: 'hospital', durationSeconds: 60, reason: 'night' };
    const ask = (body: object) => callApi(as('noor'), 'POST', '/v1/grant-requests', body);
    await assert.rejects(ask({ ...wanted, id: CHOSEN }), /400/);
    await assert.rejects(
      callApi(as('petra'), 'POST', `/v1/requests/${CHOSEN}/reviews`, { verdict: 'approve' }),
      /404/,
    );
    for (const one of held) one.signal('SIGINT');
    for (const { ended } of held) assert.notEqual((await ended).code, 0);
  });
});
