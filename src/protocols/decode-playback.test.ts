import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RecordedBytes, RecordedEvent } from '../recording/recorded-event.ts';
import { encodeQuery } from '../wire/postgres/query.ts';
import { encodeReadyForQuery } from '../wire/postgres/ready-for-query.ts';
import { decodePlayback } from './decode-playback.ts';
import { ChannelFrames } from './ssh/recorded-frame.ts';

function play(pieces: readonly RecordedBytes[]): Promise<readonly RecordedEvent[]> {
  return Array.fromAsync(decodePlayback(ReadableStream.from(pieces)));
}

/** What a session over SSH leaves in its recording. */
function record(take: (frames: ChannelFrames) => void): readonly RecordedBytes[] {
  const pieces: RecordedBytes[] = [];
  const recorder = {
    congested: false,
    record(direction: 'sent' | 'shown', bytes: Buffer, start: number, end: number) {
      pieces.push({ direction, atMs: 0, bytes: Buffer.from(bytes.subarray(start, end)) });
    },
    onDrain: (resume: () => void) => resume(),
    limit: () => undefined,
    finish: () => assert.fail('is not asked for'),
  };
  take(new ChannelFrames(recorder, 0));
  return pieces;
}

describe('decodePlayback', () => {
  it('knows a recording of PostgreSQL, whichever side spoke first', async () => {
    for (const [direction, bytes] of [
      ['sent', encodeQuery(`SELECT '${'x'.repeat(70_000)}'`)],
      ['sent', encodeQuery('SELECT 1')],
      ['shown', encodeReadyForQuery('idle')],
    ] as const) {
      const events = await play([{ direction, atMs: 0, bytes }]);
      assert.deepEqual(
        events.map(({ kind }) => kind),
        direction === 'sent' ? ['statement'] : [],
      );
    }
  });

  it('knows a recording of SSH, from its beginning and from its middle', async () => {
    const whole = record((frames) => {
      frames.open({ kind: 'exec', text: 'cat '.repeat(100), account: 'deploy' });
      frames.output(Buffer.from('hello'), 'stdout');
    });
    const [opened, output] = await play(whole);
    assert.equal(opened?.kind, 'opened');
    assert.equal(output?.kind === 'output' && output.text, 'hello');
    for (const length of [1, 100, 20_000]) {
      const text = 'y'.repeat(length);
      const middle = record((frames) => frames.output(Buffer.from(text), 'stderr'));
      const [event] = await play(middle);
      assert.equal(event?.kind === 'output' && event.text, text);
    }
  });

  it('plays nothing where nothing was recorded', async () => {
    assert.deepEqual(await play([]), []);
  });
});
