import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';

const POLICIES = `
  @id("connect") permit (principal, action == Action::"connect", resource);
  @id("read") permit (principal, action in Action::"http.read", resource)
  when { ["read", "search", "capabilities"].contains(context.fhirInteraction) };
  @id("batches") permit (principal, action == Action::"http.post", resource)
  when { context.fhirInteraction == "batch" };
  @id("record") permit (principal, action in Action::"http.write", resource)
  when { context.fhirType == "Observation" && ["create", "update"].contains(context.fhirInteraction) };
  @id("small-payments") permit (principal, action == Action::"http.post", resource)
  when { context.path == "/payments" && context.bodyKnown && context.body.contains("currency=EUR") };
`;

/** What reached the service, in order. */
const seen: string[] = [];

let world: HttpEnvironment;

async function ask(method: string, path: string, body?: unknown, type = 'application/fhir+json') {
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const before = seen.length;
  const answer = await world.fetch(path, {
    ...{ subject: 'ana', method },
    ...(body !== undefined && { body: sent, headers: { 'content-type': type } }),
  });
  const detail = await answer.text();
  // Nothing of a refusal reaches the service, and all of what is allowed.
  assert.equal(seen.length - before, answer.status === 200 ? 1 : 0, detail);
  if (answer.status === 200 && body !== undefined) assert.equal(seen.at(-1), `${method} ${sent}`);
  return answer.status;
}

function bundle(...requests: readonly (readonly [method: string, url: string])[]) {
  const entry = requests.map(([method, url]) => ({ request: { method, url } }));
  return { resourceType: 'Bundle', type: 'batch', entry };
}

describe('policies about FHIR, and about bodies', () => {
  before(async () => {
    world = await startHttpEnvironment({
      upstream: {
        handler(request, response) {
          void text(request).then((body) => {
            seen.push(`${request.method} ${body}`);
            response.end('{}');
          });
        },
      },
      policies: POLICIES,
      target: [
        [['fhir'], '/'],
        [['bodyFacts'], '1KiB'],
      ],
    });
  });
  after(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  it('decide by what an interaction is', async () => {
    assert.equal(await ask('GET', '/Patient/1'), 200);
    assert.equal(await ask('GET', '/Patient?name=x'), 200);
    assert.equal(await ask('GET', '/Patient/1/_history'), 403);
    assert.equal(await ask('GET', '/Patient/$export'), 403);
    assert.equal(await ask('POST', '/Observation', { resourceType: 'Observation' }), 200);
    assert.equal(await ask('POST', '/Patient', { resourceType: 'Patient' }), 403);
    assert.equal(await ask('DELETE', '/Observation/1'), 403);
  });

  it('decide each entry of a batch, and send on all of it or nothing', async () => {
    assert.equal(
      await ask('POST', '/', bundle(['GET', 'Patient/1'], ['PUT', 'Observation/2'])),
      200,
    );
    assert.equal(
      await ask('POST', '/', bundle(['GET', 'Patient/1'], ['DELETE', 'Patient/1'])),
      403,
    );
    assert.equal(await ask('POST', '/', bundle(['GET', 'Patient/$export'])), 403);
    const twice = '{"resourceType":"Bundle","type":"batch","entry":[],"entry":[]}';
    assert.equal(await ask('POST', '/', twice), 400);
    assert.equal(await ask('POST', '/', '<Bundle/>', 'application/fhir+xml'), 400);
  });

  it('decide by what a body says, where it can be known', async () => {
    const type = 'application/json';
    assert.equal(await ask('POST', '/payments', { currency: 'EUR', amount: 3 }, type), 200);
    assert.equal(await ask('POST', '/payments', { currency: 'USD', amount: 3 }, type), 403);
    assert.equal(await ask('POST', '/payments', 'currency=EUR', FORM), 200);
    assert.equal(await ask('POST', '/payments', '{"currency":"EUR","currency":"USD"}', type), 400);
    const long = { currency: 'EUR', note: 'x'.repeat(2_000) };
    assert.equal(await ask('POST', '/payments', long, type), 403);
  });
});

const FORM = 'application/x-www-form-urlencoded';
