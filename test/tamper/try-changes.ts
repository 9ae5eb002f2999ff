import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseSegmentFileName } from '../../src/audit/segment-format.ts';
import { verifyLedger } from '../../src/audit/verify-ledger.ts';
import { CHANGE_KINDS, type ChangeKind, planRewrite } from './changes.ts';
import { linkLedger, rewriteLog } from './rewrite-log.ts';
import type { WitnessedLedger, WitnessedLog } from './witnessed-ledger.ts';

/** Who changes the ledger: somebody with its files, or with the keys of all gateways too. */
export type Owner = 'files' | 'files and keys';

export const OWNERS: readonly Owner[] = ['files', 'files and keys'];

/** One change of a ledger, and what both verifiers made of it. */
export interface TriedChange {
  readonly kind: ChangeKind;
  readonly owner: Owner;
  readonly log: string;
  readonly at: number;
  readonly turn: number;
  /** Whether each verifier found it, and named the right place. */
  readonly found: { readonly typescript: boolean; readonly python: boolean };
  /** What they said. */
  readonly said: { readonly typescript: string; readonly python: string };
}

export interface TryOptions {
  readonly ledger: WitnessedLedger;
  /** Of each kind and owner. */
  readonly positions: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** For copies; removed afterwards. */
  readonly directory: string;
}

/** Checkpoints that witnesses saw within a minute of the copy: what comes after them may be missing still. */
const LATEST_CHECKPOINTS = 9;
const VERIFIER = path.join(import.meta.dirname, '../../tools/verify_ledger.py');

/** Changes copies of a ledger, one at a time, and has both verifiers look at each with nothing but the witnesses' keys. */
export async function* tryChanges(options: TryOptions): AsyncGenerator<TriedChange, void> {
  const { ledger, positions, random, directory } = options;
  for (let turn = 0; turn < positions; turn++) {
    const log = ledger.logs[turn % ledger.logs.length];
    const end = log?.witnessedSizes.at(-LATEST_CHECKPOINTS) ?? 1;
    for (const kind of CHANGE_KINDS) {
      for (const owner of OWNERS) {
        const at = Math.floor(random() * end);
        if (log !== undefined)
          yield await tryChange(ledger, { kind, owner, log, at, turn, directory });
      }
    }
  }
}

interface Attempt {
  readonly kind: ChangeKind;
  readonly owner: Owner;
  readonly log: WitnessedLog;
  readonly at: number;
  readonly turn: number;
  readonly directory: string;
}

async function tryChange(ledger: WitnessedLedger, attempt: Attempt): Promise<TriedChange> {
  const { kind, owner, log, at, turn, directory } = attempt;
  const copy = path.join(directory, 'changed');
  await linkLedger(path.join(ledger.dataDirectory, 'ledger'), copy);
  try {
    const from = await change(copy, attempt);
    const [typescript, python] = await Promise.all([
      verifyInProcess(ledger, copy),
      verifyInPython(ledger, copy),
    ]);
    const judge = (report: Report): boolean => isRightPlace(report, log, from);
    return {
      kind,
      owner,
      log: log.name,
      at,
      turn,
      found: { typescript: judge(typescript), python: judge(python) },
      said: { typescript: describe(typescript, log), python: describe(python, log) },
    };
  } finally {
    await rm(copy, { recursive: true });
  }
}

/** Returns the entry from which on the log is another one; undefined if it is gone as a whole. */
async function change(copy: string, attempt: Attempt): Promise<number | undefined> {
  const { kind, owner, log, at, turn } = attempt;
  const directory = path.join(copy, log.name);
  const pems = owner === 'files' ? [] : log.pems;
  const plan = { kind, at, turn, pems, witnessedSizes: log.witnessedSizes };
  if (kind !== 'truncate' || turn % 3 === 0) {
    const rewrite = planRewrite(plan);
    await rewriteLog(directory, rewrite);
    return rewrite.from;
  }
  if (turn % 3 === 1) {
    // Whole files: the segment of the entry, and all later ones.
    const firsts = (await readdir(directory)).flatMap((file) => parseSegmentFileName(file) ?? []);
    const from = Math.max(...firsts.filter((first) => first <= at));
    await rewriteLog(directory, planRewrite({ ...plan, at: from }));
    return from;
  }
  await rm(directory, { recursive: true });
  await rm(path.join(copy, 'keys', `${log.name}.pub`));
  const registry = path.join(copy, 'registry');
  const lines = (await readFile(registry, 'utf8')).split('\n');
  await rm(registry);
  await writeFile(registry, lines.filter((line) => !line.startsWith(`${log.name}+`)).join('\n'));
  return undefined;
}

/** What both verifiers' reports have. */
interface Report {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly logs: readonly {
    readonly name: string;
    /** Entries that enough witnesses saw. */
    readonly witnessed: number;
    readonly problem: { readonly seq: number; readonly what: string } | undefined;
  }[];
}

export async function verifyInProcess(ledger: WitnessedLedger, directory: string): Promise<Report> {
  const { witnessKeys: keys, asOfMs } = ledger;
  const { ok, problems, logs } = await verifyLedger(directory, { witnesses: { keys, asOfMs } });
  return {
    ok,
    problems,
    logs: logs.map(({ name, witnessed, problem }) => {
      return { name, problem, witnessed: witnessed?.entries ?? 0 };
    }),
  };
}

/** As the second verifier writes it. */
interface PythonReport extends Omit<Report, 'logs'> {
  readonly logs: readonly {
    readonly name: string;
    /** Entries, and when. */
    readonly witnessed: readonly [number, number];
    readonly problem: Report['logs'][number]['problem'] | null;
  }[];
}

export async function verifyInPython(ledger: WitnessedLedger, directory: string): Promise<Report> {
  const keys = ledger.witnessKeys.flatMap((key) => ['--witness-key', key]);
  const asOf = ['--as-of', new Date(ledger.asOfMs).toISOString()];
  const { ok, problems, logs } = await runPython(['--json', directory, ...keys, ...asOf]);
  return {
    ok,
    problems,
    logs: logs.map(({ name, witnessed, problem }) => {
      return { name, problem: problem ?? undefined, witnessed: witnessed[0] };
    }),
  };
}

async function runPython(args: readonly string[]): Promise<PythonReport> {
  try {
    const { stdout } = await promisify(execFile)('python3', [VERIFIER, ...args], {
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(stdout) as PythonReport;
  } catch (error) {
    const { code, stdout } = error as { readonly code: unknown; readonly stdout: string };
    // What it finds, it exits 1 for.
    if (code !== 1) throw error;
    return JSON.parse(stdout) as PythonReport;
  }
}

/** Whoever is believed signed at certain sizes only: what is named must lie between the two around the change. */
function isRightPlace(report: Report, log: WitnessedLog, from: number | undefined): boolean {
  if (report.ok) return false;
  if (from === undefined) {
    return report.problems.some((problem) => problem.startsWith(`log ${log.name} is missing`));
  }
  const found = report.logs.find(({ name }) => name === log.name);
  const before = log.witnessedSizes.findLast((size) => size <= from) ?? 0;
  const behind = log.witnessedSizes.find((size) => size > from) ?? log.entries;
  if (found?.problem === undefined || found.problem.seq < before) return false;
  // Something that does not fit may be found later; the report then says where what is vouched for ends.
  return found.problem.seq <= behind || found.witnessed === before;
}

function describe(report: Report, log: WitnessedLog): string {
  const problem = report.logs.find(({ name }) => name === log.name)?.problem;
  return problem === undefined ? report.problems.join('; ') : `${problem.seq}: ${problem.what}`;
}
