import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromHex } from '../../../test/captures/split-messages.ts';
import { ProtocolError } from '../protocol-error.ts';
import { encodeBind } from './bind.ts';
import { encodeClose } from './close.ts';
import { encodeCopyData } from './copy-data.ts';
import { encodeCopyFail } from './copy-fail.ts';
import { encodeDescribe } from './describe.ts';
import { encodeEmptyMessage } from './empty-message.ts';
import { encodeExecute } from './execute.ts';
import { decodeFrontendMessage, type FrontendMessage } from './frontend-message.ts';
import { encodeFunctionCall } from './function-call.ts';
import { FrontendType } from './message-framing.ts';
import { encodeParse } from './parse.ts';
import { decodePasswordMessage, encodePasswordMessage } from './password-message.ts';
import { encodeQuery, findQueryTextEnd } from './query.ts';
import { decodeSaslInitialResponse, encodeSaslInitialResponse } from './sasl-initial-response.ts';
import { encodeSaslResponse } from './sasl-response.ts';

const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
const oid = fc.integer({ min: 0, max: 0xffff_ffff });
const format = fc.integer({ min: -32768, max: 32767 });
const bytes = fc.uint8Array({ maxLength: 50 }).map((value) => Buffer.from(value));
const values = fc.array(fc.option(bytes), { maxLength: 6 });
const formats = fc.array(format, { maxLength: 4 });
const subject = fc.record({ kind: fc.constantFrom('statement' as const, 'portal'), name: text });

/** Any message, as the fields that went in and the bytes that came out. */
const anyMessage: fc.Arbitrary<{ fields: object; whole: Buffer }> = fc.oneof(
  text.map((value) => ({ fields: { type: 'Query', text: value }, whole: encodeQuery(value) })),
  fc.tuple(text, text, fc.array(oid, { maxLength: 4 })).map(([name, sql, oids]) => ({
    fields: { type: 'Parse', statementName: name, text: sql, parameterTypeOids: oids },
    whole: encodeParse(name, sql, oids),
  })),
  fc
    .record({
      portalName: text,
      statementName: text,
      parameterFormats: formats,
      parameters: values,
      resultFormats: formats,
    })
    .map((bind) => ({ fields: { type: 'Bind', ...bind }, whole: encodeBind(bind) })),
  subject.map((value) => ({
    fields: { type: 'Describe', ...value },
    whole: encodeDescribe(value),
  })),
  subject.map((value) => ({ fields: { type: 'Close', ...value }, whole: encodeClose(value) })),
  fc.tuple(text, fc.integer()).map(([portalName, rowsMax]) => ({
    fields: { type: 'Execute', portalName, rowsMax },
    whole: encodeExecute(portalName, rowsMax),
  })),
  fc
    .record({ functionOid: oid, argumentFormats: formats, arguments: values, resultFormat: format })
    .map((call) => ({
      fields: { type: 'FunctionCall', ...call },
      whole: encodeFunctionCall(call),
    })),
  text.map((reason) => ({ fields: { type: 'CopyFail', reason }, whole: encodeCopyFail(reason) })),
  fc
    .constantFrom('CopyDone' as const, 'Flush' as const, 'Sync' as const, 'Terminate' as const)
    .map((type) => ({ fields: { type }, whole: encodeEmptyMessage(type) })),
);

function decode(whole: Buffer): FrontendMessage {
  assert.equal(whole.readInt32BE(1), whole.length - 1);
  return decodeFrontendMessage(whole.readUInt8(0), whole.subarray(5));
}

describe('decodeFrontendMessage', () => {
  it('reads back what was encoded', () => {
    fc.assert(
      fc.property(anyMessage, ({ fields, whole }) => {
        const message = decode(whole);
        assert.deepEqual({ ...message, ...fields }, message);
      }),
      { numRuns: 1000 },
    );
    assert.deepEqual(decode(encodeCopyData(Buffer.from('1\tAnn\n'))), {
      type: 'CopyData',
      data: Buffer.from('1\tAnn\n'),
    });
  });

  it('rejects any message cut at every possible byte', () => {
    fc.assert(
      fc.property(anyMessage, ({ whole }) => {
        const type = whole.readUInt8(0);
        for (let end = 5; end < whole.length; end++) {
          assert.throws(() => decodeFrontendMessage(type, whole.subarray(5, end)), ProtocolError);
        }
      }),
    );
  });

  it('rejects bytes after the last field', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat({ max: 255 }), ({ whole }, byte) => {
        const padded = Buffer.concat([whole.subarray(5), Buffer.of(byte)]);
        assert.throws(() => decodeFrontendMessage(whole.readUInt8(0), padded), ProtocolError);
      }),
    );
  });

  it('throws nothing but ProtocolError for random bytes of any type', () => {
    const types = fc.constantFrom(...Object.values(FrontendType), 0, 0x7a, 0xff);
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 200 }), (type, body) => {
        try {
          decodeFrontendMessage(type, Buffer.from(body));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('believes no count and no length before it has seen the bytes', () => {
    const refused = [
      [FrontendType.Parse, '00 00 ffff'],
      [FrontendType.Bind, '00 00 ffff'],
      [FrontendType.Bind, '00 00 0000 ffff'],
      [FrontendType.Bind, '00 00 0000 0001 7fffffff 61 0000'],
      [FrontendType.Bind, '00 00 0000 0001 fffffffe 0000'],
      [FrontendType.FunctionCall, '00000001 0000 0001 80000000 0000'],
      [FrontendType.Describe, '41 00'],
    ] as const;
    for (const [type, hex] of refused) {
      assert.throws(() => decodeFrontendMessage(type, fromHex(hex)), ProtocolError);
    }
  });

  it('says where the text of a Parse lies', () => {
    const body = encodeParse('näme', 'select $1', [25]).subarray(5);
    const parse = decodeFrontendMessage(FrontendType.Parse, body);
    assert(parse.type === 'Parse');
    assert.equal(body.toString('utf8', parse.textStart, parse.textEnd), 'select $1');
  });

  it('has no place for the messages of the login', () => {
    const { body } = { body: encodePasswordMessage('secret').subarray(5) };
    assert.throws(() => decodeFrontendMessage(FrontendType.PasswordMessage, body), ProtocolError);
  });
});

describe('findQueryTextEnd', () => {
  it('refuses text behind a zero byte, which the server would not read', () => {
    const body = Buffer.from('select 1\0; drop table account\0');
    assert.throws(() => findQueryTextEnd(body, 0, body.length), {
      reason: '21 bytes after the last field',
    });
  });

  it('looks only at the body, though the buffer goes on', () => {
    const buffer = Buffer.from('Q....select 1\0S...\0');
    assert.equal(findQueryTextEnd(buffer, 5, 14), 13);
    assert.throws(() => findQueryTextEnd(buffer, 5, 13), { reason: 'text is not terminated' });
  });
});

describe('messages of the login', () => {
  it('carry a password', () => {
    const body = encodePasswordMessage('sécret').subarray(5);
    assert.equal(decodePasswordMessage(body).password, 'sécret');
    for (let end = 0; end < body.length; end++) {
      assert.throws(() => decodePasswordMessage(body.subarray(0, end)), ProtocolError);
    }
    assert.throws(() => decodePasswordMessage(Buffer.from('a\0b\0')), ProtocolError);
  });

  it('carry the first and the following steps of a SASL mechanism', () => {
    const data = Buffer.from('n,,n=,r=nonce');
    const body = encodeSaslInitialResponse('SCRAM-SHA-256', data).subarray(5);
    assert.deepEqual(decodeSaslInitialResponse(body), {
      type: 'SASLInitialResponse',
      mechanism: 'SCRAM-SHA-256',
      data,
    });
    for (let end = 0; end < body.length; end++) {
      assert.throws(() => decodeSaslInitialResponse(body.subarray(0, end)), ProtocolError);
    }
    const waiting = encodeSaslInitialResponse('OAUTHBEARER', null).subarray(5);
    assert.equal(decodeSaslInitialResponse(waiting).data, null);
    assert.deepEqual(encodeSaslResponse(data).subarray(5), data);
  });
});
