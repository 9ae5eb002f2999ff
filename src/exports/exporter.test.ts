import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ExportSettings } from '../configuration/export-settings.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { Exporter } from './exporter.ts';
import { MemoryCursors, MemorySource } from './memory-source.fixture.ts';
import { ALL_TAKEN, type Sink, SinkError } from './sink.ts';

function settings(name: string, changes: Partial<ExportSettings> = {}): ExportSettings {
  return {
    name,
    kind: 'file',
    path: '/nowhere',
    format: 'json',
    statements: 'masked',
    statementBytesMax: 1024,
    kinds: [],
    start: 'beginning',
    ...changes,
  } as ExportSettings;
}

class Bench implements AsyncDisposable {
  readonly source = new MemorySource();
  readonly cursors = new MemoryCursors();
  /** What happened, in order: `open a`, `close a`, `a gw.0:1`. */
  readonly events: string[] = [];
  token = 'right';
  readonly exporter = new Exporter({
    source: this.source,
    cursors: this.cursors,
    findSession: async () => undefined,
    maskStatement: async () => undefined,
    openSink: async ({ name }) => this.#openSink(name),
    nowMs: () => 0,
    random: () => 0,
    wait: async (_ms, signal) => {
      await turn();
      signal.throwIfAborted();
    },
    log: SILENT_LOG,
  });

  #openSink(name: string): Sink {
    if (this.token === 'unreadable') throw new Error('no such secret');
    this.events.push(`open ${name}`);
    const { token } = this;
    return {
      name,
      deliver: async (records) => {
        if (token === 'wrong') throw new SinkError('ERR_SINK_FORBIDDEN', 'it answered with 401');
        for (const { id } of records) this.events.push(`${name} ${id}`);
        return ALL_TAKEN;
      },
      [Symbol.asyncDispose]: async () => void this.events.push(`close ${name}`),
    };
  }

  async until(isDone: () => boolean): Promise<void> {
    for (let turns = 0; turns < 10_000; turns++) {
      if (isDone()) return;
      await turn();
    }
    assert.fail('it never happened');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.exporter[Symbol.asyncDispose]();
  }
}

describe('Exporter', () => {
  it('follows the configuration, and leaves alone what stays', async () => {
    await using bench = new Bench();
    const { exporter, source, events } = bench;
    source.add('gw.0', 1);
    await exporter.apply([settings('a'), settings('b')]);
    await bench.until(() => events.includes('a gw.0:0') && events.includes('b gw.0:0'));
    await exporter.apply([settings('a'), settings('b', { statements: 'none' }), settings('c')]);
    source.add('gw.0', 1);
    await bench.until(() => events.filter((event) => event.endsWith('gw.0:1')).length === 3);
    assert.deepEqual(events.filter((event) => event.startsWith('open')).toSorted(), [
      'open a',
      'open b',
      'open b',
      'open c',
    ]);
    // The changed one went on where it was, the new one began at the beginning.
    assert.equal(events.filter((event) => event === 'b gw.0:0').length, 1);
    assert(events.includes('c gw.0:0'));
    assert.deepEqual(
      exporter.statuses.map(({ name }) => name),
      ['a', 'b', 'c'],
    );
    await exporter.apply([]);
    assert.deepEqual(exporter.statuses, []);
    assert.equal(events.filter((event) => event.startsWith('close')).length, 4);
  });

  it('waits for a secret that cannot be read, and opens a sink anew that turned it away', async () => {
    await using bench = new Bench();
    const { exporter, source, events } = bench;
    source.add('gw.0', 1);
    bench.token = 'unreadable';
    await exporter.apply([settings('a')]);
    await bench.until(() => exporter.statuses[0]?.state === 'failing');
    assert.match(exporter.statuses[0]?.problem ?? '', /a secret or a file that it needs/);
    bench.token = 'wrong';
    await bench.until(() => /401/.test(exporter.statuses[0]?.problem ?? ''));
    bench.token = 'right';
    await bench.until(() => events.includes('a gw.0:0'));
    assert.equal(exporter.statuses[0]?.state, 'working');
  });

  it('knows no sink that is not configured', async () => {
    await using bench = new Bench();
    assert.equal(await bench.exporter.replay('a', 0), undefined);
  });
});
