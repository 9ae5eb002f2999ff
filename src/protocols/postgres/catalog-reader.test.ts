import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { encodeCommandComplete } from '../../wire/postgres/command-complete.ts';
import { encodeDataRow } from '../../wire/postgres/data-row.ts';
import { encodeReadyForQuery } from '../../wire/postgres/ready-for-query.ts';
import { readRows } from './catalog-reader.ts';
import type { UpstreamConnection } from './upstream.ts';
import { channelOf } from './upstream-channel.ts';

const ROW = encodeDataRow([Buffer.from('public')]);
const ANSWER_END = Buffer.concat([encodeCommandComplete('SELECT 1'), encodeReadyForQuery('idle')]);

/** A server that answers whatever it is asked with the same rows, for ever or `count` times. */
function serverSaying(count: number): UpstreamConnection {
  let left = count;
  const socket = new Duplex({
    read() {
      const bytes = left > 0 ? ROW : ANSWER_END;
      left -= 1;
      this.push(bytes);
    },
    write: (_bytes, _encoding, done) => done(),
  });
  const channel = channelOf(socket);
  socket.pause();
  const backendKey = { processId: 1, secretKey: Buffer.alloc(4) };
  return { socket, channel, backendKey, serverVersion: '', parameters: new Map(), notices: [] };
}

describe('readRows', () => {
  it('returns the rows of an answer', async () => {
    const upstream = serverSaying(2);
    assert.deepEqual(await readRows(upstream, 'SELECT 1'), [['public'], ['public']]);
    upstream.socket.destroy();
  });

  it('takes no answer without end', async () => {
    const upstream = serverSaying(Number.POSITIVE_INFINITY);
    await assert.rejects(readRows(upstream, 'SELECT 1', 10_000), {
      code: 'ERR_UPSTREAM_PROTOCOL',
      message: /more than 10000 bytes/,
    });
    upstream.socket.destroy();
  });
});
