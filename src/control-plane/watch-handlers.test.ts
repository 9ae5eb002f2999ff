import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createFakeServices, createPrincipal } from '../../test/control-plane/fake-services.ts';
import type { Timeline } from '../api/timeline.ts';
import type { SignedInCall } from './handler.ts';
import { findLive, findTimeline } from './watch-handlers.ts';

const HEARTBEAT_MS = 15_000;

function createCall(): SignedInCall {
  return {
    principal: createPrincipal('officer'),
    signIn: undefined,
    path: { id: 's-bob' },
    query: {},
    json: undefined,
    form: new URLSearchParams(),
    clientAddress: '127.0.0.1',
    signal: new AbortController().signal,
    isStillSignedIn: async () => true,
  };
}

describe('findLive', () => {
  it('shows nothing more once the watcher may not watch any more', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const services = createFakeServices({
      async *follow(_session, signal) {
        yield { kind: 'end', atMs: 0 } as never;
        await once(signal, 'abort');
      },
    });
    const call = createCall();
    const found = await findLive(services, { running: 0 }, call);
    const answer = await found?.handle();
    assert.equal(answer?.kind, 'stream');
    await setImmediate();
    t.mock.timers.tick(HEARTBEAT_MS);
    await setImmediate();
    services.allow = ({ action }) => action !== 'session.watch';
    t.mock.timers.tick(HEARTBEAT_MS);
    const kinds: string[] = [];
    for await (const { kind } of answer.messages) kinds.push(kind);
    assert.deepEqual(kinds, ['event', 'heartbeat']);
  });
});

describe('findTimeline', () => {
  it('reads few at a time, however many ask at once', async () => {
    const ledger = Promise.withResolvers<void>();
    const services = createFakeServices({
      sessionEntries: () => ({
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            await ledger.promise;
            return { done: true, value: undefined };
          },
        }),
      }),
    });
    const timelines = { running: 0 };
    const read = async () => (await findTimeline(services, timelines, createCall()))?.handle();
    const answers = Array.from({ length: 9 }, read);
    await setImmediate();
    ledger.resolve();
    const kinds = (await Promise.all(answers)).map((answer) => answer?.kind);
    assert.equal(kinds.filter((kind) => kind === 'json').length, 8);
    assert.equal(kinds.filter((kind) => kind === 'problem').length, 1);
    assert.deepEqual([timelines.running, (await read())?.kind], [0, 'json']);
  });

  it('says whether the log of the session is here', async () => {
    for (const [here, coverage] of [
      ['g1', { read: ['g1'], missing: [] }],
      ['gw.0', { read: [], missing: ['g1'] }],
    ] as const) {
      const { ledgerFiles } = createFakeServices();
      const log = { name: here, publicKey: '', checkpoint: undefined };
      const listLogs = async () => [log];
      const services = createFakeServices({ ledgerFiles: { ...ledgerFiles, listLogs } });
      const answer = await (await findTimeline(services, { running: 0 }, createCall()))?.handle();
      assert.ok(answer?.kind === 'json');
      assert.deepEqual((answer.body as Timeline).coverage, coverage);
    }
  });
});
