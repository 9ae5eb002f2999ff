import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../protocol-error.ts';
import { decodeVersion, encodeInit, encodeVersion } from './version.ts';

const HEAD_BYTES = 5;

describe('decodeVersion', () => {
  const version = {
    version: 3,
    extensions: [
      { name: 'posix-rename@openssh.com', data: Buffer.from('1') },
      { name: 'a', data: Buffer.alloc(0) },
    ],
  };
  const body = encodeVersion(version).subarray(HEAD_BYTES);

  it('reads what was written', () => {
    assert.deepEqual(decodeVersion(body), version);
    assert.deepEqual(decodeVersion(encodeInit(3).subarray(HEAD_BYTES)), {
      version: 3,
      extensions: [],
    });
  });

  it('refuses one that is cut inside an extension', () => {
    const whole = new Set([4, body.length - 9, body.length]);
    for (let length = 0; length < body.length; length += 1) {
      if (whole.has(length)) continue;
      assert.throws(() => decodeVersion(body.subarray(0, length)), ProtocolError, String(length));
    }
  });
});
