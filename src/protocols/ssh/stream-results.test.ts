import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutputDetectors } from '../../masking/detectors/open-tail.ts';
import type { ChannelContext } from './channel-handler.ts';
import { StreamResults } from './stream-results.ts';

/** What a program without a terminal writes, looked through by detectors that find nothing, and count. */
function open(): {
  readonly results: StreamResults;
  readonly pass: () => void;
  readonly shown: () => string;
  readonly looks: () => number;
} {
  const waiting = new Set<() => void>();
  let shown = '';
  let looks = 0;
  const find = (): [] => {
    looks += 1;
    return [];
  };
  const findOpenTail = (_bytes: Uint8Array, _start: number, end: number): object => ({
    start: end,
    isTelling: false,
  });
  const outputDetectors = { detectors: { find }, findOpenTail } as unknown as OutputDetectors;
  const context = {
    masking: () => ({ files: { classNames: new Set() }, outputDetectors }),
    session: { guard: { reveal: () => ({ shown: new Map() }) } },
    nowMs: () => 0,
    schedule: (_afterMs: number, run: () => void) => {
      waiting.add(run);
      return () => void waiting.delete(run);
    },
  } as unknown as ChannelContext;
  const ends = { toClient: (bytes: Buffer) => void (shown += bytes.toString()) };
  const pass = (): void => {
    for (const run of [...waiting]) {
      waiting.delete(run);
      run();
    }
  };
  const results = new StreamResults(context, ends, 'stdout');
  return { results, pass, shown: () => shown, looks: () => looks };
}

describe('StreamResults', () => {
  it('looks through lines that come at once a few times, not anew with each', () => {
    const { results, pass, shown, looks } = open();
    const lines = Array.from({ length: 1_000 }, (_, index) => `John Miller ${index}\n`);
    for (const line of lines) results.deliver(Buffer.from(line));
    pass();
    results.end();
    assert.equal(shown(), lines.join(''));
    assert(looks() <= 8, `${looks()} times`);
  });

  it('shows all that came when the program ends, and nothing once the channel is closed', () => {
    const { results, shown } = open();
    for (const text of 'abc') results.deliver(Buffer.from(text));
    results.end();
    assert.equal(shown(), 'abc');
    const closed = open();
    for (const text of 'abc') closed.results.deliver(Buffer.from(`${text}\n`));
    closed.results.close();
    closed.pass();
    assert.equal(closed.shown(), 'a\nb\n');
  });
});
