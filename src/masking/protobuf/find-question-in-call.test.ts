import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBytesField, encodeVarintField } from '../../wire/protobuf/message-fields.ts';
import { checkCall } from './find-question-in-call.ts';
import type { FieldValue, GrpcMethod, MessageField, MessageType } from './message-type.ts';

function field(fullName: string, value: FieldValue): MessageField {
  const name = fullName.split('.').at(-1) ?? '';
  return { fullName, name, value, isPackable: false, isRequired: false, isKey: false };
}

function typeOf(name: string, fields: readonly FieldValue[]): MessageType {
  return {
    name,
    fieldNumbers: fields.map((_, index) => index + 1),
    findField: (number) => {
      const value = fields[number - 1];
      return value && field(`${name}.f${number}`, value);
    },
  };
}

const TEXT: FieldValue = { kind: 'string' };
const INNER = typeOf('Inner', [TEXT]);
/** A text, a number, messages with a text each. */
const OUTER = typeOf('Outer', [
  TEXT,
  { kind: 'number', wireType: 0 },
  { kind: 'message', type: INNER },
]);

function methodOf(request: MessageType, clientStreaming = false): GrpcMethod {
  return { name: 'S/M', clientStreaming, serverStreaming: false, request, response: INNER };
}

function read(hidden: string): (message: Buffer) => string | undefined {
  const check = checkCall(methodOf(OUTER), (name) => name === hidden);
  assert(check.kind === 'read');
  return check.findQuestion;
}

const ward = encodeBytesField(1, Buffer.from('4E'));
const byNumber = encodeBytesField(3, encodeBytesField(1, Buffer.from('M-4711')));

describe('checkCall', () => {
  it('finds fields that ask, wherever they are, and no others', () => {
    const find = read('Inner.f1');
    assert.equal(find(Buffer.concat([ward, encodeBytesField(3, Buffer.alloc(0))])), undefined);
    assert.match(find(Buffer.concat([ward, byNumber])) ?? '', /asks by what is hidden/);
    assert.equal(read('Outer.f1')(byNumber), undefined);
  });

  it('refuses what it cannot read: unknown fields, other types, what is no message', () => {
    const find = read('Inner.f1');
    for (const message of [
      encodeBytesField(9, Buffer.from('x')),
      encodeVarintField(3, 1n),
      Buffer.of(0xff),
      byNumber.subarray(0, -1),
    ]) {
      assert.match(find(message) ?? '', /cannot be looked through/);
    }
  });

  it('reads nothing where no field may ask, and lets no stream ask', () => {
    const isHidden = (name: string): boolean => name === 'Inner.f1';
    assert.equal(checkCall(methodOf(typeOf('A', [TEXT])), isHidden).kind, 'passed');
    assert.equal(checkCall(methodOf(OUTER, true), isHidden).kind, 'refused');
    const loop: FieldValue[] = [];
    const recursive = typeOf('R', loop);
    loop.push({ kind: 'message', type: recursive });
    assert.equal(checkCall(methodOf(recursive), isHidden).kind, 'passed');
  });

  it('throws nothing, whatever comes, and passes nothing that it has cut', () => {
    const find = read('Inner.f1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void find(Buffer.from(bytes))),
    );
    for (let cut = 1; cut < byNumber.length; cut++) {
      assert.notEqual(find(byNumber.subarray(0, cut)), undefined);
    }
  });
});
