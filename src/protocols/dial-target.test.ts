import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { dialTarget } from './dial-target.ts';

const { signal } = new AbortController();

describe('dialTarget', () => {
  it('leaves no listener on a connection but the one for errors, which would keep it in memory', async () => {
    await using server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = await dialTarget({ host: '127.0.0.1', port }, signal);
    const listened = socket.eventNames().filter((name) => socket.listenerCount(name) > 0);
    assert.deepEqual(
      listened.filter((name) => name !== 'end'),
      ['error'],
    );
    socket.destroy();
  });

  it('says that nobody is there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const dialing = dialTarget({ host: '127.0.0.1', port }, signal);
    await assert.rejects(dialing, { code: 'ERR_UPSTREAM_UNREACHABLE' });
  });
});
