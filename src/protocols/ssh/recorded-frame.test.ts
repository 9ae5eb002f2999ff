import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Recorder } from '../../recording/recorder.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { ChannelFrames, type Frame, FrameKind, FrameReader } from './recorded-frame.ts';

/** What would lie in the file, by direction. */
function record(act: (frames: ChannelFrames) => void): {
  readonly sent: Buffer;
  readonly shown: Buffer;
} {
  const parts: Record<'sent' | 'shown', Buffer[]> = { sent: [], shown: [] };
  const recorder: Recorder = {
    congested: false,
    record(direction, bytes, start, end) {
      parts[direction].push(Buffer.from(bytes.subarray(start, end)));
    },
    onDrain() {},
    limit() {},
    finish: () => assert.fail('nobody ends it'),
  };
  act(new ChannelFrames(recorder, 300));
  return { sent: Buffer.concat(parts.sent), shown: Buffer.concat(parts.shown) };
}

function describeFrames(frames: readonly Frame[]): readonly string[] {
  return frames.map(({ kind, channel, payload }) => `${kind} ${channel} ${payload.toString()}`);
}

describe('recorded frames', () => {
  it('are read back as they were taken down, cut wherever', () => {
    const { sent, shown } = record((frames) => {
      frames.open({ kind: 'exec', text: 'ls', account: 'deploy' });
      frames.input(Buffer.from('in'));
      frames.output(Buffer.from('x'.repeat(200)), 'stdout');
      frames.output(Buffer.from('err'), 'stderr');
      frames.exit({ status: 3 });
      frames.close();
    });
    for (let cut = 0; cut <= shown.length; cut += 1) {
      const reader = new FrameReader();
      const frames = [...reader.push(shown.subarray(0, cut)), ...reader.push(shown.subarray(cut))];
      assert.deepEqual(describeFrames(frames), [
        `${FrameKind.output} 300 ${'x'.repeat(200)}`,
        `${FrameKind.stderr} 300 err`,
        `${FrameKind.exit} 300 {"status":3}`,
        `${FrameKind.close} 300 `,
      ]);
    }
    assert.deepEqual(describeFrames(new FrameReader().push(sent)), [
      `${FrameKind.open} 300 {"kind":"exec","text":"ls","account":"deploy"}`,
      `${FrameKind.input} 300 in`,
    ]);
  });

  it('are not taken down any more once the channel is closed', () => {
    const { sent } = record((frames) => {
      frames.close();
      frames.input(Buffer.from('late'));
    });
    assert.equal(sent.length, 0);
  });

  it('make the reader throw nothing but a ProtocolError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          new FrameReader().push(Buffer.from(bytes));
        } catch (error) {
          assert(error instanceof ProtocolError);
        }
      }),
    );
  });

  it('of more than four megabytes are not waited for', () => {
    assert.throws(
      () => new FrameReader().push(Buffer.from([0xff, 0xff, 0xff, 0x7f])),
      ProtocolError,
    );
  });
});
