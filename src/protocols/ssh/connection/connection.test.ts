import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeChannelClose } from '../../../wire/ssh/channel-close.ts';
import { decodeChannelData, encodeChannelDataHead } from '../../../wire/ssh/channel-data.ts';
import { encodeChannelEof } from '../../../wire/ssh/channel-eof.ts';
import { encodeChannelExtendedDataHead } from '../../../wire/ssh/channel-extended-data.ts';
import { encodeChannelOpen } from '../../../wire/ssh/channel-open.ts';
import { encodeChannelOpenConfirmation } from '../../../wire/ssh/channel-open-confirmation.ts';
import { decodeChannelOpenFailure } from '../../../wire/ssh/channel-open-failure.ts';
import { encodeChannelRequest } from '../../../wire/ssh/channel-request.ts';
import { encodeChannelSuccess } from '../../../wire/ssh/channel-success.ts';
import {
  decodeChannelWindowAdjust,
  encodeChannelWindowAdjust,
} from '../../../wire/ssh/channel-window-adjust.ts';
import { encodeGlobalRequest } from '../../../wire/ssh/global-request.ts';
import { MessageNumber } from '../../../wire/ssh/message-number.ts';
import { encodeRequestFailure } from '../../../wire/ssh/request-failure.ts';
import { TransportError } from '../transport/transport-error.ts';
import type { Channel, ChannelListener } from './channel.ts';
import { Connection, type OpenRequest } from './connection.ts';
import { FakePort } from './fake-port.fixture.ts';
import type { Reply } from './reply-queue.ts';

const NOTHING = Buffer.alloc(0);
const WINDOW_BYTES = 32 * 1024;

/** A connection whose peer is the test. */
interface Trial {
  readonly port: FakePort;
  readonly opens: OpenRequest[];
  readonly requests: { readonly name: string; readonly reply: Reply }[];
  readonly closes: (Error | undefined)[];
}

function begin(): Trial {
  const port = new FakePort();
  const trial: Trial = { port, opens: [], requests: [], closes: [] };
  const connection = new Connection(port, {
    onOpen: (request) => trial.opens.push(request),
    onGlobalRequest: ({ requestName: name }, reply) => trial.requests.push({ name, reply }),
    onClose: (error) => trial.closes.push(error),
  });
  connection.start();
  return trial;
}

/** What a channel was told. */
class Ear implements ChannelListener {
  readonly heard: string[] = [];
  readonly replies: Reply[] = [];
  waiting = 0;

  onData(bytes: Buffer, stream: string): void {
    this.heard.push(`${stream} ${bytes.toString()}`);
  }

  onEof(): void {
    this.heard.push('eof');
  }

  onRequest({ requestType }: { readonly requestType: string }, reply: Reply): void {
    this.heard.push(requestType);
    this.replies.push(reply);
  }

  onSent(): void {
    this.heard.push('sent');
  }

  onClose(): void {
    this.heard.push('close');
  }
}

/** The peer opens a channel that it calls 7, and the test takes it. */
function openFor(
  { port, opens }: Trial,
  { windowBytes = 100, packetBytesMax = 50 } = {},
): { readonly channel: Channel; readonly ear: Ear } {
  port.deliver(
    encodeChannelOpen({
      channelType: 'session',
      senderChannel: 7,
      initialWindowBytes: windowBytes,
      packetBytesMax,
      typeData: NOTHING,
    }),
  );
  const channel = opens.at(-1)?.accept();
  assert(channel !== undefined);
  const ear = new Ear();
  channel.listen(ear, () => ear.waiting);
  port.take();
  return { channel, ear };
}

function data(channel: number, bytes: Buffer): Buffer {
  return Buffer.concat([encodeChannelDataHead(channel, bytes.length), bytes]);
}

function sentData(port: FakePort): readonly string[] {
  return port
    .take()
    .filter((payload) => payload[0] === MessageNumber.ChannelData)
    .map((payload) => decodeChannelData(payload).data.toString());
}

describe('Connection', () => {
  it('sends no more than the window of the peer, and no message larger than it takes', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    channel.write(Buffer.alloc(130, 'x'));
    assert.deepEqual(sentData(trial.port), ['x'.repeat(50), 'x'.repeat(50)]);
    assert.equal(channel.waitingBytes, 30);
    trial.port.deliver(
      encodeChannelWindowAdjust({ recipientChannel: channel.number, bytesToAdd: 20 }),
    );
    assert.deepEqual(sentData(trial.port), ['x'.repeat(20)]);
    assert.deepEqual(ear.heard, ['sent']);
    assert.equal(channel.waitingBytes, 10);
  });

  it('sends nothing into a window of 0, and lets nothing overtake what waits', () => {
    const trial = begin();
    const { channel } = openFor(trial, { windowBytes: 0 });
    channel.write(Buffer.from('first'));
    channel.write(Buffer.from('second'));
    channel.end();
    channel.close();
    assert.deepEqual(trial.port.take(), []);
    trial.port.deliver(
      encodeChannelWindowAdjust({ recipientChannel: channel.number, bytesToAdd: 99 }),
    );
    const [first, ...rest] = trial.port.take();
    assert.equal(decodeChannelData(first ?? NOTHING).data.toString(), 'firstsecond');
    assert.deepEqual(rest, [encodeChannelEof(7), encodeChannelClose(7)]);
  });

  it('takes a window of 4 GiB, and ends the connection when it grows beyond', () => {
    const trial = begin();
    const { channel } = openFor(trial, { windowBytes: 0xffff_ffff });
    const recipientChannel = channel.number;
    trial.port.deliver(encodeChannelWindowAdjust({ recipientChannel, bytesToAdd: 1 }));
    assert.match(trial.port.disconnected?.description ?? '', /makes the window too large/);
  });

  it('gives credit only as what came has left, and never more than its window', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    ear.waiting = WINDOW_BYTES;
    trial.port.deliver(data(channel.number, Buffer.alloc(WINDOW_BYTES)));
    assert.deepEqual(trial.port.take(), []);
    ear.waiting = WINDOW_BYTES / 2;
    channel.renew();
    const [adjust] = trial.port.take();
    assert.equal(decodeChannelWindowAdjust(adjust ?? NOTHING).bytesToAdd, WINDOW_BYTES / 2);
  });

  it('gives no credit while it is held, however often', () => {
    const trial = begin();
    const { channel } = openFor(trial);
    channel.hold();
    channel.hold();
    trial.port.deliver(data(channel.number, Buffer.alloc(WINDOW_BYTES)));
    channel.release();
    assert.deepEqual(trial.port.take(), []);
    channel.release();
    assert.equal(trial.port.take().length, 1);
  });

  it('does not let all windows of a connection grow: together they have a limit', () => {
    const trial = begin();
    let credit = 0;
    const channels = Array.from({ length: 100 }, () => openFor(trial).channel);
    for (let round = 0; round < 12; round += 1) {
      for (const channel of channels) {
        const bytes = Buffer.alloc(WINDOW_BYTES / 2);
        trial.port.deliver(data(channel.number, bytes), data(channel.number, bytes));
        for (const payload of trial.port.take()) {
          credit += decodeChannelWindowAdjust(payload).bytesToAdd;
        }
      }
    }
    const spent = 100 * 12 * WINDOW_BYTES;
    assert.ok(credit - spent <= 33 * 1024 * 1024, `${credit - spent} bytes may come unasked`);
  });

  const violations: readonly [string, (channel: Channel) => readonly Buffer[], RegExp][] = [
    [
      'more data than its window',
      ({ number }) => [data(number, Buffer.alloc(WINDOW_BYTES + 1))],
      /exceeds the window/,
    ],
    [
      'data after its end',
      ({ number }) => [encodeChannelEof(number), data(number, Buffer.from('x'))],
      /comes after the end/,
    ],
    [
      'data for a channel that there is not',
      () => [data(99, Buffer.from('x'))],
      /is for no open channel/,
    ],
    [
      'data for a channel that it has closed',
      ({ number }) => [encodeChannelClose(number), data(number, Buffer.from('x'))],
      /is for no open channel/,
    ],
    [
      'an answer that nobody asked for',
      ({ number }) => [encodeChannelSuccess(number)],
      /answers nothing/,
    ],
    [
      'an answer to a global request that nobody made',
      () => [encodeRequestFailure()],
      /answers nothing/,
    ],
    ['a channel that nobody asked for', () => [confirm(3)], /is for a channel nobody asked for/],
    [
      'a thousand requests at once that all want an answer',
      ({ number }) => Array.from({ length: 1_000 }, () => ask(number)),
      /comes while too many wait/,
    ],
    [
      'a truncated message',
      ({ number }) => [data(number, Buffer.from('xyz')).subarray(0, 11)],
      /CHANNEL_DATA/,
    ],
  ];
  for (const [what, makeMessages, reason] of violations) {
    it(`ends the connection of a peer that sends ${what}`, () => {
      const trial = begin();
      const { channel } = openFor(trial);
      trial.port.deliver(...makeMessages(channel));
      assert.equal(trial.port.disconnected?.reason, 2);
      assert.match(trial.port.disconnected.description, reason);
      assert.equal(trial.closes.length, 1);
      assert.equal(trial.closes[0]?.name, 'ProtocolError');
    });
  }

  it('counts extended data of no known kind, and passes none of it on', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    const head = encodeChannelExtendedDataHead(channel.number, 2, 3);
    trial.port.deliver(Buffer.concat([head, Buffer.from('abc')]));
    assert.deepEqual(ear.heard, []);
    assert.equal(trial.port.disconnected, undefined);
  });

  it('answers requests in the order in which they came, whenever each is known', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    trial.port.deliver(ask(channel.number), ask(channel.number));
    ear.replies[1]?.(false);
    assert.deepEqual(trial.port.take(), []);
    ear.replies[0]?.(true);
    ear.replies[0]?.(false);
    assert.deepEqual(
      trial.port.take().map((payload) => payload[0]),
      [MessageNumber.ChannelSuccess, MessageNumber.ChannelFailure],
    );
  });

  it('answers global requests in their order, too', () => {
    const trial = begin();
    const request = { requestName: 'x', wantReply: true, requestData: NOTHING };
    trial.port.deliver(encodeGlobalRequest(request), encodeGlobalRequest(request));
    trial.requests[1]?.reply(true, Buffer.from([1]));
    trial.requests[0]?.reply(false);
    assert.deepEqual(
      trial.port.take().map((payload) => payload[0]),
      [MessageNumber.RequestFailure, MessageNumber.RequestSuccess],
    );
  });

  it('refuses channels beyond its limit, and goes on', () => {
    const trial = begin();
    for (let count = 0; count < 1_280; count += 1) openFor(trial);
    trial.port.deliver(
      encodeChannelOpen({
        channelType: 'session',
        senderChannel: 8,
        initialWindowBytes: 1,
        packetBytesMax: 1,
        typeData: NOTHING,
      }),
    );
    const [failure] = trial.port.take();
    assert.equal(decodeChannelOpenFailure(failure ?? NOTHING).reason, 4);
    assert.equal(trial.port.disconnected, undefined);
  });

  it('closes a channel once both sides have, and then forgets it', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    trial.port.deliver(encodeChannelClose(channel.number));
    assert.deepEqual(trial.port.take(), [encodeChannelClose(7)]);
    assert.deepEqual(ear.heard, ['close']);
    trial.port.deliver(encodeChannelEof(channel.number));
    assert.match(trial.port.disconnected?.description ?? '', /is for no open channel/);
  });

  it('lets who passes a channel on say how it ended before it closes after the peer', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    channel.listen({
      onData: (bytes, stream) => ear.onData(bytes, stream),
      onEof: () => ear.onEof(),
      onRequest: (request, reply) => ear.onRequest(request, reply),
      onSent: () => ear.onSent(),
      onPeerClose: () => true,
      onClose: () => ear.onClose(),
    });
    trial.port.deliver(encodeChannelClose(channel.number));
    assert.deepEqual([trial.port.take(), ear.heard], [[], []]);
    channel.write(Buffer.from('nobody takes this'));
    channel.request('exit-status', Buffer.of(0, 0, 0, 4));
    channel.end();
    channel.close();
    const requestData = Buffer.of(0, 0, 0, 4);
    const status = {
      recipientChannel: 7,
      requestType: 'exit-status',
      wantReply: false,
      requestData,
    };
    assert.deepEqual(trial.port.take(), [encodeChannelRequest(status), encodeChannelClose(7)]);
    assert.deepEqual(ear.heard, ['close']);
  });

  it('takes how a program ended after its own close, until the peer closes', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    channel.close();
    const requestData = Buffer.of(0, 0, 0, 4);
    const recipientChannel = channel.number;
    const status = { recipientChannel, requestType: 'exit-status', wantReply: false, requestData };
    trial.port.deliver(encodeChannelRequest(status));
    trial.port.deliver(encodeChannelClose(channel.number));
    assert.deepEqual(ear.heard, ['exit-status', 'close']);
  });

  it('drops what crosses its own close', () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    channel.close();
    trial.port.deliver(data(channel.number, Buffer.from('late')), ask(channel.number));
    assert.deepEqual(ear.heard, []);
    assert.equal(trial.port.disconnected, undefined);
  });

  it('lets channels take turns when the connection is congested', () => {
    const trial = begin();
    const first = openFor(trial, { windowBytes: 1_000 });
    const second = openFor(trial, { windowBytes: 1_000 });
    trial.port.room = 0;
    first.channel.write(Buffer.alloc(100, 'a'));
    first.channel.write(Buffer.alloc(100, 'a'));
    second.channel.write(Buffer.alloc(100, 'b'));
    trial.port.take();
    const turns: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      trial.port.drain(1);
      turns.push(...sentData(trial.port).map((text) => text.charAt(0)));
    }
    assert.deepEqual(turns, ['a', 'b', 'a', 'b']);
  });

  it('tells every channel that the connection is gone, even where one of them fails', () => {
    const trial = begin();
    const one = openFor(trial);
    const other = openFor(trial);
    one.channel.listen(THROWS);
    trial.port.close();
    assert.deepEqual(other.ear.heard, ['close']);
    assert.match(trial.closes[0]?.message ?? '', /in a listener/);
  });

  it('throws nothing, whatever a peer sends: it goes on, or ends the connection', () => {
    const valid = [
      data(0, Buffer.from('abc')),
      ask(0),
      encodeChannelEof(0),
      encodeChannelClose(0),
      confirm(0),
    ];
    const message = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(...valid),
      fc.tuple(fc.constantFrom(...valid), fc.nat(40), fc.nat(255)).map(([whole, at, byte]) => {
        const changed = Buffer.from(whole);
        changed[at % changed.length] = byte;
        return changed;
      }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
        const trial = begin();
        openFor(trial);
        trial.port.deliver(...messages);
        trial.port.close();
        assert.equal(trial.closes.length, 1);
        const [error] = trial.closes;
        assert.ok(error === undefined || error.name === 'ProtocolError', error?.stack);
      }),
    );
  });

  it('says what it does not know to be unimplemented', () => {
    const trial = begin();
    trial.port.deliver(Buffer.from([127]));
    assert.equal(trial.port.unimplemented, 1);
    assert.equal(trial.port.disconnected, undefined);
  });

  it('throws at nobody who sends when too much waits, and ends', async () => {
    const trial = begin();
    const { channel, ear } = openFor(trial);
    const failure = new TransportError('ERR_SSH_OVERFLOW', 'Cannot send message');
    trial.port.failure = failure;
    channel.write(Buffer.from('nobody reads it'));
    channel.request('exit-status', NOTHING);
    trial.port.deliver(data(channel.number, Buffer.from('more')));
    assert.deepEqual(ear.heard, []);
    await Promise.resolve();
    assert.deepEqual(ear.heard, ['close']);
    assert.deepEqual(trial.closes, [failure]);
    assert(trial.port.disconnected !== undefined);
  });
});

const THROWS: ChannelListener = {
  onData() {},
  onEof() {},
  onRequest() {},
  onSent() {},
  onClose() {
    throw new Error('in a listener');
  },
};

function ask(recipientChannel: number): Buffer {
  const requestData = NOTHING;
  return encodeChannelRequest({ recipientChannel, requestType: 'x', wantReply: true, requestData });
}

function confirm(recipientChannel: number): Buffer {
  return encodeChannelOpenConfirmation({
    recipientChannel,
    senderChannel: 1,
    initialWindowBytes: 1,
    packetBytesMax: 1,
  });
}
