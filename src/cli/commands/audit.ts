import { LedgerError } from '../../audit/ledger-error.ts';
import { ENTRY_KINDS, type EntryKind } from '../../audit/ledger-port.ts';
import { readEntries } from '../../audit/read-entries.ts';
import { vouchedEntries } from '../../audit/verify-heads.ts';
import { type VerifyOptions, type VerifyReport, verifyLedger } from '../../audit/verify-ledger.ts';
import { type RecordingsReport, verifyRecordings } from '../../audit/verify-recordings.ts';
import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { parseDuration } from '../../configuration/quantity.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import { findLedger } from '../find-ledger.ts';
import { formatCount } from '../format-count.ts';
import { openConfiguredContentKeys, openContentKeys } from '../open-content-keys.ts';
import { parseSince } from '../parse-since.ts';
import { readKeys } from '../read-keys.ts';
import { readNamedText } from '../read-named-file.ts';
import type { Terminal } from '../terminal.ts';
import { escapeLine } from '../terminal-text.ts';
import { findRecordings, printRecordings } from './sessions-verify.ts';

export interface AuditVerifyOptions extends JsonOption {
  /** Files with verifier keys, or the keys themselves. */
  readonly publicKey?: readonly string[];
  /** As `publicKey`, of witnesses. */
  readonly witnessKey?: readonly string[];
  readonly required?: string;
  readonly asOf?: string;
  readonly staleAfter?: string;
  readonly entriesKept?: string;
  /** Files with signed checkpoints that were kept elsewhere. */
  readonly checkpoint?: readonly string[];
  /** False: the recordings beside the ledger are not compared with it. */
  readonly recordings?: boolean;
}

export interface AuditListOptions extends JsonOption {
  readonly session?: string;
  readonly kind?: readonly string[];
  readonly since?: string;
  /** Configuration directory, for a master key that is not in the data directory. */
  readonly config?: string;
}

const DAY_MS = 86_400_000;
/** Milliseconds between two words of how far it is. */
const PROGRESS_MS = 2_000;

/** `sallyport audit verify`: exits 1 if anything is wrong. */
export async function runAuditVerify(
  { terminal, nowMs }: CliHost,
  directory: string,
  options: AuditVerifyOptions,
): Promise<number> {
  const report = await verifyLedger(findLedger(directory), {
    ...(await readTrust(options, nowMs())),
    ...(terminal.interactive && { onProgress: tellProgress(terminal) }),
  });
  const recordings =
    options.recordings === false ? undefined : await compareRecordings(directory, report);
  const ok = report.ok && recordings?.ok !== false;
  const exitCode = ok ? EXIT.ok : EXIT.failure;
  if (options.json === true) {
    terminal.printJson({ ...report, ok, ...(recordings && { recordings }) });
    return exitCode;
  }
  for (const log of report.logs) {
    const state =
      log.problem === undefined
        ? terminal.style('green', 'whole')
        : terminal.style('red', 'DAMAGED');
    terminal.print(`${escapeLine(log.name)}: ${state}`);
    terminal.print(
      `  ${formatCount(log.entries, 'entry', 'entries')}, ${log.signedEntries} signed, ${formatCount(log.checkpoints, 'checkpoint')}`,
    );
    if (log.firstAt !== undefined) terminal.print(`  from ${log.firstAt} to ${log.lastAt}`);
    terminal.print(`  root ${log.root}`);
    if (log.witnessed !== undefined) {
      const { entries, atMs } = log.witnessed;
      const at = atMs === undefined ? 'never' : `last at ${new Date(atMs).toISOString()}`;
      terminal.print(`  ${formatCount(entries, 'entry', 'entries')} witnessed, ${at}`);
    }
    if (log.problem !== undefined) {
      terminal.print(terminal.style('red', `  ${escapeLine(JSON.stringify(log.problem))}`));
    }
    for (const { day, count, by } of log.expired) {
      const cause =
        by === undefined ? 'nothing that counts' : `entry ${by.seq} of ${by.log}, at ${by.at}`;
      const gone = formatCount(count, 'entry', 'entries');
      terminal.print(`  ${gone} of ${escapeLine(day)} expired by ${escapeLine(cause)}`);
    }
    for (const note of log.notes) terminal.print(terminal.style('dim', `  ${escapeLine(note)}`));
  }
  for (const problem of report.problems) {
    terminal.print(terminal.style('red', escapeLine(problem)));
  }
  for (const note of report.notes) terminal.say(`Note: ${escapeLine(note)}`);
  terminal.print(report.ok ? 'The ledger is whole.' : 'The ledger is NOT whole.');
  if (recordings !== undefined) printRecordings(terminal, recordings);
  return exitCode;
}

/** Whom the one who verifies believes. */
async function readTrust(options: AuditVerifyOptions, nowMs: number): Promise<VerifyOptions> {
  const keys = await readKeys(options.publicKey, 'log');
  const witnessKeys = await readKeys(options.witnessKey, 'witness');
  const checkpoints = await Promise.all((options.checkpoint ?? []).map(readNamedText));
  const required = options.required === undefined ? undefined : Number(options.required);
  const staleAfterMs = parseDuration(options.staleAfter ?? '60s');
  const entriesKeptMs = parseDuration(options.entriesKept ?? '0s');
  const isCount = required === undefined || (Number.isInteger(required) && required >= 1);
  if (!isCount || staleAfterMs === undefined || entriesKeptMs === undefined) {
    throw new CliError(
      EXIT.usage,
      'This is no number of witnesses, or no duration',
      'Such as --required 2 --stale-after 60s.',
    );
  }
  if (required !== undefined && witnessKeys.length === 0) {
    const hint = 'Give the keys of the witnesses: --witness-key FILE.';
    throw new CliError(EXIT.usage, '--required counts witnesses, and none is given', hint);
  }
  const asOfMs = options.asOf === undefined ? nowMs : parseSince(options.asOf, nowMs, '--as-of');
  return {
    entriesKeptDays: Math.ceil(entriesKeptMs / DAY_MS),
    ...(keys.length > 0 && { publicKeys: keys }),
    ...(witnessKeys.length > 0 && {
      witnesses: {
        keys: witnessKeys,
        ...(required !== undefined && { required }),
        asOfMs,
        staleAfterMs,
      },
    }),
    ...(checkpoints.length > 0 && { checkpoints }),
  };
}

/** Says now and then how far it is. */
function tellProgress(terminal: Terminal): (log: string, entries: number) => void {
  let toldAtMs = performance.now();
  return (log, entries) => {
    if (performance.now() - toldAtMs < PROGRESS_MS) return;
    toldAtMs = performance.now();
    terminal.say(`${escapeLine(log)}: ${entries} entries so far`);
  };
}

async function compareRecordings(
  directory: string,
  { logs }: VerifyReport,
): Promise<RecordingsReport | undefined> {
  const recordings = findRecordings(directory);
  if (recordings === undefined) return undefined;
  const vouched = new Map(logs.map((log) => [log.name, vouchedEntries(log)]));
  try {
    return await verifyRecordings(findLedger(directory), recordings, { vouched });
  } catch (error) {
    // What is wrong with the ledger is said all the same.
    if (!(error instanceof LedgerError)) throw error;
    const problem = `cannot be compared with a damaged ledger: ${error.message}`;
    return {
      ok: false,
      compared: 0,
      removed: 0,
      problems: [{ session: '', path: 'recordings', problem }],
    };
  }
}

/** `sallyport audit list` */
export async function runAuditList(
  { terminal, nowMs, environment }: CliHost,
  directory: string,
  options: AuditListOptions,
): Promise<void> {
  const sinceMs = options.since === undefined ? undefined : parseSince(options.since, nowMs());
  const filter = {
    ...(options.session !== undefined && { session: options.session }),
    ...(options.kind !== undefined && { kinds: new Set(options.kind.map(parseKind)) }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
  const ledger = findLedger(directory);
  const keys =
    options.config === undefined
      ? await openContentKeys(directory)
      : await openConfiguredContentKeys(await loadConfiguration(options.config), environment);
  for await (const stored of readEntries(ledger, filter, keys)) {
    const { logName, entry, content, bytes } = stored;
    if (options.json === true) {
      terminal.print(content === 'open' ? JSON.stringify(entry) : bytes.toString('utf8'));
      continue;
    }
    const { at, kind, seq, session, v: _v, n: _n, prev: _prev, content: _hash, ...rest } = entry;
    const fields = Object.entries(rest).map(([name, value]) => `${name}=${describeValue(value)}`);
    if (content !== 'none' && content !== 'open') fields.push(`(content is ${content})`);
    const place = terminal.style('dim', `${escapeLine(logName)}/${seq}`);
    const about = session === undefined ? '' : ` ${escapeLine(session)}`;
    terminal.print(`${at} ${place} ${terminal.style('bold', kind)}${about} ${fields.join(' ')}`);
  }
}

/** @throws {CliError} If it is none: an empty list would read as if nothing had happened. */
function parseKind(name: string): EntryKind {
  const kind = ENTRY_KINDS.find((known) => known === name);
  if (kind !== undefined) return kind;
  const hint = `Kinds are: ${ENTRY_KINDS.toSorted().join(', ')}.`;
  throw new CliError(EXIT.usage, `There is no kind of entry called ${name}`, hint);
}

function describeValue(value: unknown): string {
  return escapeLine(typeof value === 'string' ? value : JSON.stringify(value));
}
