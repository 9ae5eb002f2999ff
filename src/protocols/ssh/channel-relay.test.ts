import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Recorder } from '../../recording/recorder.ts';
import { encodeChannelClose } from '../../wire/ssh/channel-close.ts';
import { decodeChannelData, encodeChannelDataHead } from '../../wire/ssh/channel-data.ts';
import { encodeChannelEof } from '../../wire/ssh/channel-eof.ts';
import { encodeChannelExtendedDataHead } from '../../wire/ssh/channel-extended-data.ts';
import { encodeChannelOpen } from '../../wire/ssh/channel-open.ts';
import { decodeChannelRequest, encodeChannelRequest } from '../../wire/ssh/channel-request.ts';
import {
  decodeChannelWindowAdjust,
  encodeChannelWindowAdjust,
} from '../../wire/ssh/channel-window-adjust.ts';
import { decodeExitSignal, encodeExitSignal } from '../../wire/ssh/exit-signal.ts';
import { encodeExitStatus } from '../../wire/ssh/exit-status.ts';
import { MessageNumber } from '../../wire/ssh/message-number.ts';
import { ChannelRelay } from './channel-relay.ts';
import type { Channel } from './connection/channel.ts';
import { Connection, type OpenRequest } from './connection/connection.ts';
import { FakePort } from './connection/fake-port.fixture.ts';
import { SendQueue } from './connection/send-queue.ts';
import { PassthroughHandler } from './passthrough-handler.ts';
import { ChannelFrames, FrameReader } from './recorded-frame.ts';

const NOTHING = Buffer.alloc(0);
const WINDOW_BYTES = 32 * 1024;

/** A recorder whose congestion is the test's to say. */
class FakeRecorder implements Recorder {
  congested = false;
  readonly #readers = { sent: new FrameReader(), shown: new FrameReader() };
  readonly frames: string[] = [];
  #resume: (() => void) | undefined;

  record(direction: 'sent' | 'shown', bytes: Buffer, start: number, end: number): void {
    for (const { kind, payload } of this.#readers[direction].push(bytes.subarray(start, end))) {
      this.frames.push(`${direction} ${kind} ${payload.toString()}`);
    }
  }

  onDrain(resume: () => void): void {
    this.#resume = resume;
  }

  drain(): void {
    this.congested = false;
    this.#resume?.();
  }

  limit(): void {}

  finish(): never {
    assert.fail('a relay does not end the recording');
  }
}

/** A relay between two peers that are both the test. */
interface Trial {
  readonly client: FakePort;
  readonly target: FakePort;
  readonly relay: ChannelRelay;
  readonly recorder: FakeRecorder;
  readonly rawTrack: FakeRecorder;
  /** How often it was told that it is over. */
  readonly overCount: () => number;
}

/** @param windowBytes What both peers take at first. */
function begin(windowBytes = 1_000_000): Trial {
  const trial = prepare(windowBytes);
  trial.relay.start((ends) => new PassthroughHandler(ends));
  return trial;
}

function prepare(windowBytes = 1_000_000): Trial {
  const client = openChannel(windowBytes);
  const target = openChannel(windowBytes);
  const recorder = new FakeRecorder();
  const rawTrack = new FakeRecorder();
  let overCount = 0;
  const relay = new ChannelRelay(client.channel, target.channel, {
    session: {
      counts: { operations: 0, refused: 0, rows: 0, bytesSent: 0, bytesShown: 0 },
      recorder,
      rawTrack,
    },
    number: 3,
    frames: new ChannelFrames(recorder, 3),
    hasTerminal: true,
    onActivity() {},
    onOver() {
      overCount += 1;
    },
  });
  const ports = { client: client.port, target: target.port };
  return { ...ports, relay, recorder, rawTrack, overCount: () => overCount };
}

function openChannel(windowBytes: number): { readonly port: FakePort; readonly channel: Channel } {
  const port = new FakePort();
  const opens: OpenRequest[] = [];
  const connection = new Connection(port, {
    onOpen: (request) => opens.push(request),
    onGlobalRequest() {},
    onClose() {},
  });
  connection.start();
  port.deliver(
    encodeChannelOpen({
      channelType: 'session',
      senderChannel: 0,
      initialWindowBytes: windowBytes,
      packetBytesMax: 100_000,
      typeData: NOTHING,
    }),
  );
  const channel = opens[0]?.accept();
  assert(channel !== undefined);
  port.take();
  return { port, channel };
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([encodeChannelDataHead(0, bytes.length), bytes]);
}

function request(requestType: string, requestData: Buffer = NOTHING): Buffer {
  return encodeChannelRequest({ recipientChannel: 0, requestType, wantReply: false, requestData });
}

/** Bytes of credit in what was sent. */
function creditIn(sent: readonly Buffer[]): number {
  return sent
    .filter((payload) => payload[0] === MessageNumber.ChannelWindowAdjust)
    .reduce((sum, payload) => sum + decodeChannelWindowAdjust(payload).bytesToAdd, 0);
}

describe('ChannelRelay', () => {
  it('gives a side credit only as the other takes what it sent', () => {
    const { client, target } = begin(0);
    client.deliver(data(Buffer.alloc(WINDOW_BYTES)));
    assert.equal(creditIn(client.take()), 0);
    target.deliver(encodeChannelWindowAdjust({ recipientChannel: 0, bytesToAdd: WINDOW_BYTES }));
    assert.ok(creditIn(client.take()) >= WINDOW_BYTES);
  });

  it('gives no credit to a client that does not take what it is answered', () => {
    const { client, relay } = prepare(0);
    const answer = Buffer.alloc(1024 * 1024);
    relay.start((ends) => ({
      receive: () => ends.toClient(answer, 'stdout'),
      close() {},
      resize() {},
      receiveEnd() {},
      deliver() {},
      deliverEnd() {},
    }));
    const sendAll = (): number => {
      let sentBytes = 0;
      let credit = WINDOW_BYTES;
      while (credit > 0 && sentBytes < 10 * 1024 * 1024) {
        sentBytes += credit;
        client.deliver(data(Buffer.alloc(credit)));
        credit = creditIn(client.take());
      }
      return sentBytes;
    };
    assert(sendAll() < 5 * 1024 * 1024);
    client.deliver(encodeChannelWindowAdjust({ recipientChannel: 0, bytesToAdd: 2 ** 30 }));
    assert(creditIn(client.take()) > 0);
  });

  it('passes the ends of both sides on, and closes when the target does', () => {
    const { client, target } = begin();
    client.deliver(encodeChannelEof(0));
    assert.deepEqual(target.take(), [encodeChannelEof(0)]);
    target.deliver(request('exit-status', encodeExitStatus(4)), encodeChannelEof(0));
    target.deliver(encodeChannelClose(0));
    const [status, ...rest] = client.take();
    assert.equal(decodeChannelRequest(status ?? NOTHING).requestType, 'exit-status');
    assert.deepEqual(rest, [encodeChannelEof(0), encodeChannelClose(0)]);
  });

  it('takes what went both ways down, and nothing after the channel is over', () => {
    const { client, target, recorder } = begin();
    client.deliver(data(Buffer.from('ls\n')));
    target.deliver(data(Buffer.from('file')));
    target.deliver(Buffer.concat([encodeChannelExtendedDataHead(0, 1, 3), Buffer.from('err')]));
    target.deliver(request('exit-status', encodeExitStatus(2)));
    client.deliver(encodeChannelClose(0));
    target.deliver(data(Buffer.from('late')), encodeChannelClose(0));
    assert.deepEqual(recorder.frames, [
      'sent 2 ls\n',
      'shown 3 file',
      'shown 4 err',
      'shown 6 {"status":2}',
      'shown 9 ',
    ]);
  });

  for (const which of ['recorder', 'rawTrack'] as const) {
    it(`stops both sides while a recording is behind: ${which}`, () => {
      const { client, target, [which]: behind } = begin();
      behind.congested = true;
      target.deliver(data(Buffer.alloc(WINDOW_BYTES)));
      client.deliver(data(Buffer.alloc(WINDOW_BYTES)));
      assert.equal(creditIn(target.take()) + creditIn(client.take()), 0);
      behind.drain();
      assert.ok(creditIn(target.take()) > 0);
      assert.ok(creditIn(client.take()) > 0);
    });
  }

  it('says why it fails on stderr, as a terminal shows it, and ends on both sides', () => {
    const { client, target, relay } = begin();
    relay.fail('no\nmore', 1);
    target.deliver(data(Buffer.from('late')));
    const [text, status, ...rest] = client.take();
    assert.equal(text?.subarray(13).toString(), 'no\r\nmore\r\n');
    assert.equal(decodeChannelRequest(status ?? NOTHING).requestType, 'exit-status');
    assert.deepEqual(rest, [encodeChannelEof(0), encodeChannelClose(0)]);
    assert.deepEqual(target.take(), [encodeChannelClose(0)]);
  });

  it('begins nothing where its handler refuses at once, and grants the start before it says so', () => {
    const { client, target, relay } = prepare();
    const happened: string[] = [];
    relay.start(
      (ends) => {
        ends.toTarget(Buffer.from('too early'));
        ends.fail('no', 1);
        return new PassthroughHandler(ends);
      },
      {
        begin: () => happened.push('begin'),
        grant: () => happened.push(`grant after ${client.sent.length} messages`),
        early: new SendQueue(),
        isEnded: false,
      },
    );
    assert.equal(happened[0], 'grant after 0 messages');
    assert.ok(!happened.includes('begin'));
    assert.deepEqual(target.take(), [encodeChannelClose(0)]);
    assert.deepEqual(client.take().at(-1), encodeChannelClose(0));
  });

  it('sends what its handler says at once only when the target has begun', () => {
    const { target, relay } = prepare();
    relay.start(
      (ends) => {
        ends.toTarget(Buffer.from('hello'));
        return new PassthroughHandler(ends);
      },
      {
        begin: () => assert.deepEqual(target.sent, []),
        grant() {},
        early: new SendQueue(),
        isEnded: false,
      },
    );
    assert.equal(decodeChannelData(target.take()[0] ?? NOTHING).data.toString(), 'hello');
  });

  it('passes no words of the target on beside a signal', () => {
    const { client, target } = begin();
    const words = { signalName: 'SEGV', coreDumped: true, message: 'while reading MRN 4711' };
    target.deliver(request('exit-signal', encodeExitSignal(words)));
    const [sent] = client.take();
    assert.deepEqual(decodeExitSignal(decodeChannelRequest(sent ?? NOTHING).requestData), {
      ...words,
      message: '',
    });
  });

  it('passes signals to the target, and of what it does not know nothing', () => {
    const { client, target } = begin();
    client.deliver(request('auth-agent-req@openssh.com'), request('subsystem'), request('signal'));
    assert.deepEqual(
      target.take().map((payload) => decodeChannelRequest(payload).requestType),
      ['signal'],
    );
    target.deliver(request('env'), request('exec'));
    assert.deepEqual(client.take(), []);
  });

  it('drops what a client sends as stderr', () => {
    const { client, target } = begin();
    client.deliver(Buffer.concat([encodeChannelExtendedDataHead(0, 1, 1), Buffer.from('x')]));
    client.deliver(data(Buffer.from('y')));
    assert.deepEqual(
      target.take().map((payload) => decodeChannelData(payload).data.toString()),
      ['y'],
    );
  });

  it('tells once that it is over, whoever leaves first', () => {
    const ended = begin();
    assert.equal(ended.overCount(), 0);
    ended.relay.exit(0);
    ended.target.deliver(encodeChannelClose(0));
    ended.client.deliver(encodeChannelClose(0));
    assert.equal(ended.overCount(), 1);
    const left = begin();
    left.target.deliver(encodeChannelClose(0));
    assert.equal(left.overCount(), 1);
  });
});
