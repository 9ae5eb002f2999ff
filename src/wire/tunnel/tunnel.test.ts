import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import {
  type CarriedRecord,
  decodeSignedRecord,
  digestRecord,
  encodeRecordBody,
  encodeSignedRecord,
  NO_RECORD,
  RECORD_BYTES_MAX,
} from './carried-record.ts';
import {
  type ConnectorMessage,
  decodeConnectorMessage,
  decodeGatewayMessage,
  encodeControlMessage,
  type GatewayMessage,
} from './control-message.ts';
import {
  decodeEnrolmentAnswer,
  decodeEnrolmentRequest,
  type EnrolmentRequest,
  encodeEnrolmentAnswer,
  encodeEnrolmentRequest,
} from './enrolment.ts';
import { encodeFrame, FrameDecoder } from './frame-decoder.ts';
import type { JsonValue } from './json-reader.ts';
import { decodeStreamAnswer, encodeStreamAnswer, type StreamAnswer } from './stream-answer.ts';
import {
  decodeStreamRequest,
  encodeStreamRequest,
  REQUEST_LENGTH_MAX,
  type StreamRequest,
} from './stream-request.ts';

const REQUEST: StreamRequest = {
  target: 'ward-db',
  kind: 'postgres',
  sessionId: '0199e2a8-0000-7000-8000-000000000001',
  principalId: 'https://idp.example:jörg',
  login: { database: 'ward', parameters: { application_name: 'psql' } },
};
const RECORD: CarriedRecord = {
  connector: 'ward-3',
  process: 'b5c0',
  sequence: 1,
  atMs: 1_700_000_000_000,
  gateway: 'gw-1',
  sessionId: REQUEST.sessionId,
  principalId: REQUEST.principalId,
  target: 'ward-db',
  kind: 'postgres',
  streams: 1,
  operations: 7,
  bytesToTarget: 312,
  bytesFromTarget: 90_210,
  previous: NO_RECORD,
};
const SIGNATURE = Buffer.alloc(64, 0x5a);
const LINE = encodeSignedRecord({ body: encodeRecordBody(RECORD), signature: SIGNATURE });
const FROM_CONNECTOR: readonly ConnectorMessage[] = [
  {
    kind: 'greeting',
    version: '0.8.0',
    process: 'b5c0',
    startedAtMs: 5,
    recordsKey: Buffer.from('key'),
    targets: [
      { name: 'ward-db', kinds: ['bytes', 'postgres', 'postgres-cancel'] },
      { name: 'ward-host', kinds: [] },
    ],
  },
  { kind: 'health', streams: 3, memoryBytes: 9, recordsWaiting: 0, unreachable: ['ward-db'] },
  { kind: 'records', lines: [LINE, LINE] },
  { kind: 'renew', publicKey: Buffer.from([1, 2, 3, 4]), proof: Buffer.alloc(0) },
];
const FROM_GATEWAY: readonly GatewayMessage[] = [
  { kind: 'welcome', process: 'gw-1.0', processes: ['gw-1.0', 'gw-1.1'] },
  { kind: 'entered', sequence: 12 },
  { kind: 'certificate', certificate: '-----BEGIN CERTIFICATE-----\n' },
  { kind: 'not-renewed', reason: 'is removed' },
];
const ENROLMENT: EnrolmentRequest = {
  name: 'ward-3',
  credential: 'token',
  token: 'secret',
  publicKey: Buffer.from('spki'),
  proof: Buffer.from('signature'),
};

/** Everything that is decoded here: from bytes, whatever carries them. */
const DECODERS: readonly (readonly [name: string, decode: (bytes: Buffer) => unknown])[] = [
  ['StreamRequest', (bytes) => decodeStreamRequest(bytes.toString('latin1'))],
  ['StreamRequest in base64url', (bytes) => decodeStreamRequest(bytes.toString('base64url'))],
  ['StreamAnswer', (bytes) => decodeStreamAnswer(bytes.toString('latin1'))],
  ['StreamAnswer in base64url', (bytes) => decodeStreamAnswer(bytes.toString('base64url'))],
  ['ConnectorMessage', decodeConnectorMessage],
  ['GatewayMessage', decodeGatewayMessage],
  ['EnrolmentRequest', decodeEnrolmentRequest],
  ['EnrolmentAnswer', decodeEnrolmentAnswer],
  ['CarriedRecord', decodeSignedRecord],
];

/** One good message for each decoder at the same place above. */
const MESSAGES: readonly Buffer[] = [
  Buffer.from(encodeStreamRequest(REQUEST)),
  Buffer.from(encodeStreamRequest(REQUEST), 'base64url'),
  Buffer.from(encodeStreamAnswer({ kind: 'refused', code: 'leaving', message: 'stops' })),
  Buffer.from(encodeStreamAnswer({ kind: 'opened', facts: [1] }), 'base64url'),
  encodeControlMessage(FROM_CONNECTOR[0] ?? assert.fail()),
  encodeControlMessage(FROM_GATEWAY[0] ?? assert.fail()),
  encodeEnrolmentRequest(ENROLMENT),
  encodeEnrolmentAnswer({ kind: 'refused', code: 'not-accepted' }),
  LINE,
];

describe('messages of a tunnel', () => {
  it('are read as they were written', () => {
    assert.deepEqual(decodeStreamRequest(encodeStreamRequest(REQUEST)), REQUEST);
    const { login: _, ...bare } = REQUEST;
    assert.deepEqual(decodeStreamRequest(encodeStreamRequest(bare)), bare);
    const answers: readonly StreamAnswer[] = [
      { kind: 'opened' },
      { kind: 'opened', facts: { processId: 7 } },
      { kind: 'refused', code: 'target-unknown', message: 'no such target' },
    ];
    for (const answer of answers) {
      assert.deepEqual(decodeStreamAnswer(encodeStreamAnswer(answer)), answer);
    }
    for (const message of FROM_CONNECTOR) {
      assert.deepEqual(decodeConnectorMessage(encodeControlMessage(message)), message);
    }
    for (const message of FROM_GATEWAY) {
      assert.deepEqual(decodeGatewayMessage(encodeControlMessage(message)), message);
    }
    assert.deepEqual(decodeEnrolmentRequest(encodeEnrolmentRequest(ENROLMENT)), ENROLMENT);
    assert.deepEqual(decodeSignedRecord(LINE), {
      record: RECORD,
      body: encodeRecordBody(RECORD),
      signature: SIGNATURE,
    });
  });

  for (const [index, [name, decode]] of DECODERS.entries()) {
    const message = MESSAGES[index] ?? assert.fail();

    it(`cannot be cut or followed by anything: ${name}`, () => {
      decode(message);
      for (let end = 0; end < message.length; end += 1) {
        assert.throws(() => decode(message.subarray(0, end)), ProtocolError, `${end}`);
      }
      for (const more of ['x', '{}', '\0', '=', ',']) {
        const longer = Buffer.concat([message, Buffer.from(more)]);
        assert.throws(() => decode(longer), ProtocolError, more);
      }
    });

    it(`fail with a ProtocolError and nothing else, whatever the bytes: ${name}`, () => {
      const tampered = fc
        .tuple(fc.nat(message.length - 1), fc.nat(255))
        .map(([at, byte]) => Buffer.from(message).fill(byte, at, at + 1));
      const json = fc.json().map((text) => Buffer.from(text));
      const random = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
      fc.assert(
        fc.property(fc.oneof(tampered, json, random), (bytes) => {
          try {
            decode(bytes);
          } catch (error) {
            assert(error instanceof ProtocolError, String(error));
          }
        }),
      );
    });
  }

  it('say nothing that was not asked for', () => {
    const extended = (value: object): string =>
      Buffer.from(JSON.stringify({ ...value, address: '10.0.0.1:5432' })).toString('base64url');
    assert.throws(() => decodeStreamRequest(extended(REQUEST)), {
      message: 'Cannot decode StreamRequest: has members that are not known',
    });
    assert.throws(() => decodeStreamAnswer(extended({ kind: 'opened' })), ProtocolError);
    for (const text of [
      '{"kind":"health","streams":1.5,"memoryBytes":0,"recordsWaiting":0,"unreachable":[]}',
      '{"kind":"health","streams":-1,"memoryBytes":0,"recordsWaiting":0,"unreachable":[]}',
      '{"kind":"records","lines":"all"}',
      '{"kind":"renew","publicKey":"AQ","proof":""}',
      '{"__proto__":{"kind":"renew"}}',
      '[]',
      'null',
    ]) {
      assert.throws(() => decodeConnectorMessage(Buffer.from(text)), ProtocolError, text);
    }
  });

  it('are bounded', () => {
    const login = 'x'.repeat(REQUEST_LENGTH_MAX);
    assert.throws(() => decodeStreamRequest(encodeStreamRequest({ ...REQUEST, login })), {
      message: `Cannot decode StreamRequest: is longer than ${REQUEST_LENGTH_MAX}`,
    });
    for (const request of [
      { ...REQUEST, target: 'x'.repeat(64) },
      { ...REQUEST, sessionId: 'x'.repeat(2_000) },
    ]) {
      assert.throws(() => decodeStreamRequest(encodeStreamRequest(request)), ProtocolError);
    }
  });

  it('carry any login as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (login) => {
        const written = encodeStreamRequest({
          ...REQUEST,
          login: JSON.parse(JSON.stringify(login)) as JsonValue,
        });
        assert.match(written, /^[\w-]*$/);
        if (written.length > REQUEST_LENGTH_MAX) return;
        assert.deepEqual(JSON.stringify(decodeStreamRequest(written).login), JSON.stringify(login));
      }),
    );
  });
});

describe('CarriedRecord', () => {
  it('has one text', () => {
    const body = Buffer.from(JSON.stringify(RECORD, null, 1));
    const line = encodeSignedRecord({ body, signature: SIGNATURE });
    assert.throws(() => decodeSignedRecord(line), ProtocolError);
  });

  it('has a signature of its length, in one form', () => {
    const body = encodeRecordBody(RECORD);
    const written = SIGNATURE.toString('base64');
    const short = SIGNATURE.subarray(1).toString('base64');
    assert.deepEqual(
      decodeSignedRecord(Buffer.from(`${written} ${body.toString()}`)).signature,
      SIGNATURE,
    );
    for (const other of ['', short, written.replace('==', ''), `${written}=`, `!${written}`]) {
      const line = Buffer.from(`${other} ${body.toString()}`);
      assert.throws(() => decodeSignedRecord(line), { reason: 'has no signature' }, other);
    }
  });

  it('is no longer than a line may be', () => {
    const body = encodeRecordBody({ ...RECORD, target: 'x'.repeat(RECORD_BYTES_MAX) });
    const line = encodeSignedRecord({ body, signature: SIGNATURE });
    assert.throws(() => decodeSignedRecord(line), { reason: 'is too long' });
  });

  it('has a digest that any change changes', () => {
    assert.match(digestRecord(encodeRecordBody(RECORD)), /^[0-9a-f]{64}$/);
    assert.notEqual(
      digestRecord(encodeRecordBody(RECORD)),
      digestRecord(encodeRecordBody({ ...RECORD, operations: 6 })),
    );
  });
});

describe('FrameDecoder', () => {
  const bodies = ['first', '', 'x'.repeat(20)];
  const bytes = Buffer.concat(bodies.map((body) => encodeFrame(Buffer.from(body))));

  function read(pieces: readonly Buffer[]): readonly string[] {
    const found: string[] = [];
    const decoder = new FrameDecoder('Frame', 20, (body) => found.push(body.toString('latin1')));
    for (const piece of pieces) {
      const own = Buffer.from(piece);
      decoder.push(own);
      // The bytes are the caller's again.
      own.fill(0xee);
    }
    decoder.end();
    return found;
  }

  it('cuts bytes into frames, however they come', () => {
    assert.deepEqual(read(Array.from(bytes, (byte) => Buffer.of(byte))), bodies);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(read([bytes.subarray(0, at), bytes.subarray(at)]), bodies);
    }
  });

  it('refuses frames that are cut or too long', () => {
    for (const end of [1, 4, 6, bytes.length - 1]) {
      assert.throws(() => read([bytes.subarray(0, end)]), ProtocolError, String(end));
    }
    assert.throws(() => read([Buffer.from('0000001500', 'hex')]), ProtocolError);
    assert.throws(() => read([Buffer.from('ffffffff', 'hex')]), ProtocolError);
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 5 }), (pieces) => {
        try {
          read(pieces.map((piece) => Buffer.from(piece)));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });
});
