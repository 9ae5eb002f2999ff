import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeErrorResponse } from '../../wire/postgres/error-response.ts';
import { encodeNoticeResponse } from '../../wire/postgres/notice-response.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { JsonValue } from '../../wire/tunnel/json-reader.ts';
import {
  decodeKey,
  decodeLoginFacts,
  decodeStart,
  encodeKey,
  encodeLoginFacts,
  encodeStart,
} from './postgres-handover.ts';

const NOTICE = encodeNoticeResponse({ severity: 'NOTICE', sqlState: '00000', message: 'hello' });
const KEY = { processId: 42, secretKey: Buffer.from('keys') };
const FACTS = encodeLoginFacts({
  parameters: new Map([['server_version', '15.18']]),
  backendKey: KEY,
  notices: [NOTICE],
});

/** As it comes out of the tunnel. */
function carry(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function withMembers(changes: Readonly<Record<string, JsonValue>>): JsonValue {
  return { ...(FACTS as Readonly<Record<string, JsonValue>>), ...changes };
}

describe('what is asked of a login at the connector', () => {
  const text = fc.string({ maxLength: 40 }).filter((value) => !value.includes('\0'));

  it('comes out as it went in, whatever settings are called', () => {
    const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString'));
    const parameters = fc
      .uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 60 })
      .map((pairs) => new Map(pairs.filter(([key]) => key !== '')));
    fc.assert(
      fc.property(fc.string({ maxLength: 63 }), parameters, (database, settings) => {
        const start = { database, parameters: settings };
        assert.deepEqual(decodeStart(carry(encodeStart(start))), start);
      }),
    );
  });

  it('names connections of servers, and of poolers that count below zero', () => {
    for (const processId of [1, 2 ** 31 - 1, -1, -(2 ** 31)]) {
      const key = decodeKey(carry(encodeKey({ ...KEY, processId })));
      assert.deepEqual([key.processId, key.secretKey], [processId, KEY.secretKey]);
    }
  });
});

describe('what a connector says of its login', () => {
  it('comes out as it went in', () => {
    const { parameters, backendKey, notices } = decodeLoginFacts(carry(FACTS));
    assert.deepEqual([...parameters], [['server_version', '15.18']]);
    assert.deepEqual([backendKey.processId, backendKey.secretKey], [42, KEY.secretKey]);
    assert.deepEqual(notices, [NOTICE]);
  });

  it('is nothing that a client could take for a message of its server', () => {
    const error = encodeErrorResponse({ severity: 'FATAL', sqlState: '28P01', message: 'x' });
    const ready = Buffer.from('Z\0\0\0\x05I', 'latin1');
    for (const notice of [
      error,
      ready,
      Buffer.concat([NOTICE, ready]),
      NOTICE.subarray(0, -1),
      Buffer.alloc(0),
      Buffer.from('N'),
      Buffer.from('N\0\0\0\x03'),
      Buffer.concat([Buffer.from('N\0\0\x20\0'), Buffer.alloc(8_188)]),
    ]) {
      const facts = withMembers({ notices: [notice.toString('base64')] });
      assert.throws(() => decodeLoginFacts(facts), ProtocolError, notice.toString('latin1'));
    }
  });

  it('has every member, of its type, and no other', () => {
    for (const facts of [
      undefined,
      null,
      [],
      withMembers({ user: 'postgres' }),
      withMembers({ parameters: { server_version: '15' } }),
      withMembers({ parameters: [['a', 'b\0c']] }),
      withMembers({ parameters: [['a', 'b', 'c']] }),
      withMembers({ parameters: [['a', null]] }),
      withMembers({ parameters: Array.from({ length: 65 }, (_, index) => [`p${index}`, '']) }),
      withMembers({ key: { processId: 2 ** 32, secretKey: 'AAAA' } }),
      withMembers({ key: { processId: 1, secretKey: '' } }),
      withMembers({ key: { processId: 1, secretKey: 'AAAAAA==', more: 1 } }),
      withMembers({ key: { processId: 1.5, secretKey: 'AAAAAA==' } }),
      withMembers({ notices: 'none' }),
    ]) {
      assert.throws(() => decodeLoginFacts(facts), ProtocolError, JSON.stringify(facts));
    }
  });

  it('is refused with an error of its own, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const decode of [decodeLoginFacts, decodeStart, decodeKey]) {
          try {
            decode(value as JsonValue);
          } catch (error) {
            assert(error instanceof ProtocolError);
          }
        }
      }),
    );
  });
});
