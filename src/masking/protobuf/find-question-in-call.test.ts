import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeBytesField, encodeVarintField } from '../../wire/protobuf/message-fields.ts';
import { type CallQuestion, checkCall, type FindHidden } from './find-question-in-call.ts';
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

function hide(hidden: string): FindHidden {
  return (name) => (name === hidden ? { name, dataClass: 'mrn' } : undefined);
}

function readQuestion(hidden: string): (message: Buffer) => CallQuestion {
  const check = checkCall(methodOf(OUTER), hide(hidden));
  assert(check.kind === 'read');
  return check.findQuestion;
}

/** Why a message is refused, or what it asks by. */
function read(hidden: string): (message: Buffer) => string | undefined {
  const find = readQuestion(hidden);
  return (message) => {
    const question = find(message);
    if (question.kind === 'refused') return question.reason;
    if (question.kind === 'none') return undefined;
    return question.standIns.map(({ text }) => text).join();
  };
}

const ward = encodeBytesField(1, Buffer.from('4E'));
const byNumber = encodeBytesField(3, encodeBytesField(1, Buffer.from('M-4711')));

describe('checkCall', () => {
  it('finds fields that ask, wherever they are, and no others', () => {
    const find = read('Inner.f1');
    assert.equal(find(Buffer.concat([ward, encodeBytesField(3, Buffer.alloc(0))])), undefined);
    assert.equal(find(Buffer.concat([ward, byNumber, byNumber])), 'M-4711,M-4711');
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

  it('refuses a message of any type, which may have a field that asks', () => {
    const any: FieldValue = { kind: 'message', type: typeOf('google.protobuf.Any', [TEXT]) };
    const check = checkCall(methodOf(typeOf('Packed', [TEXT, any])), hide('Inner.f1'));
    assert(check.kind === 'read');
    assert.equal(check.findQuestion(ward).kind, 'none');
    assert.equal(check.findQuestion(encodeBytesField(2, byNumber)).kind, 'refused');
  });

  it('reads nothing where no field may ask, and lets no stream ask', () => {
    const findHidden = hide('Inner.f1');
    assert.equal(checkCall(methodOf(typeOf('A', [TEXT])), findHidden).kind, 'passed');
    assert.equal(checkCall(methodOf(OUTER, true), findHidden).kind, 'refused');
    const loop: FieldValue[] = [];
    const recursive = typeOf('R', loop);
    loop.push({ kind: 'message', type: recursive });
    assert.equal(checkCall(methodOf(recursive), findHidden).kind, 'passed');
  });

  it('writes values in the place of what stands for them, and all else as it was', () => {
    const question = readQuestion('Inner.f1')(Buffer.concat([ward, byNumber, ward, byNumber]));
    assert(question.kind === 'hidden');
    const written = question.write(['A', 'a longer one']);
    const inner = (text: string): Buffer =>
      encodeBytesField(3, encodeBytesField(1, Buffer.from(text)));
    assert.deepEqual(written, Buffer.concat([ward, inner('A'), ward, inner('a longer one')]));
  });

  it('takes nothing but a text for a stand-in', () => {
    const find = readQuestion('Outer.f2');
    assert.equal(find(encodeVarintField(2, 7n)).kind, 'refused');
    assert.equal(readQuestion('Outer.f3')(byNumber).kind, 'refused');
    assert.equal(readQuestion('Outer.f1')(encodeVarintField(1, 7n)).kind, 'refused');
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
