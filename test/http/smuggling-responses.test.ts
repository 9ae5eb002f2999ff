import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type GatewayBefore, startGatewayBefore } from './gateway-before.ts';
import { type LyingServer, startLyingServer } from './lying-server.ts';
import { decodeResponses, exchangeRaw } from './raw-exchange.ts';

/** What a client gets of a lie: a whole response, a refusal of ours, or a body that breaks off. */
type Outcome = readonly [status: number, body: string] | 'refused' | 'cut';

const OK = 'HTTP/1.1 200 OK\r\n';
const ONE = 'Content-Length: 1\r\n';
const EXTRA = `${OK}Content-Length: 3\r\n\r\nlie`;

/** Behind these, the connection to the target is of no more use. */
const LIES: readonly (readonly [name: string, bytes: string, outcome: Outcome])[] = [
  ['two responses at once', `${OK}${ONE}\r\na${EXTRA}`, [200, 'a']],
  ['a body longer than announced', `${OK}${ONE}\r\nalie`, [200, 'a']],
  [
    'chunks, and then another response',
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n${EXTRA}`,
    [200, 'a'],
  ],
  ['a body behind 204', `HTTP/1.1 204 No Content\r\n\r\n${EXTRA}`, [204, '']],
  ['a body behind 304', `HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nlie`, [304, '']],
  [
    'a length and chunks',
    `${OK}${ONE}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    'refused',
  ],
  ['two lengths', `${OK}${ONE}Content-Length: 2\r\n\r\na`, 'refused'],
  ['one length twice', `${OK}${ONE}${ONE}\r\na`, 'refused'],
  [
    'two types',
    `${OK}${ONE}Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\na`,
    'refused',
  ],
  ['a length with a sign', `${OK}Content-Length: +1\r\n\r\na`, 'refused'],
  ['another transfer coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 'refused'],
  [
    'a transfer coding twice',
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'refused',
  ],
  ['a line that ends in LF alone', `HTTP/1.1 200 OK\n${ONE}\r\na`, 'refused'],
  ['a folded line', `${OK}X: a\r\n b\r\n${ONE}\r\na`, 'refused'],
  ['a blank before the colon', `${OK}Content-Length : 1\r\n\r\na`, 'refused'],
  ['a control character', `${OK}X: a\0b\r\n${ONE}\r\na`, 'refused'],
  ['a first line that is none', `200 OK\r\n${ONE}\r\na`, 'refused'],
  ['another version', `HTTP/2.0 200 OK\r\n${ONE}\r\na`, 'refused'],
  ['a status that is none', `HTTP/1.1 999 OK\r\n${ONE}\r\na`, 'refused'],
  [
    'an upgrade that nobody asked for',
    `HTTP/1.1 101 A\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n${EXTRA}`,
    'refused',
  ],
  ['a body behind 100', `HTTP/1.1 100 Continue\r\n${ONE}\r\na${EXTRA}`, 'refused'],
  ['a length behind 204', `HTTP/1.1 204 A\r\n${ONE}\r\na`, 'refused'],
  ['too many fields', `${OK}${'X: a\r\n'.repeat(101)}${ONE}\r\na`, 'refused'],
  ['a head that is too long', `${OK}X: ${'a'.repeat(33_000)}\r\n${ONE}\r\na`, 'refused'],
  ['interim responses without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(2000), 'refused'],
  [
    'a chunk with an extension',
    `${OK}Transfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\n\r\n`,
    'cut',
  ],
  ['a chunk that ends wrongly', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nabc0\r\n\r\n`, 'cut'],
  [
    'a trailer that frames',
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n`,
    'cut',
  ],
];

/** The server closes behind these. */
const LAST_LIES: typeof LIES = [
  ['nothing at all', '', 'refused'],
  ['a head that is cut', `${OK}${ONE}`, 'refused'],
  ['a body that is cut', `${OK}Content-Length: 9\r\n\r\na`, 'cut'],
  ['chunks that are cut', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n`, 'cut'],
  ['a body until it closes', `${OK}\r\na`, [200, 'a']],
  ['HTTP/1.0', `HTTP/1.0 200 OK\r\n${ONE}Connection: keep-alive\r\n\r\na`, [200, 'a']],
  [
    'interim responses before the last',
    `HTTP/1.1 103 A\r\nLink: x\r\n\r\n${OK}${ONE}\r\na`,
    [200, 'a'],
  ],
];

describe('responses that clients read in different ways', () => {
  let world: GatewayBefore<LyingServer>;
  before(async () => {
    world = await startGatewayBefore(await startLyingServer());
  });
  after(() => world[Symbol.asyncDispose]());

  /** Asks for the lie and, on the same connection, for the truth. */
  async function ask(method = 'GET'): Promise<Buffer> {
    const lie = `${method} /a HTTP/1.1\r\n${world.fields}\r\n`;
    const truth = `GET /b HTTP/1.1\r\nConnection: close\r\n${world.fields}\r\n`;
    return exchangeRaw(world.gateway, Buffer.from(lie + truth));
  }

  /** What was asked behind the lie came on a connection of its own. */
  function checkConnections(): void {
    const seen = world.server.take();
    const lied = seen.filter(([path]) => path === '/a').map(([, connection]) => connection);
    const told = seen.filter(([path]) => path === '/b').map(([, connection]) => connection);
    assert(lied.length > 0);
    assert(
      told.every((connection) => !lied.includes(connection)),
      JSON.stringify(seen),
    );
  }

  for (const [cases, closes] of [
    [LIES, false],
    [LAST_LIES, true],
  ] as const) {
    for (const [name, bytes, outcome] of cases) {
      it(`are no more than one response, or none: ${name}`, async () => {
        world.server.lie = { bytes, closes };
        const received = await ask();
        checkConnections();
        if (outcome === 'cut') {
          // What has not been sent when it shows is not sent at all.
          if (received.length > 0) assert.throws(() => decodeResponses(received));
          assert.doesNotMatch(received.toString('latin1'), /truth/);
          return;
        }
        const responses = decodeResponses(received);
        const [first, second] = responses;
        assert.equal(responses.length, 2);
        assert.deepEqual([second?.status, second?.body], [200, 'truth']);
        if (outcome === 'refused') assert.equal(first?.status, 502);
        else assert.deepEqual([first?.status, first?.body], outcome);
      });
    }
  }

  it('are no more than one response: a body behind the answer to HEAD', async () => {
    world.server.lie = { bytes: `${OK}Content-Length: 3\r\n\r\nlie`, closes: false };
    const responses = decodeResponses(await ask('HEAD'), ['HEAD']);
    checkConnections();
    assert.deepEqual(
      responses.map(({ status, body }) => [status, body]),
      [
        [200, ''],
        [200, 'truth'],
      ],
    );
  });
});
