import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { attemptHttp2 } from './attempt-http2.ts';
import { TARGET_HOST } from './environment.ts';
import { askLast, type GatewayBefore, startGatewayBefore } from './gateway-before.ts';
import { encodeFields, encodeFrame, FrameFlag, FrameType, HTTP2_PREFACE } from './http2-frames.ts';
import { type RecordingServer, startNodeServer } from './recording-server.ts';

const { endStream: LAST, endHeaders: WHOLE } = FrameFlag;
const PADDED = 0x8;
const PRIORITY = 0x2;
const PUSH_PROMISE = 0x5;
const GOAWAY = FrameType.goaway;
const WINDOW_UPDATE = 0x8;

function frame(type: number, flags: number, streamId: number, hex = ''): Buffer {
  return encodeFrame(type, flags, streamId, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

describe('frames of HTTP/2 that break its rules', () => {
  let world: GatewayBefore<RecordingServer>;
  before(async () => {
    world = await startGatewayBefore(await startNodeServer());
  });
  after(() => world[Symbol.asyncDispose]());

  /** A request for `/a` that has no body, or whose body is still to come. */
  function request(flags: number, streamId = 1): Buffer {
    const fields = encodeFields([
      [':method', 'POST'],
      [':scheme', 'https'],
      [':authority', world.host],
      [':path', '/a'],
      ['authorization', world.authorization],
    ]);
    return encodeFrame(FrameType.headers, flags, streamId, fields);
  }

  const open = (): Buffer => request(WHOLE);
  const start = (): Buffer => request(0);

  /** Each is sent behind the preface; the request in it, if there is one, is never whole. */
  const cases: readonly (readonly [name: string, make: () => readonly Buffer[]])[] = [
    ['data on a stream that is not open', () => [frame(FrameType.data, LAST, 1, '61')]],
    ['data on no stream', () => [open(), frame(FrameType.data, LAST, 0, '61')]],
    [
      'data with more padding than bytes',
      () => [open(), frame(FrameType.data, LAST | PADDED, 1, '09 61')],
    ],
    [
      'data beyond the size of a frame',
      () => [open(), encodeFrame(FrameType.data, LAST, 1, Buffer.alloc(16_385))],
    ],
    ['headers on no stream', () => [request(LAST | WHOLE, 0)]],
    ['headers on a stream of the server', () => [request(LAST | WHOLE, 2)]],
    [
      'headers beyond the size of a frame',
      () => [encodeFrame(FrameType.headers, LAST | WHOLE, 1, Buffer.alloc(16_385))],
    ],
    [
      'headers with more padding than bytes',
      () => [frame(FrameType.headers, LAST | WHOLE | PADDED, 1, '09 82')],
    ],
    ['headers twice, without an end', () => [open(), open()]],
    ['a field by number 0', () => [frame(FrameType.headers, LAST | WHOLE, 1, '80')]],
    [
      'a field by a number beyond the table',
      () => [frame(FrameType.headers, LAST | WHOLE, 1, 'ff 80 01')],
    ],
    ['a field that is cut', () => [frame(FrameType.headers, LAST | WHOLE, 1, '00 05 61')]],
    [
      'a field in a code that is none',
      () => [frame(FrameType.headers, LAST | WHOLE, 1, '00 81 ff 84 ff ff ff ff')],
    ],
    [
      'a table that is too large',
      () => [frame(FrameType.headers, LAST | WHOLE, 1, '3f e1 ff 03 82')],
    ],
    [
      'a head that goes on behind another frame',
      () => [
        start(),
        frame(FrameType.ping, 0, 0, '00'.repeat(8)),
        frame(FrameType.continuation, WHOLE, 1),
      ],
    ],
    [
      'a head that goes on for another stream',
      () => [start(), frame(FrameType.continuation, WHOLE, 3)],
    ],
    ['a head that goes on behind its end', () => [open(), frame(FrameType.continuation, WHOLE, 1)]],
    ['a priority of the wrong length', () => [open(), frame(PRIORITY, 0, 1, '00')]],
    ['a reset of no stream', () => [open(), frame(FrameType.rstStream, 0, 0, '00000008')]],
    ['a reset of a stream that is not open', () => [frame(FrameType.rstStream, 0, 1, '00000008')]],
    ['a reset of the wrong length', () => [open(), frame(FrameType.rstStream, 0, 1, '000008')]],
    ['settings of a stream', () => [open(), frame(FrameType.settings, 0, 1)]],
    ['settings of the wrong length', () => [open(), frame(FrameType.settings, 0, 0, '0003 0000')]],
    [
      'an acknowledgement with settings',
      () => [open(), frame(FrameType.settings, FrameFlag.ack, 0, '0003 00000001')],
    ],
    [
      'a setting for push that is none',
      () => [open(), frame(FrameType.settings, 0, 0, '0002 00000002')],
    ],
    [
      'a setting for a window that is too large',
      () => [open(), frame(FrameType.settings, 0, 0, '0004 80000000')],
    ],
    [
      'a setting for frames that are too small',
      () => [open(), frame(FrameType.settings, 0, 0, '0005 00000001')],
    ],
    ['a promise of a client', () => [open(), frame(PUSH_PROMISE, WHOLE, 1, '00000002 82')]],
    ['a ping of a stream', () => [open(), frame(FrameType.ping, 0, 1, '00'.repeat(8))]],
    ['a ping of the wrong length', () => [open(), frame(FrameType.ping, 0, 0, '00'.repeat(7))]],
    ['a goodbye of a stream', () => [open(), frame(GOAWAY, 0, 1, '00000000 00000000')]],
    ['a window that grows by nothing', () => [open(), frame(WINDOW_UPDATE, 0, 0, '00000000')]],
    [
      'a window that grows beyond its bound',
      () => [open(), frame(WINDOW_UPDATE, 0, 0, '7fffffff')],
    ],
    [
      'a window of a stream that grows beyond its bound',
      () => [open(), frame(WINDOW_UPDATE, 0, 1, '7fffffff')],
    ],
    ['a window of the wrong length', () => [open(), frame(WINDOW_UPDATE, 0, 0, '000001')]],
  ];
  for (const [name, make] of cases) {
    it(`end the stream or the connection, and reach no target: ${name}`, async () => {
      assert.notEqual(await attemptHttp2(world.gateway, [HTTP2_PREFACE, ...make()]), 'response');
      await checkTarget();
    });
  }

  it('end the connection: another preface', async () => {
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r');
    assert.equal(await attemptHttp2(world.gateway, [preface, request(LAST | WHOLE)]), 'connection');
    const plain = Buffer.from(`GET /a HTTP/1.1\r\nHost: ${TARGET_HOST}\r\n\r\n`);
    assert.equal(await attemptHttp2(world.gateway, [plain]), 'connection');
    await checkTarget();
  });

  it('end the connection: pings and settings that nobody waits for', async () => {
    for (const piece of [
      frame(FrameType.ping, 0, 0, '00'.repeat(8)),
      frame(FrameType.settings, 0, 0, '0003 00000001'.repeat(100)),
    ]) {
      const flood = Buffer.concat(Array.from({ length: 20_000 }, () => piece));
      assert.equal(await attemptHttp2(world.gateway, [HTTP2_PREFACE, flood]), 'connection');
    }
    await checkTarget();
  });

  /** Whoever asks next is answered; before that, the target has seen nothing whole. */
  async function checkTarget(): Promise<void> {
    assert.equal(await askLast(world), 200);
    assert.deepEqual(
      world.server.take().map(({ target }) => target),
      ['/last'],
    );
  }
});
