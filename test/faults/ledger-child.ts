import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readEntries } from '../../src/audit/read-entries.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';
import { assertKeystreamsUsedOnce } from './keystream-uses.ts';

const WRITER: string = fileURLToPath(import.meta.resolve('./ledger-writer.ts'));
const WAIT_MAX_MS = 30_000;

/** What a writer was told about its entries. */
export interface Told {
  readonly sealed: ReadonlySet<number>;
  readonly written: ReadonlySet<number>;
  readonly refused: ReadonlySet<number>;
}

/** A process that appends entries, with its output in a file that outlives it. */
export class LedgerChild {
  readonly #process: ChildProcess;
  readonly #output: string;

  private constructor(child: ChildProcess, output: string) {
    this.#process = child;
    this.#output = output;
  }

  static async start(
    dataDirectory: string,
    output: string,
    first: number,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LedgerChild> {
    await using file = await open(output, 'w');
    const child = spawn(process.execPath, [WRITER, dataDirectory, String(first), '8'], {
      stdio: ['ignore', file.fd, 'inherit'],
      env: { ...process.env, ...environment },
    });
    await once(child, 'spawn');
    return new LedgerChild(child, output);
  }

  /** Waits until at least `count` lines of one kind (`s`, `w`, `e`) came. */
  async waitFor(kind: string, count: number): Promise<void> {
    const line = new RegExp(`^${kind} `, 'gm');
    for (let waitedMs = 0; waitedMs < WAIT_MAX_MS; waitedMs += 10) {
      const lines = (await readFile(this.#output, 'latin1')).match(line)?.length ?? 0;
      if (lines >= count) return;
      assert.equal(this.#process.exitCode, null, 'the writer ended by itself');
      await delay(10);
    }
    assert.fail(`no ${count} lines of kind ${kind} within ${WAIT_MAX_MS} ms`);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill(signal);
    await exited;
  }

  /** Lines that a kill cut are left out. */
  async told(): Promise<Told> {
    const told = { s: new Set<number>(), w: new Set<number>(), e: new Set<number>() };
    for (const [, kind, index] of (await readFile(this.#output, 'latin1')).matchAll(
      /^([swe]) (\d+)\n/gm,
    )) {
      told[kind as 's' | 'w' | 'e'].add(Number(index));
    }
    return { sealed: told.s, written: told.w, refused: told.e };
  }
}

/** What a ledger holds: where each numbered entry stands, and which were said to be refused. */
export interface Stored {
  readonly seqOfIndex: ReadonlyMap<number, number>;
  readonly refusedSeqs: ReadonlySet<number>;
  readonly resumeCount: number;
}

/** Reads a ledger's entries back, with their contents. */
export async function readStored(dataDirectory: string): Promise<Stored> {
  const seqOfIndex = new Map<number, number>();
  const refusedSeqs = new Set<number>();
  let resumeCount = 0;
  const ledgerDirectory = path.join(dataDirectory, 'ledger');
  const keys = openTestKeys(dataDirectory);
  for await (const { entry, content } of readEntries(ledgerDirectory, {}, keys)) {
    assert(content === 'none' || content === 'open', `content of entry ${entry.seq} is ${content}`);
    const index = entry['index'];
    if (typeof index === 'number') {
      assert(!seqOfIndex.has(index), `entry ${index} is stored twice`);
      seqOfIndex.set(index, entry.seq);
    }
    if (entry.kind !== 'ledger.resume') continue;
    resumeCount++;
    for (const [from, to] of entry['refused'] as [number, number][]) {
      for (let seq = from; seq <= to; seq++) refusedSeqs.add(seq);
    }
  }
  for (const log of await readdir(ledgerDirectory, { withFileTypes: true })) {
    if (log.isDirectory()) await assertKeystreamsUsedOnce(path.join(ledgerDirectory, log.name));
  }
  return { seqOfIndex, refusedSeqs, resumeCount };
}
