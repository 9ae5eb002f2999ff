import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlowRecorder } from '../../recording/slow-recorder.fixture.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import type { BodySource, HttpRequest } from './exchange.ts';
import { ExchangeRecord, type ExchangeRecordParts } from './exchange-record.ts';
import { OpenBody } from './open-body.fixture.ts';

describe('ExchangeRecord', () => {
  for (const track of ['recorder', 'rawTrack'] as const) {
    it(`reads no more of a request's body while one that takes it down is behind (${track})`, () => {
      const slow = new SlowRecorder();
      const source = new OpenBody();
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
