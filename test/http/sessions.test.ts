import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { Response } from 'undici';
import { type HttpEnvironment, startHttpEnvironment } from './environment.ts';
import type { UpstreamResponse } from './private-upstream.ts';

describe('sessions of HTTP clients', () => {
  let world: HttpEnvironment;
  const waiting: UpstreamResponse[] = [];

  before(async () => {
    world = await startHttpEnvironment({
      upstream: {
        speaks: 'plain',
        handler(request, response) {
          request.resume();
          if (request.url?.startsWith('/wait') !== true) return void response.end('fine');
          response.writeHead(200);
          response.write('begun');
          waiting.push(response);
        },
      },
    });
  });
  after(() => world[Symbol.asyncDispose]());

  function ask(token: string, path: string): Promise<Response> {
    return world.fetch(path, { headers: { authorization: `Bearer ${token}` } });
  }

  /** Ids of sessions that began, oldest first. */
  async function listSessions(): Promise<readonly unknown[]> {
    return (await world.entries('session.start')).map(({ session }) => session);
  }

  it('are one for a sign-in, over however many connections and requests', async () => {
    const before = (await listSessions()).length;
    const token = world.tokenOf('ana');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) => ask(token, `/n/${number}`)),
    );
    assert(answers.every(({ status }) => status === 200));
    assert.equal((await listSessions()).length, before + 1);
    await (await ask(world.tokenOf('ana'), '/again')).text();
    assert.equal((await listSessions()).length, before + 2);
  });

  it('that somebody ends break off what runs in them, and the next request begins another', async () => {
    const token = world.tokenOf('noor');
    const running = await ask(token, '/wait/long');
    const session = (await listSessions()).at(-1);
    assert.equal(typeof session, 'string');
    await world.callApi('petra', 'POST', `/v1/sessions/${String(session)}/end`, {
      reason: 'enough',
    });
    await assert.rejects(running.text());
    const [response] = waiting.splice(0) as unknown as [NodeJS.EventEmitter & { closed: boolean }];
    if (!response.closed) await once(response, 'close');
    assert.equal(await (await ask(token, '/after')).text(), 'fine');
    const ends = await world.entries('session.end');
    assert.equal(ends.find((end) => end.session === session)?.['reason'], 'stopped');
    assert.notEqual((await listSessions()).at(-1), session);
  });

  it('end when the gateway stops, after what runs has come to its end', async () => {
    const running = await ask(world.tokenOf('noor'), '/wait/last');
    const stopped = world.process.stop();
    await new Promise(setImmediate);
    for (const response of waiting.splice(0)) response.end(', and ended');
    assert.equal(await running.text(), 'begun, and ended');
    assert.equal(await stopped, 0);
  });
});
