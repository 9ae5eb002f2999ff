import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { Connectors } from './connectors.ts';
import { StreamNotOpenedError, type Tunnel } from './tunnel.ts';

const REQUEST: StreamRequest = { kind: 'bytes', target: 'ward-db' } as StreamRequest;
const SIGNAL = AbortSignal.timeout(60_000);

/** Connectors of the names, in the order of their streams, and which of them were asked. */
function connectorsOf(...names: readonly string[]) {
  const asked: string[] = [];
  const answers = new Map<string, 'target-unreachable' | 'login-failed' | 'nothing'>();
  let nowMs = 0;
  const connectors = new Connectors(() => nowMs);
  for (const [streamCount, name] of names.entries()) {
    const tunnel = {
      ...{ peer: { name }, isOpen: true, streamCount },
      async open(_request: StreamRequest, signal: AbortSignal) {
        asked.push(name);
        const answer = answers.get(name);
        if (answer === 'nothing') {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          signal.throwIfAborted();
        } else if (answer !== undefined) {
          throw new StreamNotOpenedError(answer, 'says so');
        }
        return { stream: new PassThrough(), facts: {} };
      },
    };
    connectors.add(tunnel as unknown as Tunnel);
  }
  /** Which were asked for a stream, in their order. */
  const ask = async (signal = SIGNAL, request = REQUEST): Promise<readonly string[]> => {
    asked.length = 0;
    await connectors.openStream(names, request, signal).catch(() => undefined);
    return [...asked];
  };
  return { answers, ask, pass: (ms: number) => void (nowMs += ms) };
}

describe('Connectors', () => {
  it('asks the one with the fewest streams, and the next where that does not reach the target', async () => {
    const { answers, ask } = connectorsOf('a', 'b');
    assert.deepEqual(await ask(), ['a']);
    answers.set('a', 'target-unreachable');
    assert.deepEqual(await ask(), ['a', 'b']);
  });

  it('asks one that did not reach the target last, for a while', async () => {
    const { answers, ask, pass } = connectorsOf('a', 'b');
    answers.set('a', 'target-unreachable');
    await ask();
    assert.deepEqual(await ask(), ['b']);
    assert.deepEqual(await ask(SIGNAL, { ...REQUEST, target: 'other-db' }), ['a', 'b']);
    pass(29_000);
    assert.deepEqual(await ask(), ['b']);
    pass(1_000);
    answers.delete('a');
    assert.deepEqual(await ask(), ['a']);
    assert.deepEqual(await ask(), ['a']);
  });

  it('asks it all the same where no other reaches the target', async () => {
    const { answers, ask } = connectorsOf('a', 'b');
    answers.set('a', 'target-unreachable').set('b', 'target-unreachable');
    await ask();
    answers.delete('a');
    assert.deepEqual(await ask(), ['a']);
  });

  it('asks one last that did not answer as long as somebody waited', async () => {
    const { answers, ask } = connectorsOf('a', 'b');
    answers.set('a', 'nothing');
    assert.deepEqual(await ask(AbortSignal.timeout(20)), ['a']);
    assert.deepEqual(await ask(), ['b']);
  });

  it('asks one first again whose login alone failed', async () => {
    const { answers, ask } = connectorsOf('a', 'b');
    answers.set('a', 'login-failed');
    assert.deepEqual(await ask(), ['a', 'b']);
    assert.deepEqual(await ask(), ['a', 'b']);
  });
});
