import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { serveWitness } from './serve-witness.ts';
import { Witness } from './witness.ts';

test('one address does not take all connections of a witness', async (t) => {
  const key = { name: 'w', privateKey: generateKeyPairSync('ed25519').privateKey };
  const parts = { directory: '', key, findLogKeys: async () => [], nowMs: () => 0 };
  const onError = (error: Error): void => assert.fail(error);
  await using served = await serveWitness(new Witness(parts), {
    host: '0.0.0.0',
    port: 0,
    onError,
  });
  const idle: Socket[] = [];
  t.after(() => {
    for (const socket of idle) socket.destroy();
  });
  for (let count = 0; count < 300; count++) {
    const socket = connect({ host: '127.0.0.1', port: served.port, localAddress: '127.0.0.2' });
    socket.on('error', () => undefined);
    idle.push(socket);
    await once(socket, 'connect');
  }
  const asking = connect({ host: '127.0.0.1', port: served.port, localAddress: '127.0.0.3' });
  asking.write('GET /latest/gw HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n');
  const [answer] = (await once(asking, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 404 /);
});
