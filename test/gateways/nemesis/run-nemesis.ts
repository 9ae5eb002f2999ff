import { seededRandom } from '../../faults/matrix/seeded-random.ts';
import { runApprovalRound, startApprovalWorld } from './approval-rounds.ts';
import { checkEvidence } from './check-evidence.ts';
import { NEMESIS_FAULTS } from './nemesis-faults.ts';
import { startNemesisWorld } from './nemesis-world.ts';
import { type NemesisReport, planNemesis, runNemesisRound } from './run-nemesis-round.ts';

/** How much is tried. */
export interface NemesisOptions {
  readonly runs: number;
  /** Of approvals. */
  readonly rounds: number;
  readonly seed: number;
  /** Names of the only faults, with ` and ` between them, if not all. */
  readonly only: string | undefined;
}

/** Clients that use one approval at the same time. */
export const CONSUMERS = 100;
/** Rounds between two words about how far it is. */
const ROUNDS_PER_LINE = 50;

/**
 * Disturbs three gateways and two connectors again and again, and has a hundred clients use one approval; resolves with the report.
 *
 * @throws {Error} If anything was found, with the run.
 */
export async function runNemesis(options: NemesisOptions): Promise<string> {
  const faults = await runFaults(options);
  const approvals = await runApprovals(options);
  return `${faults}\n\n${approvals}`;
}

async function runFaults({ runs, seed, only }: NemesisOptions): Promise<string> {
  const faults = NEMESIS_FAULTS.filter(
    ({ name }) => only === undefined || only.split(' and ').includes(name),
  );
  if (faults.length === 0) throw new Error(`Cannot run: there is no fault ${only}`);
  const random = seededRandom(seed);
  await using world = await startNemesisWorld();
  const reports: NemesisReport[] = [];
  let first = 1;
  for (let run = 1; run <= runs; run++) {
    const plan = planNemesis(faults, run - 1, random);
    try {
      const { report, next } = await runNemesisRound(world, plan, first);
      reports.push(report);
      first = next;
      const { acknowledged, sent, elsewhereMs, resumeMs } = report;
      say(
        `${run}/${runs} ${report.faults.join(' and ')}: ${acknowledged} of ${sent} acknowledged, elsewhere after ${elsewhereMs} ms, all again after ${resumeMs} ms`,
      );
    } catch (cause) {
      const names = plan.faults.map(({ fault }) => fault.name).join(' and ');
      const what = `Run ${run} of seed ${seed} (${names}, ${plan.lastsMs} ms) failed`;
      throw new Error(what, { cause });
    }
  }
  const sealed = (await world.readSealed()).size;
  const { sessions, operations, operationsSealed, records } = await checkEvidence(world);
  const total = (figure: (report: NemesisReport) => number): number =>
    reports.reduce((all, report) => all + figure(report), 0);
  return [
    formatNemesisTable(reports),
    '',
    `${runs} runs with seed ${seed}: ${total(({ sent }) => sent)} statements sent, ${total(({ acknowledged }) => acknowledged)} acknowledged, ` +
      `${total(({ executed }) => executed)} executed, ${sealed} sealed in the ledgers of three gateways; executed and not sealed: 0. The ledgers verified together.`,
    '',
    `Two connectors signed ${records} records of ${operations} operations in ${sessions} sessions that they logged in for; the ledgers have ${operationsSealed} of the same sessions. Sessions or operations that they lack: 0.`,
  ].join('\n');
}

async function runApprovals({ rounds }: NemesisOptions): Promise<string> {
  await using world = await startApprovalWorld(CONSUMERS);
  for (let round = 1; round <= rounds; round++) {
    await runApprovalRound(world, round);
    if (round % ROUNDS_PER_LINE === 0) say(`${round}/${rounds} approvals, each used once`);
  }
  return `${rounds} approvals, each used by ${CONSUMERS} sessions on three gateways at the same time: each statement ran exactly once.`;
}

/** What all runs came to, as the table of `docs/faults.md`. */
export function formatNemesisTable(reports: readonly NemesisReport[]): string {
  const head = [
    'fault',
    'how',
    'runs',
    'statements',
    'refused',
    'unanswered',
    'new session elsewhere after: median, most (ms)',
    'all gateways again after: median, most (ms)',
  ];
  const alone = NEMESIS_FAULTS.map(({ name, how }) => ({
    ...{ name, how },
    own: reports.filter(({ faults }) => faults.length === 1 && faults[0] === name),
  }));
  const together = {
    name: 'two together',
    how: 'of different parts: gateways, store, connectors, links, clocks',
    own: reports.filter(({ faults }) => faults.length > 1),
  };
  const rows = [...alone, together].map(({ name, how, own }) => {
    const sum = (figure: (report: NemesisReport) => number): number =>
      own.reduce((all, report) => all + figure(report), 0);
    return [
      ...[name, how, own.length],
      ...[sum(({ sent }) => sent), sum(({ refused }) => refused)],
      sum(({ unanswered }) => unanswered),
      describeTimes(own.map(({ elsewhereMs }) => elsewhereMs)),
      describeTimes(own.map(({ resumeMs }) => resumeMs)),
    ];
  });
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function describeTimes(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.length === 0 ? '' : `${sorted[Math.floor(sorted.length / 2)]}, ${sorted.at(-1)}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
