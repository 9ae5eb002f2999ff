import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeServices, createPrincipal } from '../../test/control-plane/fake-services.ts';
import { MemoryHolds } from '../../test/control-plane/memory-holds.ts';
import { disclosureListSchema, disclosureRequestSchema } from '../api/disclosure.ts';
import { ROUTES } from '../api/routes.ts';
import type { Disclosure } from '../audit/find-disclosures.ts';
import { handleDisclosures } from './disclosure-handler.ts';
import type { SignedInCall } from './handler.ts';

function callOf(target: string, json: unknown): SignedInCall {
  return {
    path: { name: target },
    query: undefined,
    form: new URLSearchParams(),
    json: disclosureRequestSchema.parse(json),
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    principal: createPrincipal('officer'),
    signIn: undefined,
    isStillSignedIn: async () => true,
  };
}

describe('handleDisclosures', () => {
  it('lists what showed rows of the patient, and enters the question without the id', async () => {
    const services = createFakeServices();
    const answer = await handleDisclosures(
      services,
      { running: 0 },
      callOf('hospital', { patient: ' 4711 ', since: '2026-01-01T00:00:00Z' }),
    );
    assert(answer.kind === 'json');
    const { disclosures, leftOut } = disclosureListSchema.parse(answer.body);
    assert.equal(leftOut, 0);
    assert.deepEqual(disclosures[0]?.principal, { id: 'idp:alice', name: 'alice' });
    assert.equal(disclosures[0]?.sessionId, 's-alice');
    assert.deepEqual(services.entries, [
      {
        kind: 'disclosures.find',
        principal: createPrincipal('officer').id,
        target: 'hospital',
        patient: 'hash of 4711',
        since: '2026-01-01T00:00:00Z',
        client: '127.0.0.1',
      },
    ]);
  });

  it('says up to which day there is nothing to be found', async () => {
    const retention = new MemoryHolds();
    retention.lastExpiredDay = '2019-11-21';
    const services = createFakeServices({ retention });
    const call = callOf('hospital', { patient: '4711' });
    const answer = await handleDisclosures(services, { running: 0 }, call);
    assert(answer.kind === 'json');
    assert.equal(disclosureListSchema.parse(answer.body).expiredUntil, '2019-11-21');
  });

  it('answers nothing that is not in the ledger', async () => {
    const services = createFakeServices();
    services.ledgerWorks = false;
    await assert.rejects(
      handleDisclosures(services, { running: 0 }, callOf('hospital', { patient: '4711' })),
      { code: 'ERR_SEAL' },
    );
  });

  it('knows no targets without a data map', async () => {
    const services = createFakeServices();
    const answer = await handleDisclosures(
      services,
      { running: 0 },
      callOf('payroll', { patient: '4711' }),
    );
    assert(answer.kind === 'problem');
    assert.equal(answer.problem.code, 'not-found');
    assert.deepEqual(services.entries, []);
  });

  it('has no more than a few searches running', async () => {
    const searches = { running: 2 };
    const call = callOf('hospital', { patient: '4711' });
    const answer = await handleDisclosures(createFakeServices(), searches, call);
    assert(answer.kind === 'problem');
    assert.equal(answer.problem.code, 'too-many-requests');
    assert.equal(searches.running, 2);
  });

  it('lists the newest of very many', async () => {
    const services = createFakeServices({
      findDisclosures: async () => ({ patientHash: 'h', disclosures: manyDisclosures(12_000) }),
    });
    const searches = { running: 0 };
    const answer = await handleDisclosures(
      services,
      searches,
      callOf('hospital', { patient: '4711' }),
    );
    assert(answer.kind === 'json');
    const { disclosures, leftOut } = disclosureListSchema.parse(answer.body);
    assert.equal(disclosures.length + leftOut, 12_000);
    assert.equal(disclosures.at(-1)?.index, 11_999);
    assert.equal(searches.running, 0);
  });

  it('is for those who may read the audit', () => {
    const route = ROUTES.find(({ id }) => id === 'findDisclosures');
    assert.deepEqual(route?.access, { kind: 'gateway-policy', action: 'audit.read' });
    assert.equal(route?.method, 'POST', 'an id in a path would be in the logs of proxies');
  });
});

async function* manyDisclosures(count: number): AsyncGenerator<Disclosure> {
  for (let seq = 0; seq < count; seq++) {
    yield {
      ...{ at: '2026-01-02T00:00:00.000Z', logName: 'gw', seq, session: 's', rows: 1 },
      ...{ principalId: 'p', principalName: 'n', statementSha256: undefined },
      ...{ match: 'yes', doubts: [], raw: [], masked: [], found: [] },
    };
  }
}
