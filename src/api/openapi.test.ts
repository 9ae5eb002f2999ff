import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createOpenapi } from './openapi.ts';
import { ROUTES } from './routes.ts';
import { sessionQuerySchema } from './session.ts';

describe('ROUTES', () => {
  it('names each request and each route once', () => {
    assert.ok(ROUTES.length > 0);
    assert.equal(new Set(ROUTES.map(({ id }) => id)).size, ROUTES.length);
    assert.equal(new Set(ROUTES.map(({ method, path }) => method + path)).size, ROUTES.length);
  });

  it('is spoken of in the documentation, resource by resource', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');
    for (const { path } of ROUTES) {
      const [resource = ''] = path.replace(/^\/(?:v1\/)?/, '').split('/', 1);
      assert(
        ['`', '/'].some((end) => page.includes(`\`${resource}${end}`)),
        path,
      );
    }
  });

  it('opens to anybody only what holds nothing of anybody', () => {
    const open = ROUTES.filter(({ access }) => access.kind === 'public').map(({ id }) => id);
    assert.deepEqual(open.toSorted(), [
      'getCallerKeys',
      'getClientConfiguration',
      'getHealth',
      'getOpenapi',
      'getReadiness',
    ]);
  });

  it('has a schema for each parameter of a path, and none for others', () => {
    for (const { path, pathParameters } of ROUTES) {
      assert.equal(path.includes('{'), pathParameters !== undefined, path);
    }
  });
});

describe('createOpenapi', () => {
  const document = createOpenapi('1.2.3');

  it('describes every route', () => {
    const text = JSON.stringify(document);
    for (const { id, path } of ROUTES) {
      assert.ok(text.includes(`"operationId":"${id}"`), id);
      assert.ok(text.includes(JSON.stringify(path)), path);
    }
  });

  it('asks for the header against forgery exactly where a sign-in changes something', () => {
    for (const { path, method, access } of ROUTES) {
      const paths = document['paths'] as Record<string, Record<string, { security: unknown[] }>>;
      const asks = JSON.stringify(paths[path]?.[method.toLowerCase()]?.security).includes('csrf');
      const open = access.kind === 'public' || access.kind === 'token';
      assert.equal(asks, !open && method === 'POST', path);
    }
  });

  it('refers only to components that it has', () => {
    const text = JSON.stringify(document);
    const { schemas } = document['components'] as { schemas: Record<string, unknown> };
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference);
    assert.ok(references.length > 50);
    for (const reference of references) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference ?? '')?.[1] ?? '';
      assert.ok(name in schemas, reference);
    }
  });

  it('is plain JSON', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
  });

  it('asks for a bearer token or a sign-in exactly where signing in is needed', () => {
    for (const { path, method, access } of ROUTES) {
      const paths = document['paths'] as Record<string, Record<string, { security: unknown[] }>>;
      const operation = paths[path]?.[method.toLowerCase()];
      const open = access.kind === 'public' || access.kind === 'token';
      assert.equal(operation?.security.length, open ? 0 : 2, path);
    }
  });
});

describe('sessionQuerySchema', () => {
  it('reads parameters as they stand in a URL', () => {
    assert.deepEqual(sessionQuerySchema.parse({ mine: 'true', limit: '20' }), {
      mine: true,
      limit: 20,
    });
  });

  it('rejects a misspelt filter instead of listing everything', () => {
    assert.equal(sessionQuerySchema.safeParse({ principle: 'x' }).success, false);
  });

  it('rejects more than a page', () => {
    assert.equal(sessionQuerySchema.safeParse({ limit: '100000' }).success, false);
  });
});
