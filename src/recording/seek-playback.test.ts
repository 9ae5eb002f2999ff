import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RecordedEvent } from './recorded-event.ts';
import { seekPlayback } from './seek-playback.ts';

const EVENTS: readonly RecordedEvent[] = [
  { kind: 'statement', atMs: 0, text: 'select a' },
  { kind: 'columns', atMs: 10, names: ['a'] },
  { kind: 'row', atMs: 10, values: ['1'] },
  { kind: 'row', atMs: 20, values: ['2'] },
  { kind: 'done', atMs: 30, tag: 'SELECT 2' },
  { kind: 'statement', atMs: 40, text: 'select b' },
  { kind: 'columns', atMs: 50, names: ['b'] },
  { kind: 'row', atMs: 50, values: ['3'] },
];

async function seek(fromMs: number): Promise<readonly string[]> {
  async function* all(): AsyncGenerator<RecordedEvent, void> {
    yield* EVENTS;
  }
  const events = await Array.fromAsync(seekPlayback(all(), fromMs));
  return events.map((event) => `${event.kind}@${event.atMs}`);
}

describe('seekPlayback', () => {
  it('plays all of it from the start', async () => {
    assert.equal((await seek(0)).length, EVENTS.length);
  });

  it('says the columns again before rows in the middle of a result', async () => {
    assert.deepEqual(await seek(20), [
      'columns@10',
      'row@20',
      'done@30',
      'statement@40',
      'columns@50',
      'row@50',
    ]);
  });

  it('says no columns of a result that is over', async () => {
    assert.deepEqual(await seek(30), ['done@30', 'statement@40', 'columns@50', 'row@50']);
    assert.deepEqual(await seek(40), ['statement@40', 'columns@50', 'row@50']);
    assert.deepEqual(await seek(51), []);
  });

  it('tells a terminal all that it shows, and leaves out what went on before', async () => {
    const at = { atMs: 10, channel: 1 } as const;
    const opened = { ...at, kind: 'opened', what: 'shell', text: '', account: 'x' } as const;
    const written = { ...at, kind: 'output', stream: 'stdout', text: 'x' } as const;
    const events = await Array.fromAsync(
      seekPlayback(
        (async function* (): AsyncGenerator<RecordedEvent> {
          yield { ...opened, terminal: { columns: 80, rows: 24 } };
          yield { ...opened, channel: 2, what: 'exec' };
          yield { ...written, channel: 2 };
          yield { ...at, kind: 'input', text: 'x' };
          yield written;
          yield { ...written, atMs: 99, channel: 2 };
        })(),
        50,
      ),
    );
    assert.deepEqual(
      events.map((event) => `${event.kind} ${'channel' in event ? event.channel : ''}`),
      ['opened 1', 'output 1', 'output 2'],
    );
  });
});
