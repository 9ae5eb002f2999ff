import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Response } from 'undici';
import { WebSocket, WebSocketServer } from 'ws';
import { type HttpEnvironment, startHttpEnvironment, TARGET_HOST } from './environment.ts';

/** `ana` sees nothing raw; `noor` sees all. */
const POLICIES = `
@id("use") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("nurses") permit (principal in Group::"nurses", action == Action::"reveal", resource);
@id("no-sockets") @reason("not here")
forbid (principal, action == Action::"http.websocket", resource) when { context.path == "/closed" };`;

const NOT_FOR_ANALYSTS = `
@id("not-any-more")
forbid (principal in Group::"analysts", action in [Action::"http.get", Action::"http.websocket"], resource);`;

const RECORD = '{"name":"Ada Lovelace","ssn":"212-55-1234"}';

describe('streams', () => {
  let world: HttpEnvironment;
  const sockets = new WebSocketServer({ noServer: true });
  let authority = '';
  let open: ServerResponse | undefined;

  before(async () => {
    sockets.on('connection', (socket) => {
      socket.on('message', (data: Buffer, isBinary) => {
        const text = data.toString();
        if (text === 'record') socket.send(RECORD);
        else if (text === 'ping') {
          socket.pong('Lovelace');
          socket.ping('Ada');
          socket.once('pong', (answer: Buffer) => socket.send(`"got ${String(answer)}"`));
        } else if (text === 'bytes') socket.send(Buffer.from(RECORD));
        else socket.send(data, { binary: isBinary });
      });
    });
    world = await startHttpEnvironment({
      policies: POLICIES,
      dataMap: {
        bodies: { '/patients/**': { format: 'json', fields: { name: 'name', ssn: 'ssn' } } },
      },
      upstream: {
        speaks: 'plain',
        handler(request, response) {
          if (request.url === '/unasked') {
            response.writeHead(200, { 'content-type': 'text/plain' });
            return void response.end('as ever');
          }
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(': hello\n\n');
          open = response as unknown as ServerResponse;
        },
        upgrade(request, socket, head) {
          sockets.handleUpgrade(request, socket, head, (accepted) =>
            sockets.emit('connection', accepted, request),
          );
        },
      },
    });
    authority = await readFile(world.authorityFile, 'utf8');
  });
  after(async () => {
    sockets.close();
    await world[Symbol.asyncDispose]();
  });

  function connect(path: string, subject: string): WebSocket {
    const url = `wss://127.0.0.1:${world.address.port}${path}`;
    const options = {
      ca: authority,
      servername: TARGET_HOST,
      headers: {
        host: `${TARGET_HOST}:${world.address.port}`,
        authorization: `Bearer ${world.tokenOf(subject)}`,
      },
    };
    return new WebSocket(url, ['chat', 'chat2'], options);
  }

  async function ask(socket: WebSocket, message: string | Buffer): Promise<string> {
    const answer = once(socket, 'message');
    socket.send(message);
    return String((await answer)[0]);
  }

  describe('of a WebSocket', () => {
    it('go both ways, whatever their size, without extensions', async () => {
      const socket = connect('/echo', 'noor');
      await once(socket, 'open');
      assert.equal(socket.protocol, 'chat');
      assert.equal(socket.extensions, '');
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
        assert.equal((await ask(socket, 'x'.repeat(size))).length, size);
      }
      assert.equal(await ask(socket, Buffer.from([0, 255])), Buffer.from([0, 255]).toString());
      const pong = once(socket, 'pong');
      socket.ping('are you there');
      assert.equal(String((await pong)[0]), 'are you there');
      socket.close(1000);
      assert.equal((await once(socket, 'close'))[0], 1000);
    });

    it('are masked, message by message, for who may not see what is in them', async () => {
      const socket = connect('/patients/live', 'ana');
      await once(socket, 'open');
      assert.equal(await ask(socket, 'record'), '{"name":"[redacted]","ssn":"[redacted]"}');
      assert.equal(await ask(socket, '{"n": 1.50}'), '{"n": 1.50}');
      const shown = connect('/patients/live', 'noor');
      await once(shown, 'open');
      assert.equal(await ask(shown, 'record'), RECORD);
      shown.close();
      socket.send('bytes');
      const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
      assert.equal(code, 1008);
      assert.match(String(reason), /cannot be masked/);
    });

    it('have pings without what the target says in them, and pongs that both sides know', async () => {
      for (const [subject, shown] of [
        ['ana', ['pong mine', 'ping ', 'message "got Ada"']],
        ['noor', ['pong mine', 'pong Lovelace', 'ping Ada', 'message "got Ada"']],
      ] as const) {
        const socket = connect('/patients/live', subject);
        await once(socket, 'open');
        const seen: string[] = [];
        for (const kind of ['ping', 'pong', 'message']) {
          socket.on(kind, (payload: Buffer) => seen.push(`${kind} ${String(payload)}`));
        }
        const answer = once(socket, 'message');
        socket.ping('mine');
        socket.send('ping');
        await answer;
        assert.deepEqual(seen, shown);
        socket.close();
      }
    });

    it('do not store masks', async () => {
      const socket = connect('/patients/live', 'ana');
      await once(socket, 'open');
      socket.send('{"ssn":"[redacted]"}');
      assert.equal((await once(socket, 'close'))[0], 1008);
    });

    it('do not begin where the policies do not let them', async () => {
      const socket = connect('/closed', 'noor');
      const [, response] = (await once(socket, 'unexpected-response')) as [
        unknown,
        { statusCode: number; destroy(): void },
      ];
      assert.equal(response.statusCode, 403);
      response.destroy();
    });

    it('are entered in the ledger, and recorded as they were shown', async () => {
      const [entry] = (await world.entries('operation')).filter(({ text }) =>
        String(text).includes('/patients/live'),
      );
      assert.deepEqual(entry?.['actions'], ['http.websocket']);
    });
  });

  describe('of events', () => {
    it('arrive when they happen, until nobody listens any more', async () => {
      const response = await world.fetch('/events', { subject: 'noor' });
      assert.equal(response.headers.get('content-type'), 'text/event-stream');
      const next = follow(response);
      open?.write(`data: ${RECORD}\n\n`);
      await next(RECORD);
      open?.write('data: {"n":2}\n\n');
      await next('"n":2');
      await next();
      if (open?.destroyed === false) await once(open, 'close');
    });

    it('are masked one by one for who may not see what is in them', async () => {
      const response = await world.fetch('/patients/events', { subject: 'ana' });
      assert.equal(response.headers.get('content-type'), 'text/event-stream');
      const next = follow(response);
      open?.write(`event: admitted\ndata: ${RECORD}\n\n`);
      const first = await next('ssn');
      assert.match(first, /event: ?admitted/);
      assert.doesNotMatch(first, /Lovelace|212-55/);
      open?.write('data: {"n":2}\n\n');
      await next('"n":2');
      await next();
    });
  });

  it('end when the policies no longer permit them', async () => {
    const events = await world.fetch('/events', { subject: 'ana' });
    const others = follow(await world.fetch('/events', { subject: 'noor' }));
    const stays = open;
    const socket = connect('/echo', 'ana');
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const file = join(world.configurationDirectory, 'policies/allow-all.cedar');
    await writeFile(file, `${POLICIES}${NOT_FOR_ANALYSTS}`);
    await assert.rejects(events.text());
    assert.deepEqual((await closed).map(String), ['1001', 'the rights to it have changed']);
    stays?.write('data: {"n":3}\n\n');
    await others('"n":3');
    await others();
    // What was entered before this is on disk once it is answered.
    await (await world.fetch('/unasked', { subject: 'noor' })).text();
    const reasons = (await world.entries('cancel')).map(({ reason }) => reason);
    assert(reasons.includes('the rights to it have changed'));
    await writeFile(file, POLICIES);
  });

  it('of a protocol that nobody can follow are not begun: it is an ordinary request', async () => {
    const response = await world.fetch('/unasked', {
      subject: 'noor',
      headers: { 'x-unused': 'yes' },
    });
    assert.equal(await response.text(), 'as ever');
  });
});

/** Reads on until a text has come, and returns all that came; without one, stops reading. */
function follow(response: Response): (text?: string) => Promise<string> {
  const reader = response.body?.getReader();
  assert(reader);
  let received = '';
  return async (text) => {
    if (text === undefined) await reader.cancel();
    while (text !== undefined && !received.includes(text)) {
      const piece: { readonly done: boolean; readonly value?: Uint8Array } = await reader.read();
      assert(!piece.done, received);
      received += Buffer.from(piece.value ?? []).toString();
    }
    return received;
  };
}
