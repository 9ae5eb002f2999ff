import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeReport } from '../../../bench/write-report.ts';
import { verifyLedger } from '../../../src/audit/verify-ledger.ts';
import { installDebianPackages } from '../../../tools/install-debian-packages.ts';
import { runNemesis } from '../../gateways/nemesis/run-nemesis.ts';
import { becomes } from '../process-status.ts';
import { formatFaultTable } from './fault-table.ts';
import { type FaultWorld, startFaultWorld } from './fault-world.ts';
import { FAULTS } from './faults.ts';
import { planRound, type RoundReport, runRound } from './run-round.ts';
import { SealedNumbers } from './sealed-numbers.ts';
import { seededRandom } from './seeded-random.ts';

const USAGE = `Usage: npm run faults -- [--gateways [--rounds N]] [--runs N] [--seed S] [--only FAULT] [--write]

Lets parts of a gateway's world fail while clients run statements, and checks after each run that nothing was executed
that is not in the ledger, that no hidden value was shown, and that everything works again by itself. Needs root.

With --gateways: three gateways on one store and two connectors are killed, stopped and cut off from each other, and
their ledgers and the connectors' records are checked together; then one approval after another is used by a hundred
clients at once, in N rounds.
`;
const REPORT = fileURLToPath(new URL('../../../docs/faults.md', import.meta.url));
const COMMAND = 'npm run faults -- --write';
const GATEWAYS_COMMAND = 'npm run faults -- --gateways --write';
/** Runs between two verifications of the whole ledger. */
const RUNS_PER_VERIFICATION = 50;
/** Milliseconds for an export to catch up, and for a witness to cosign. */
const SETTLE_MS_MAX = 120_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      gateways: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '1000' },
      runs: { type: 'string', default: '500' },
      seed: { type: 'string' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || process.getuid?.() !== 0) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  if (!(await installDebianPackages((line) => process.stderr.write(`${line}\n`)))) {
    process.exitCode = 1;
    return;
  }
  const seed = Number(values.seed ?? randomInt(1_000_000));
  if (values.gateways) {
    const numbers = { runs: Number(values.runs), rounds: Number(values.rounds), seed };
    const summary = await runNemesis({ ...numbers, only: values.only });
    process.stdout.write(`${summary}\n`);
    if (values.write) await writeReport(REPORT, summary, GATEWAYS_COMMAND);
    return;
  }
  const faults = FAULTS.filter(({ name }) => values.only === undefined || name === values.only);
  if (faults.length === 0) throw new Error(`Cannot run: there is no fault ${values.only}`);
  const directory = await mkdtemp(path.join(tmpdir(), 'sallyport-matrix-'));
  try {
    await using world = await startFaultWorld(directory);
    const summary = await runAll(world, { runs: Number(values.runs), seed, faults });
    process.stdout.write(`${summary}\n`);
    if (values.write) await writeReport(REPORT, summary, COMMAND);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runAll(
  world: FaultWorld,
  { runs, seed, faults }: { runs: number; seed: number; faults: typeof FAULTS },
): Promise<string> {
  const random = seededRandom(seed);
  const sealed = new SealedNumbers(world.ledgerDirectory);
  const reports: RoundReport[] = [];
  let first = 1;
  for (let run = 1; run <= runs; run++) {
    const plan = planRound(faults, random);
    const names = plan.faults.map(({ name }) => name).join(' and ');
    try {
      const { report, next } = await runRound(world, plan, { first, sealed });
      reports.push(report);
      first = next;
      process.stderr.write(
        `${run}/${runs} ${names}: ${report.acknowledged} of ${report.sent} acknowledged, works again after ${report.resumeMs} ms\n`,
      );
    } catch (error) {
      throw new Error(`Run ${run} of seed ${seed} (${names}, ${plan.lastsMs} ms) failed`, {
        cause: error,
      });
    }
    if (run % RUNS_PER_VERIFICATION === 0) await verify(world);
  }
  await verify(world);
  const isCaughtUp = await becomes(
    () => [...sealed.numbers].every((number) => world.sink.numbers.has(number)),
    SETTLE_MS_MAX,
  );
  if (!isCaughtUp) {
    const missing = [...sealed.numbers].filter((number) => !world.sink.numbers.has(number)).length;
    throw new Error(`Entries of ${missing} statements never arrived at the sink`);
  }
  const total = (figure: (report: RoundReport) => number): number =>
    reports.reduce((all, report) => all + figure(report), 0);
  return [
    formatFaultTable(reports),
    '',
    `${runs} runs with seed ${seed}: ${total(({ sent }) => sent)} statements sent, ${total(({ acknowledged }) => acknowledged)} acknowledged, ` +
      `${total(({ executed }) => executed)} executed, ${sealed.numbers.size} sealed; executed and not sealed: 0; ` +
      `${total(({ maskedResults }) => maskedResults)} masked results, with a hidden value: 0. ` +
      'The ledger verified, and every sealed statement arrived at the sink.',
  ].join('\n');
}

/** The whole ledger, by its files. */
async function verify({ ledgerDirectory }: FaultWorld): Promise<void> {
  const report = await verifyLedger(ledgerDirectory);
  if (!report.ok) throw new Error(`The ledger does not verify: ${JSON.stringify(report)}`);
}

await main();
