import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromHex } from '../../../test/captures/split-messages.ts';
import { ProtocolError } from '../protocol-error.ts';
import { encodeCancelRequest } from './cancel-request.ts';
import { encodeSslRequest } from './ssl-request.ts';
import { encodeStartupMessage } from './startup-message.ts';
import { decodeStartupPacket } from './startup-packet.ts';

/** What psql 15.18 sends for `psql "host=127.0.0.1 user=ann dbname=ward"`, after its length. */
const PSQL = fromHex(`
  00030000
  7573657200 616e6e00
  646174616261736500 7761726400
  6170706c69636174696f6e5f6e616d6500 7073716c00
  636c69656e745f656e636f64696e6700 5554463800
  00
`);

describe('decodeStartupPacket', () => {
  it('reads what psql sends', () => {
    assert.deepEqual(decodeStartupPacket(PSQL), {
      type: 'StartupMessage',
      minorVersion: 0,
      parameters: new Map([
        ['user', 'ann'],
        ['database', 'ward'],
        ['application_name', 'psql'],
        ['client_encoding', 'UTF8'],
      ]),
      protocolOptions: new Map(),
    });
  });

  it('tells requests from startup messages', () => {
    assert.deepEqual(decodeStartupPacket(encodeSslRequest().subarray(4)), { type: 'SSLRequest' });
    assert.deepEqual(decodeStartupPacket(fromHex('04d21630')), { type: 'GSSENCRequest' });
    assert.deepEqual(decodeStartupPacket(fromHex('00020000 616e6e00')), {
      type: 'UnsupportedVersion',
      majorVersion: 2,
    });
    assert.deepEqual(decodeStartupPacket(fromHex('ffffffff')), {
      type: 'UnsupportedVersion',
      majorVersion: 0xffff,
    });
  });

  it('keeps protocol extensions apart from settings', () => {
    const parameters = new Map([
      ['user', 'ann'],
      ['_pq_.door', 'open'],
    ]);
    assert.deepEqual(decodeStartupPacket(encodeStartupMessage(parameters, 2).subarray(4)), {
      type: 'StartupMessage',
      minorVersion: 2,
      parameters: new Map([['user', 'ann']]),
      protocolOptions: new Map([['_pq_.door', 'open']]),
    });
  });

  it('refuses a name given twice', () => {
    const twice = fromHex('00030000 7573657200 616e6e00 7573657200 626f6200 00');
    assert.throws(() => decodeStartupPacket(twice), { reason: 'a parameter is given twice' });
  });

  it('refuses what the server refuses: no terminator, bytes behind it, a name without value', () => {
    for (const hex of ['00030000', '00030000 7573657200 00', '00030000 00 00', '0003']) {
      assert.throws(() => decodeStartupPacket(fromHex(hex)), ProtocolError);
    }
    assert.throws(() => decodeStartupPacket(Buffer.alloc(10_001)), ProtocolError);
    assert.throws(() => decodeStartupPacket(fromHex('04d2162f 00')), ProtocolError);
  });

  it('takes cancel keys of 4 to 256 bytes', () => {
    for (const size of [4, 32, 256]) {
      const secretKey = Buffer.alloc(size, 7);
      assert.deepEqual(decodeStartupPacket(encodeCancelRequest(42, secretKey).subarray(4)), {
        type: 'CancelRequest',
        processId: 42,
        secretKey,
      });
    }
    for (const size of [0, 3, 257]) {
      const packet = encodeCancelRequest(42, Buffer.alloc(size)).subarray(4);
      assert.throws(() => decodeStartupPacket(packet), ProtocolError);
    }
  });

  it('rejects the message cut at every possible byte', () => {
    for (let length = 0; length < PSQL.length; length++) {
      assert.throws(() => decodeStartupPacket(PSQL.subarray(0, length)), ProtocolError);
    }
  });

  it('throws nothing but ProtocolError for random bytes', () => {
    const codes = fc.constantFrom('00030000', '00030002', '04d2162e', '04d2162f', '04d21630', '');
    fc.assert(
      fc.property(codes, fc.uint8Array({ maxLength: 300 }), (code, bytes) => {
        try {
          decodeStartupPacket(Buffer.concat([fromHex(code), bytes]));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
