import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Response } from 'undici';
import type { ShownOperation } from '../../src/api/shown-operation.ts';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';

const POLICIES = `
@id("all") permit (principal, action, resource);
@id("look-at-writes") @review("privacy-officers") @reason("writing is looked at first")
forbid (principal, action in Action::"http.write", resource);`;

describe('requests that wait for review', () => {
  let world: HttpEnvironment;
  let stored: string[] = [];
  /** One sign-in: approvals are for who asked, whichever session that was. */
  let token = '';

  before(async () => {
    world = await startHttpEnvironment({
      policies: POLICIES,
      target: [[['reviewPatience'], '1s']],
      upstream: {
        speaks: 'plain',
        handler(request, response) {
          let body = '';
          request.on('data', (piece: Buffer) => {
            body += piece.toString();
          });
          request.on('end', () => {
            stored.push(`${request.url} ${body}`);
            response.end('stored');
          });
        },
      },
    });
    token = world.tokenOf('noor');
  });
  after(() => world[Symbol.asyncDispose]());

  function send(path: string, body?: string): Promise<Response> {
    return world.fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
      ...(body !== undefined && { body }),
    });
  }

  async function review(id: string, verdict: 'approve' | 'reject'): Promise<void> {
    const comment = verdict === 'reject' ? 'not like this' : undefined;
    await world.callApi('petra', 'POST', `/v1/requests/${id}/reviews`, { verdict, comment });
  }

  /** Waits until somebody has to be asked about a request with this in its text. */
  async function next(text: string): Promise<string> {
    for (;;) {
      const { requests } = await world.callApi<{
        readonly requests: readonly { readonly id: string }[];
      }>('petra', 'GET', '/v1/requests?state=pending');
      const found = requests.find((request) => JSON.stringify(request).includes(text));
      if (found !== undefined) return found.id;
      await new Promise(setImmediate);
    }
  }

  /** Sends until it is not the answer that a review is waited for. */
  async function sendUntilSettled(path: string, body: string): Promise<Response> {
    for (;;) {
      const response = await send(path, body);
      if (response.status !== 202) return response;
      await response.body?.cancel();
    }
  }

  it('run once they are approved, while their client waits or when it comes again', async () => {
    stored = [];
    const answered = sendUntilSettled('/fast', 'one');
    await review(await next('/fast'), 'approve');
    assert.equal(await (await answered).text(), 'stored');
    assert.deepEqual(stored, ['/fast one']);
  });

  it('tell a client where to ask, and run once when it comes again', async () => {
    stored = [];
    const held = await send('/slow', 'two');
    assert.equal(held.status, 202);
    assert.equal(held.headers.get('content-type'), 'application/problem+json');
    const location = held.headers.get('location') ?? '';
    assert.match(location, /^\/\.sallyport\/requests\/req_[\w-]+$/);
    assert.match(held.headers.get('retry-after') ?? '', /^\d+$/);
    const id = location.slice(location.lastIndexOf('/') + 1);

    assert.equal((await send(location)).status, 202);
    const stranger = await world.fetch(location, { subject: 'ana' });
    assert.equal(stranger.status, 404);

    await review(id, 'approve');
    const approved = await send(location);
    assert.equal(approved.status, 200);
    assert.match(await approved.text(), /"title":"Approved"/);
    assert.deepEqual(stored, []);

    assert.equal(await (await send('/slow', 'two')).text(), 'stored');
    assert.deepEqual(stored, ['/slow two']);
    assert.equal((await send(location)).status, 200);
    const again = await send('/slow', 'two');
    assert.equal(again.status, 202);
    assert.notEqual(again.headers.get('location'), location);
  });

  it('are approved with their body and their fields, and run with no others', async () => {
    stored = [];
    const held = await send('/exact', 'approved');
    const id = held.headers.get('location')?.split('/').at(-1) ?? '';
    await review(id, 'approve');
    assert.equal((await send('/exact', 'another')).status, 202);
    const typed = await world.fetch('/exact', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'text/html' },
      body: 'approved',
    });
    assert.equal(typed.status, 202);
    assert.deepEqual(stored, []);
    assert.equal((await send('/exact', 'approved')).status, 200);
    assert.deepEqual(stored, ['/exact approved']);
  });

  it('show their body to who may see every class, and not in lists', async () => {
    stored = [];
    const held = await send('/shown', '{"family":"Okafor"}');
    const id = held.headers.get('location')?.split('/').at(-1) ?? '';
    const { operation } = await world.callApi<{ readonly operation: ShownOperation }>(
      'petra',
      'GET',
      `/v1/requests/${id}`,
    );
    assert.deepEqual(operation.parameters, [{ value: '{"family":"Okafor"}', hidden: false }]);
    const list = await world.callApi('petra', 'GET', '/v1/requests?state=pending');
    assert.doesNotMatch(JSON.stringify(list), /Okafor/);
    await review(id, 'reject');
    assert.deepEqual(stored, []);
  });

  it('say who rejected them, and why', async () => {
    const answered = sendUntilSettled('/rejected', 'three');
    await review(await next('/rejected'), 'reject');
    const response = await answered;
    assert.equal(response.status, 403);
    assert.match(await response.text(), /not like this/);
  });

  it('are refused where nobody could look at all of them', async () => {
    stored = [];
    const response = await send('/large', 'x'.repeat(1024 * 1024 + 1));
    assert.equal(response.status, 413);
    assert.equal((await send('/read')).status, 200);
    assert.deepEqual(stored, ['/read ']);
  });
});

describe('requests whose text does not say all', () => {
  let world: HttpEnvironment;

  before(async () => {
    world = await startHttpEnvironment({
      policies: `${POLICIES}
        @id("look-at-searches") @review("privacy-officers") @reason("searches are looked at first")
        forbid (principal, action, resource) when { context has query && context.query.contains("surname") };
        @id("officers-see-none") forbid (principal in Group::"privacy-officers", action == Action::"reveal", resource);`,
      target: [[['reviewPatience'], '1s']],
      dataMap: { parameters: { surname: 'name' } },
      upstream: { speaks: 'plain', handler: (_request, response) => void response.end('found') },
    });
  });
  after(() => world[Symbol.asyncDispose]());

  it('show what is hidden in it, its body and its digest to who may see every class, and to nobody else', async () => {
    for (const [path, body] of [
      ['/search?surname=Okafor', undefined],
      ['/notes', 'for Okafor'],
    ] as const) {
      const held = await world.fetch(path, {
        subject: 'noor',
        method: body === undefined ? 'GET' : 'POST',
        ...(body !== undefined && { body, headers: { 'content-type': 'text/plain' } }),
      });
      assert.equal(held.status, 202);
      const id = held.headers.get('location')?.split('/').at(-1) ?? '';
      const read = async (name: string): Promise<ShownOperation> =>
        (
          await world.callApi<{ readonly operation: ShownOperation }>(
            name,
            'GET',
            `/v1/requests/${id}`,
          )
        ).operation;
      const toReviewer = await read('petra');
      assert.doesNotMatch(JSON.stringify(toReviewer), /Okafor/);
      assert.equal(toReviewer.textSha256, undefined);
      assert.deepEqual(
        toReviewer.parameters.map(({ hidden }) => hidden),
        [true],
      );
      const [shown] = (await read('noor')).parameters;
      assert.equal(shown?.value, body ?? 'surname=Okafor');
    }
  });
});
