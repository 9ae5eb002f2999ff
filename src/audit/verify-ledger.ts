import path from 'node:path';
import { type KeyChain, readKeyChain } from './key-chain.ts';
import { readKeyChanges } from './key-change-file.ts';
import { CHECKPOINTS_FILE, KEYS_DIRECTORY, REGISTRY_FILE } from './ledger-layout.ts';
import { listLogs } from './list-logs.ts';
import { complainOfFile } from './open-evidence.ts';
import { readTextIfPresent } from './read-if-present.ts';
import { readStatedSizes } from './read-stated-sizes.ts';
import { LOG_NAME } from './segment-format.ts';
import { type NoteVerifier, parseVerifierKey } from './signed-note.ts';
import type { VerifiedSegments } from './verified-segments.ts';
import { type HeadFindings, isKnownToRest, judgeHeads } from './verify-heads.ts';
import { type LogProblem, type LogReport, verifyLog } from './verify-log.ts';
import { judgeErasures } from './verify-retention.ts';
import { complainOfStaleness, type WitnessTrust } from './verify-witnessed.ts';

/** What the verifier is told by whoever does not trust the files. */
export interface VerifyOptions {
  /** Verifier keys (`name+id+key`) kept outside of the gateway. They are all that is trusted then. */
  readonly publicKeys?: readonly string[];
  /** Verifier keys of the logs that must be there, one per line. Default: the ledger's own registry. */
  readonly registry?: string;
  /**
   * Signed checkpoints kept outside of the gateway (by a witness, in an export). They show a log that
   * was rolled back to a backup or forked, which its own files cannot.
   */
  readonly checkpoints?: readonly string[];
  /** Witnesses that are believed, instead of whoever has the keys of the gateways. */
  readonly witnesses?: WitnessOptions;
  /** Entries that expired must have been kept for so many days. Default: for as many as their expiry says. */
  readonly entriesKeptDays?: number;
  /** What was walked before, of this ledger or of a copy of it: the same again is not walked again. */
  readonly known?: VerifiedSegments;
  /** Called now and then with the name of a log and the number of its entries so far. */
  readonly onProgress?: (log: string, entries: number) => void;
}

export interface WitnessOptions {
  /** Their keys, `name+id+key`. */
  readonly keys: readonly string[];
  /** So many of them must have cosigned. Default: all. */
  readonly required?: number;
  /** When the ledger was as it is here: when it was copied. Milliseconds since the Unix epoch. */
  readonly asOfMs: number;
  /** Milliseconds that may lie between then and the last cosignatures. Default: a minute. */
  readonly staleAfterMs?: number;
}

const STALE_AFTER_MS = 60_000;
/** The longest interval of checkpoints that can be configured, and a minute. */
const UNSIGNED_MS_MAX = 3_660_000;

/** The outcome of a verification. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly logs: readonly LogReport[];
  /** What concerns no log that is there: missing logs, keys that cannot be read. */
  readonly problems: readonly string[];
  /** What a reader should know and that is no failure. */
  readonly notes: readonly string[];
}

/**
 * Verifies all logs of a ledger directory (`<data>/ledger`), with nothing but the files and the keys.
 * Takes no lock: it may run beside the gateway, or on a copy.
 */
export async function verifyLedger(
  ledgerDirectory: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const problems: string[] = [];
  const notes: string[] = [];
  const registry =
    options.registry ??
    (await readText(path.join(ledgerDirectory, REGISTRY_FILE), 'the registry', problems));
  const registered = parseKeys(registry?.split('\n') ?? [], 'the registry', problems);
  const given = parseKeys(options.publicKeys ?? [], 'the given keys', problems);
  if (options.publicKeys === undefined && options.witnesses === undefined) {
    notes.push(
      'public keys were taken from the ledger itself: whoever can replace all of it can replace them',
    );
  }
  if (registry === undefined)
    notes.push('there is no registry: a log that is missing as a whole does not show');

  const names = new Set(await listLogs(ledgerDirectory));
  problems.push(...judgeKept(options.checkpoints ?? [], names));
  for (const name of new Set([...registered.keys(), ...given.keys()])) {
    if (!names.has(name)) problems.push(`log ${name} is missing as a whole`);
    names.delete(name);
  }
  for (const name of names) {
    if (registry !== undefined && !registered.has(name)) {
      problems.push(`log ${name} is not in the registry`);
    }
  }

  const witnessing = options.witnesses && readWitnesses(options.witnesses, problems);
  const sizes = await readStatedSizes(ledgerDirectory);
  const found: LogReport[] = [];
  for (const name of await listLogs(ledgerDirectory)) {
    const own = await ownKey(ledgerDirectory, name, problems);
    const key = options.publicKeys === undefined ? (registered.get(name) ?? own) : given.get(name);
    const logDirectory = path.join(ledgerDirectory, name);
    const chain = key && (await readChain(logDirectory, key));
    if (own !== undefined && chain && !chain.some(({ text }) => text === own)) {
      problems.push(`log ${name} has another public key beside it than the one to verify with`);
    }
    found.push(
      await verifyLog(logDirectory, name, {
        key,
        keptNotes: (options.checkpoints ?? []).filter((note) => note.startsWith(`${name}\n`)),
        witnesses: witnessing?.witnesses ?? [],
        witnessing,
        onProgress: (entries) => options.onProgress?.(name, entries),
        known: options.known,
      }),
    );
  }
  if (found.length === 0) problems.push('there are no logs');
  const heads = judgeHeads(found, sizes);
  problems.push(...heads.missing);
  const logs = judgeLogs(found, heads, witnessing, options.entriesKeptDays ?? 0);
  const ok = problems.length === 0 && logs.every(({ problem }) => problem === undefined);
  return { ok, logs, problems: [...new Set(problems)], notes };
}

/** What was kept elsewhere shows nothing unless there is the log that it is of. */
function judgeKept(checkpoints: readonly string[], names: ReadonlySet<string>): readonly string[] {
  return checkpoints.flatMap((note) => {
    const [name = '', rest] = note.split('\n', 2);
    if (rest === undefined || !LOG_NAME.test(name)) {
      return 'what was kept elsewhere is not all checkpoints: one begins with no name of a log';
    }
    if (names.has(name)) return [];
    return `log ${name} is missing as a whole: a checkpoint kept elsewhere is of it`;
  });
}

/** What shows only once all logs are read. */
function judgeLogs(
  found: readonly LogReport[],
  heads: HeadFindings,
  witnessing: WitnessTrust | undefined,
  entriesKeptDays: number,
): readonly LogReport[] {
  const erasures = judgeErasures(found, entriesKeptDays);
  const complainOf = ({ witnessed }: LogReport): LogProblem | undefined =>
    witnessing && witnessed && complainOfStaleness(witnessed, witnessing);
  const fresh = found.filter((log) => log.problem === undefined && complainOf(log) === undefined);
  return found.map((log) => {
    const isResting = witnessing !== undefined && isKnownToRest(log, fresh, witnessing);
    const staleness = isResting ? undefined : complainOf(log);
    const unvouched = witnessing === undefined ? complainOfUnsigned(log) : staleness;
    const problem =
      log.problem ?? heads.problems.get(log.name) ?? erasures.problems.get(log.name) ?? unvouched;
    const { erased = [], expired = [] } = erasures.days.get(log.name) ?? {};
    return { ...log, problem, erased, expired };
  });
}

/**
 * What is wrong with a log of which more lacks a signature than what came since the last checkpoint: somebody who has
 * the files, and no key, wrote it, or took the signatures away. Where witnesses are believed, they say more.
 */
function complainOfUnsigned({ unsigned, signedEntries: seq }: LogReport): LogProblem | undefined {
  if (unsigned === undefined) return undefined;
  const [since, until] = unsigned;
  // Also for what is no time.
  if (Date.parse(until) - Date.parse(since) <= UNSIGNED_MS_MAX) return undefined;
  const what = `entries from ${seq} on are not vouched for: nobody signed what is there since ${since}`;
  return { file: CHECKPOINTS_FILE, offset: 0, seq, what };
}

function readWitnesses(
  { keys, required, asOfMs, staleAfterMs = STALE_AFTER_MS }: WitnessOptions,
  problems: string[],
): WitnessTrust {
  const witnesses: NoteVerifier[] = [];
  for (const key of keys) {
    const witness = parseVerifierKey(key, 'witness');
    if (witness === undefined) problems.push('a witness key cannot be read: not a verifier key');
    else if (witnesses.some(({ publicKey }) => publicKey.equals(witness.publicKey))) {
      problems.push(`witness ${witness.name} was given twice`);
    } else witnesses.push(witness);
  }
  const most = Math.max(1, witnesses.length);
  return { witnesses, required: Math.max(1, required ?? most), asOfMs, staleAfterMs };
}

async function ownKey(
  ledgerDirectory: string,
  name: string,
  problems: string[],
): Promise<string | undefined> {
  const file = path.join(ledgerDirectory, KEYS_DIRECTORY, `${name}.pub`);
  const text = await readText(file, `keys/${name}.pub`, problems);
  return parseKeys(text === undefined ? [] : [text], `keys/${name}.pub`, problems).get(name);
}

/** What is wrong with it, verifying the log says. */
async function readChain(logDirectory: string, key: string): Promise<KeyChain | undefined> {
  try {
    const chain = readKeyChain(await readKeyChanges(logDirectory), key);
    return typeof chain === 'string' ? undefined : chain;
  } catch (error) {
    if (complainOfFile(error) === undefined) throw error;
    return undefined;
  }
}

/** Undefined if there is none, or if it cannot be read, which is a problem. */
async function readText(
  file: string,
  source: string,
  problems: string[],
): Promise<string | undefined> {
  try {
    return await readTextIfPresent(file);
  } catch (error) {
    const reason = complainOfFile(error);
    if (reason === undefined) throw error;
    problems.push(`${source} cannot be read: ${reason}`);
    return undefined;
  }
}

/** Keys of logs, by the names of these. */
function parseKeys(
  lines: readonly string[],
  source: string,
  problems: string[],
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== '')) {
    const key = parseVerifierKey(line);
    if (key === undefined) problems.push(`${source} cannot be read: not a verifier key`);
    else if (keys.has(key.name)) problems.push(`${source} has two keys for log ${key.name}`);
    else keys.set(key.name, line);
  }
  return keys;
}
