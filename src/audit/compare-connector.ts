import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type CarriedRecord,
  decodeSignedRecord,
  digestRecord,
  NO_RECORD,
} from '../wire/tunnel/carried-record.ts';
import type { EntryKind } from './ledger-port.ts';
import { readEntries } from './read-entries.ts';

/** What a connector's records say that the ledger does not. */
export type ConnectorFinding =
  /** A line is no record, is not signed by the connector's key, or does not follow the one before. */
  | { readonly kind: 'records-broken'; readonly file: string; readonly line: number }
  /** The connector carried for a session that the ledger has not, or not on this target. */
  | { readonly kind: 'session-missing'; readonly session: CarriedSession }
  /** The connector saw more operations of a session than the ledger has. */
  | {
      readonly kind: 'operations-missing';
      readonly session: CarriedSession;
      readonly entered: number;
    }
  /** The gateway was told, and said that it had entered it. */
  | { readonly kind: 'record-not-entered'; readonly record: CarriedRecord };

/** All that a connector carried for a session on a target. */
export interface CarriedSession {
  readonly sessionId: string;
  readonly principalId: string;
  readonly target: string;
  readonly gateway: string;
  readonly operations: number;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
  /** Milliseconds since the Unix epoch, of the first record. */
  readonly atMs: number;
}

/** What came of a comparison. */
export interface ConnectorComparison {
  readonly records: number;
  readonly sessions: number;
  readonly findings: readonly ConnectorFinding[];
}

/** What is compared. */
export interface ComparisonOptions {
  /** Directories of all ledgers that the connector's sessions may be in. */
  readonly ledgers: readonly string[];
  /** With `*.jsonl` of the connector, and its `records.pub`. */
  readonly records: string;
  /** Instead of `records.pub`; PEM. */
  readonly publicKey?: string | undefined;
}

/** What the gateway asks for itself is carried for nobody's session. */
const GATEWAY = 'gateway';

/**
 * Holds what a connector says that it carried against ledgers. Both were written by different machines, so that a
 * gateway that leaves a session out of its ledger contradicts the connector.
 *
 * @throws If there are no records to read.
 */
export async function compareConnector(options: ComparisonOptions): Promise<ConnectorComparison> {
  const files = await readRecordFiles(options);
  const findings: ConnectorFinding[] = files.flatMap(({ broken }) => broken);
  const records = files.flatMap(({ records: ofFile }) => ofFile);
  const entered = await readLedgers(options.ledgers);
  const sessions = sumSessions(records);
  for (const session of sessions) {
    const found = entered.sessions.get(`${session.sessionId} ${session.target}`);
    if (found === undefined) findings.push({ kind: 'session-missing', session });
    else if (found.operations < session.operations) {
      findings.push({ kind: 'operations-missing', session, entered: found.operations });
    }
  }
  for (const { records: ofFile } of files) {
    const isEntered = ofFile.map((record) => entered.records.has(nameOf(record)));
    // The last ones may still wait for a gateway.
    const last = isEntered.lastIndexOf(true);
    for (const [index, record] of ofFile.entries()) {
      if (index < last && isEntered[index] !== true) {
        findings.push({ kind: 'record-not-entered', record });
      }
    }
  }
  return { records: records.length, sessions: sessions.length, findings };
}

interface RecordFile {
  readonly records: readonly CarriedRecord[];
  readonly broken: readonly ConnectorFinding[];
}

async function readRecordFiles(options: ComparisonOptions): Promise<readonly RecordFile[]> {
  const { records: directory } = options;
  const pem = options.publicKey ?? (await readFile(path.join(directory, 'records.pub'), 'utf8'));
  const key = createPublicKey(pem);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).toSorted();
  if (names.length === 0) throw new Error('Cannot compare: there are no records');
  return Promise.all(
    names.map(async (name) =>
      readRecordFile(name, await readFile(path.join(directory, name)), key),
    ),
  );
}

function readRecordFile(file: string, bytes: Buffer, key: KeyObject): RecordFile {
  const records: CarriedRecord[] = [];
  const broken: ConnectorFinding[] = [];
  let previous: string | undefined = NO_RECORD;
  const lines = splitLines(bytes);
  for (const [index, line] of lines.entries()) {
    const read = readRecord(line, key);
    // A line that was being written when the machine lost its power is cut.
    if (read === undefined && index === lines.length - 1 && bytes.at(-1) !== 0x0a) break;
    const follows =
      read?.record.previous === previous && read?.record.sequence === records.length + 1;
    if (!follows) broken.push({ kind: 'records-broken', file, line: index + 1 });
    if (read !== undefined) records.push(read.record);
    previous = read && digestRecord(read.body);
  }
  return { records, broken };
}

function readRecord(line: Buffer, key: KeyObject) {
  try {
    const read = decodeSignedRecord(line);
    return verify(null, read.body, key, read.signature) ? read : undefined;
  } catch {
    return undefined; // It is no record, which is what is looked for.
  }
}

function splitLines(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end));
    start = end === -1 ? bytes.length : end + 1;
  }
  return lines;
}

interface Entered {
  /** By session and target. */
  readonly sessions: ReadonlyMap<string, { operations: number }>;
  /** Names of records. */
  readonly records: ReadonlySet<string>;
}

async function readLedgers(ledgers: readonly string[]): Promise<Entered> {
  const sessions = new Map<string, { operations: number }>();
  const bySession = new Map<string, { operations: number }>();
  const records = new Set<string>();
  const kinds = new Set<EntryKind>(['session.start', 'operation', 'connector.carried']);
  for (const ledger of ledgers) {
    for await (const { entry } of readEntries(ledger, { kinds })) {
      const { session = '' } = entry;
      if (entry.kind === 'session.start') {
        const found = { operations: 0 };
        sessions.set(`${session} ${String(entry['target'])}`, found);
        bySession.set(session, found);
      } else if (entry.kind === 'operation') {
        const found = bySession.get(session);
        if (found !== undefined) found.operations += 1;
      } else records.add(`${String(entry['process'])} ${String(entry['sequence'])}`);
    }
  }
  return { sessions, records };
}

function nameOf({ process, sequence }: CarriedRecord): string {
  return `${process} ${sequence}`;
}

function sumSessions(records: readonly CarriedRecord[]): readonly CarriedSession[] {
  const sessions = new Map<string, CarriedSession>();
  for (const record of records) {
    const { sessionId, principalId, target, gateway, atMs } = record;
    if (sessionId === GATEWAY) continue;
    const key = `${sessionId} ${target}`;
    const sum = sessions.get(key);
    sessions.set(key, {
      ...{ sessionId, principalId, target, gateway, atMs: sum?.atMs ?? atMs },
      operations: (sum?.operations ?? 0) + record.operations,
      bytesToTarget: (sum?.bytesToTarget ?? 0) + record.bytesToTarget,
      bytesFromTarget: (sum?.bytesFromTarget ?? 0) + record.bytesFromTarget,
    });
  }
  return [...sessions.values()];
}
