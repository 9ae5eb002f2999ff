import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { stopAccepting } from './stop-accepting.ts';

/** More than the event loop takes in one turn. */
const CLIENTS = 200;

describe('a listener that closes', () => {
  it('serves the connections that waited to be accepted', async () => {
    const served: Socket[] = [];
    const server = createServer((socket) => {
      served.push(socket);
      socket.end('served');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    const clients = Array.from({ length: CLIENTS }, () => connect(address.port, '127.0.0.1'));
    const answers = clients.map(async (client) => {
      let text = '';
      for await (const bytes of client as AsyncIterable<Buffer>) text += bytes.toString();
      return text;
    });
    // The kernel has connected the first of them, perhaps all, and the server none of them.
    await once(clients[0] ?? assert.fail(), 'connect');
    await stopAccepting(server);
    assert.deepEqual(new Set(await Promise.all(answers)), new Set(['served']));
    assert.equal(served.length, CLIENTS);
  });

  it('is over when the last of its connections is', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert(typeof address === 'object' && address !== null);
    const client = connect(address.port, '127.0.0.1');
    const [served] = (await once(server, 'connection')) as [Socket];
    let isOver = false;
    const over = stopAccepting(server).then(() => {
      isOver = true;
    });
    while (server.listening) await nextTurn();
    const late = connect(address.port, '127.0.0.1');
    await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' });
    assert.equal(isOver, false);
    served.destroy();
    await over;
    client.destroy();
  });
});
