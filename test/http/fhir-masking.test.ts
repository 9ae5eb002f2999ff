import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Response } from 'undici';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import type { UpstreamHandler } from './private-upstream.ts';

/** `ana` sees nothing raw; `noor` sees all. */
const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);`;
const FHIR = 'application/fhir+json';
const MRN = 'MRN0004711';
const ENTRIES = 20_000;

const PATIENT = JSON.stringify({
  resourceType: 'Patient',
  id: 'p1',
  identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mrn', value: MRN }],
  name: [{ family: 'Quxley', given: ['Zara'] }],
  birthDate: '1961-04-09',
});

interface Asked {
  readonly method: string;
  readonly url: string;
  body: string;
}

const XML = '<Patient xmlns="http://hl7.org/fhir"/>';
const BROKEN = '{"resourceType":"Patient","resourceType":"Patient", oops';
/** With a query that servers would not agree on. */
const LINKED = JSON.stringify({
  resourceType: 'Media',
  content: { url: 'http://imaging.example/wado?requestType=WADO&amp;study=1' },
});

/** What the server was asked. */
const asked: Asked[] = [];

/** A FHIR server that answers every search with its only patient. */
const answer: UpstreamHandler = (request, response) => {
  const { method = '', url = '' } = request;
  const seen: Asked = { method, url, body: '' };
  asked.push(seen);
  request.on('data', (bytes: Buffer) => (seen.body += bytes.toString()));
  request.on('end', () => {
    const isXml = request.headers.accept === 'application/fhir+xml';
    response.setHeader('content-type', isXml ? 'application/fhir+xml' : FHIR);
    if (isXml) return void response.end(XML);
    if (url.startsWith('/Broken')) return void response.end(BROKEN);
    if (url.startsWith('/Linked')) return void response.end(LINKED);
    if (url.startsWith('/Patient/p1')) return void response.end(PATIENT);
    // What is created is told again.
    if (method === 'POST' && url === '/Patient') return void response.end(seen.body);
    const link = JSON.stringify([{ relation: 'self', url: `http://fhir.internal${url}` }]);
    response.write(`{"resourceType":"Bundle","type":"searchset","link":${link},"entry":[`);
    const count = url.startsWith('/Patient/$export') ? ENTRIES : 1;
    const entries = Array.from({ length: count }, () => `{"resource":${PATIENT}}`);
    response.end(`${entries.join(',')}]}`);
  });
};

describe('a FHIR server', () => {
  let world: HttpEnvironment;
  let pseudonym = '';

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      upstream: { speaks: 'plain', handler: answer },
      target: [[['fhir'], '/']],
      dataMap: {},
    });
    const shown = (await (await ask('/Patient/p1')).json()) as {
      readonly identifier: readonly { readonly value: string }[];
    };
    pseudonym = shown.identifier[0]?.value ?? '';
  });
  after(() => world[Symbol.asyncDispose]());

  function ask(
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return world.fetch(path, {
      subject: 'ana',
      headers: { 'content-type': FHIR, ...headers },
      ...(body !== undefined && { method: 'POST', body }),
    });
  }

  /** Asks what must not reach the server. */
  async function isRefused(...request: Parameters<typeof ask>): Promise<boolean> {
    const before = asked.length;
    const { status } = await ask(...request);
    assert.equal(asked.length - before, status === 403 ? 0 : 1);
    return status === 403;
  }

  it('shows a patient by the types of its elements', async () => {
    const masked = await (await ask('/Patient/p1')).text();
    for (const hidden of ['Quxley', 'Zara', '04-09', MRN]) assert(!masked.includes(hidden), hidden);
    assert.match(masked, /"security":\[/);
    const raw = await world.fetch('/Patient/p1', { subject: 'noor' });
    assert.equal(await raw.text(), PATIENT);
  });

  it('is asked for the value of a pseudonym, and its links say the pseudonym again', async () => {
    assert.match(pseudonym, /^ps1_[0-9a-f]{16}$/);
    const found = await (await ask(`/Patient?identifier=urn:mrn|${pseudonym}`)).text();
    assert.equal(decodeURIComponent(asked.at(-1)?.url ?? ''), `/Patient?identifier=urn:mrn|${MRN}`);
    assert(!found.includes(MRN));
    assert(decodeURIComponent(found).includes(`/Patient?identifier=urn:mrn|${pseudonym}"`));
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    await ask('/Patient/_search', `identifier=${pseudonym}`, form);
    assert.equal(asked.at(-1)?.body, `identifier=${MRN}`);
  });

  it('is not asked by what is hidden, in whatever way', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const entry = (request: object): string =>
      JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [{ request }] });
    assert(await isRefused('/Patient?family=Quxley'));
    assert(await isRefused(`/Patient?identifier=${MRN}`));
    assert(await isRefused('/Observation?subject:Patient.birthdate=1961-04-09'));
    assert(await isRefused('/Patient?_sort=family'));
    assert(await isRefused('/Patient/_search', 'family=Quxley', form));
    assert(await isRefused('/', entry({ method: 'GET', url: 'Patient?family=Quxley' })));
    assert(await isRefused('/Patient/$match', '{"resourceType":"Parameters"}'));
    assert(await isRefused('/Patient/$match', ''));
    for (const method of ['QUERY', 'SEARCH']) {
      const headers = { 'content-type': 'application/json' };
      const send = async (body: string): Promise<number> =>
        (await world.fetch('/Patient', { subject: 'ana', method, headers, body })).status;
      assert.equal(await send(`{"identifier":"${pseudonym}"}`), 403, method);
      assert.notEqual(await send('{"resourceType":"Parameters"}'), 403, method);
    }
    assert.equal(await isRefused('/Patient?gender=female&birthdate=1961'), false);
  });

  it('is not asked by what a body has it look for, and sends nothing elsewhere', async () => {
    const found = (reference: string): string =>
      JSON.stringify({ resourceType: 'Observation', status: 'final', subject: { reference } });
    assert.equal(await isRefused('/Observation', found('Patient/p1')), false);
    assert(await isRefused('/Observation', found('Patient?family=Quxley')));
    const look = (name: string, valueString: string): string =>
      JSON.stringify({ resourceType: 'Parameters', parameter: [{ name, valueString }] });
    assert.equal(await isRefused('/Patient/$everything', look('_type', 'Observation')), false);
    assert(await isRefused('/Patient/$everything', look('_content', 'Quxley')));
    assert(await isRefused('/Patient/$export', look('_typeFilter', 'Patient?family=Quxley')));
    const channel = { type: 'rest-hook', endpoint: 'https://elsewhere.example/' };
    const subscription = { resourceType: 'Subscription', criteria: 'Patient?active=true' };
    const ofAll = { ...subscription, channel: { ...channel, payload: FHIR } };
    assert(await isRefused('/Subscription', JSON.stringify(ofAll)));
    const ofNews = JSON.stringify({ ...subscription, channel });
    assert.equal(await isRefused('/Subscription', ofNews), false);
    const turtle = '@prefix fhir: <http://hl7.org/fhir/> .';
    for (const type of ['application/fhir+turtle', 'application/octet-stream', 'image/png']) {
      assert(await isRefused('/Observation', turtle, { 'content-type': type }));
    }
    const png = { 'content-type': 'image/png' };
    assert.equal(await isRefused('/Binary', 'a picture', png), false);
    // There it is the id of what sends resources elsewhere.
    assert(
      await isRefused('/Subscription/Binary', turtle, {
        'content-type': 'application/fhir+turtle',
      }),
    );
  });

  it('is not asked for what operations that nobody knows make of somebody', async () => {
    assert(await isRefused('/Patient/p1/$diff'));
    assert(await isRefused('/Patient/p1/%24diff'));
    assert(await isRefused('/Library/1/$evaluate?subject=Patient/p1'));
    assert.equal(await isRefused('/Patient/p1/$everything'), false);
  });

  it('tells nobody the pseudonyms of identifiers of their choice by having them written', async () => {
    const patient = {
      resourceType: 'Patient',
      identifier: [{ type: { coding: [{ code: 'MR' }] }, system: 'urn:mrn', value: 'MRN0000001' }],
    };
    const identified = JSON.stringify(patient);
    const bundle = JSON.stringify({
      ...{ resourceType: 'Bundle', type: 'batch' },
      entry: [{ resource: patient, request: { method: 'POST', url: 'Patient' } }],
    });
    assert(await isRefused('/Patient', identified));
    assert(await isRefused('/', bundle));
    assert(await isRefused('/Patient', '<Patient/>', { 'content-type': 'application/fhir+xml' }));
    assert.equal(await isRefused('/Patient', '{"resourceType":"Patient","active":true}'), false);
    const ofNurse = await world.fetch('/Patient', {
      ...{ method: 'POST', subject: 'noor', body: identified },
      headers: { 'content-type': FHIR },
    });
    assert.equal(await ofNurse.text(), identified);
  });

  it('shows nothing in XML to whom something is hidden', async () => {
    const { status } = await ask('/Patient/p1', undefined, { accept: 'application/fhir+xml' });
    assert.equal(status, 502);
  });

  it('shows everything as it came to whom nothing is hidden, whether it can be read or not', async () => {
    const shown = async (path: string, accept = FHIR): Promise<string> =>
      (await world.fetch(path, { subject: 'noor', headers: { accept } })).text();
    assert.equal(await shown('/Patient/p1', 'application/fhir+xml'), XML);
    assert.equal(await shown('/Broken/1'), BROKEN);
    assert.equal(await shown('/Linked/1'), LINKED);
  });

  it('is masked to the last of many entries', async () => {
    const masked = await (await ask('/Patient/$export')).text();
    assert.equal(masked.split('"birthDate":"1961"').length - 1, ENTRIES);
    assert(!masked.includes('Quxley'));
    assert(masked.endsWith(']}'));
  });
});

describe('a question by a pseudonym that waits for review', () => {
  let world: HttpEnvironment;

  before(async () => {
    world = await startHttpEnvironment({
      policies: `${POLICIES}
        @id("searches") @review("privacy-officers") @reason("searches are looked at first")
        forbid (principal, action, resource) when { context has path && context.path != "/Patient/p1" };`,
      upstream: { speaks: 'plain', handler: answer },
      target: [
        [['fhir'], '/'],
        [['reviewPatience'], '1s'],
      ],
      dataMap: {},
    });
  });
  after(() => world[Symbol.asyncDispose]());

  it('is shown as its client sent it, and not with the value that is sent on', async () => {
    const read = await world.fetch('/Patient/p1', { subject: 'ana' });
    const [pseudonym = ''] = /ps1_[0-9a-f]{16}/.exec(await read.text()) ?? [];
    assert.notEqual(pseudonym, '');
    for (const [path, body] of [
      ['/Patient/_search', `identifier=${pseudonym}`],
      [`/Patient?identifier=${pseudonym}`, undefined],
    ] as const) {
      const held = await world.fetch(path, {
        subject: 'ana',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        ...(body !== undefined && { method: 'POST', body }),
      });
      assert.equal(held.status, 202, await held.clone().text());
      const id = held.headers.get('location')?.split('/').at(-1) ?? '';
      for (const reader of ['ana', 'petra']) {
        const request = await world.callApi(reader, 'GET', `/v1/requests/${id}`);
        assert.doesNotMatch(JSON.stringify(request), new RegExp(MRN));
        if (reader === 'ana') assert.match(JSON.stringify(request), new RegExp(pseudonym));
      }
    }
  });
});
