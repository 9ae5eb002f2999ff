import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseSegmentFileName } from '../../src/audit/segment-format.ts';
import { CHANGE_KINDS, type ChangeKind, planRewrite } from './changes.ts';
import { linkLedger, rewriteLog } from './rewrite-log.ts';
import type { Report, Verifier } from './verifiers.ts';
import type { WitnessedLedger, WitnessedLog } from './witnessed-ledger.ts';

/** Who changes the ledger: somebody with its files, or with the keys of all gateways too. */
export type Owner = 'files' | 'files and keys';

export const OWNERS: readonly Owner[] = ['files', 'files and keys'];

/** One change that is to be tried. */
export interface Attempt {
  /** Of all that are tried, in order. */
  readonly index: number;
  readonly kind: ChangeKind;
  readonly owner: Owner;
  /** Name of the log that is changed. */
  readonly log: string;
  /** The entry at which it begins. */
  readonly at: number;
  readonly turn: number;
}

/** One change of a ledger, and what the verifiers made of it. */
export interface TriedChange extends Attempt {
  /** Names of the verifiers that found it, and named the right place. */
  readonly foundBy: readonly Verifier['name'][];
  /** What they said. */
  readonly said: readonly string[];
}

/** Checkpoints that witnesses saw within a minute of the copy: what comes after them may be missing still. */
const LATEST_CHECKPOINTS = 9;
/** So often a verifier has to say of a whole copy what it said of the changed part. */
const ANEW_EVERY = 97;

/** Each kind of change, by each owner, at so many places drawn from all that witnesses can vouch for. */
export function drawAttempts(
  { logs }: WitnessedLedger,
  positions: number,
  random: () => number,
): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (let turn = 0; turn < positions; turn++) {
    const log = logs[turn % logs.length];
    assert(log);
    const end = log.witnessedSizes.at(-LATEST_CHECKPOINTS) ?? 1;
    for (const kind of CHANGE_KINDS) {
      for (const owner of OWNERS) {
        const at = Math.floor(random() * end);
        attempts.push({ index: attempts.length, kind, owner, log: log.name, at, turn });
      }
    }
  }
  return attempts;
}

export interface TryOptions {
  readonly ledger: WitnessedLedger;
  readonly attempts: readonly Attempt[];
  /** They have seen the ledger as it was written. */
  readonly verifiers: readonly Verifier[];
  /** For copies; they are removed again. */
  readonly directory: string;
}

/** Changes copies of a ledger, each by itself, and has the verifiers look at them with nothing but the witnesses' keys. */
export async function* tryChanges(options: TryOptions): AsyncGenerator<TriedChange, void> {
  let looking: Promise<TriedChange> | undefined;
  for (const attempt of options.attempts) {
    // The next copy is changed while the verifiers look at the one before.
    const [tried, changed] = await Promise.all([looking, makeCopy(options, attempt)]);
    looking = lookAt(options, changed);
    if (tried !== undefined) yield tried;
  }
  if (looking !== undefined) yield await looking;
}

interface ChangedCopy {
  readonly attempt: Attempt;
  readonly log: WitnessedLog;
  readonly copy: string;
  /** The entry from which on the log is another one; undefined if it is gone as a whole. */
  readonly from: number | undefined;
}

async function makeCopy({ ledger, directory }: TryOptions, attempt: Attempt): Promise<ChangedCopy> {
  const log = ledger.logs.find(({ name }) => name === attempt.log);
  assert(log);
  const copy = path.join(directory, `changed-${attempt.index % 2}`);
  await rm(copy, { recursive: true, force: true });
  await linkLedger(path.join(ledger.dataDirectory, 'ledger'), copy);
  return { attempt, log, copy, from: await change(copy, attempt, log) };
}

/** Returns the entry from which on the log is another one; undefined if it is gone as a whole. */
async function change(
  copy: string,
  { kind, owner, at, turn }: Attempt,
  log: WitnessedLog,
): Promise<number | undefined> {
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

async function lookAt(
  { verifiers }: TryOptions,
  { attempt, log, copy, from }: ChangedCopy,
): Promise<TriedChange> {
  const reports = await Promise.all(verifiers.map((verifier) => verifier.verify(copy)));
  if (attempt.index % ANEW_EVERY === 0) {
    const anew = await Promise.all(verifiers.map((verifier) => verifier.verify(copy, true)));
    assert.deepEqual(anew, reports);
  }
  await rm(copy, { recursive: true });
  const isFound = reports.map((report) => isRightPlace(report, log, from));
  return {
    ...attempt,
    foundBy: verifiers.filter((_, index) => isFound[index]).map(({ name }) => name),
    said: reports.map((report) => describe(report, log)),
  };
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
