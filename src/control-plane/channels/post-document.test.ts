import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { postDocument } from './post-document.ts';

let server: Server;
/** Status and `retry-after` of the next answer. */
let next: readonly [status: number, retryAfter?: string];

function post(): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const posting = { channel: 'chat', url: `http://127.0.0.1:${port}/`, body: '{}' };
  return postDocument(posting, new AbortController().signal);
}

describe('postDocument', () => {
  before(async () => {
    server = createServer((_, answer) => {
      const [status, retryAfter] = next;
      answer.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
      answer.end('taken');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  it('resolves with what it was answered', async () => {
    next = [202];
    assert.equal(await post(), 'taken');
  });

  it('says for how long it is not to be tried again, where the channel says so', async () => {
    for (const [retryAfter, againAfterMs] of [
      ['7', 7_000],
      ['Wed, 21 Oct 2026 07:28:00 GMT', 0],
      ['-1', 0],
      [undefined, 0],
    ] as const) {
      next = retryAfter === undefined ? [429] : [429, retryAfter];
      await assert.rejects(post(), { code: 'ERR_CHANNEL', againAfterMs });
    }
  });

  it('follows no redirect', async () => {
    next = [302];
    await assert.rejects(post(), /answered with status 302/);
  });
});
