import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findHeadEnd } from '../../src/wire/http/head-end.ts';
import { type GatewayBefore, startGatewayBefore } from './gateway-before.ts';
import { type LyingServer, startLyingServer } from './lying-server.ts';
import { decodeResponses, exchangeRaw } from './raw-exchange.ts';

/** The example of RFC 6455 section 1.3. */
const OFFER = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
].join('\r\n');
const ACCEPT = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\n';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const LIE = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlie';

describe('upgrades that fail', () => {
  let world: GatewayBefore<LyingServer>;
  before(async () => {
    world = await startGatewayBefore(await startLyingServer());
  });
  after(() => world[Symbol.asyncDispose]());

  /** Asks for an upgrade and does not wait for the answer: what follows is another request, or frames. */
  async function ask(offer: string, answer: string): Promise<Buffer> {
    world.server.lie = { bytes: answer, closes: false };
    const upgrade = `GET /a HTTP/1.1\r\n${offer}${world.fields}\r\n`;
    const next = `GET /b HTTP/1.1\r\nConnection: close\r\n${world.fields}\r\n`;
    return exchangeRaw(world.gateway, Buffer.from(upgrade + next));
  }

  for (const [name, answer, status] of [
    ['the server answers 200', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na', 200],
    ['the server answers 403, and more', `HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n${LIE}`, 403],
    [
      'another key was accepted',
      `${SWITCH}${UPGRADE}${ACCEPT.replace('s3p', 's3q')}\r\n${LIE}`,
      502,
    ],
    ['no key was accepted', `${SWITCH}${UPGRADE}\r\n${LIE}`, 502],
    ['without Connection', `${SWITCH}Upgrade: websocket\r\n${ACCEPT}\r\n${LIE}`, 502],
    [
      'another protocol',
      `${SWITCH}Connection: Upgrade\r\nUpgrade: h2c\r\n${ACCEPT}\r\n${LIE}`,
      502,
    ],
    ['an extension', `${SWITCH}${UPGRADE}${ACCEPT}Sec-WebSocket-Extensions: x\r\n\r\n${LIE}`, 502],
    ['a subprotocol', `${SWITCH}${UPGRADE}${ACCEPT}Sec-WebSocket-Protocol: x\r\n\r\n${LIE}`, 502],
    ['a body', `${SWITCH}${UPGRADE}${ACCEPT}Content-Length: 3\r\n\r\nlie`, 502],
  ] as const) {
    it(`leave no way through the gateway: ${name}`, async () => {
      const responses = decodeResponses(await ask(OFFER, answer));
      assert.equal(responses[0]?.status, status);
      checkSeen(responses.length === 2 ? responses[1]?.body : undefined);
      assert(responses.length <= 2);
    });
  }

  for (const [name, offer] of [
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'],
    ['two protocols', OFFER.replace('websocket', 'websocket, h2c')],
    ['TLS', 'Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n'],
  ] as const) {
    it(`are not asked for at all: ${name}`, async () => {
      const [first, second] = decodeResponses(
        await ask(offer, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na'),
      );
      assert.equal(first?.body, 'a');
      assert.equal(second?.body, 'truth');
      assert.equal(world.server.take().length, 2);
    });
  }

  it('leave no way through the gateway: the version is another', async () => {
    const [first, second] = decodeResponses(await ask(OFFER.replace('13', '8'), LIE));
    assert.equal(first?.status, 400);
    assert.equal(second?.body, 'truth');
    checkSeen('truth', []);
  });

  it('pass on frames only, once there is a WebSocket', async () => {
    const received = await ask(OFFER, `${SWITCH}${UPGRADE}${ACCEPT}\r\n`);
    const end = findHeadEnd(received, 0);
    assert.match(received.toString('latin1', 0, end), /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(received.toString('latin1', end), /HTTP/);
    checkSeen(undefined);
  });

  /** The request behind the upgrade came as a request of its own, on another connection, or not at all. */
  function checkSeen(answered: string | undefined, upgrades: readonly string[] = ['/a']): void {
    const seen = world.server.take();
    const paths = answered === undefined ? [] : ['/b'];
    assert.deepEqual(
      seen.map(([path]) => path),
      [...upgrades, ...paths],
    );
    assert(answered === undefined || answered === 'truth');
    assert.equal(new Set(seen.map(([, connection]) => connection)).size, seen.length);
  }
});
