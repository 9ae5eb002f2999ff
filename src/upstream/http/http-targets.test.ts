import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { HttpRequest, HttpUpstream } from '../../protocols/http/exchange.ts';
import { collectBody } from '../../protocols/http/whole-body.ts';
import type { Session } from '../../protocols/protocol.ts';
import type { HttpTarget } from '../../targets/target.ts';
import { openWays } from '../open-ways.ts';
import { HttpTargets } from './http-targets.ts';
import { makeRequest } from './request.fixture.ts';

const SESSION = { id: 'session-1', principal: { id: 'alice' } } as Session;

interface World extends AsyncDisposable {
  readonly targets: HttpTargets;
  readonly target: HttpTarget;
  /** As the service got them. */
  readonly seen: IncomingMessage[];
  secret: string | undefined;
  /** Resolves when the next request is there. */
  untilNext(): Promise<unknown>;
}

/** @param onReach Told when it is tried whether the service can be reached. Connectors lead to it as if there were none. */
async function openWorld(
  changes: Partial<HttpTarget> = {},
  onReach: () => void = () => undefined,
): Promise<World> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    if (request.url === '/silent') return;
    response.statusCode = request.url === '/unauthorized' ? 401 : 200;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const resolveSecret = (): Promise<Buffer> =>
    world.secret === undefined
      ? Promise.reject(new Error('it is somewhere else'))
      : Promise.resolve(Buffer.from(world.secret));
  const ways = openWays({ resolveSecret, nowMs: () => 0 });
  const world: World = {
    seen,
    secret: 'first',
    targets: new HttpTargets({
      ways: {
        dialHttp: (target, ...rest) => ways.dialHttp({ ...target, connectors: [] }, ...rest),
        reachHttp: async () => onReach(),
      },
      resolveSecret,
      signIdentity: ({ id }) => `signed for ${id}`,
      connectTimeoutMs: 20_000,
      onUnexpectedError(error) {
        throw error;
      },
      nowMs: () => 0,
    }),
    target: {
      kind: 'http',
      name: 'api',
      connectors: [],
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      tls: { mode: 'disable' },
      httpVersion: 'auto',
      basePath: '',
      credential: { kind: 'bearer', bearer: 'env:KEY' },
      identityHeader: 'X-Caller',
      ...changes,
    } as HttpTarget,
    untilNext: () => once(server, 'request'),
    async [Symbol.asyncDispose]() {
      world.targets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return world;
}

/** The body, or why there is none. */
function ask(
  { targets, target }: World,
  request: HttpRequest = makeRequest(),
  session = SESSION,
): Promise<string> {
  return askBy(targets.open(target, session), request);
}

function askBy(upstream: HttpUpstream, request: HttpRequest = makeRequest()): Promise<string> {
  return new Promise((resolve) => {
    upstream.send(request, {
      onResponse: ({ body }) =>
        collectBody(body, 100, (collected) =>
          resolve(collected.kind === 'whole' ? collected.bytes.toString() : collected.kind),
        ),
      onUpgrade: () => resolve('upgraded'),
      onError: ({ code }) => resolve(code),
    });
  });
}

describe('HttpTargets', () => {
  it('asks a target under its own name, behind its base path, and says who asks', async () => {
    await using world = await openWorld({ basePath: '/r4' });
    const request = makeRequest({ authority: 'api.sallyport', path: '/Patient/1', query: 'a=b' });
    assert.equal(await ask(world, request), 'ok');
    const [seen] = world.seen;
    assert.equal(seen?.url, '/r4/Patient/1?a=b');
    assert.equal(seen?.headers.host, `127.0.0.1:${world.target.port}`);
    assert.equal(seen?.headers.authorization, 'Bearer first');
    assert.equal(seen?.headers['x-caller'], 'signed for session-1');
  });

  it('reads a credential anew that the target does not take', async () => {
    await using world = await openWorld();
    await ask(world);
    world.secret = 'second';
    await ask(world);
    await ask(world, makeRequest({ path: '/unauthorized' }));
    await ask(world);
    assert.deepEqual(
      world.seen.map(({ headers }) => headers.authorization),
      ['Bearer first', 'Bearer first', 'Bearer first', 'Bearer second'],
    );
  });

  it('sends nothing without its credential', async () => {
    await using world = await openWorld();
    world.secret = undefined;
    assert.equal(await ask(world), 'ERR_UPSTREAM_LOGIN');
    world.secret = 'a\nb';
    assert.equal(await ask(world), 'ERR_UPSTREAM_LOGIN');
    assert.equal(world.seen.length, 0);
  });

  it('tells a request nothing more once it is given up', async () => {
    await using world = await openWorld();
    const told = (): void => assert.fail('nothing may be told');
    const session = SESSION;
    const upstream = world.targets.open(world.target, session);
    upstream.send(makeRequest(), { onResponse: told, onUpgrade: told, onError: told }).abort();
    assert.equal(await ask(world), 'ok');
    assert.equal(world.seen.length, 1);
  });

  it('keeps the connections of targets that stay as they are', async () => {
    await using world = await openWorld();
    await ask(world);
    world.targets.reconfigure([structuredClone(world.target)]);
    await ask(world);
    const [first, second] = world.seen;
    assert.equal(first?.socket, second?.socket);
    const old = world.targets.open(world.target, SESSION);
    world.targets.reconfigure([]);
    // A session that runs still gets there, on a connection of its own.
    await askBy(old);
    assert.notEqual(world.seen[2]?.socket, first?.socket);
    for (const { socket } of world.seen) if (!socket.destroyed) await once(socket, 'close');
  });

  it('looks for a silent target once for all sessions through its connectors, not once for each', async (context) => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    let looks = 0;
    await using world = await openWorld({ connectors: ['ward-3'] }, () => {
      looks += 1;
    });
    for (const id of ['session-1', 'session-2']) {
      const upstream = world.targets.open(world.target, { ...SESSION, id });
      const arrived = world.untilNext();
      const none = (): void => undefined;
      upstream.send(makeRequest({ path: '/silent' }), {
        ...{ onResponse: none, onUpgrade: none, onError: none },
      });
      await arrived;
    }
    context.mock.timers.tick(5_000);
    context.mock.timers.tick(5_000);
    assert.equal(looks, 1);
  });
});
