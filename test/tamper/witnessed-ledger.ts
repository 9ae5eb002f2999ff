import { generateKeyPairSync } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { changeKeyIfAsked, requestKeyChange } from '../../src/audit/change-key.ts';
import type { SignedCheckpoint } from '../../src/audit/checkpoint-writer.ts';
import { formatWitnessKey, type WitnessKey } from '../../src/audit/cosignature.ts';
import { type Ledger, openLedger } from '../../src/audit/ledger.ts';
import { logPaths } from '../../src/audit/ledger-layout.ts';
import type { EntryFields } from '../../src/audit/ledger-port.ts';
import { readTextIfPresent } from '../../src/audit/read-if-present.ts';
import { seal } from '../../src/audit/seal.ts';
import { parseVerifierKey } from '../../src/audit/signed-note.ts';
import { TileTree } from '../../src/audit/tile-tree.ts';
import { formatAddCheckpoint } from '../../src/audit/witness/add-checkpoint.ts';
import { Witness } from '../../src/audit/witness/witness.ts';
import { openTestKeys } from '../../src/encryption/day-keys.fixture.ts';

/** A ledger of two gateways that two witnesses cosigned: what a tamper run begins with. */
export interface WitnessedLedger {
  readonly dataDirectory: string;
  readonly logs: readonly WitnessedLog[];
  readonly witnessKeys: readonly string[];
  /** When it is copied, in milliseconds since the Unix epoch. */
  readonly asOfMs: number;
}

export interface WitnessedLog {
  readonly name: string;
  readonly entries: number;
  /** Sizes that both witnesses cosigned, smallest first. */
  readonly witnessedSizes: readonly number[];
  /** Keys of the log that its owner has or had, oldest first: PKCS #8 in PEM. */
  readonly pems: readonly string[];
}

/** How large it is. */
export interface LedgerSize {
  /** Of both logs together. */
  readonly entries: number;
  readonly entriesPerCheckpoint: number;
  readonly segmentBytesMax: number;
}

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** Between two checkpoints. */
const CHECKPOINT_MS = 10_000;
const SESSIONS_AT_ONCE = 7;
/** Entries after which all of them have ended. */
const TURN_ENTRIES: number = 20 * SESSIONS_AT_ONCE;
const LOG_NAMES = ['gw-1.0', 'gw-2.0'] as const;

/** Builds the ledger in a directory, unless it is there already. */
export async function openWitnessedLedger(
  directory: string,
  size: LedgerSize,
): Promise<WitnessedLedger> {
  const description = path.join(directory, 'ledger.json');
  const text = await readTextIfPresent(description);
  if (text !== undefined) return JSON.parse(text) as WitnessedLedger;
  await rm(directory, { recursive: true, force: true });
  const ledger = await buildWitnessedLedger(directory, size);
  await writeFile(description, JSON.stringify(ledger));
  return ledger;
}

/** Writes the ledger as gateways do, with a clock that runs faster. */
export async function buildWitnessedLedger(
  directory: string,
  { entries, entriesPerCheckpoint, segmentBytesMax }: LedgerSize,
): Promise<WitnessedLedger> {
  const dataDirectory = path.join(directory, 'original');
  const clock = { nowMs: START_MS };
  const keys = ['w1.example', 'w2.example'].map((name): WitnessKey => {
    return { name, privateKey: generateKeyPairSync('ed25519').privateKey };
  });
  const witnesses = keys.map(
    (key) =>
      new Witness({
        directory: path.join(directory, key.name),
        key,
        findLogKeys: (origin) => findKeys(dataDirectory, origin),
        nowMs: () => clock.nowMs,
      }),
  );
  const writers: LogWriter[] = [];
  for (const name of LOG_NAMES) {
    writers.push(new LogWriter({ dataDirectory, name, segmentBytesMax, clock, witnesses }));
  }
  const rounds = Math.ceil(entries / LOG_NAMES.length / entriesPerCheckpoint);
  for (let round = 0; round < rounds; round++) {
    for (const [index, writer] of writers.entries()) {
      // A gateway is started again, and a key changed, while the ledger grows.
      if (round === Math.floor((rounds * (index + 1)) / 4)) await writer.restart();
      if (round === Math.floor(rounds / 2) && index === 0) await writer.changeKey();
      await writer.write(entriesPerCheckpoint, round, rounds);
    }
    clock.nowMs += CHECKPOINT_MS;
    for (const writer of writers) await writer.checkpoint(writers);
  }
  for (const writer of writers) await writer.close();
  return {
    dataDirectory,
    logs: writers.map((writer) => writer.describe()),
    witnessKeys: keys.map(formatWitnessKey),
    asOfMs: clock.nowMs + CHECKPOINT_MS,
  };
}

async function findKeys(
  dataDirectory: string,
  origin: string,
): Promise<readonly NonNullable<ReturnType<typeof parseVerifierKey>>[]> {
  const paths = logPaths(dataDirectory, origin);
  const files = await Promise.all(
    [paths.registry, paths.publicKey].map((file) => readFile(file, 'utf8')),
  );
  return files
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => parseVerifierKey(line) ?? [])
    .filter(({ name }) => name === origin);
}

interface WriterOptions {
  readonly dataDirectory: string;
  readonly name: string;
  readonly segmentBytesMax: number;
  readonly clock: { nowMs: number };
  readonly witnesses: readonly Witness[];
}

/** One gateway's log while it is written. */
class LogWriter {
  readonly #options: WriterOptions;
  readonly #witnessedSizes: number[] = [];
  readonly #pems: string[] = [];
  #ledger: Ledger | undefined;
  #entries = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  describe(): WitnessedLog {
    return {
      name: this.#options.name,
      entries: this.#entries,
      witnessedSizes: this.#witnessedSizes,
      pems: this.#pems,
    };
  }

  async write(count: number, round: number, rounds: number): Promise<void> {
    const ledger = await this.#open();
    for (let index = 0; index < count; index++) {
      ledger.append(this.#nextEntry(index), 'written', (error) => {
        if (error !== undefined) throw error;
      });
      // The clock goes on within the interval, so that entries have times of their own.
      if (index % 256 === 255) await nextTurn();
    }
    if (round === Math.floor(rounds / 3))
      await seal(ledger, { kind: 'sign-in', principal: 'okta:zoe' });
    else await nextTurn();
  }

  /** Signs, has it cosigned, and says where the other logs are. */
  async checkpoint(others: readonly LogWriter[]): Promise<void> {
    const ledger = await this.#open();
    const heads = others.flatMap((other) => (other === this ? [] : (other.#head() ?? [])));
    await seal(ledger, { kind: 'ledger.heads', logs: heads });
    await ledger.checkpoints.advance();
    this.#entries = ledger.size;
  }

  async restart(): Promise<void> {
    await this.#ledger?.close();
    this.#ledger = undefined;
    await this.#open();
  }

  async changeKey(): Promise<void> {
    const { dataDirectory, name } = this.#options;
    const paths = logPaths(dataDirectory, name);
    await requestKeyChange(paths);
    await changeKeyIfAsked(await this.#open(), name, paths);
    this.#pems.push(await readFile(paths.privateKey, 'utf8'));
  }

  async close(): Promise<void> {
    await this.#ledger?.close();
    this.#entries = this.#ledger?.size ?? 0;
  }

  #head(): Readonly<Record<string, unknown>> | undefined {
    const last = this.#ledger?.checkpoints.last;
    return last && { log: last.origin, size: last.size, root: last.root.toString('hex') };
  }

  async #open(): Promise<Ledger> {
    if (this.#ledger !== undefined) return this.#ledger;
    const { dataDirectory, name, segmentBytesMax, clock } = this.#options;
    const ledger = await openLedger({
      dataDirectory,
      dayKeys: openTestKeys(dataDirectory),
      logName: name,
      nowMs: () => clock.nowMs,
      segmentBytesMax,
      // By hand, when the clock says so.
      checkpointIntervalMs: 2 ** 31 - 1,
    });
    ledger.checkpoints.listen((checkpoint) => this.#cosign(ledger, checkpoint));
    this.#ledger = ledger;
    const { privateKey } = logPaths(dataDirectory, name);
    if (this.#pems.length === 0) this.#pems.push(await readFile(privateKey, 'utf8'));
    await seal(ledger, { kind: 'gateway.start', gateway: name });
    return ledger;
  }

  async #cosign(ledger: Ledger, checkpoint: SignedCheckpoint): Promise<void> {
    const { dataDirectory, name, witnesses } = this.#options;
    const oldSize = this.#witnessedSizes.at(-1) ?? 0;
    const tree = new TileTree(logPaths(dataDirectory, name).log, checkpoint.size);
    const proof = await tree.proveConsistency(oldSize);
    const request = formatAddCheckpoint({ oldSize, proof, note: checkpoint.note });
    const lines: string[] = [];
    for (const witness of witnesses) {
      const { status, body } = await witness.addCheckpoint(request);
      if (status !== 200) throw new Error(`A witness answered ${status}: ${body}`);
      lines.push(body);
    }
    await ledger.checkpoints.addCosignatures(checkpoint, lines);
    if (checkpoint.size !== oldSize) this.#witnessedSizes.push(checkpoint.size);
  }

  #nextEntry(index: number): EntryFields {
    const n = this.#ledger?.size ?? index;
    const session = `ses_${n % SESSIONS_AT_ONCE}_${Math.floor(n / TURN_ENTRIES)}`;
    if (n % TURN_ENTRIES >= TURN_ENTRIES - SESSIONS_AT_ONCE)
      return { kind: 'session.end', session };
    if (n % 5 === 0) return { kind: 'sign-in', principal: `okta:${n % 97}` };
    if (n % 3 === 0)
      return { kind: 'result', session, operation: n, rows: n % 13, masked: { ssn: n % 13 } };
    return {
      kind: 'operation',
      session,
      action: 'sql.select',
      target: 'hospital',
      relations: ['public.patients', 'public.visits'],
      policies: ['clinicians-read'],
      content: { text: `select * from patients where id = ${n}` },
    };
  }
}
