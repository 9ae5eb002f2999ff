import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Recorder } from '../../recording/recorder.ts';
import { SlowRecorder } from '../../recording/slow-recorder.fixture.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import type { Session } from '../protocol.ts';
import type { RawSink, RawStream } from './exchange.ts';
import { ExchangeRecord } from './exchange-record.ts';
import { WholeBody } from './whole-body.ts';

/** A stream whose peer is the test, and what was done with it. */
class FakeStream implements RawStream {
  readonly queuedBytes = 0;
  sink: RawSink | undefined;
  isPaused = false;

  start(sink: RawSink): void {
    this.sink = sink;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  write(): void {}
  end(): void {}
  destroy(): void {}
}

/** One side of a command in a container, which records itself. */
function openSide(side: 'takeClient' | 'takeTarget', recorder: Recorder): Opened {
  const record = new ExchangeRecord({
    session: { recorder, rawTrack: undefined } as unknown as Session,
    channel: 0,
    operation: { route: '', text: 'exec ward/web', actions: [] },
    request: {
      ...{ method: 'GET', scheme: 'https', authority: 'ward.sallyport', path: '/', query: '' },
      ...{ fields: FieldList.empty, version: '1.1', upgrade: 'websocket', bodyBytes: 0 },
      body: WholeBody.empty,
    },
    isRecordedElsewhere: true,
    guarded: (act) => act(),
  });
  const inner = new FakeStream();
  const outer = record[side](inner);
  outer.start({
    onData: () => {},
    onDrain: () => {},
    onEnd: () => {},
    onClose: () => {},
  });
  return { inner, outer };
}

interface Opened {
  readonly inner: FakeStream;
  readonly outer: RawStream;
}

describe('a side of an upgraded exchange', () => {
  for (const side of ['takeClient', 'takeTarget'] as const) {
    it(`is not read on while the recording is behind: ${side}`, () => {
      const recorder = new SlowRecorder();
      const { inner, outer } = openSide(side, recorder);
      inner.sink?.onData(Buffer.from('x'));
      assert.equal(inner.isPaused, false);
      recorder.congested = true;
      inner.sink?.onData(Buffer.from('x'));
      assert.equal(inner.isPaused, true);
      outer.resume();
      assert.equal(inner.isPaused, true);
      recorder.catchUp();
      assert.equal(inner.isPaused, false);
    });

    it(`stays paused for who paused it: ${side}`, () => {
      const recorder = new SlowRecorder();
      const { inner, outer } = openSide(side, recorder);
      recorder.congested = true;
      inner.sink?.onData(Buffer.from('x'));
      outer.pause();
      recorder.catchUp();
      assert.equal(inner.isPaused, true);
      outer.resume();
      assert.equal(inner.isPaused, false);
    });
  }
});
