import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import type { Attributes } from './attributes.ts';
import { decodeRequest, encodeRequest, type Request } from './requests.ts';

const HANDLE = Buffer.from('0000000a', 'hex');
const PATH = Buffer.from('/srv/ä.csv');
const NEW_PATH = Buffer.from('b');
const ALL: Attributes = {
  size: 2 ** 40 + 1,
  owner: { userId: 1000, groupId: 100 },
  permissions: 0o100644,
  times: { accessed: 1, modified: 2 },
  extended: [{ name: Buffer.from('x@example.com'), value: Buffer.from([0]) }],
};

/** Each kind of request, and each extension. */
const REQUESTS: readonly Request[] = [
  { kind: 'open', path: PATH, flags: 0x1a, attributes: ALL },
  { kind: 'close', handle: HANDLE },
  { kind: 'fstat', handle: HANDLE },
  { kind: 'readdir', handle: HANDLE },
  { kind: 'read', handle: HANDLE, offset: 2 ** 33 + 5, length: 32_768 },
  { kind: 'lstat', path: PATH },
  { kind: 'opendir', path: PATH },
  { kind: 'remove', path: PATH },
  { kind: 'rmdir', path: PATH },
  { kind: 'realpath', path: Buffer.alloc(0) },
  { kind: 'stat', path: PATH },
  { kind: 'readlink', path: PATH },
  { kind: 'setstat', path: PATH, attributes: { size: 0 } },
  { kind: 'mkdir', path: PATH, attributes: {} },
  { kind: 'fsetstat', handle: HANDLE, attributes: { permissions: 0o600 } },
  { kind: 'rename', path: PATH, newPath: NEW_PATH },
  { kind: 'symlink', linkTarget: PATH, path: NEW_PATH },
  { kind: 'extended', extension: 'posix-rename@openssh.com', path: PATH, newPath: NEW_PATH },
  { kind: 'extended', extension: 'hardlink@openssh.com', path: PATH, newPath: NEW_PATH },
  { kind: 'extended', extension: 'statvfs@openssh.com', path: PATH },
  { kind: 'extended', extension: 'expand-path@openssh.com', path: PATH },
  { kind: 'extended', extension: 'fstatvfs@openssh.com', handle: HANDLE },
  { kind: 'extended', extension: 'fsync@openssh.com', handle: HANDLE },
  { kind: 'extended', extension: 'lsetstat@openssh.com', path: PATH, attributes: ALL },
  { kind: 'extended', extension: 'limits@openssh.com' },
  {
    kind: 'extended',
    extension: 'copy-data',
    handle: HANDLE,
    offset: 1,
    length: 0,
    newHandle: Buffer.from('h'),
    newOffset: 2 ** 52,
  },
  {
    kind: 'extended',
    extension: 'users-groups-by-id@openssh.com',
    userIds: Buffer.alloc(4),
    groupIds: Buffer.alloc(8),
  },
  { kind: 'extended', extension: 'unknown', name: 'a@example.com', data: Buffer.from('any') },
];

const HEAD_BYTES = 5;

describe('decodeRequest', () => {
  for (const request of REQUESTS) {
    const name = request.kind === 'extended' ? request.extension : request.kind;
    const packet = encodeRequest(7, request);
    const [type = 0] = packet.subarray(4);
    const body = packet.subarray(HEAD_BYTES);

    it(`reads ${name} as it was written`, () => {
      assert.equal(packet.readUInt32BE(0), packet.length - 4);
      assert.deepEqual(decodeRequest(type, body), { id: 7, request });
    });

    it(`refuses ${name} cut anywhere, or with bytes behind it`, () => {
      // What an unknown extension carries may be of any length.
      const whole = name === 'unknown' ? body.length - 'any'.length : body.length;
      for (let length = 0; length < whole; length += 1) {
        assert.throws(() => decodeRequest(type, body.subarray(0, length)), ProtocolError);
      }
      if (name === 'unknown') return;
      assert.throws(() => decodeRequest(type, Buffer.concat([body, Buffer.of(0)])), ProtocolError);
    });
  }

  it('knows no other packet types as requests', () => {
    const body = Buffer.from('00000001', 'hex');
    assert.deepEqual(decodeRequest(99, body), { id: 1, request: undefined });
    assert.deepEqual(decodeRequest(101, body), { id: 1, request: undefined });
  });

  it('refuses offsets beyond 2^53 and attributes of later versions', () => {
    const read = encodeRequest(1, { kind: 'read', handle: HANDLE, offset: 0, length: 1 });
    read.fill(0xff, HEAD_BYTES + 12, HEAD_BYTES + 16);
    assert.throws(() => decodeRequest(5, read.subarray(HEAD_BYTES)), ProtocolError);
    const mkdir = encodeRequest(1, { kind: 'mkdir', path: PATH, attributes: {} });
    mkdir[mkdir.length - 1] = 0x10;
    assert.throws(() => decodeRequest(14, mkdir.subarray(HEAD_BYTES)), ProtocolError);
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.uint8Array({ maxLength: 200 }),
        (type, bytes) => {
          try {
            decodeRequest(type, Buffer.from(bytes));
          } catch (error) {
            assert(error instanceof ProtocolError);
          }
        },
      ),
    );
  });
});
