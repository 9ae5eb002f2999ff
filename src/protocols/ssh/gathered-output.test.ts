import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GatheredOutput } from './gathered-output.ts';

/** Output whose pieces take some time, which passes only then and when it is told to. */
function open(tookMs: number): {
  readonly output: GatheredOutput;
  readonly taken: string[];
  readonly waits: number[];
  readonly pass: () => void;
} {
  let nowMs = 0;
  let waiting: (() => void) | undefined;
  const taken: string[] = [];
  const waits: number[] = [];
  const clock = {
    nowMs: () => nowMs,
    schedule: (afterMs: number, run: () => void) => {
      waits.push(afterMs);
      waiting = run;
      return () => {
        waiting = undefined;
      };
    },
  };
  const output = new GatheredOutput(clock, (bytes) => {
    nowMs += tookMs;
    taken.push(bytes.toString());
  });
  const pass = (): void => {
    const run = waiting;
    waiting = undefined;
    run?.();
  };
  return { output, taken, waits, pass };
}

function push(output: GatheredOutput, text: string): void {
  for (const character of text) {
    const bytes = Buffer.from(character);
    output.push(bytes);
    bytes.fill(0);
  }
}

describe('GatheredOutput', () => {
  it('hands on a piece as it comes, and what comes soon behind it as one, after as long as the piece took', () => {
    const { output, taken, waits, pass } = open(7);
    push(output, 'abcd');
    assert.deepEqual(taken, ['a']);
    pass();
    assert.deepEqual(taken, ['a', 'bcd']);
    push(output, 'ef');
    pass();
    pass();
    push(output, 'g');
    assert.deepEqual(taken, ['a', 'bcd', 'ef', 'g']);
    assert.deepEqual(waits, [7, 7, 7, 7]);
  });

  it('hands on what waits when it is asked for, once, and nothing any more once it is closed', () => {
    const { output, taken, pass } = open(0);
    push(output, 'abc');
    output.flush();
    output.flush();
    assert.deepEqual(taken, ['a', 'bc']);
    push(output, 'd');
    assert.equal(output.isEmpty, false);
    output.close();
    pass();
    assert.deepEqual(taken, ['a', 'bc']);
  });

  it('keeps no more than a bound', () => {
    const { output, taken } = open(0);
    push(output, 'a');
    for (let count = 0; count < 4; count += 1) output.push(Buffer.alloc(64 * 1024));
    assert.deepEqual(
      taken.map(({ length }) => length),
      [1, 128 * 1024, 128 * 1024],
    );
    assert.equal(output.isEmpty, true);
  });
});
