import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FaultyLink } from './faulty-link.ts';

const echo = createServer((socket) => socket.pipe(socket));
let link: FaultyLink;

before(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  link = await FaultyLink.open((echo.address() as { readonly port: number }).port);
});
after(async () => {
  await link[Symbol.asyncDispose]();
  echo.close();
});

test('a link that is up passes bytes both ways', async () => {
  link.set({ kind: 'up' });
  using socket = await open();
  assert.equal(await ask(socket, 'one'), 'one');
});

test('a link that goes down cuts what runs, refuses what comes, and comes up again', async () => {
  link.set({ kind: 'up' });
  using socket = await open();
  assert.equal(await ask(socket, 'one'), 'one');
  const closed = once(socket, 'close');
  link.set({ kind: 'down' });
  await closed;
  await assert.rejects(async () => {
    using refused = await open();
    await ask(refused, 'two');
  });
  link.set({ kind: 'up' });
  using again = await open();
  assert.equal(await ask(again, 'three'), 'three');
});

test('a silent link takes everything and says nothing', async () => {
  link.set({ kind: 'silent' });
  using socket = await open();
  socket.write('hello');
  while (link.bytesLost < 'hello'.length) await setImmediate();
  let heard = false;
  socket.on('data', () => {
    heard = true;
  });
  link.set({ kind: 'up' });
  using other = await open();
  assert.equal(await ask(other, 'one'), 'one');
  assert.equal(heard, false);
});

type OpenSocket = Socket & Disposable;

async function open(): Promise<OpenSocket> {
  const socket = connect(link.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

async function ask(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = (await Promise.race([
    once(socket, 'data'),
    once(socket, 'close').then(() => {
      throw new Error('cut');
    }),
  ])) as [Buffer];
  return answer.toString();
}
