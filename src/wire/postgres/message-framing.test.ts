import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../protocol-error.ts';
import { encodeEmptyMessage } from './empty-message.ts';
import {
  BackendType,
  FrontendType,
  frameLength,
  MESSAGE_BYTES_MAX,
  startupFrameLength,
} from './message-framing.ts';
import { encodeSslRequest } from './ssl-request.ts';

function withLength(length: number): Buffer {
  const header = Buffer.from('Q....');
  header.writeUInt32BE(length, 1);
  return header;
}

describe('frameLength', () => {
  it('counts the type byte, wherever the message lies', () => {
    const buffer = Buffer.concat([Buffer.from('before'), encodeEmptyMessage('Sync')]);
    assert.equal(frameLength(buffer, 6, buffer.length), 5);
  });

  it('waits for the whole header', () => {
    for (let end = 0; end < 5; end++) assert.equal(frameLength(withLength(4), 0, end), 0);
  });

  it('refuses lengths that no message has', () => {
    for (const length of [0, 1, 3, 0x8000_0000, 0xffff_ffff]) {
      assert.throws(() => frameLength(withLength(length), 0, 5), ProtocolError);
    }
  });

  it('refuses bodies above the limit before they arrive', () => {
    assert.equal(frameLength(withLength(104), 0, 5, 100), 105);
    assert.throws(() => frameLength(withLength(105), 0, 5, 100), {
      reason: 'body of 101 bytes, at most 100 allowed',
    });
    assert.equal(frameLength(withLength(MESSAGE_BYTES_MAX + 4), 0, 5), MESSAGE_BYTES_MAX + 5);
    assert.throws(() => frameLength(withLength(MESSAGE_BYTES_MAX + 5), 0, 5), ProtocolError);
  });
});

describe('startupFrameLength', () => {
  it('has no type byte to count', () => {
    assert.equal(startupFrameLength(encodeSslRequest(), 0, 8), 8);
    assert.equal(startupFrameLength(encodeSslRequest(), 0, 3), 0);
  });

  it('refuses what the server refuses', () => {
    for (const length of [0, 7, 10_005, 0xffff_ffff]) {
      const packet = Buffer.alloc(8);
      packet.writeUInt32BE(length);
      assert.throws(() => startupFrameLength(packet, 0, 8), ProtocolError);
    }
  });
});

describe('message types', () => {
  it('are told apart by their byte in each direction', () => {
    for (const types of [FrontendType, BackendType]) {
      const bytes = Object.values(types);
      assert.equal(new Set(bytes).size, bytes.length);
    }
  });
});
