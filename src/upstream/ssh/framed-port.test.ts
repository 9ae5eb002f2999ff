import assert from 'node:assert/strict';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { TransportError } from '../../protocols/ssh/transport/transport-error.ts';
import { DisconnectReason, decodeDisconnect } from '../../wire/ssh/disconnect.ts';
import { MessageNumber } from '../../wire/ssh/message-number.ts';
import { encodeSshFrame, makeSshFrameDecoder } from '../../wire/tunnel/ssh-frame.ts';
import { FramedPort } from './framed-port.ts';

/** Of a channel. */
function message(text: string): Buffer {
  return Buffer.concat([Buffer.of(MessageNumber.ChannelData), Buffer.from(text)]);
}

interface Ends {
  readonly port: FramedPort;
  /** Of the gateway, and of the connector. */
  readonly near: Duplex;
  readonly connector: Duplex;
  readonly received: string[];
  readonly closed: Promise<Error | undefined>;
}

function open(): Ends {
  const [near, connector] = duplexPair();
  connector.on('error', () => undefined);
  const port = new FramedPort(near, 'SSH-2.0-Test');
  const received: string[] = [];
  port.onMessage((payload) => void received.push(payload.toString('latin1', 1)));
  const closed = new Promise<Error | undefined>((resolve) => port.onClose(resolve));
  return { port, near, connector, received, closed };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

describe('FramedPort', () => {
  it('delivers messages whole and in order, wherever the stream is cut', async () => {
    const bytes = Buffer.concat([encodeSshFrame(message('one')), encodeSshFrame(message('two'))]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { connector, received } = open();
      connector.write(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      connector.write(bytes.subarray(cut));
      await until(() => received.length === 2);
      assert.deepEqual(received, ['one', 'two']);
      connector.destroy();
    }
  });

  it('keeps what comes for a paused owner, who may pause again in the middle', async () => {
    const { port, connector, received } = open();
    await until(() => connector.writable);
    port.pause();
    const frames = ['1', '2', '3'].map((text) => encodeSshFrame(message(text)));
    connector.write(Buffer.concat(frames));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(received.length, 0);
    port.onMessage((payload) => {
      received.push(payload.toString('latin1', 1));
      if (received.length === 1) port.pause();
    });
    port.resume();
    await until(() => received.length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(received, ['1']);
    port.resume();
    await until(() => received.length === 3);
    assert.deepEqual(received, ['1', '2', '3']);
  });

  it('sends messages of which the caller keeps the memory', async () => {
    const { port, connector } = open();
    const sent: string[] = [];
    const decoder = makeSshFrameDecoder((payload) => {
      sent.push(payload.toString('latin1'));
    });
    connector.on('data', (bytes: Buffer) => decoder.push(bytes));
    const head = Buffer.from('^ab');
    const data = Buffer.from('cd');
    port.send(head, data);
    head.fill(0);
    data.fill(0);
    port.sendUnimplemented();
    await until(() => sent.length === 2);
    assert.deepEqual(sent, ['^abcd', '\x03']);
  });

  it('ends with what broke the protocol: nothing of a transport is for the gateway', async () => {
    for (const bytes of [
      encodeSshFrame(Buffer.alloc(0)),
      encodeSshFrame(Buffer.of(MessageNumber.Disconnect, 0)),
      encodeSshFrame(Buffer.of(MessageNumber.NewKeys)),
      Buffer.from('ffffffff', 'hex'),
      Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
    ]) {
      const { connector, closed } = open();
      connector.write(bytes);
      assert.equal((await closed)?.name, 'ProtocolError');
    }
    const cut = open();
    cut.connector.end(encodeSshFrame(message('x')).subarray(0, 3));
    assert.equal((await cut.closed)?.name, 'ProtocolError');
  });

  it('tells an end in order from a break', async () => {
    const inOrder = open();
    inOrder.connector.resume();
    inOrder.connector.end();
    assert.equal(await inOrder.closed, undefined);
    const broken = open();
    broken.near.destroy();
    assert.equal((await broken.closed)?.name, 'TransportError');
    // Of whatever kind the stream's own error is.
    const lost = open();
    lost.near.destroy(new Error('the tunnel ended'));
    const error = await lost.closed;
    assert(error instanceof TransportError);
    assert.equal(error.code, 'ERR_SSH_PEER_LEFT');
  });

  it('says goodbye, and sends nothing after it', async () => {
    const { port, connector, closed } = open();
    const sent: Buffer[] = [];
    const decoder = makeSshFrameDecoder((payload) => void sent.push(payload));
    connector.on('data', (bytes: Buffer) => decoder.push(bytes));
    connector.on('end', () => connector.end());
    port.disconnect(DisconnectReason.ByApplication, 'that was all');
    port.send(message('too late'));
    assert.equal(await closed, undefined);
    assert.equal(sent.length, 1);
    assert.equal(decodeDisconnect(sent[0] ?? Buffer.alloc(0)).description, 'that was all');
  });
});
