import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { decodePeerLine, decodePeerValue, encodePeerLine, encodePeerValue } from './peer-line.ts';

/** Without a line's end. */
function line(text: string): Buffer {
  return Buffer.from(text);
}

function decode(bytes: Buffer): unknown {
  try {
    return decodePeerLine(bytes);
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
    return error;
  }
}

describe('decodePeerLine', () => {
  it('reads what encodePeerLine wrote: values, the end, and why there is none', () => {
    const entry = { seq: 7, text: 'é\n', bytes: Buffer.from([0, 255]), none: undefined };
    for (const written of [
      { kind: 'value', value: entry },
      { kind: 'end' },
      { kind: 'failed', reason: 'there is no "such" log' },
    ] as const) {
      const bytes = encodePeerLine(written);
      assert.equal(bytes.indexOf('\n'), bytes.length - 1);
      assert.deepEqual(
        decodePeerLine(bytes.subarray(0, -1)),
        JSON.parse(JSON.stringify(written), (key, value: unknown) =>
          key === 'bytes' ? Buffer.from([0, 255]) : value,
        ),
      );
    }
  });

  it('takes nothing that was cut for a line, nor anything behind one', () => {
    for (const whole of ['={"a":[1,"b"]}', '!"reason"', '.']) {
      for (let length = 0; length < whole.length; length++) {
        assert(decode(line(whole.slice(0, length))) instanceof ProtocolError);
      }
      assert(decode(line(`${whole}.`)) instanceof ProtocolError);
    }
  });

  it('throws nothing but its own error at random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        decode(Buffer.from(bytes));
        decode(Buffer.concat([line('='), Buffer.from(bytes)]));
      }),
    );
  });

  it('refuses bytes and objects that it would not have written', () => {
    for (const text of [
      '{"$bytes":1}',
      '{"$bytes":"a"}',
      '{"$object":1}',
      '{"$object":[1]}',
      '{"$object":[[1,2]]}',
    ]) {
      assert(decode(line(`=${text}`)) instanceof ProtocolError, text);
    }
  });
});

describe('encodePeerValue', () => {
  it('gives back every value, also what looks like its own marks or has the name of a prototype', () => {
    const names = fc.constantFrom('$bytes', '$object', '__proto__', 'constructor', 'a');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, 1.5, 'text', '$bytes'),
        fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc
          .array(fc.tuple(names, tie('tree')), { maxLength: 3 })
          .map((members) => Object.fromEntries(members)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        assert.deepEqual(decodePeerValue(Buffer.from(encodePeerValue(value))), value);
      }),
    );
  });
});
