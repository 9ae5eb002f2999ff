import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createFakeServices, createPrincipal } from '../../test/control-plane/fake-services.ts';
import type { SessionAction } from '../api/route.ts';
import type { Timeline } from '../api/timeline.ts';
import type { Answer } from './answer.ts';
import type { SignedInCall } from './handler.ts';
import { findLive, findRawTrack, findRecording, findTimeline } from './watch-handlers.ts';
import { NotEntitledError } from './while-entitled.ts';

const HEARTBEAT_MS = 15_000;

function createCall(name = 'officer'): SignedInCall {
  return {
    principal: createPrincipal(name),
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
    const found = await findLive(services, { watchers: [] }, call);
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

describe('findRecording', () => {
  it('leaves places for others, however many one opens and does not read', async () => {
    const services = createFakeServices();
    const playbacks = { watchers: [] };
    const open = async (name: string): Promise<Answer | undefined> =>
      (await findRecording(services, playbacks, createCall(name)))?.handle();
    const answers: (Answer | undefined)[] = [];
    for (let opened = 0; opened < 16; opened++) answers.push(await open('mallory'));
    assert.equal(answers.at(-1)?.kind, 'problem');
    assert.equal((await open('officer'))?.kind, 'events');
    for (const answer of answers) if (answer?.kind === 'events') answer.release();
    assert.equal((await open('mallory'))?.kind, 'events');
    assert.deepEqual(playbacks.watchers, ['idp:officer', 'idp:mallory']);
  });
});

describe('what lasts', () => {
  /** Reads all of an answer, whose reader loses a right behind the first line; says how far it came. */
  async function readWhileLosing(
    find: typeof findRecording,
    action: SessionAction | 'sign-in',
  ): Promise<{ readonly lines: number; readonly isWhole: boolean }> {
    let nowMs = 0;
    let isSignedIn = true;
    const services = createFakeServices({
      nowMs: () => nowMs,
      rawTrack: async () => Readable.from([Buffer.from('a'), Buffer.from('b'), Buffer.from('c')]),
    });
    const call = { ...createCall(), isStillSignedIn: async () => isSignedIn };
    const answer = await (await find(services, { watchers: [] }, call))?.handle();
    assert.equal(answer?.kind, 'events');
    let lines = 0;
    try {
      for await (const _ of answer.events) {
        lines += 1;
        nowMs += 5_000;
        if (action === 'sign-in') isSignedIn = false;
        services.allow = (question) => question.action !== action;
      }
      return { lines, isWhole: true };
    } catch (error) {
      assert.ok(error instanceof NotEntitledError);
      return { lines, isWhole: false };
    }
  }

  it('is broken off once who reads it may not, or is signed out', async () => {
    for (const action of ['session.watch', 'sign-in'] as const) {
      const read = await readWhileLosing(findRecording, action);
      assert.deepEqual(read, { lines: 1, isWhole: false });
    }
    for (const action of ['session.unseal', 'sign-in'] as const) {
      const read = await readWhileLosing(findRawTrack, action);
      assert.deepEqual(read, { lines: 1, isWhole: false });
    }
  });

  it('is shown whole to who may see it all the while', async () => {
    for (const find of [findRecording, findRawTrack]) {
      assert.equal((await readWhileLosing(find, 'session.end')).isWhole, true);
    }
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
    const timelines = { watchers: [] };
    const read = async (name = 'officer') =>
      (await findTimeline(services, timelines, createCall(name)))?.handle();
    const names = ['mallory', 'officer', 'petra'].flatMap((name) =>
      Array.from({ length: 5 }, () => name),
    );
    const answers = names.map(read);
    await setImmediate();
    ledger.resolve();
    const kinds = (await Promise.all(answers)).map((answer) => answer?.kind);
    const served = names.filter((_, index) => kinds[index] === 'json');
    // Four of each, and eight in all.
    const asked = [...names.slice(0, 4), ...names.slice(5, 9)];
    assert.deepEqual(served, asked);
    assert.deepEqual([timelines.watchers.length, (await read())?.kind], [0, 'json']);
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
      const answer = await (await findTimeline(services, { watchers: [] }, createCall()))?.handle();
      assert.ok(answer?.kind === 'json');
      assert.deepEqual((answer.body as Timeline).coverage, coverage);
    }
  });
});
