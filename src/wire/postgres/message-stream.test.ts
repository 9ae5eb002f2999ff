import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { type MessageSink, MessageStream } from './message-stream.ts';

const WHOLE_BYTES_MAX = 20;
const TYPES = [0x41, 0x42, 0x43, 0x44];

type Answer = 'pass' | 'drop' | 'replace' | 'later';

interface Sent {
  readonly type: number;
  readonly body: string;
  readonly answer: Answer;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  type: fc.constantFrom(...TYPES),
  body: fc.string({ unit: fc.constantFrom('x', 'y'), maxLength: 30 }),
  answer: fc.constantFrom('pass', 'drop', 'replace', 'later'),
});

function encode({ type, body }: Sent): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(type, 0);
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** What has to come out and what has to be asked, said naively. */
function expectedOf(
  messages: readonly Sent[],
  inspected: Uint8Array,
): readonly [string, readonly string[]] {
  let bytes = '';
  const calls: string[] = [];
  for (const one of messages) {
    const whole = encode(one).toString('latin1');
    if (inspected[one.type] === 0) {
      calls.push(`passed ${one.type} ${one.body.length}`);
      bytes += whole;
    } else if (one.body.length > WHOLE_BYTES_MAX) {
      calls.push(`oversized ${one.type} ${one.body.length}`);
      bytes += '<oversized>';
    } else {
      calls.push(`message ${whole}`);
      bytes += { pass: whole, later: whole, drop: '', replace: '<instead>' }[one.answer];
    }
  }
  return [bytes, calls];
}

class Collector implements MessageSink {
  bytesSeen = '';
  readonly calls: string[] = [];
  readonly #answers: readonly Answer[];
  #count = 0;
  #hasWaited = false;

  /** @param answers To the messages that are inspected, in order. */
  constructor(answers: readonly Answer[]) {
    this.#answers = answers;
  }

  passed(type: number, bodyBytes: number): void {
    this.calls.push(`passed ${type} ${bodyBytes}`);
  }

  oversized(type: number, bodyBytes: number): Buffer {
    this.calls.push(`oversized ${type} ${bodyBytes}`);
    return Buffer.from('<oversized>');
  }

  message(_: number, buffer: Buffer, start: number, end: number): true | 'later' | Buffer {
    const answer = this.#answers[this.#count];
    if (answer === 'later' && !this.#hasWaited) {
      this.#hasWaited = true;
      return 'later';
    }
    this.#hasWaited = false;
    this.#count += 1;
    this.calls.push(`message ${buffer.toString('latin1', start, end)}`);
    if (answer === 'drop') return Buffer.alloc(0);
    return answer === 'replace' ? Buffer.from('<instead>') : true;
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    this.bytesSeen += buffer.toString('latin1', start, end);
  }
}

function open(sink: MessageSink, inspected: Uint8Array): MessageStream {
  const known = new Uint8Array(256);
  for (const type of TYPES) known[type] = 1;
  return new MessageStream(sink, {
    name: 'test',
    inspected,
    known,
    wholeBytesMax: WHOLE_BYTES_MAX,
  });
}

/** Pushes a chunk as a relay does: what is wanted later is offered again. */
function pushAll(stream: MessageStream, chunk: Buffer): void {
  let rest = chunk;
  for (;;) {
    const lent = Buffer.from(rest);
    const stopped = stream.push(lent, 0, lent.length);
    // The bytes were only lent: whoever kept them would see this.
    const next = Buffer.from(lent.subarray(stopped));
    lent.fill(0x7a);
    if (stopped === rest.length && next.length === 0) {
      const again = stream.push(Buffer.alloc(0), 0, 0);
      assert.equal(again, 0);
      return;
    }
    rest = next;
  }
}

describe('MessageStream', () => {
  it('does what a naive reading would, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(sent, { maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (messages, flags, cuts) => {
          const inspected = new Uint8Array(256);
          for (const [index, type] of TYPES.entries())
            inspected[type] = flags[index] === true ? 1 : 0;
          const [bytes, calls] = expectedOf(messages, inspected);
          const asked = messages.filter(
            ({ type, body }) => inspected[type] === 1 && body.length <= WHOLE_BYTES_MAX,
          );
          const sink = new Collector(asked.map(({ answer }) => answer));
          const stream = open(sink, inspected);
          const input = Buffer.concat(messages.map(encode));
          for (let offset = 0, turn = 0; offset < input.length; turn++) {
            const size = cuts[turn % cuts.length] as number;
            pushAll(stream, input.subarray(offset, offset + size));
            offset += size;
          }
          assert.equal(sink.bytesSeen, bytes);
          assert.deepEqual(sink.calls, calls);
          assert.ok(stream.isBetweenMessages);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps a message whole that was begun whole, though its type is not looked at any more', () => {
    const whole = encode({ type: 0x41, body: 'xyxyxyxy', answer: 'pass' });
    for (let cut = 1; cut < whole.length; cut++) {
      const inspected = new Uint8Array(256).fill(1);
      const sink = new Collector(['pass', 'pass']);
      const stream = open(sink, inspected);
      stream.push(whole, 0, cut);
      stream.inspected = new Uint8Array(256);
      stream.push(whole, cut, whole.length);
      stream.push(whole, 0, whole.length);
      assert.equal(sink.bytesSeen, whole.toString('latin1').repeat(2), `cut at byte ${cut}`);
    }
  });

  for (const length of [0, 3, -1, 2 ** 31 - 1]) {
    it(`takes a length of ${length} for a broken protocol, wherever it is cut`, () => {
      const header = Buffer.alloc(5, 0x41);
      header.writeInt32BE(length, 1);
      for (let cut = 0; cut <= 5; cut++) {
        const stream = open(new Collector([]), new Uint8Array(256));
        assert.throws(() => {
          stream.push(header, 0, cut);
          stream.push(header, cut, 5);
        }, ProtocolError);
      }
    });
  }

  it('takes a type it does not know for a broken protocol', () => {
    const stream = open(new Collector([]), new Uint8Array(256));
    assert.throws(() => stream.push(Buffer.from('Z\0\0\0\x04'), 0, 5), ProtocolError);
  });

  it('throws nothing but protocol errors at random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const stream = open(new Collector([]), new Uint8Array(256).fill(1));
        try {
          for (const chunk of chunks) stream.push(Buffer.from(chunk), 0, chunk.length);
        } catch (error) {
          assert.ok(error instanceof ProtocolError);
        }
      }),
    );
  });
});
