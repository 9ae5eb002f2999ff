import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { RecordedBytes, RecordedEvent } from '../../recording/recorded-event.ts';
import type { Recorder } from '../../recording/recorder.ts';
import { FieldList } from '../../wire/http/field-list.ts';
import { decodePlayback } from '../decode-playback.ts';
import type { HttpRequestHead } from './exchange.ts';
import { ExchangeFrames } from './exchange-frames.ts';
import type { HttpOperation } from './http-operation.ts';

const OPERATION: HttpOperation = {
  route: '',
  text: 'PUT https://api.sallyport/x',
  actions: [{ action: 'http.put', facts: {} }],
};
const REQUEST: HttpRequestHead = {
  ...{ method: 'PUT', scheme: 'https', authority: 'api.sallyport', path: '/x', query: '' },
  fields: FieldList.of([
    ['accept', '*/*'],
    ['cookie', 'secret=1'],
  ]),
  ...{ version: '1.1', upgrade: undefined, bodyBytes: -1 },
};

/** What is played of what was taken down. */
async function play(act: (frames: ExchangeFrames) => void): Promise<readonly RecordedEvent[]> {
  const recorded: RecordedBytes[] = [];
  const recorder: Recorder = {
    congested: false,
    record(direction, bytes, start, end) {
      recorded.push({ direction, atMs: 0, bytes: Buffer.from(bytes.subarray(start, end)) });
    },
    onDrain() {},
    limit() {},
    finish: () => assert.fail('nobody ends it'),
  };
  act(new ExchangeFrames(recorder, 7, { operation: OPERATION, request: REQUEST }));
  async function* chunks(): AsyncGenerator<RecordedBytes> {
    yield* recorded;
  }
  return Array.fromAsync(decodePlayback(chunks()));
}

/** All text of one kind of event. */
function textOf(events: readonly RecordedEvent[], kind: 'input' | 'output'): string {
  return events.map((event) => (event.kind === kind ? event.text : '')).join('');
}

describe('the frames of an exchange', () => {
  it('are played as what was asked and what was shown', async () => {
    const events = await play((frames) => {
      frames.takeRequest(Buffer.from('new'));
      frames.takeHead(201, FieldList.of([['set-cookie', 'secret=2']]), 5);
      frames.takeResponse(Buffer.from('store'));
      frames.takeResponse(Buffer.from('d'));
      frames.close(true);
    });
    assert.deepEqual(events[0], {
      ...{ kind: 'opened', atMs: 0, channel: 7, what: 'request', account: '' },
      text: OPERATION.text,
    });
    assert.equal(
      textOf(events, 'input'),
      'PUT https://api.sallyport/x\naccept: */*\ncookie: [withheld]\n\nnew',
    );
    assert.equal(textOf(events, 'output'), '201 Created\nset-cookie: [withheld]\n\nstored');
    assert.deepEqual(events.at(-1), { kind: 'exit', atMs: 0, channel: 7, status: 201 });
  });

  it('say that the client has not all of a response', async () => {
    const events = await play((frames) => {
      frames.takeHead(200, FieldList.empty, undefined);
      frames.takeResponse(Buffer.from('half'));
      frames.close(false);
    });
    assert.deepEqual(events.at(-1), { kind: 'exit', atMs: 0, channel: 7, signal: 'aborted' });
  });

  it('hold the beginning of what is long, and the digest of all of it', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const pieces = 40;
    const events = await play((frames) => {
      frames.takeHead(200, FieldList.empty, piece.length * pieces);
      for (let count = 0; count < pieces; count += 1) frames.takeResponse(piece);
      frames.close(true);
    });
    assert.equal(textOf(events, 'output').length, '200 OK\n\n'.length + 1024 * 1024);
    const hash = createHash('sha256');
    for (let count = 0; count < pieces; count += 1) hash.update(piece);
    assert.deepEqual(events.at(-2), {
      ...{ kind: 'file', atMs: 0, channel: 7, action: 'http.put', via: 'http', path: '/x' },
      ...{ outcome: 'done', bytes: piece.length * pieces, sha256: hash.digest('hex') },
    });
  });
});
