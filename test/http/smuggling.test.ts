import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type GatewayBefore, startGatewayBefore } from './gateway-before.ts';
import { decodeResponses, exchangeRaw } from './raw-exchange.ts';
import { type RecordingServer, startNginxServer, startNodeServer } from './recording-server.ts';
import { SMUGGLING_CASES } from './smuggling-cases.ts';

/** What a request that cannot be read is answered; never that the target failed. */
const REFUSALS: readonly number[] = [400, 405, 414, 417, 431, 501, 505];

const LAST = { method: 'GET', target: '/last', body: '' };

describe('requests that servers read in different ways', () => {
  const worlds: GatewayBefore<RecordingServer>[] = [];
  before(async () => {
    for (const start of [startNodeServer, startNginxServer]) {
      worlds.push(await startGatewayBefore(await start()));
    }
  });
  after(async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  });

  for (const { name, bytes, means } of SMUGGLING_CASES) {
    it(`${means.length === 0 ? 'are refused' : 'mean the same to all'}: ${name}`, async () => {
      for (const { server, gateway, fields } of worlds) {
        const last = `GET /last HTTP/1.1\r\nConnection: close\r\n${fields}\r\n`;
        const received = await exchangeRaw(gateway, Buffer.from(bytes(fields) + last, 'latin1'));
        const seen = server.take().map(({ method, target, body }) => ({ method, target, body }));
        const statuses = decodeResponses(received).map(({ status }) => status);
        if (means.length > 0) {
          assert.deepEqual(seen, [...means, LAST], server.name);
          assert.deepEqual(
            statuses,
            [...means, LAST].map(() => 200),
            server.name,
          );
          continue;
        }
        // A refusal that leaves the end of the request in no doubt may leave the connection usable.
        const isUsable = seen.length === 1 && statuses.length === 2;
        assert.deepEqual(seen, isUsable ? [LAST] : [], server.name);
        assert.equal(statuses.length, isUsable ? 2 : 1, server.name);
        assert(REFUSALS.includes(statuses[0] ?? 0), `${server.name}: ${statuses.join()}`);
      }
    });
  }

  it('open no session: the name of the target in the place of its host', async () => {
    const [world] = worlds;
    assert(world !== undefined);
    const fields = `Host: api\r\nConnection: close\r\nAuthorization: ${world.authorization}\r\n`;
    const before = countSessions(world);
    const received = await exchangeRaw(
      world.gateway,
      Buffer.from(`GET /a HTTP/1.1\r\n${fields}\r\n`),
    );
    assert.equal(decodeResponses(received)[0]?.status, 404);
    assert.deepEqual(world.server.take(), []);
    assert.equal(countSessions(world), before);
  });
});

function countSessions({ gateway }: GatewayBefore<unknown>): number {
  return gateway.process.log().split('"session.started"').length - 1;
}
