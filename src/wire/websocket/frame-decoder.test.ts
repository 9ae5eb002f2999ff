import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../protocol-error.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { FrameEncoder } from './frame-encoder.ts';

type Sender = 'client' | 'server';

/** What a decoder tells of bytes that come in the given pieces; pieces of a message are put together. */
function read(sender: Sender, pieces: readonly Buffer[]): readonly string[] {
  const events: string[] = [];
  let text = '';
  const decoder = new FrameDecoder(sender, {
    data(kind, piece, isLast) {
      text += piece.toString('latin1');
      if (!isLast) return;
      events.push(`${kind} ${text}`);
      text = '';
    },
    ping: (payload) => void events.push(`ping ${payload.toString('latin1')}`),
    pong: (payload) => void events.push(`pong ${payload.toString('latin1')}`),
    close: ({ code, reason }) => void events.push(`close ${code} ${reason}`),
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    decoder.push(bytes);
    // The bytes are the caller's again.
    bytes.fill(0xee);
  }
  assert.equal(
    decoder.hasClosed,
    events.some((event) => event.startsWith('close')),
  );
  return events;
}

function readHex(sender: Sender, hex: string): readonly string[] {
  return read(sender, [Buffer.from(hex.replaceAll(' ', ''), 'hex')]);
}

function makeEncoder(sender: Sender): FrameEncoder {
  let key = 0;
  return new FrameEncoder(
    sender === 'server' ? undefined : () => Buffer.of((key += 1), 0x7f, 0x80, 0xff),
  );
}

describe('FrameDecoder', () => {
  it('reads the examples of RFC 6455', () => {
    assert.deepEqual(readHex('server', '81 05 48656c6c6f'), ['text Hello']);
    assert.deepEqual(readHex('client', '81 85 37fa213d 7f9f4d5158'), ['text Hello']);
    assert.deepEqual(readHex('server', '01 03 48656c  80 02 6c6f'), ['text Hello']);
    assert.deepEqual(readHex('server', '89 05 48656c6c6f'), ['ping Hello']);
    assert.deepEqual(readHex('client', '8a 85 37fa213d 7f9f4d5158'), ['pong Hello']);
  });

  for (const sender of ['client', 'server'] as const) {
    it(`reads what a ${sender} wrote, however it comes`, () => {
      const encoder = makeEncoder(sender);
      const bytes = Buffer.concat([
        encoder.data('text', Buffer.from('first'), true),
        encoder.data('binary', Buffer.from('sec'), false),
        encoder.ping(Buffer.from('between')),
        encoder.data('binary', Buffer.alloc(0), false),
        encoder.data('binary', Buffer.from('ond'), true),
        encoder.pong(Buffer.alloc(0)),
        encoder.data('text', Buffer.alloc(0), true),
        encoder.data('text', Buffer.alloc(300, 'x'), true),
        encoder.close({ code: 1000, reason: 'b\u{e9}' }),
        Buffer.from('what follows is passed over'),
      ]);
      const expected = [
        'text first',
        'ping between',
        'binary second',
        'pong ',
        'text ',
        `text ${'x'.repeat(300)}`,
        'close 1000 b\u{e9}',
      ];
      assert.deepEqual(read(sender, [bytes]), expected);
      assert.deepEqual(
        read(
          sender,
          Array.from(bytes, (byte) => Buffer.of(byte)),
        ),
        expected,
      );
      for (let at = 0; at <= bytes.length; at += 1) {
        assert.deepEqual(read(sender, [bytes.subarray(0, at), bytes.subarray(at)]), expected);
      }
    });
  }

  it('reads every form of length', () => {
    for (const length of [0, 125, 126, 65_535, 65_536, 70_000]) {
      const payload = Buffer.alloc(length, 'y');
      for (const sender of ['client', 'server'] as const) {
        const bytes = makeEncoder(sender).data('binary', payload, true);
        assert.deepEqual(read(sender, [bytes]), [`binary ${payload.toString()}`]);
      }
    }
  });

  it('refuses frames that break RFC 6455, as soon as their heads show it', () => {
    for (const [sender, hex] of [
      ['client', '81 05'],
      ['server', '81 85'],
      ['server', 'c1'],
      ['server', 'a1'],
      ['server', '91'],
      ['server', '83'],
      ['server', '87'],
      ['server', '8b'],
      ['server', '8f'],
      ['server', '09'],
      ['server', '08'],
      ['server', '89 7e'],
      ['server', '88 7f'],
      ['server', '80 00'],
      ['server', '01 01 61 81 01 61'],
      ['server', '01 00 02 00'],
      ['server', '82 7e 007d'],
      ['server', '82 7f 000000000000ffff'],
      ['server', '82 7f 0020000000000000'],
      ['server', '82 7f 8000000000010000'],
      ['server', '88 01 03'],
      ['server', '88 02 03e7'],
      ['server', '88 02 03ec'],
      ['server', '88 02 03ed'],
      ['server', '88 02 03ee'],
      ['server', '88 02 03f7'],
      ['server', '88 02 0bb7'],
      ['server', '88 02 1388'],
      ['server', '88 04 03e8 c328'],
    ] as const) {
      assert.throws(() => readHex(sender, hex), ProtocolError, hex);
    }
  });

  it('takes a close with and without a code', () => {
    assert.deepEqual(readHex('server', '88 00'), ['close undefined ']);
    assert.deepEqual(readHex('server', '88 02 0fa0'), ['close 4000 ']);
  });

  it('throws nothing but ProtocolError for any bytes', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 5 });
    fc.assert(
      fc.property(pieces, fc.constantFrom('client', 'server'), (parts, sender) => {
        try {
          read(
            sender,
            parts.map((part) => Buffer.from(part)),
          );
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });
});

describe('FrameEncoder', () => {
  it('leaves out a reason that no frame could hold', () => {
    const bytes = makeEncoder('server').close({ code: 1011, reason: 'x'.repeat(124) });
    assert.equal(bytes.toString('hex'), '880203f3');
  });
});
