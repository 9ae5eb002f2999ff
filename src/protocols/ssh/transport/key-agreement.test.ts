import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../../wire/protocol-error.ts';
import { KEY_AGREEMENTS, SERVER_KEY_AGREEMENTS } from './key-agreement.ts';

/** Points of small order on Curve25519 (RFC 7748 section 6.1), little-endian. */
const LOW_ORDER_POINTS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex'));

for (const [name, agreement] of KEY_AGREEMENTS) {
  describe(name, () => {
    it('gives both sides the same secret, another one each time', () => {
      const secrets = [1, 2].map(() => {
        const client = agreement.begin();
        const { serverValue, secret } = agreement.respond(client.publicValue);
        assert.deepEqual(client.finish(serverValue), secret);
        return secret.toString('hex');
      });
      assert.notEqual(secrets[0], secrets[1]);
    });

    it('refuses values of a wrong size on both sides', () => {
      const client = agreement.begin();
      const { serverValue } = agreement.respond(client.publicValue);
      for (const value of [client.publicValue, serverValue]) {
        // Any short integer is a value of Diffie-Hellman.
        const short = name.startsWith('diffie') ? Buffer.of(0) : value.subarray(0, 1);
        for (const changed of [Buffer.alloc(0), short, Buffer.concat([value, value])]) {
          assert.throws(() => agreement.respond(changed), ProtocolError);
          assert.throws(() => client.finish(changed), ProtocolError);
        }
      }
    });

    it('throws nothing but ProtocolError for random values', () => {
      const { publicValue } = agreement.begin();
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (bytes, at) => {
          const value = Buffer.from(publicValue);
          value.set(bytes, at % Math.max(1, value.length - bytes.length));
          try {
            agreement.respond(value);
          } catch (error) {
            assert(error instanceof ProtocolError, String(error));
          }
        }),
        { numRuns: name.startsWith('diffie') ? 3 : 50 },
      );
    });
  });
}

function agreementOf(name: string): NonNullable<ReturnType<typeof KEY_AGREEMENTS.get>> {
  const agreement = KEY_AGREEMENTS.get(name);
  assert(agreement !== undefined);
  return agreement;
}

describe('public values that give the secret away', () => {
  it('are refused on Curve25519, alone and beside ML-KEM', () => {
    const hybrid = agreementOf('mlkem768x25519-sha256');
    const curve = agreementOf('curve25519-sha256');
    for (const point of LOW_ORDER_POINTS) {
      assert.throws(() => curve.respond(point), ProtocolError);
      assert.throws(() => curve.begin().finish(point), ProtocolError);
      const client = hybrid.begin();
      const value = Buffer.concat([client.publicValue.subarray(0, -32), point]);
      assert.throws(() => hybrid.respond(value), ProtocolError);
      const { serverValue } = hybrid.respond(client.publicValue);
      const answer = Buffer.concat([serverValue.subarray(0, -32), point]);
      assert.throws(() => client.finish(answer), ProtocolError);
    }
  });

  it('are refused on the curves of NIST: off the curve, at infinity, compressed', () => {
    for (const name of ['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521']) {
      const agreement = agreementOf(name);
      const { publicValue } = agreement.begin();
      const offCurve = Buffer.from(publicValue);
      offCurve[offCurve.length - 1] = (offCurve.at(-1) ?? 0) ^ 1;
      const half = (publicValue.length - 1) / 2;
      const compressed = Buffer.concat([Buffer.of(2), publicValue.subarray(1, 1 + half)]);
      for (const value of [offCurve, compressed, Buffer.of(0), Buffer.of(4)]) {
        assert.throws(() => agreement.respond(value), ProtocolError, name);
      }
    }
  });

  it('are refused by Diffie-Hellman: 0, 1, p - 1, p, more, and negative ones', () => {
    const agreement = agreementOf('diffie-hellman-group14-sha256');
    const { publicValue } = agreement.begin();
    const ones = Buffer.alloc(257, 0xff);
    ones[0] = 0;
    for (const value of [Buffer.of(), Buffer.of(0), Buffer.of(1), ones, Buffer.of(0x80)]) {
      assert.throws(() => agreement.respond(value), ProtocolError);
    }
    assert.equal(agreement.respond(publicValue).serverValue.length > 200, true);
  });
});

it('a server offers nothing that costs it much more than who asks', () => {
  assert(SERVER_KEY_AGREEMENTS.length > 0);
  assert(!SERVER_KEY_AGREEMENTS.some((name) => name.includes('diffie-hellman')));
});
