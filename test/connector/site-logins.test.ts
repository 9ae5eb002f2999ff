import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeRequest } from '../../src/upstream/http/request.fixture.ts';
import {
  ask,
  FOR_SESSION,
  type LoginWorld,
  openLoginWorld,
  SIGNAL,
  session,
  site,
  TOKEN,
} from './login-world.ts';

let world: LoginWorld;
before(async () => {
  world = await openLoginWorld();
});
after(() => world[Symbol.asyncDispose]());

describe('a service whose requests get their credential at the connector', () => {
  it('gets them with it, under its own name and path', async () => {
    const answer = await ask(world.sites.open(site('api'), session()), {
      path: '/Patient',
      query: 'a=b',
    });
    assert.equal(answer, '200 seen');
    const last = world.seen.at(-1);
    assert.equal(last?.url, '/r4/Patient?a=b');
    assert.equal(last?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(last?.headers['x-sallyport-identity'], 'signed for session-1');
    assert.match(last?.headers.host ?? '', /^127\.0\.0\.1:\d+$/);
  });

  it('gets them in HTTP/2, too, and in whatever version the gateway speaks to the connector', async () => {
    for (const httpVersion of ['1.1', '2', 'auto']) {
      const upstream = world.sites.open(site('api2', { httpVersion }), session());
      assert.equal(
        await ask(upstream, { method: 'POST', body: 'x'.repeat(300_000) }),
        '200 seen by 2',
      );
      assert.equal(world.seen.at(-1)?.headers['x-key'], TOKEN);
      upstream.close();
    }
  });

  it('gets nothing of what a client says in the credential’s place', async () => {
    const fields = [
      ['x-key', 'mine'],
      ['x_key', 'mine'],
      ['X-Sallyport-Identity', 'forged'],
    ] as const;
    await ask(world.sites.open(site('api2'), session()), {
      fields: fields.map(([name, value]) => [name.toLowerCase(), value] as const),
    });
    const headers = world.seen.at(-1)?.headers;
    assert.equal(headers?.['x-key'], TOKEN);
    assert.equal(headers?.['x_key'], undefined);
    assert.equal(headers?.['x-sallyport-identity'], 'signed for session-1');
  });

  it('can be upgraded to something else', async () => {
    const upstream = world.sites.open(site('api'), session());
    const echoed = await new Promise<string>((resolve, reject) => {
      upstream.send(makeRequest({ upgrade: 'echo', path: '/ws' }), {
        onResponse: ({ status }) => reject(new Error(String(status))),
        onError: reject,
        onUpgrade(_, stream) {
          stream.start({
            onData: (bytes) => {
              resolve(bytes.toString());
              stream.destroy();
            },
            onDrain() {},
            onEnd() {},
            onClose() {},
          });
          stream.write(Buffer.from('hello'));
        },
      });
    });
    assert.equal(echoed, 'hello');
    assert.equal(world.seen.at(-1)?.headers.authorization, `Bearer ${TOKEN}`);
  });

  it('is reached in its stream alone, by requests that have one meaning', async () => {
    const before = world.seen.length;
    for (const text of [
      'GET / HTTP/1.1\r\nHost: api2\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: api\r\nHost: api\r\n\r\n',
      'GET http://169.254.169.254/ HTTP/1.1\r\nHost: api\r\n\r\n',
      'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: api\r\n\r\n',
      'GET /../secret HTTP/1.1\r\nHost: api\r\n\r\n',
      'GET /a%2f..%2fsecret HTTP/1.1\r\nHost: api\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: api\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: api\r\nContent-Length: 4, 5\r\n\r\nabcd',
      'GET / HTTP/1.1\r\nHost : api\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: api\r\nX: a\nGET /smuggled HTTP/1.1\r\n\r\n',
    ]) {
      const answer = await say('api', text);
      assert.match(answer, /^HTTP\/1\.1 4\d\d /, JSON.stringify(text));
    }
    assert.equal(world.seen.length, before);
  });

  it('is given no credential of requests behind one that was refused', async () => {
    const before = world.seen.length;
    const refused = 'GET / HTTP/1.1\r\nHost: api\r\nContent-Length: x\r\n\r\n';
    await say('api', `${refused}GET /behind HTTP/1.1\r\nHost: api\r\n\r\n`);
    assert.equal(world.seen.length, before);
  });

  it('shows no credential in what it refuses', async () => {
    assert.doesNotMatch(await say('api', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'), new RegExp(TOKEN));
  });
});

/** What a stream of requests is answered, until the connector ends it. */
async function say(target: string, text: string): Promise<string> {
  const login = { application: 'http/1.1' };
  const asked = { target, kind: 'http', ...FOR_SESSION, login } as const;
  const { stream } = await world.gateway.connectors.openStream(['ward-3'], asked, SIGNAL);
  let answer = '';
  const answered = new Promise<void>((resolve) => {
    stream.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1');
      if (answer.includes('\r\n\r\n')) resolve();
    });
    stream.once('close', resolve);
  });
  stream.write(text);
  await answered;
  stream.destroy();
  return answer;
}
