import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import {
  type ClientRequest,
  type HttpEnvironment,
  startHttpEnvironment,
  TARGET_HOST,
} from './environment.ts';

const POLICIES = `
@id("connect") permit (principal, action == Action::"connect", resource);
@id("read") permit (principal, action == Action::"graphql.query", resource)
when { context.known && !context.fields.contains("__schema") };
@id("unread") permit (principal in Group::"nurses", action, resource)
unless { action == Action::"reveal" };
@id("rest") permit (principal, action == Action::"http.get", resource)
when { context.route == "/wards/{ward}" };`;

const OPENAPI = `
openapi: 3.1.0
info: {title: Wards, version: '1'}
paths:
  /wards/{ward}: {get: {responses: {}}}
`;

/** Policies permit `noor` to ask them; she may see nothing raw. */
const UNREAD: readonly ClientRequest[] = [
  { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x' },
  {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}',
  },
  { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"query":"{a}"}' },
];

describe('GraphQL', () => {
  let world: HttpEnvironment;
  let token = '';
  let ran = 0;

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      dataMap: {
        bodies: { '/graphql': { format: 'json', fields: { 'data.patient.code': 'name' } } },
        parameters: { searchText: 'name', zip: 'none' },
      },
      upstream: {
        speaks: 'plain',
        handler: (request, response) => {
          ran += 1;
          response.setHeader('content-type', 'application/json');
          const isGraphql = request.url?.startsWith('/graphql') === true;
          response.end(isGraphql ? '{"data":{"p":{"x":"Otto","y":"4E"}}}' : '"4E"');
        },
      },
      files: { 'openapi.yaml': OPENAPI },
      target: [
        [['graphql'], ['/graphql']],
        [['openapi'], 'openapi.yaml'],
      ],
    });
    token = world.tokenOf('ana');
  });
  after(() => world?.[Symbol.asyncDispose]());

  it('is not asked by what is hidden, in whatever way', async () => {
    const send = (request: object): Promise<number> =>
      world
        .fetch('/graphql', {
          ...{ method: 'POST', subject: 'ana', body: JSON.stringify(request) },
          headers: { 'content-type': 'application/json' },
        })
        .then(({ status }) => status);
    const get = async (query: Readonly<Record<string, string>>): Promise<number> => {
      const text = new URLSearchParams(query).toString();
      return (await world.fetch(`/graphql?${text}`, { subject: 'ana' })).status;
    };
    ran = 0;
    for (const query of [
      '{patient(ssn:"219-09-9999"){id}}',
      '{patients(where:{or:[{birthDate:{gt:"1961"}}]}){id}}',
      '{patients(where:{CODE:"x"}){id}}',
      '{patients(orderBy:SSN_ASC){id}}',
      '{patients(searchText:"Quxley"){id}}',
      'query($a:String){patient(mrn:$a){id}}',
      '{patient{...F}} fragment F on Patient{visits(phone:"1"){id}}',
    ]) {
      assert.equal(await send({ query }), 403, query);
      assert.equal(await get({ query }), 403, query);
    }
    const query = 'query($w:Where){patients(where:$w){id}}';
    const variables = { w: [{ and: { ssn: '219-09-9999' } }] };
    assert.equal(await send({ query, variables }), 403);
    assert.equal(await send({ query, variables: JSON.stringify(variables) }), 403);
    assert.equal(await get({ query, variables: JSON.stringify(variables) }), 403);
    assert.equal(await get({ query, variables: '{"w":1,"w":2}' }), 400);
    const twice = await world.fetch(`/graphql?variables=${encodeURIComponent('{"w":{"ssn":1}}')}`, {
      ...{ method: 'POST', subject: 'ana', body: JSON.stringify({ query }) },
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(twice.status, 400);
    assert.equal(ran, 0);
    assert.equal(await send({ query: '{patients(first:10,ward:"4E",zip:"1"){id}}' }), 200);
    assert.equal(await send({ query, variables: { w: { ward: '4E' } } }), 200);
  });

  it('refuses what it cannot read where something is hidden, before it is run', async () => {
    ran = 0;
    for (const request of UNREAD) {
      const response = await world.fetch('/graphql', { ...request, subject: 'noor' });
      assert.equal(response.status, 403);
      assert.match(await response.text(), /cannot be masked: send its text as JSON/);
    }
    const options = {
      ca: await readFile(world.authorityFile),
      servername: TARGET_HOST,
      headers: { host: TARGET_HOST, authorization: `Bearer ${world.tokenOf('noor')}` },
    };
    const url = `wss://127.0.0.1:${world.address.port}/graphql/`;
    const socket = new WebSocket(url, [], options);
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.equal(answer.statusCode, 403);
    answer.destroy();
    assert.equal(ran, 0);
  });

  async function ask(body: unknown): Promise<{ readonly status: number; readonly text: string }> {
    const response = await world.fetch('/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  }

  it('masks fields under whatever name they are asked for', async () => {
    const { status, text } = await ask({ query: '{ p: patient { x: code, y: ward } }' });
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), { data: { p: { x: '[redacted]', y: '4E' } } });
  });

  it('decides by operations and fields', async () => {
    for (const [body, status] of [
      [{ query: 'mutation { discharge }' }, 403],
      [{ query: '{ patient { ward } } ', operationName: 'Other' }, 403],
      [{ query: '{ s: __schema { types { name } } }' }, 403],
      [[{ query: '{ patient { ward } }' }, { query: 'mutation { discharge }' }], 403],
      [{ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } } }, 403],
      ['{"query":"{a}","query":"mutation {a}"}', 400],
    ] as const) {
      assert.equal((await ask(body)).status, status, JSON.stringify(body));
    }
  });

  it('decides other requests by the route of the OpenAPI document', async () => {
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await world.fetch('/wards/4E', { headers })).status, 200);
    assert.equal((await world.fetch('/wards/4E/beds', { headers })).status, 403);
  });
});
