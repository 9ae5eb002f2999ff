import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as postgres15 from '../../../test/captures/postgres-15.ts';
import * as postgres18 from '../../../test/captures/postgres-18.ts';
import { fromHex, splitMessages } from '../../../test/captures/split-messages.ts';
import { ProtocolError } from '../protocol-error.ts';
import {
  encodeAuthenticationCleartextPassword,
  encodeAuthenticationMd5Password,
  encodeAuthenticationOk,
  encodeAuthenticationSasl,
  encodeAuthenticationSaslContinue,
  encodeAuthenticationSaslFinal,
} from './authentication.ts';
import { encodeBackendKeyData } from './backend-key-data.ts';
import { type BackendMessage, decodeBackendMessage } from './backend-message.ts';
import { encodeCommandComplete } from './command-complete.ts';
import { encodeCopyData } from './copy-data.ts';
import { encodeDataRow } from './data-row.ts';
import { encodeEmptyMessage } from './empty-message.ts';
import { encodeErrorResponse, encodeErrorResponseFields } from './error-response.ts';
import { BackendType } from './message-framing.ts';
import { encodeNegotiateProtocolVersion } from './negotiate-protocol-version.ts';
import { encodeNoticeResponse, encodeNoticeResponseFields } from './notice-response.ts';
import { encodeNotificationResponse } from './notification-response.ts';
import { encodeParameterDescription } from './parameter-description.ts';
import { encodeParameterStatus } from './parameter-status.ts';
import { encodeReadyForQuery } from './ready-for-query.ts';
import { encodeRowDescription } from './row-description.ts';

/** What the two columns of the query below have in common. */
const INTEGER = { typeOid: 23, typeSize: 4, typeModifier: -1, formatCode: 0 };

const captured = [...Object.values(postgres15), ...Object.values(postgres18)].flatMap(
  splitMessages,
);

function decodeCapture(hex: string): BackendMessage[] {
  return splitMessages(hex).map(({ type, body }) => decodeBackendMessage(type, body));
}

/** Encodes again what the gateway itself can say. */
function encode(message: BackendMessage): Buffer | undefined {
  switch (message.type) {
    case 'AuthenticationOk':
      return encodeAuthenticationOk();
    case 'AuthenticationCleartextPassword':
      return encodeAuthenticationCleartextPassword();
    case 'AuthenticationMD5Password':
      return encodeAuthenticationMd5Password(message.salt);
    case 'AuthenticationSASL':
      return encodeAuthenticationSasl(message.mechanisms);
    case 'AuthenticationSASLContinue':
      return encodeAuthenticationSaslContinue(message.data);
    case 'AuthenticationSASLFinal':
      return encodeAuthenticationSaslFinal(message.data);
    case 'BackendKeyData':
      return encodeBackendKeyData(message.processId, message.secretKey);
    case 'BindComplete':
    case 'CloseComplete':
    case 'CopyDone':
    case 'EmptyQueryResponse':
    case 'NoData':
    case 'ParseComplete':
    case 'PortalSuspended':
      return encodeEmptyMessage(message.type);
    case 'CommandComplete':
      return encodeCommandComplete(message.tag);
    case 'CopyData':
      return encodeCopyData(message.data);
    case 'DataRow':
      return encodeDataRow(message.fields);
    case 'ErrorResponse':
      return encodeErrorResponseFields(message.fields);
    case 'NegotiateProtocolVersion':
      return encodeNegotiateProtocolVersion(message.minorVersion, message.unknownOptions);
    case 'NoticeResponse':
      return encodeNoticeResponseFields(message.fields);
    case 'NotificationResponse':
      return encodeNotificationResponse(message);
    case 'ParameterDescription':
      return encodeParameterDescription(message.typeOids);
    case 'ParameterStatus':
      return encodeParameterStatus(message.name, message.value);
    case 'ReadyForQuery':
      return encodeReadyForQuery(message.transactionStatus);
    case 'RowDescription':
      return encodeRowDescription(message.columns);
    case 'AuthenticationGSS':
    case 'AuthenticationGSSContinue':
    case 'AuthenticationKerberosV5':
    case 'AuthenticationSSPI':
    case 'CopyBothResponse':
    case 'CopyInResponse':
    case 'CopyOutResponse':
    case 'Flush':
    case 'FunctionCallResponse':
    case 'Sync':
    case 'Terminate':
      return undefined;
  }
}

describe('decodeBackendMessage', () => {
  it('reads what PostgreSQL 15 answers to a query', () => {
    assert.deepEqual(decodeCapture(postgres15.SELECT), [
      {
        type: 'RowDescription',
        columns: [
          { name: 'id', tableOid: 16384, attributeNumber: 1, ...INTEGER },
          { name: 'one', tableOid: 0, attributeNumber: 0, ...INTEGER },
        ],
      },
      { type: 'DataRow', fields: [Buffer.from('1'), Buffer.from('1')] },
      { type: 'DataRow', fields: [Buffer.from('2'), Buffer.from('1')] },
      { type: 'CommandComplete', tag: 'SELECT 2' },
      { type: 'ReadyForQuery', transactionStatus: 'idle' },
    ]);
  });

  it('reads the extended protocol, COPY, NOTIFY and FunctionCall', () => {
    const typesOf = (hex: string): string[] => decodeCapture(hex).map(({ type }) => type);
    assert.deepEqual(typesOf(postgres15.EXTENDED), [
      'ParseComplete',
      'ParameterDescription',
      'RowDescription',
      'BindComplete',
      'DataRow',
      'PortalSuspended',
      'CloseComplete',
      'ParseComplete',
      'ParameterDescription',
      'NoData',
      'ReadyForQuery',
    ]);
    assert.deepEqual(typesOf(postgres15.COPY_OUT), [
      'CopyOutResponse',
      'CopyData',
      'CopyData',
      'CopyDone',
      'CommandComplete',
      'ReadyForQuery',
    ]);
    assert.deepEqual(decodeCapture(postgres15.COPY_IN), [
      { type: 'CopyInResponse', format: 'binary', columnFormats: [1, 1] },
    ]);
    assert.deepEqual(decodeCapture(postgres15.NOTIFY)[2], {
      type: 'NotificationResponse',
      processId: 0x4be7,
      channel: 'door',
      payload: 'knock',
    });
    assert.deepEqual(decodeCapture(postgres15.FUNCTION_CALL)[0], {
      type: 'FunctionCallResponse',
      value: fromHex('00000005'),
    });
    assert.deepEqual(typesOf(postgres15.EMPTY_QUERY), ['EmptyQueryResponse', 'ReadyForQuery']);
  });

  it('reads every field of an error, those with data in them too', () => {
    const [error] = decodeCapture(postgres15.UNIQUE_VIOLATION);
    assert(error?.type === 'ErrorResponse');
    assert.equal(error.fields.get('C'), '23505');
    assert.equal(error.fields.get('D'), 'Key (id)=(1) already exists.');
    assert.equal(error.fields.get('n'), 'account_pkey');
  });

  it('reads cancel keys of protocol 3.0 and 3.2', () => {
    const sizes = [postgres15.STARTUP, postgres18.STARTUP_3_2].map((hex) => {
      const key = decodeCapture(hex).find(({ type }) => type === 'BackendKeyData');
      return key?.type === 'BackendKeyData' ? key.secretKey.length : undefined;
    });
    assert.deepEqual(sizes, [4, 32]);
    for (const size of [0, 3, 257]) {
      const body = encodeBackendKeyData(1, Buffer.alloc(size)).subarray(5);
      assert.throws(() => decodeBackendMessage(BackendType.BackendKeyData, body), ProtocolError);
    }
  });

  it('reads what servers of two ages negotiate', () => {
    const negotiated = [postgres15, postgres18].map(({ NEGOTIATE }) => decodeCapture(NEGOTIATE)[0]);
    assert.deepEqual(
      negotiated,
      [0, 2].map((minorVersion) => ({
        type: 'NegotiateProtocolVersion',
        majorVersion: 3,
        minorVersion,
        unknownOptions: ['_pq_.door'],
      })),
    );
  });

  it('reads every way of asking for a password', () => {
    assert.deepEqual(
      [postgres15.ASK_PASSWORD, postgres15.ASK_MD5, postgres15.ASK_SCRAM].flatMap(decodeCapture),
      [
        { type: 'AuthenticationCleartextPassword' },
        { type: 'AuthenticationMD5Password', salt: fromHex('c73b752d') },
        { type: 'AuthenticationSASL', mechanisms: ['SCRAM-SHA-256'] },
      ],
    );
    const code = (value: string): string =>
      decodeBackendMessage(BackendType.Authentication, fromHex(value)).type;
    assert.equal(code('00000002'), 'AuthenticationKerberosV5');
    assert.equal(code('00000007'), 'AuthenticationGSS');
    assert.equal(code('00000008 aa'), 'AuthenticationGSSContinue');
    assert.equal(code('00000009'), 'AuthenticationSSPI');
    assert.throws(() => code('00000006'), ProtocolError);
    assert.throws(() => code('80000000'), ProtocolError);
  });

  it('encodes each captured message back to the same bytes', () => {
    let compared = 0;
    for (const { type, body, whole } of captured) {
      const again = encode(decodeBackendMessage(type, body));
      if (again === undefined) continue;
      assert.deepEqual(again, whole);
      compared++;
    }
    assert(compared > 100);
  });

  it('rejects each captured message cut at every possible byte', () => {
    // All data: any length of it is a message.
    const cuttable = new Set(['CopyData', 'AuthenticationSASLContinue', 'AuthenticationSASLFinal']);
    for (const { type, body } of captured) {
      const { type: name } = decodeBackendMessage(type, body);
      if (cuttable.has(name)) continue;
      for (let length = 0; length < body.length; length++) {
        // A key has no length field: one cut down to 4 bytes or more is a shorter key.
        if (name === 'BackendKeyData' && length >= 8) continue;
        assert.throws(() => decodeBackendMessage(type, body.subarray(0, length)), ProtocolError);
      }
    }
  });

  it('rejects a byte after each captured message', () => {
    for (const { type, body } of captured) {
      const { type: name } = decodeBackendMessage(type, body);
      if (name === 'CopyData' || name === 'BackendKeyData') continue;
      const padded = Buffer.concat([body, Buffer.of(0)]);
      assert.throws(() => decodeBackendMessage(type, padded), ProtocolError);
    }
  });

  it('throws nothing but ProtocolError for random bytes of any type', () => {
    const types = fc.constantFrom(...Object.values(BackendType), 0, 0x7a, 0xff);
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
        try {
          decodeBackendMessage(type, Buffer.from(bytes));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('throws nothing but ProtocolError for a captured message with a byte changed', () => {
    const place = fc.tuple(fc.nat({ max: captured.length - 1 }), fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(place, ([index, position, value]) => {
        const message = captured[index];
        assert(message !== undefined);
        const body = Buffer.from(message.body);
        if (body.length > 0) body[position % body.length] = value;
        try {
          decodeBackendMessage(message.type, body);
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('believes no count before it has seen the bytes', () => {
    for (const type of [BackendType.RowDescription, BackendType.DataRow]) {
      assert.throws(() => decodeBackendMessage(type, fromHex('ffff')), ProtocolError);
    }
    const hugeCount = fromHex('00030000 ffffffff');
    assert.throws(
      () => decodeBackendMessage(BackendType.NegotiateProtocolVersion, hugeCount),
      ProtocolError,
    );
    const hugeField = fromHex('0001 7fffffff 61');
    assert.throws(() => decodeBackendMessage(BackendType.DataRow, hugeField), ProtocolError);
  });
});

describe('encodeErrorResponse', () => {
  it('says it in the fields that clients show', () => {
    const encoded = encodeErrorResponse({
      severity: 'ERROR',
      sqlState: '42501',
      message: 'refused',
      detail: 'because',
      hint: 'ask',
      position: 8,
    });
    assert.equal(
      encoded.subarray(5).toString(),
      'SERROR\0VERROR\0C42501\0Mrefused\0Dbecause\0Hask\0P8\0\0',
    );
    assert.equal(encoded.readInt32BE(1), encoded.length - 1);
  });

  it('lets no text forge another field', () => {
    const encoded = encodeErrorResponse({
      severity: 'ERROR',
      sqlState: '42501',
      message: 'a\0C00000',
    });
    const message = decodeBackendMessage(BackendType.ErrorResponse, encoded.subarray(5));
    assert(message.type === 'ErrorResponse');
    assert.equal(message.fields.get('C'), '42501');
    assert.equal(message.fields.get('M'), 'a\u{fffd}C00000');
  });

  it('refuses a field given twice', () => {
    const body = Buffer.from('C42501\0C00000\0\0');
    assert.throws(() => decodeBackendMessage(BackendType.ErrorResponse, body), ProtocolError);
  });
});

describe('encodeNoticeResponse', () => {
  it('is a notice, not an error', () => {
    const notice = encodeNoticeResponse({ severity: 'NOTICE', sqlState: '00000', message: 'hi' });
    assert.equal(notice.readUInt8(0), BackendType.NoticeResponse);
    assert.equal(
      decodeBackendMessage(notice.readUInt8(0), notice.subarray(5)).type,
      'NoticeResponse',
    );
  });
});
