import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../protocol-error.ts';
import { MessageAssembler } from './message-assembler.ts';

describe('MessageAssembler', () => {
  it('puts pieces together, wherever they were cut', () => {
    const assembler = new MessageAssembler(10);
    const text = Buffer.from('a\u{e9}\u{1f600}');
    for (let at = 0; at <= text.length; at += 1) {
      assert.equal(assembler.add('text', text.subarray(0, at), false), undefined);
      assert.deepEqual(assembler.add('text', text.subarray(at), true), text);
    }
  });

  it('keeps no more than its bound, of each message', () => {
    const assembler = new MessageAssembler(4);
    assert.deepEqual(assembler.add('binary', Buffer.from('1234'), true), Buffer.from('1234'));
    assembler.add('binary', Buffer.from('123'), false);
    assert.throws(() => assembler.add('binary', Buffer.from('45'), false), ProtocolError);
  });

  it('refuses text that is not UTF-8, and takes any bytes for the rest', () => {
    const bytes = Buffer.from('c328', 'hex');
    assert.throws(() => new MessageAssembler(4).add('text', bytes, true), ProtocolError);
    assert.deepEqual(new MessageAssembler(4).add('binary', bytes, true), bytes);
  });
});
