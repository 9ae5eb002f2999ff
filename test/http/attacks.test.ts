import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request as ask } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';

const run = promisify(execFile);

const POLICIES = `
@id("all") permit (principal, action, resource);
@id("admin") @reason("not for you")
forbid (principal, action, resource)
when { context has path && (context.path == "/admin" || context.path like "/admin/*") };
@id("deletes") @reason("nothing is deleted")
forbid (principal, action == Action::"http.delete", resource);`;

/** Ways to write a path that a policy forbids, or one that servers read in different ways. */
const DISGUISES: readonly (readonly [path: string, status: number])[] = [
  ['/admin', 403],
  ['/%61dmin', 403],
  ['/%61%64%6d%69%6E/x', 403],
  ['/admin/', 403],
  ['/admin?x=1', 403],
  ['/Admin', 200],
  ['//admin', 400],
  ['/x/../admin', 400],
  ['/x/%2e%2e/admin', 400],
  ['/x/%2E%2e/admin', 400],
  ['/./admin', 400],
  ['/x%2f..%2fadmin', 400],
  ['/x%5c..%5cadmin', 400],
  ['/x\\..\\admin', 400],
  ['/admin%00', 400],
  ['/admin;x=1', 400],
  ['/admin%3bx=1', 400],
  ['/admin.', 400],
  ['/admin%20', 400],
  ['/admin%', 400],
  ['/admin%zz', 400],
  ['/admin%c0%af', 400],
  ['/%ff', 400],
];

const OVERRIDES: readonly string[] = [
  'X-HTTP-Method-Override: DELETE',
  'X-HTTP-Method: DELETE',
  'X-Method-Override: DELETE',
  // As servers read names that hand them on as variables of an environment.
  'X_HTTP_Method_Override: DELETE',
  'X-HTTP_METHOD-Override: DELETE',
];

/** Ways to name a path that a policy forbids beside the one that is asked for. */
const ELSEWHERE: readonly (readonly [method: string, field: string, status: number])[] = [
  ['PUT', 'x-amz-copy-source: /admin/list', 403],
  ['PUT', 'x-amz-copy-source: admin%2Flist?versionId=1', 403],
  ['PUT', 'X_Amz_Copy_Source: admin/list', 403],
  ['PUT', 'x-goog-copy-source: /admin/list', 403],
  ['PUT', 'x-ms-copy-source: https://elsewhere.example/admin/list?sig=1', 403],
  ['PUT', 'x-amz-copy-source: /x/../admin/list', 400],
  ['PUT', 'x-amz-copy-source: arn:aws:s3:us-east-1:1:accesspoint/p/object/list', 400],
  ['PUT', 'x-copy-from: admin/list', 400],
  // What is moved away is gone there.
  ['PUT', 'x-amz-rename-source: /notes/list', 403],
  ['PUT', 'x-ms-file-rename-source: https://elsewhere.example/admin/list', 403],
  ['PUT', 'x-oss-symlink-target: admin/list', 400],
  ['COPY', 'Destination: /admin/list', 403],
  ['MOVE', 'Destination: https://elsewhere.example/admin/list', 403],
  ['MOVE', 'Destination: list', 400],
  ['PUT', 'x-amz-copy-source: /notes/list', 200],
  ['COPY', 'Destination: /notes/list', 200],
  ['PUT', 'Destination: /admin/list', 200],
];

describe('attacks on a service', () => {
  let world: HttpEnvironment;
  let token = '';
  /** What reached the service: method and target, and the fields of the last request. */
  const reached: string[] = [];
  let fields: Readonly<Record<string, unknown>> = {};

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      upstream: {
        speaks: 'plain',
        handler(request, response) {
          reached.push(`${request.method} ${request.url}`);
          fields = request.headers;
          request.resume();
          if (request.url !== '/slow') response.end('fine');
        },
      },
    });
    token = world.tokenOf('ana');
  });
  after(() => world[Symbol.asyncDispose]());

  /** Status of the answer, 0 if there was none. */
  async function curl(...parts: readonly string[]): Promise<number> {
    const { stdout } = await run('/usr/bin/curl', [
      ...[...world.curl, '--path-as-is', '--output', '/dev/null', '--write-out', '%{http_code}'],
      ...['--header', `Authorization: Bearer ${token}`, ...parts],
    ]);
    return Number(stdout);
  }

  for (const version of ['--http1.1', '--http2']) {
    it(`that disguise a path come to nothing by ${version}`, async () => {
      for (const [path, status] of DISGUISES) {
        const before = reached.length;
        assert.equal(await curl(version, `${world.url}${path}`), status, path);
        assert.equal(reached.length - before, status === 200 ? 1 : 0, path);
      }
    });

    it(`that override the method come to nothing by ${version}`, async () => {
      for (const header of OVERRIDES) {
        assert.equal(await curl(version, '--header', header, `${world.url}/x`), 400, header);
      }
      for (const query of [
        '_method=DELETE',
        '%5Fmethod=DELETE',
        '_METHOD=DELETE',
        'a;_method=PUT',
        // As PHP, Express and Rails read names.
        '+_method=DELETE',
        '%20_method=DELETE',
        '.method=DELETE',
        '_method[]=DELETE',
        '%5B_method%5D=DELETE',
        '_method%00=DELETE',
      ]) {
        assert.equal(await curl(version, `${world.url}/x?${query}`), 400, query);
      }
      assert.equal(await curl(version, '--request', 'DELETE', `${world.url}/x`), 403);
      assert.equal(await curl(version, '--request', 'TRACE', `${world.url}/x`), 405);
      assert.equal(await curl(version, '--header', 'X-HTTP-Method: GET', `${world.url}/x`), 200);
    });
  }

  it('that name another method in a form are decided by that, too', async () => {
    for (const [form, status] of [
      ['a=1', 200],
      ['payment_method=card', 200],
      ['_method=post&a=1', 200],
      ['_method=patch&a=1', 200],
      ['a=1&_method=delete', 403],
      ['a=1&%5Fmethod=DELETE', 403],
      ['_method=patch&_method=delete', 403],
      ['a=1;_method[]=delete', 403],
      [`a=${'1'.repeat(100_000)}&_method=delete`, 403],
    ] as const) {
      const before = reached.length;
      assert.equal(await curl('--data', form, `${world.url}/patients/1`), status, form);
      // As Rack does, to which a body without a type is a form.
      const bare = ['--header', 'Content-Type:', '--data', form, `${world.url}/patients/1`];
      assert.equal(await curl(...bare), status, form);
      const json = ['--header', 'Content-Type: text/plain', '--data', form, `${world.url}/x`];
      assert.equal(await curl(...json), 200, form);
      assert.equal(reached.length - before, status === 200 ? 3 : 1, form);
    }
  });

  it('that have the service copy from or to a path that is forbidden come to nothing', async () => {
    for (const [method, field, status] of ELSEWHERE) {
      const before = reached.length;
      const parts = ['--request', method, '--header', field, `${world.url}/mine`];
      assert.equal(await curl('--http1.1', ...parts), status, field);
      assert.equal(reached.length - before, status === 200 ? 1 : 0, field);
    }
  });

  it('that name another host than the one that is meant come to nothing', async () => {
    assert.equal(
      await curl('--http1.1', '--header', 'Host: other.sallyport', `${world.url}/x`),
      404,
    );
    const proxied = ['--http1.1', '--request-target', 'https://other.sallyport/x'];
    assert.equal(await curl(...proxied, `${world.url}/x`), 400);
    const absolute = `https://${TARGET_HOST}:${world.address.port}/by-absolute-form`;
    assert.equal(await curl('--http1.1', '--request-target', absolute, `${world.url}/x`), 200);
    assert.equal(reached.at(-1), 'GET /by-absolute-form');
  });

  it('that upgrade to HTTP/2 in the clear pass for ordinary requests', async () => {
    const headers = [
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABk',
    ];
    const parts = headers.flatMap((header) => ['--header', header]);
    assert.equal(await curl('--http1.1', ...parts, `${world.url}/x`), 200);
    assert.equal(fields['upgrade'], undefined);
    assert.equal(fields['http2-settings'], undefined);
  });

  it('that have Connection take away what the gateway says come to nothing', async () => {
    const named = 'Connection: Authorization, X-Sallyport-Identity, Via, X-Forwarded-For, Host';
    assert.equal(await curl('--http1.1', '--header', named, `${world.url}/x`), 401);
    const own = ['--header', `X-Sallyport-Token: ${token}`];
    const kept = 'Connection: X-Sallyport-Identity, Via, X-Forwarded-For';
    assert.equal(await curl('--http1.1', ...own, '--header', kept, `${world.url}/x`), 200);
    assert.match(String(fields['x-sallyport-identity']), /^eyJ/);
    assert.equal(fields['via'], '1.1 sallyport');
    assert.equal(fields['x-sallyport-token'], undefined);
  });

  it('by strangers learn nothing of which targets there are', async () => {
    const without = ['--header', 'Authorization: Bearer nobody'];
    const elsewhere = world.url.replace(TARGET_HOST, 'localhost');
    for (const url of [world.url, elsewhere]) {
      const { stdout } = await run('/usr/bin/curl', [
        ...[...world.curl, ...without, '--include', '--http1.1', `${url}/x`],
      ]);
      assert.match(stdout, /^HTTP\/1.1 401 Unauthorized\r\n/);
      assert.match(stdout, /www-authenticate: Bearer/);
      assert.match(stdout, /application\/problem\+json/);
    }
    assert.equal(await curl('--http1.1', `${elsewhere}/x`), 404);
  });

  it('by a client that leaves end what it asked for, which the ledger says', async () => {
    const ca = await readFile(world.authorityFile, 'utf8');
    const { host, port } = world.address;
    const options = { host, port, ca, servername: TARGET_HOST, path: '/slow' };
    const headers = { host: `${TARGET_HOST}:${port}`, authorization: `Bearer ${token}` };
    const request = ask({ ...options, headers });
    request.on('error', () => {});
    request.end();
    while (reached.at(-1) !== 'GET /slow') await new Promise(setImmediate);
    request.destroy();
    const [operation] = (await world.entries('operation')).slice(-1);
    for (;;) {
      const [cancelled] = await world.entries('cancel');
      if (cancelled === undefined) continue;
      assert.equal(cancelled['exchange'], operation?.['exchange']);
      assert.equal(cancelled['session'], operation?.['session']);
      break;
    }
  });
});
