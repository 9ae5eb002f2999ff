import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  type CallAnswer,
  type CallOptions,
  callControlPlane,
} from '../../test/control-plane/call-control-plane.ts';
import { createFakeServices, T0 } from '../../test/control-plane/fake-services.ts';
import {
  type FakeControlPlane,
  startFakeControlPlane,
} from '../../test/control-plane/start-fake-control-plane.ts';
import { CallLimits } from './limits/call-limits.ts';
import type { PolicyDrafts } from './services.ts';
import { JobThread } from './threads/job-thread.ts';

let fake: FakeControlPlane;
let nowMs: number;
let searches: number;

function begin(addressPerSecondMax: number): void {
  fake.services = createFakeServices({
    limits: new CallLimits({ addressPerSecondMax: () => addressPerSecondMax, nowMs: () => nowMs }),
    searchStatements: async () => {
      searches += 1;
      return new Map();
    },
  });
}

function call(method: string, path: string, options: CallOptions = {}): Promise<CallAnswer> {
  return callControlPlane(fake, method, path, options);
}

function as(name: string): CallOptions {
  return { authorization: [`Bearer ${name}-token`] };
}

function assertTurnedAway({ status, headers, text }: CallAnswer): void {
  assert.equal(status, 429, text);
  assert.match(String(headers['retry-after']), /^[1-9]\d*$/);
}

describe('the control plane', () => {
  before(async () => {
    fake = await startFakeControlPlane();
  });
  beforeEach(() => {
    nowMs = T0;
    searches = 0;
    begin(1_000);
  });
  after(() => fake[Symbol.asyncDispose]());

  it('turns an address away that asks too often, before it asks who it is', async () => {
    begin(1);
    for (let count = 0; count < 5; count++)
      assert.equal((await call('GET', '/v1/client-configuration')).status, 200);
    const away = await call('GET', '/v1/requests', as('alice'));
    assertTurnedAway(away);
    assert.equal(away.headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal((JSON.parse(away.text) as { code: string }).code, 'too-many-requests');
    assert.deepEqual(fake.services.questions, []);
    nowMs += 1_000;
    assert.equal((await call('GET', '/v1/client-configuration')).status, 200);
  });

  it('turns a principal away by what it asks for, and nobody else', async () => {
    for (let count = 0; count < 8; count++) {
      assert.equal((await call('GET', '/v1/sessions?q=ssn', as('alice'))).status, 200);
    }
    const before = fake.services.entries.length;
    assertTurnedAway(await call('GET', '/v1/sessions?q=ssn', as('alice')));
    assert.equal(fake.services.entries.length, before);
    assert.equal((await call('GET', '/v1/sessions?q=ssn', as('bob'))).status, 200);
    nowMs += 3_000;
    assert.equal((await call('GET', '/v1/sessions?q=ssn', as('alice'))).status, 200);
  });

  it('turns away who signs in too often, by whatever way', async () => {
    const form = { grant_type: 'x' };
    for (let count = 0; count < 100; count++) {
      assert.notEqual((await call('POST', '/oauth2/token', { form })).status, 429);
      assert.notEqual((await call('GET', '/sign-in?provider=none')).status, 429);
    }
    assertTurnedAway(await call('GET', '/sign-in?provider=none'));
    assertTurnedAway(await call('GET', '/sign-in/callback'));
    assertTurnedAway(await call('POST', '/saml/acs', { form }));
    assertTurnedAway(await call('POST', '/oauth2/token', { form }));
  });

  it('parses no body of somebody who is not signed in, or may not send it', async () => {
    const json = '{"files":[';
    assert.equal((await call('POST', '/v1/policies/validate', { json })).status, 401);
    fake.services.allow = () => false;
    const refused = await call('POST', '/v1/policies/validate', { ...as('alice'), json });
    assert.equal(refused.status, 403);
    fake.services.allow = () => true;
    const malformed = await call('POST', '/v1/policies/validate', { ...as('alice'), json });
    assert.equal(malformed.status, 400);
  });

  it('searches nothing for who may watch no session', async () => {
    fake.services.allow = ({ action }) => action !== 'session.watch';
    const answer = await call('GET', '/v1/sessions?q=ssn', as('alice'));
    assert.deepEqual([answer.status, searches], [200, 0]);
    fake.services.allow = () => true;
    await call('GET', '/v1/sessions?q=ssn', as('alice'));
    assert.equal(searches, 1);
  });

  it('answers others while policies are being looked at', async () => {
    await using thread = new JobThread({ deadlineMs: 60_000, waitingMax: 1 });
    const services = createFakeServices();
    const check: PolicyDrafts['check'] = (files) => thread.run('checkPolicies', files);
    fake.services = { ...services, policyDrafts: { ...services.policyDrafts, check } };
    const files = Array.from({ length: 200 }, (_, index) => ({
      path: `policies/p${index}.cedar`,
      text: 'permit (principal, action == Action::"connect", resource) when { context.tls };\n'.repeat(
        8,
      ),
    }));
    const json = JSON.stringify({ files });
    const order: string[] = [];
    const note = async (name: string, answer: Promise<CallAnswer>): Promise<void> => {
      assert.equal((await answer).status, 200, name);
      order.push(name);
    };
    const draft = note('draft', call('POST', '/v1/policies/validate', { ...as('alice'), json }));
    for (const name of ['first', 'second', 'third']) {
      await note(name, call('GET', '/v1/whoami', as('bob')));
    }
    await draft;
    assert.deepEqual(order, ['first', 'second', 'third', 'draft']);
  });
});
