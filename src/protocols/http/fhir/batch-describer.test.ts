import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import type { HttpRequestHead } from '../exchange.ts';
import { PlainDescriber } from '../plain-describer.ts';
import { ProblemError } from '../problem.ts';
import { BatchDescriber } from './batch-describer.ts';
import { findFhirFacts } from './find-fhir-facts.ts';

const BASE = '/r4';
const PLAIN = new PlainDescriber({
  findFacts: ({ method, path }) => ({ ...findFhirFacts(BASE, method, path) }),
});
const DESCRIBER = new BatchDescriber({ base: BASE, plain: PLAIN });

function post(path: string, type = 'application/fhir+json'): HttpRequestHead {
  return {
    ...{ method: 'POST', scheme: 'https', authority: 'fhir.sallyport', path, query: '' },
    ...{ fields: FieldList.of([['content-type', type]]), version: '1.1', upgrade: undefined },
    bodyBytes: 100,
  };
}

function bundleOf(...requests: readonly (readonly [method: string, url: string])[]): unknown {
  const entry = requests.map(([method, url]) => ({ request: { method, url } }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

function describeBody(body: unknown, head = post(BASE)) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return DESCRIBER.describeWithBody(head, Buffer.from(text)).actions;
}

function refusal(body: unknown, head?: HttpRequestHead): string {
  try {
    describeBody(body, head);
  } catch (error) {
    assert(error instanceof ProblemError, String(error));
    assert.equal(error.problem.status, 400);
    return error.problem.detail;
  }
  return assert.fail(`was described: ${JSON.stringify(body)}`);
}

describe('BatchDescriber', () => {
  it('takes batches and nothing else', () => {
    assert(DESCRIBER.handles(post(BASE)));
    assert(DESCRIBER.handles(post(`${BASE}/`)));
    assert(!DESCRIBER.handles(post(`${BASE}/Patient`)));
    assert(!DESCRIBER.handles({ ...post(BASE), method: 'GET' }));
    assert.equal(DESCRIBER.describe(post(BASE)).bodyBytesMax, 1_048_576);
  });

  it('makes each entry an operation beside the batch itself', () => {
    const actions = describeBody(
      bundleOf(['GET', 'Patient/1'], ['DELETE', 'Patient/2'], ['GET', '/Patient?identifier=a|b']),
    );
    assert.deepEqual(
      actions.map(({ action, facts }) => [
        action,
        ...[facts['path'], facts['fhirType'], facts['fhirInteraction'], facts['query']],
      ]),
      [
        ['http.post', '/r4', '', 'batch', []],
        ['http.get', '/r4/Patient/1', 'Patient', 'read', []],
        ['http.delete', '/r4/Patient/2', 'Patient', 'delete', []],
        ['http.get', '/r4/Patient', 'Patient', 'search', ['identifier']],
      ],
    );
    assert.equal(describeBody({ resourceType: 'Bundle', type: 'batch' }).length, 1);
  });

  it('refuses paths that to some servers begin at their root, as those of other URLs do', () => {
    for (const url of ['/r4/Patient/2', '/R4/Patient/2', '/r4', '/services/r4/Patient/2?x=1']) {
      assert.match(refusal(bundleOf(['DELETE', url])), /at the root of the server/, url);
    }
    for (const url of ['/', '/$export', '/metadata', '/_history', '/Patient/_search', '/Own/1']) {
      assert.equal(describeBody(bundleOf(['GET', url])).length, 2, url);
    }
  });

  it('refuses entries that write another type than their URL says: some servers go by what is written', () => {
    const entry = (method: string, url: string, resourceType: unknown): unknown => ({
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ request: { method, url }, resource: { resourceType } }],
    });
    for (const [method, url, type] of [
      ['POST', 'Observation', 'MedicationRequest'],
      ['PUT', 'Observation/1', 'Patient'],
      ['PUT', 'Observation?code=1', 'Patient'],
      ['POST', 'Observation/1', 'Patient'],
      ['POST', 'own/1', 'Patient'],
      ['POST', 'Observation', ['Patient']],
    ] as const) {
      assert.match(refusal(entry(method, url, type)), /another type/, url);
    }
    for (const [method, url, type] of [
      ['POST', 'Observation', 'Observation'],
      ['POST', 'observation', 'Observation'],
      ['PUT', 'Patient?identifier=1', 'Patient'],
      ['POST', 'Patient/$validate', 'Parameters'],
      ['PATCH', 'Patient/1', 'Parameters'],
      ['POST', 'Bundle', 'Bundle'],
    ] as const) {
      assert.equal(describeBody(entry(method, url, type)).length, 2, url);
    }
  });

  it('refuses a batch within a batch, of which the entries would be decided by nobody', () => {
    const within = bundleOf(['DELETE', 'Patient/1']);
    for (const url of ['', '/', '?a=1']) {
      const entry = [{ request: { method: 'POST', url }, resource: within }];
      const outer = { resourceType: 'Bundle', type: 'batch', entry };
      assert.match(refusal(outer), /a batch within/, url);
    }
  });

  it('refuses what a server could read in another way', () => {
    const entries = '"entry":[{"request":{"method":"GET","url":"Patient/1"}}]';
    const head = '"resourceType":"Bundle","type":"batch"';
    for (const body of [
      `{${head},${entries},${entries}}`,
      `{${head},"entry":[{"request":{"method":"GET","url":"Patient/1","ur\\u006c":"Patient/2"}}]}`,
      `{${head},${entries}} {}`,
      `\ufeff{${head},${entries}}`,
      'not json',
      `[{${head}}]`,
      bundleOf(['GET', '//Patient']),
      bundleOf(['GET', 'Patient/../Observation']),
      bundleOf(['GET', 'Patient%2f1']),
      bundleOf(['GET', 'https://elsewhere.example/Patient/1']),
      bundleOf(['TRACE', 'Patient/1']),
      bundleOf(['get', 'Patient/1']),
      { resourceType: 'Bundle', type: 'batch', entry: [{ fullUrl: 'x' }] },
      { resourceType: 'Bundle', type: 'batch', entry: { request: {} } },
      { resourceType: 'Bundle', type: 'document', entry: [] },
      { resourceType: 'Patient' },
      bundleOf(...Array.from({ length: 501 }, () => ['GET', 'Patient/1'] as const)),
    ]) {
      refusal(body);
    }
    assert.match(refusal(bundleOf(), post(BASE, 'application/fhir+xml')), /not in JSON/);
  });
});
