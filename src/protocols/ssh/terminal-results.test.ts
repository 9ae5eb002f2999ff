import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutputDetectors } from '../../masking/detectors/open-tail.ts';
import { EchoQueue } from '../../terminal/echo-queue.ts';
import type { ChannelContext } from './channel-handler.ts';
import { TerminalResults } from './terminal-results.ts';

/** The output of a terminal of 80 columns, and what waits for time to pass. */
function open(
  /** Default: nothing is masked. */
  outputDetectors?: OutputDetectors,
): { readonly results: TerminalResults; readonly pass: () => void; readonly shown: () => string } {
  let shown = '';
  const waiting = new Set<() => void>();
  const context = {
    masking: () => ({ files: { classNames: new Set() }, outputDetectors }),
    session: { guard: { reveal: () => ({ shown: new Map() }) } },
    nowMs: () => 0,
    schedule: (_afterMs: number, run: () => void) => {
      waiting.add(run);
      return () => void waiting.delete(run);
    },
  } as unknown as ChannelContext;
  const results = new TerminalResults({
    ...{ context, size: { columns: 80, rows: 24 }, echo: new EchoQueue() },
    ...{
      ends: { toClient: (bytes: Buffer) => void (shown += bytes.toString()) },
      onDrawn: () => undefined,
      onShown: () => undefined,
    },
  });
  const pass = (): void => {
    for (const run of [...waiting]) run();
  };
  return { results, pass, shown: () => shown };
}

/** How much of a long line is in its first row. */
function columnsOf({ screen }: TerminalResults): number {
  return screen.buffer.rowAt(0).text().length;
}

/** Find nothing; `onLook` is called each time they look. */
function detectorsOf(onLook: () => void): OutputDetectors {
  const find = (): [] => {
    onLook();
    return [];
  };
  return {
    detectors: { find },
    findOpenTail: (_bytes: Uint8Array, _start: number, end: number) => ({
      start: end,
      isTelling: false,
    }),
  } as unknown as OutputDetectors;
}

describe('TerminalResults', () => {
  it('draws what comes on a screen of the last size that the client said', () => {
    const { results } = open();
    for (let columns = 20; columns <= 60; columns++) results.resize({ columns, rows: 24 });
    results.deliver(Buffer.from('x'.repeat(100)));
    assert.equal(columnsOf(results), 60);
  });

  it('gives a screen one new size for all that are said at once, with what is drawn next or soon', () => {
    const { results, pass } = open();
    results.deliver(Buffer.from('x'.repeat(100)));
    for (let columns = 20; columns <= 60; columns++) results.resize({ columns, rows: 24 });
    assert.equal(columnsOf(results), 80);
    pass();
    assert.equal(columnsOf(results), 60);
    results.resize({ columns: 40, rows: 24 });
    results.deliver(Buffer.from('y'));
    assert.equal(columnsOf(results), 40);
  });

  it('looks through what comes byte by byte at once a few times, not anew with each', () => {
    let looks = 0;
    const { results, pass, shown } = open(
      detectorsOf(() => {
        looks += 1;
      }),
    );
    const text = 'John Miller '.repeat(100);
    for (const byte of Buffer.from(text)) results.deliver(Buffer.of(byte));
    assert.equal(shown().length < text.length, true);
    pass();
    results.end();
    assert.equal(shown(), text);
    assert(looks <= 8, `${looks} times`);
  });

  it('draws what waits before anybody looks at the screen, and at its size of then', () => {
    const { results } = open(detectorsOf(() => undefined));
    for (const byte of Buffer.from('x'.repeat(100))) results.deliver(Buffer.of(byte));
    assert.equal(columnsOf(results), 80);
    results.resize({ columns: 60, rows: 24 });
    results.deliver(Buffer.from('\x1b[H\x1b[2J'));
    results.deliver(Buffer.from('y'.repeat(70)));
    assert.equal(columnsOf(results), 60);
  });
});
