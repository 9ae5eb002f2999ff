import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from './checkpoint-file.ts';
import { KEYS_DIRECTORY, REGISTRY_FILE } from './ledger-layout.ts';
import { LOG_NAME } from './segment-format.ts';
import { type NoteVerifier, parseVerifierKey } from './signed-note.ts';
import { type LogReport, verifyLog } from './verify-log.ts';
import { judgeErasures } from './verify-retention.ts';

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
}

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
  const registry = options.registry ?? (await readText(path.join(ledgerDirectory, REGISTRY_FILE)));
  const registered = parseKeys(registry?.split('\n') ?? [], 'the registry', problems);
  const given = parseKeys(options.publicKeys ?? [], 'the given keys', problems);
  if (options.publicKeys === undefined) {
    notes.push(
      'public keys were taken from the ledger itself: whoever can replace all of it can replace them',
    );
  }
  if (registry === undefined)
    notes.push('there is no registry: a log that is missing as a whole does not show');

  const names = await logNames(ledgerDirectory);
  for (const name of new Set([...registered.keys(), ...given.keys()])) {
    if (!names.has(name)) problems.push(`log ${name} is missing as a whole`);
    names.delete(name);
  }
  for (const name of names) {
    if (registry !== undefined && !registered.has(name)) {
      problems.push(`log ${name} is not in the registry`);
    }
  }

  const found: LogReport[] = [];
  for (const name of await logNames(ledgerDirectory)) {
    const own = await ownKey(ledgerDirectory, name, problems);
    const key = options.publicKeys === undefined ? (registered.get(name) ?? own) : given.get(name);
    if (own !== undefined && key !== undefined && !own.keyId.equals(key.keyId)) {
      problems.push(`log ${name} has another public key beside it than the one to verify with`);
    }
    const keptNotes = (options.checkpoints ?? []).filter((note) => note.startsWith(`${name}\n`));
    found.push(
      await verifyLog(path.join(ledgerDirectory, name), name, { verifier: key, keptNotes }),
    );
  }
  if (found.length === 0) problems.push('there are no logs');
  const erasures = judgeErasures(found);
  const logs = found.map((log) => ({ ...log, problem: log.problem ?? erasures.get(log.name) }));
  const ok = problems.length === 0 && logs.every(({ problem }) => problem === undefined);
  return { ok, logs, problems: [...new Set(problems)], notes };
}

async function logNames(ledgerDirectory: string): Promise<Set<string>> {
  const names = await readdir(ledgerDirectory, { withFileTypes: true });
  const logs = names.filter((entry) => entry.isDirectory() && LOG_NAME.test(entry.name));
  return new Set(
    logs
      .map(({ name }) => name)
      .filter((name) => name !== KEYS_DIRECTORY)
      .toSorted(),
  );
}

async function ownKey(
  ledgerDirectory: string,
  name: string,
  problems: string[],
): Promise<NoteVerifier | undefined> {
  const text = await readText(path.join(ledgerDirectory, KEYS_DIRECTORY, `${name}.pub`));
  return parseKeys(text === undefined ? [] : [text], `keys/${name}.pub`, problems).get(name);
}

function parseKeys(
  lines: readonly string[],
  source: string,
  problems: string[],
): ReadonlyMap<string, NoteVerifier> {
  const keys = new Map<string, NoteVerifier>();
  for (const line of lines.map((text) => text.trim()).filter((text) => text !== '')) {
    const key = parseVerifierKey(line);
    if (key === undefined) problems.push(`${source} cannot be read: not a verifier key`);
    else if (keys.has(key.name)) problems.push(`${source} has two keys for log ${key.name}`);
    else keys.set(key.name, key);
  }
  return keys;
}

async function readText(filePath: string): Promise<string | undefined> {
  try {
    return await readFile(filePath, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
