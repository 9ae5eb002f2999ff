import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { message } from '../e2e/raw-connection.ts';
import type { Attack } from './attacks.ts';
import { Detector } from './detector.ts';
import { answerOf, type Door } from './leak-client.ts';
import { type Leak, type LeakRunOutcome, runAttacks } from './leak-run.ts';

const ONE_ATTACK: readonly Attack[] = [
  { name: 'one', steps: [{ form: 'simple', text: 'SELECT 1' }] },
];

/** Answers each step with the next of `texts`, as errors, in that state of the transaction. */
function doorThatSays(texts: readonly string[], state: 'I' | 'E'): Door {
  const left = [...texts];
  const run = (): ReturnType<Awaited<ReturnType<Door['open']>>['run']> => {
    const error = message('E', `M${left.shift() ?? 'refused'}`, Buffer.of(0));
    const messages = [error, message('Z', Buffer.from(state))];
    return Promise.resolve(
      answerOf(
        messages.map((bytes) => ({
          type: bytes.toString('latin1', 0, 1),
          body: bytes.subarray(5),
        })),
      ),
    );
  };
  return { open: () => Promise.resolve({ isOpen: true, run, close: () => undefined }) };
}

async function runBoth(a: Door, b: Door): Promise<LeakRunOutcome & { readonly leaked: Leak[] }> {
  const leaked: Leak[] = [];
  const outcome = await runAttacks(ONE_ATTACK, {
    worlds: { a, b },
    detector: new Detector([]),
    expectsSameAnswers: true,
    onLeak: (leak) => leaked.push(leak),
  });
  return { ...outcome, leaked };
}

describe('runAttacks', () => {
  const passing = 'Cannot mask the statement: the parser is being replaced';

  it('reports answers that differ', async () => {
    const { leaked } = await runBoth(doorThatSays(['no'], 'I'), doorThatSays(['yes'], 'I'));
    assert.equal(leaked.length, 1);
  });

  it('sends a step again that one world refuses for a moment', async () => {
    const { leaked, repeated } = await runBoth(
      doorThatSays([passing, passing, 'no'], 'I'),
      doorThatSays(['no'], 'I'),
    );
    assert.deepEqual(leaked, []);
    assert.equal(repeated, 2);
  });

  it('leaves an attack whose transaction such a refusal failed', async () => {
    const { leaked, abandoned } = await runBoth(
      doorThatSays([passing], 'E'),
      doorThatSays(['no'], 'E'),
    );
    assert.deepEqual(leaked, []);
    assert.equal(abandoned, 1);
  });

  it('leaves an attack in which one world alone has read a changed catalog', async () => {
    const changed = 'its names have changed: has changed since this statement was prepared';
    const one = await runBoth(doorThatSays([changed], 'E'), doorThatSays(['no'], 'I'));
    assert.deepEqual([one.leaked, one.abandoned], [[], 1]);
    const both = await runBoth(doorThatSays([changed], 'E'), doorThatSays([changed], 'I'));
    assert.deepEqual([both.leaked.length, both.abandoned], [1, 0]);
  });

  it('leaves an attack in which a relation is known in one world alone, and looks for values all the same', async () => {
    const unknown = 'Cannot mask the statement: the relation patients is not known';
    const one = await runBoth(doorThatSays([unknown], 'I'), doorThatSays(['no'], 'I'));
    assert.deepEqual([one.leaked, one.abandoned], [[], 1]);
    const seen = await runBoth(doorThatSays(['vk1_abc'], 'I'), doorThatSays([unknown], 'I'));
    assert.deepEqual([seen.leaked.length, seen.abandoned], [1, 1]);
  });
});
