import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EchoQueue } from '../../terminal/echo-queue.ts';
import type { ChannelContext } from './channel-handler.ts';
import { TerminalResults } from './terminal-results.ts';

/** The output of a terminal of 80 columns that nothing is masked in, and what waits for time to pass. */
function open(): { readonly results: TerminalResults; readonly pass: () => void } {
  const waiting = new Set<() => void>();
  const context = {
    masking: () => undefined,
    schedule: (_afterMs: number, run: () => void) => {
      waiting.add(run);
      return () => void waiting.delete(run);
    },
  } as unknown as ChannelContext;
  const results = new TerminalResults({
    ...{ context, size: { columns: 80, rows: 24 }, echo: new EchoQueue() },
    ...{ ends: { toClient: () => undefined }, onShown: () => undefined },
  });
  const pass = (): void => {
    for (const run of waiting) run();
  };
  return { results, pass };
}

/** How much of a long line is in its first row. */
function columnsOf({ screen }: TerminalResults): number {
  return screen.buffer.rowAt(0).text().length;
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
});
