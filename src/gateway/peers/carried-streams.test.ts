import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { CarriedStreams } from './carried-streams.ts';

const REQUEST: StreamRequest = {
  ...{ target: 'hospital', kind: 'bytes', sessionId: 'ses_1', principalId: 'okta:ana' },
};
const { signal } = new AbortController();

describe('CarriedStreams', () => {
  it('are over once the last of them is closed, whoever closed it', async () => {
    const carried = new CarriedStreams();
    const streams = [new PassThrough(), new PassThrough()];
    const opening = streams.values();
    const open = carried.count(async () => ({
      stream: opening.next().value ?? assert.fail('two only'),
      facts: undefined,
    }));
    await carried.untilNone();
    for (const stream of streams) assert.equal((await open([], REQUEST, signal)).stream, stream);
    let isOver = false;
    const over = carried.untilNone().then(() => {
      isOver = true;
    });
    const closed = new Promise((resolve) => streams[0]?.once('close', resolve));
    streams[0]?.destroy();
    await closed;
    await new Promise(setImmediate);
    assert.equal(isOver, false);
    streams[1]?.destroy();
    await over;
  });

  it('do not count what was not opened', async () => {
    const carried = new CarriedStreams();
    const refusal = new UpstreamError('ERR_UPSTREAM_UNREACHABLE', 'nobody is there');
    await assert.rejects(
      carried.count(() => Promise.reject(refusal))([], REQUEST, signal),
      refusal,
    );
    await carried.untilNone();
  });
});
