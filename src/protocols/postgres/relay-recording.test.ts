import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { SlowRecorder } from '../../recording/slow-recorder.fixture.ts';
import { FrontendType, finishMessage, startMessage } from '../../wire/postgres/message-framing.ts';
import { encodeNoticeResponse } from '../../wire/postgres/notice-response.ts';
import { encodeQuery } from '../../wire/postgres/query.ts';
import { RelayFixture } from './relay.fixture.ts';

/** What one read brings at most, and what is on its way when reading stops. */
const READ_BYTES_MAX = 512 * 1024;
const FLOOD_BYTES = 4 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');

let fixture: RelayFixture;

describe('a session whose recording is behind', () => {
  before(async () => {
    fixture = await RelayFixture.open();
  });
  afterEach(() => fixture.closeSessions());
  after(() => fixture.close());

  const copyData = finishMessage(startMessage(FrontendType.CopyData).bytes(PIECE));
  const notice = encodeNoticeResponse({
    severity: 'NOTICE',
    sqlState: '00000',
    message: PIECE.toString(),
  });
  const flood = (piece: Buffer): Buffer =>
    Buffer.concat(Array.from({ length: FLOOD_BYTES / PIECE.length }, () => piece));

  for (const track of ['recorder', 'rawTrack'] as const) {
    it(`reads no more of what its client copies in, until it has caught up (${track})`, async () => {
      const recorder = new SlowRecorder();
      const { client, send } = await fixture.start({ [track]: recorder });
      await send(encodeQuery('COPY r1 FROM STDIN'));
      recorder.congested = true;
      client.write(flood(copyData));
      await expectStop(recorder, 'sent');
    });

    it(`reads no more of what its target says, however fast its client is (${track})`, async () => {
      const recorder = new SlowRecorder();
      const { client, backend } = await fixture.start({ [track]: recorder });
      backend.socket.write(Buffer.concat(Array.from({ length: 8 }, () => flood(notice))));
      await untilQuiet(() => recorder.bytes.shown);
      const before = recorder.bytes.shown;
      recorder.congested = true;
      client.resume();
      await expectStop(recorder, 'shown', before);
    });
  }

  it('hears a client that gives up while people are asked', async () => {
    const recorder = new SlowRecorder();
    const session = await fixture.start({ recorder });
    recorder.congested = true;
    await session.send(encodeQuery('SELECT * FROM held'));
    recorder.catchUp();
    session.client.destroy();
    assert.equal(await session.ended, 'client-left');
  });
});

/** Little is read before it has caught up, and all of it then. */
async function expectStop(
  recorder: SlowRecorder,
  what: 'sent' | 'shown',
  before = 0,
): Promise<void> {
  const { bytes } = recorder;
  await untilQuiet(() => bytes[what]);
  const early = bytes[what] - before;
  assert(early < READ_BYTES_MAX, `${early} bytes were read`);
  recorder.catchUp();
  await untilQuiet(() => bytes[what]);
  assert(bytes[what] - before >= FLOOD_BYTES, `${bytes[what]} bytes were read`);
}

/** Resolves once a number has not changed for some turns of the loop. */
async function untilQuiet(count: () => number): Promise<void> {
  let quietTurns = 0;
  for (let before = -1; quietTurns < 100; before = count()) {
    quietTurns = count() === before && before > 0 ? quietTurns + 1 : 0;
    await new Promise(setImmediate);
  }
}
