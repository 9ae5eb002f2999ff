import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Field, FieldList } from '../../../wire/http/field-list.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { HttpOperation } from '../http-operation.ts';
import { PlainDescriber } from '../plain-describer.ts';
import { ProblemError } from '../problem.ts';
import { GraphqlDescriber } from './graphql-describer.ts';
import { readDocument } from './read-document.ts';

const describer = new GraphqlDescriber(['/graphql'], new PlainDescriber());

function head(changes: Partial<HttpRequestHead> = {}, type = 'application/json'): HttpRequestHead {
  return {
    ...{ method: 'POST', scheme: 'https', authority: 'api.example:8443', path: '/graphql' },
    ...{ query: '', version: '2', upgrade: undefined, bodyBytes: -1 },
    fields: FieldList.of([['content-type', type]]),
    ...changes,
  };
}

function post(body: unknown, type?: string): HttpOperation {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return describer.describeWithBody(head({}, type), Buffer.from(text));
}

function get(parameters: Record<string, string>): HttpOperation {
  const query = new URLSearchParams(parameters).toString();
  return describer.describe(head({ method: 'GET', query, bodyBytes: 0 }));
}

const QUERY = `
query Ward($id: ID = "x{y}") {
  p: patient(id: $id) { ...Names ... on Person { ssn @skip(if: true) } name { family } }
  __schema { types { name } }
}
fragment Names on Patient { name { given: family, text } }`;

describe('GraphqlDescriber', () => {
  it('tells the fields of an operation by their own names, fragments expanded', () => {
    const { actions, text, graphql } = post({ query: QUERY, variables: { id: 1 } });
    assert.deepEqual(actions, [
      {
        action: 'graphql.query',
        facts: {
          protocol: 'graphql',
          host: 'api.example',
          path: '/graphql',
          operationName: 'Ward',
          fields: [
            ...['patient', 'patient.name', 'patient.name.family', 'patient.name.text'],
            ...['patient.ssn', '__schema', '__schema.types', '__schema.types.name'],
          ],
          known: true,
        },
      },
    ]);
    assert.equal(text, 'POST https://api.example:8443/graphql query Ward');
    assert(typeof graphql === 'object');
    assert.equal(graphql.operations[0]?.[0]?.key, 'p');
    assert.equal(graphql.isBatch, false);
  });

  it('describes every operation of a batch, and gives the same object for the same', () => {
    const batch = [{ query: '{a}' }, { query: 'mutation M {b}' }, { query: 'subscription {c}' }];
    const operation = post(batch);
    assert.deepEqual(
      operation.actions.map(({ action }) => action),
      ['graphql.query', 'graphql.mutation', 'graphql.subscription'],
    );
    assert(typeof operation.graphql === 'object' && operation.graphql.isBatch);
    assert.equal(post(batch), operation);
    assert.notEqual(post([{ query: '{a}' }]), post({ query: '{a}' }));
  });

  it('reads URLs, and plain documents', () => {
    assert.equal(get({ query: '{a}' }).actions[0]?.action, 'graphql.query');
    assert.equal(
      post('mutation {a}', 'application/graphql').actions[0]?.action,
      'graphql.mutation',
    );
  });

  it('thinks the worst of what it cannot read', () => {
    for (const operation of [
      post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } }),
      post({ query: '{' }),
      post({ query: 'query A {a} query B {b}' }),
      post({ query: 'query A {a} mutation A {b}', operationName: 'A' }),
      post({ query: '{a}', operationName: 'B' }),
      post({ query: '{...F} fragment F on A {...F}' }),
      post({ query: '{...F}' }),
      post({ query: `${'{a'.repeat(60)}${'}'.repeat(60)}` }),
      post({ query: '{a}' }, 'multipart/form-data'),
      post('query={a}', 'application/x-www-form-urlencoded'),
      post([{ query: '{a}' }, null]),
      get({ id: 'persisted' }),
      describer.describe(head({ method: 'GET', query: 'query={a}' })),
    ]) {
      const { action, facts } = operation.actions.at(-1) ?? {};
      assert.equal(action, 'graphql.mutation', operation.text);
      assert.equal(facts?.['known'], false, operation.text);
      assert.equal(operation.graphql, 'unknown');
    }
  });

  it('leaves upgrades and other methods to plain policies, and says that nobody knows what they ask for', () => {
    for (const [changes, action] of [
      [{ method: 'GET', upgrade: 'websocket', bodyBytes: 0 }, 'http.websocket'],
      [{ method: 'QUERY' }, 'http.other'],
    ] as const) {
      const request = head(changes);
      assert(describer.handles(request));
      const operation = describer.describe(request);
      assert.equal(operation.actions[0]?.action, action);
      assert.equal(operation.graphql, 'unknown');
      assert.equal(operation.key, describer.describe(request).key);
    }
  });

  it('says of what is beneath its paths that nobody knows what it asks for', () => {
    const path = '/GraphQL/x';
    for (const changes of [
      { path },
      { path, ...{ method: 'GET', bodyBytes: 0, query: 'query={a}' } },
      { path, ...{ method: 'GET', bodyBytes: 0, upgrade: 'websocket' } },
    ]) {
      assert(describer.handles(head(changes)));
      assert.equal(describer.describe(head(changes)).graphql, 'unknown');
    }
    assert(!describer.handles(head({ path, method: 'GET', bodyBytes: 0, query: 'v=1' })));
    const ofAll = new GraphqlDescriber(['/'], new PlainDescriber());
    assert(!ofAll.handles(head({ path: '/x' })));
  });

  it('says of what comes in pieces, or by another request, that nobody knows what it holds', () => {
    for (const query of ['{p {a ... @defer {x: b}}}', '{p @stream(initialCount: 0) {a}}']) {
      const operation = post({ query });
      assert.equal(operation.actions[0]?.action, 'graphql.query', query);
      assert.equal(operation.graphql, 'unknown', query);
    }
    const streams: readonly Field[] = [
      ['accept', 'application/json, text/event-stream'],
      ['x-graphql-event-stream-token', 'a'],
    ];
    for (const stream of streams) {
      for (const path of ['/graphql', '/graphql/stream']) {
        const changes = { method: 'GET', path, bodyBytes: 0, fields: FieldList.of([stream]) };
        assert(describer.handles(head(changes)), stream[0]);
        assert.equal(describer.describe(head(changes)).graphql, 'unknown');
      }
    }
  });

  it('takes no text for what is run beside which the server is told of another', () => {
    const query = '{a}';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const own = { extensions: { persistedQuery: { version: 1, sha256Hash } } };
    assert.notEqual(post({ query, ...own }).graphql, 'unknown');
    assert.notEqual(post({ query, id: 1 }).graphql, 'unknown');
    assert.notEqual(get({ query, extensions: JSON.stringify(own.extensions) }).graphql, 'unknown');
    const other = { extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } };
    assert.equal(post({ query, ...other }).graphql, 'unknown');
    assert.equal(post([{ query }, { query, ...other }]).graphql, 'unknown');
    assert.equal(get({ query, extensions: JSON.stringify(other.extensions) }).graphql, 'unknown');
    for (const name of ['id', 'documentId', 'doc_id', 'queryId']) {
      assert.equal(post({ query, [name]: 'persisted' }).graphql, 'unknown', name);
      assert.equal(get({ query, [name]: 'persisted' }).graphql, 'unknown', name);
    }
  });

  it('refuses what says twice what is to run', () => {
    for (const act of [
      () => post('{"query": "{a}", "query": "{b}"}'),
      () => post('{"query": "{a}", "quer\\u0079": "{b}"}'),
      () => post([]),
      () => post('{'),
      () => describer.describe(head({ query: 'query={a}' })),
      () => describer.describe(head({ method: 'GET', query: 'query={a}&query={b}' })),
    ]) {
      assert.throws(act, ProblemError);
    }
  });

  it('handles its paths however frameworks take them, and no others', () => {
    for (const path of ['/graphql', '/graphql/', '/GraphQL']) {
      assert(describer.handles(head({ path })), path);
    }
    assert(!describer.handles(head({ path: '/graphqlx' })));
    assert(!describer.handles(head({ method: 'GET', bodyBytes: 0 })));
    assert(describer.handles(head({ method: 'GET' })));
    assert.notEqual(describer.describe(head()).bodyBytesMax, undefined);
  });
});

describe('readDocument', () => {
  it('bounds what fragments multiply', () => {
    const levels = Array.from(
      { length: 30 },
      (_, index) => `fragment F${index} on A { ...F${index + 1} ...F${index + 1} }`,
    );
    const text = `{...F0} ${levels.join(' ')} fragment F30 on A { a }`;
    assert.equal(readDocument(text, undefined), undefined);
  });

  it('bounds what long names multiply: each field is known by the path that leads to it', () => {
    const fields = Array.from({ length: 5_000 }, (_, index) => `f${index}`).join(' ');
    const text = (length: number): string => `{${'a'.repeat(length)}{${fields}}}`;
    assert.equal(readDocument(text(400_000), undefined), undefined);
    assert.equal(readDocument(text(250), undefined), undefined);
    assert.notEqual(readDocument(text(100).replace('f4999', ''), undefined), undefined);
    const alias = `{${'a'.repeat(400_000)}:a{b c d}}`;
    assert.equal(readDocument(alias, undefined), undefined);
    assert.notEqual(readDocument(`{${'a'.repeat(400_000)}}`, undefined), undefined);
  });

  it('throws nothing, whatever comes', () => {
    const unit = fc.constantFrom(
      ...['{', '}', '(', ')', 'a', ':', '...', ' on A ', 'fragment F ', 'query ', '"', '"""', '$b'],
      ...['@c', '[', ']', '!', '=', '\\', '#', '\n', '&', 'é'],
    );
    fc.assert(
      fc.property(fc.array(unit), (parts) => {
        readDocument(parts.join(''), undefined);
      }),
    );
    assert.equal(readDocument('{a'.repeat(9_000), undefined), undefined);
  });
});
