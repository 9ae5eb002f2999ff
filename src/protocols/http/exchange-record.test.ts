import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Recorder } from '../../recording/recorder.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import type { BodySink, BodySource, HttpRequest } from './exchange.ts';
import { ExchangeRecord, type ExchangeRecordParts } from './exchange-record.ts';

/** A body that says whether more of it is wanted. */
class FakeSource implements BodySource {
  readonly length: undefined;
  isPaused = false;
  sink: BodySink | undefined;

  start(sink: BodySink): void {
    this.sink = sink;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  destroy(): void {}
}

/** A recording that is as slow as the test wants. */
class SlowRecorder implements Recorder {
  congested = false;
  #waiting: (() => void)[] = [];

  record(): void {}

  onDrain(resume: () => void): void {
    this.#waiting.push(resume);
  }

  catchUp(): void {
    this.congested = false;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  limit(): void {}

  finish(): never {
    return assert.fail('nothing ends here');
  }
}

describe('ExchangeRecord', () => {
  for (const track of ['recorder', 'rawTrack'] as const) {
    it(`reads no more of a request's body while one that takes it down is behind (${track})`, () => {
      const slow = new SlowRecorder();
      const source = new FakeSource();
      const body = takeRequest(source, {
        ...{ recorder: new SlowRecorder(), rawTrack: new SlowRecorder(), [track]: slow },
      });
      let delivered = 0;
      const onData = (bytes: Buffer): void => void (delivered += bytes.length);
      body.start({ onData, onEnd: () => undefined, onError: () => undefined });
      source.sink?.onData(Buffer.alloc(1));
      assert.equal(source.isPaused, false);
      slow.congested = true;
      source.sink?.onData(Buffer.alloc(1));
      assert.deepEqual([delivered, source.isPaused], [2, true]);
      body.pause();
      slow.catchUp();
      assert.equal(source.isPaused, true, 'who takes it is behind, too');
      body.resume();
      assert.equal(source.isPaused, false);
    });
  }
});

function takeRequest(
  body: BodySource,
  recorders: Pick<ExchangeRecordParts['session'], 'recorder' | 'rawTrack'>,
): BodySource {
  const counts = { operations: 0, refused: 0, rows: 0, bytesSent: 0, bytesShown: 0 };
  const head = { path: '/', fields: FieldList.of([]), bodyBytes: -1 };
  const record = new ExchangeRecord({
    ...{ channel: 0, isRecordedElsewhere: false, guarded: (act) => act() },
    session: { ...recorders, counts } as ExchangeRecordParts['session'],
    operation: { text: 'POST /' } as ExchangeRecordParts['operation'],
    request: { ...head, body } as HttpRequest,
  });
  return record.takeRequest();
}
