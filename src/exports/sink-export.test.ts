import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SILENT_LOG } from '../telemetry/log.ts';
import type { ExportRecord, MaskStatement } from './export-record.ts';
import { MemoryCursors, MemorySource, sourceEntry } from './memory-source.fixture.ts';
import { operationRecord } from './record.fixture.ts';
import { ALL_TAKEN, type Delivery, type Sink, SinkError } from './sink.ts';
import { SinkExport, type SinkExportParts } from './sink-export.ts';

/** A sink whose answers a test gives. */
class ScriptedSink implements Sink {
  readonly name = 'siem';
  readonly taken: string[] = [];
  deliveries = 0;
  answer: (records: readonly ExportRecord[]) => Delivery | Promise<Delivery> = () => ALL_TAKEN;

  async deliver(records: readonly ExportRecord[], signal: AbortSignal): Promise<Delivery> {
    this.deliveries += 1;
    const hung = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => hung.reject(signal.reason as Error), { once: true });
    // Not every delivery comes as far as to wait for it.
    hung.promise.catch(() => undefined);
    const delivery = await Promise.race([this.answer(records), hung.promise]);
    const { again, refused } = delivery;
    const taken = records.filter((record) => !again.includes(record) && !refused.includes(record));
    this.taken.push(...taken.map(({ id }) => id));
    return delivery;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class Bench implements AsyncDisposable {
  readonly source = new MemorySource();
  readonly cursors = new MemoryCursors();
  readonly sink = new ScriptedSink();
  readonly waited: number[] = [];
  nowMs = 1_800_000_000_000;
  mask: MaskStatement = async () => undefined;
  findSession: SinkExportParts['findSession'] = async () => undefined;
  #running: SinkExport | undefined;

  start(changes: Partial<SinkExportParts['settings']> = {}): SinkExport {
    this.#running = new SinkExport({
      sink: this.sink,
      settings: {
        kind: 'file',
        statements: 'masked',
        statementBytesMax: 1024,
        kinds: [],
        start: 'beginning',
        ...changes,
      },
      source: this.source,
      cursors: this.cursors,
      findSession: (id) => this.findSession(id),
      maskStatement: (statement) => this.mask(statement),
      nowMs: () => this.nowMs,
      random: () => 0,
      // Time passes as fast as it is asked for, and everybody else gets their turn.
      wait: async (ms, signal) => {
        this.waited.push(ms);
        this.nowMs += ms;
        await turn();
        signal.throwIfAborted();
      },
      log: SILENT_LOG,
    });
    return this.#running;
  }

  async until(isDone: () => boolean): Promise<void> {
    for (let turns = 0; turns < 100_000; turns++) {
      if (isDone()) return;
      await turn();
    }
    assert.fail('it never happened');
  }

  async stop(): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    this.#running = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function ids(log: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `${log}:${from + index}`);
}

describe('SinkExport', () => {
  it('sends each log in its order, and what is added later', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 700);
    bench.source.add('gw.1', 3);
    const run = bench.start();
    await bench.until(() => bench.sink.taken.length === 703);
    bench.source.add('gw.0', 5);
    await bench.until(() => bench.sink.taken.length === 708);
    const of = (log: string) => bench.sink.taken.filter((id) => id.startsWith(log));
    assert.deepEqual(of('gw.0'), ids('gw.0', 0, 705));
    assert.deepEqual(of('gw.1'), ids('gw.1', 0, 3));
    await bench.until(() => (run.status.lagMs ?? Infinity) <= 500);
    assert.deepEqual(run.status.logs, [
      { log: 'gw.0', next: 705 },
      { log: 'gw.1', next: 3 },
    ]);
  });

  it('goes on after a restart where the store says, and repeats what was not said to be taken', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 400);
    bench.start();
    await bench.until(() => bench.cursors.places.get('siem gw.0')?.place.seq === 399);
    await bench.stop();
    bench.source.add('gw.0', 10);
    bench.start();
    await bench.until(() => bench.sink.taken.length === 410);
    assert.deepEqual(bench.sink.taken, ids('gw.0', 0, 410));
  });

  it('delivers everything in order, without a gap, when a sink was down for an hour', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 300);
    const run = bench.start();
    await bench.until(() => bench.sink.taken.length === 300);
    bench.sink.answer = () => {
      throw new SinkError('ERR_SINK_UNAVAILABLE', 'the connection failed (ECONNREFUSED)');
    };
    const downAtMs = bench.nowMs;
    const backAtMs = downAtMs + 3_600_000;
    bench.source.add('gw.0', 1_000);
    await bench.until(() => run.status.state === 'failing');
    assert.equal(run.status.problem, 'Cannot export: the connection failed (ECONNREFUSED)');
    await bench.until(() => bench.nowMs >= backAtMs);
    const readWhileDown = bench.source.read;
    assert(readWhileDown <= 300 + 250 + 2, 'it holds one batch, however long the sink is away');
    assert(bench.sink.deliveries < 200, 'it asks less and less often');
    assert((run.status.lagMs ?? 0) >= 3_500_000);
    bench.sink.answer = () => ALL_TAKEN;
    await bench.until(() => bench.sink.taken.length === 1_300);
    assert.deepEqual(bench.sink.taken, ids('gw.0', 0, 1_300));
    assert.equal(run.status.state, 'working');
  });

  it('waits as long as a sink asks for', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 1);
    let isFirst = true;
    bench.sink.answer = () => {
      if (!isFirst) return ALL_TAKEN;
      isFirst = false;
      throw new SinkError('ERR_SINK_UNAVAILABLE', 'busy', { retryAfterMs: 42_000 });
    };
    bench.start();
    await bench.until(() => bench.sink.taken.length === 1);
    assert(bench.waited.includes(42_000));
  });

  it('sends again only what a sink did not take, before anything newer', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 600);
    const rounds: string[][] = [];
    bench.sink.answer = (records) => {
      rounds.push(records.map(({ id }) => id));
      const again = rounds.length === 1 ? records.filter(({ seq }) => seq % 100 === 7) : [];
      return { again, refused: [], refusedUnnamed: 0 };
    };
    bench.start();
    await bench.until(() => bench.sink.taken.length === 600);
    assert.deepEqual(rounds[1], ['gw.0:7', 'gw.0:107', 'gw.0:207']);
    assert.deepEqual(bench.sink.taken.toSorted(), ids('gw.0', 0, 600).toSorted());
    assert.equal(new Set(bench.sink.taken).size, 600);
  });

  it('finds the one entry that a sink never takes, and goes on without it', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 500);
    bench.sink.answer = (records) => {
      const isPoisoned = records.some(({ seq }) => seq === 123);
      if (isPoisoned) throw new SinkError('ERR_SINK_REFUSED', 'it answered with status 400');
      return ALL_TAKEN;
    };
    const run = bench.start();
    await bench.until(() => bench.sink.taken.length === 499);
    assert.deepEqual(
      bench.sink.taken,
      ids('gw.0', 0, 500).filter((id) => id !== 'gw.0:123'),
    );
    assert.equal(run.status.refused, 1);
  });

  it('goes on without a text that cannot be masked', async () => {
    await using bench = new Bench();
    const session = { session: 's', target: 'hospital' };
    bench.source.logs.set('gw.0', [
      sourceEntry('gw.0', 0, { kind: 'session.start', fields: session }),
      sourceEntry('gw.0', 1, { fields: session, content: { text: 'SELECT 1' } }),
      sourceEntry('gw.0', 2),
    ]);
    bench.mask = () => Promise.reject(new Error('the parser is broken'));
    bench.start();
    await bench.until(() => bench.sink.taken.length === 3);
    assert.deepEqual(bench.sink.taken, ids('gw.0', 0, 3));
  });

  it('is not held up by another one that hangs', async () => {
    await using hanging = new Bench();
    await using bench = new Bench();
    const never = Promise.withResolvers<Delivery>();
    hanging.source.add('gw.0', 10);
    hanging.sink.answer = () => never.promise;
    hanging.start();
    bench.source.add('gw.0', 10);
    bench.start();
    await bench.until(() => bench.sink.taken.length === 10);
    assert.deepEqual(hanging.sink.taken, []);
    never.resolve(ALL_TAKEN);
  });

  it('goes on from memory while the store is down, and saves its place afterwards', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 5);
    bench.start();
    await bench.until(() => bench.cursors.places.get('siem gw.0')?.place.seq === 4);
    bench.cursors.isDown = true;
    bench.source.add('gw.0', 5);
    await bench.until(() => bench.sink.taken.length === 10);
    assert.equal(bench.cursors.places.get('siem gw.0')?.place.seq, 4);
    bench.cursors.isDown = false;
    await bench.until(() => bench.cursors.places.get('siem gw.0')?.place.seq === 9);
  });

  it('says of no entry that nobody acted because the store did not answer', async () => {
    await using bench = new Bench();
    const actors: unknown[] = [];
    bench.sink.answer = (records) => {
      actors.push(...records.map(({ session }) => session?.principalId));
      return ALL_TAKEN;
    };
    let isDown = true;
    bench.findSession = async () => {
      if (isDown) throw new Error('the store is away');
      return operationRecord().session;
    };
    bench.source.logs.set('gw.0', [sourceEntry('gw.0', 0, { fields: { session: 's1' } })]);
    bench.start();
    await bench.until(() => bench.waited.length > 5);
    assert.deepEqual(actors, []);
    isDown = false;
    await bench.until(() => bench.sink.taken.length === 1);
    assert.deepEqual(actors, ['clinic:ana']);
  });

  it('fails while entries of a log wait, though another log is sent', async () => {
    await using bench = new Bench();
    let isDown = true;
    bench.findSession = async () => {
      if (isDown) throw new Error('the store is away');
      return operationRecord().session;
    };
    bench.source.logs.set('gw.0', [sourceEntry('gw.0', 0, { fields: { session: 's1' } })]);
    bench.source.add('gw.1', 3);
    const run = bench.start();
    await bench.until(() => bench.sink.taken.length === 3 && bench.waited.length > 5);
    assert.equal(run.status.state, 'failing');
    assert.match(run.status.problem ?? '', /gw\.0/);
    isDown = false;
    await bench.until(() => run.status.state === 'working');
    assert.deepEqual(bench.sink.taken, [...ids('gw.1', 0, 3), 'gw.0:0']);
  });

  it('works again when a log that could not be read is taken away', async () => {
    await using bench = new Bench();
    bench.findSession = async () => {
      throw new Error('the store is away');
    };
    bench.source.logs.set('gw.0', [sourceEntry('gw.0', 0, { fields: { session: 's1' } })]);
    bench.source.add('gw.1', 1);
    const run = bench.start();
    await bench.until(() => run.status.state === 'failing' && bench.sink.taken.length === 1);
    bench.source.logs.delete('gw.0');
    await bench.until(() => run.status.state === 'working');
  });

  it('does not begin at the beginning because the store did not answer', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 5);
    bench.cursors.places.set('siem gw.0', {
      log: 'gw.0',
      place: { seq: 2, segment: '', offset: 0 },
    });
    bench.cursors.isDown = true;
    const run = bench.start();
    await bench.until(() => run.status.problem === 'the store does not answer');
    bench.cursors.isDown = false;
    await bench.until(() => bench.sink.taken.length === 2);
    assert.deepEqual(bench.sink.taken, ids('gw.0', 3, 5));
    assert.equal(run.status.state, 'working');
  });

  it('sends again from an instant on, even while a sink hangs', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 20);
    const run = bench.start();
    await bench.until(() => bench.sink.taken.length === 20);
    bench.sink.answer = () => new Promise(() => undefined);
    bench.source.add('gw.0', 1);
    const { deliveries } = bench.sink;
    await bench.until(() => bench.sink.deliveries > deliveries);
    bench.sink.answer = () => ALL_TAKEN;
    assert.deepEqual(await run.replay(1_700_000_000_000 + 15_000), [{ log: 'gw.0', next: 15 }]);
    assert.equal(bench.cursors.places.get('siem gw.0')?.place.seq, 14);
    await bench.until(() => bench.sink.taken.length === 26);
    assert.deepEqual(bench.sink.taken.slice(20), ids('gw.0', 15, 21));
  });

  it('works again as soon as the store answers, even if nothing is to be sent', async () => {
    await using bench = new Bench();
    bench.cursors.isDown = true;
    const run = bench.start();
    await bench.until(() => run.status.state === 'failing');
    bench.cursors.isDown = false;
    await bench.until(() => run.status.state === 'working');
  });

  it('begins with what is new where it is told so', async () => {
    await using bench = new Bench();
    bench.source.add('gw.0', 20);
    bench.start({ start: 'now' });
    await bench.until(() => bench.cursors.places.has('siem gw.0'));
    bench.source.logs.get('gw.0')?.push(sourceEntry('gw.0', 20, { atMs: bench.nowMs }));
    await bench.until(() => bench.sink.taken.length === 1);
    assert.deepEqual(bench.sink.taken, ['gw.0:20']);
  });

  it('sends only the kinds that are wanted, and passes over the rest', async () => {
    await using bench = new Bench();
    const log = ['sign-in', 'operation', 'operation.refuse', 'sign-in.refuse'] as const;
    bench.source.logs.set(
      'gw.0',
      log.map((kind, seq) => sourceEntry('gw.0', seq, { kind })),
    );
    bench.start({ kinds: ['sign-in', 'operation.refuse'] });
    await bench.until(() => bench.cursors.places.get('siem gw.0')?.place.seq === 3);
    assert.deepEqual(bench.sink.taken, ['gw.0:0', 'gw.0:2', 'gw.0:3']);
  });

  it('counts what is gone before it was sent, but not what was before its time', async () => {
    await using bench = new Bench();
    bench.source.logs.set('gw.0', [sourceEntry('gw.0', 5), sourceEntry('gw.0', 6)]);
    const run = bench.start();
    await bench.until(() => bench.sink.taken.length === 2);
    assert.equal(run.status.missing, 0);
    bench.source.logs.set('gw.0', [sourceEntry('gw.0', 10)]);
    await bench.until(() => bench.sink.taken.length === 3);
    assert.equal(run.status.missing, 3);
  });
});
