import path from 'node:path';
import { startPrivatePostgres } from '../test/e2e/private-postgres.ts';
import { CHECKOUT } from '../tools/source-file.ts';
import { measureBesideBulk } from './beside-bulk.ts';
import { fillBulkTables, measureResult } from './bulk.ts';
import type { Contestant } from './contestant.ts';
import { describeMachine } from './describe-machine.ts';
import { formatTable } from './format-table.ts';
import { measureNewSessions } from './new-sessions.ts';
import { fillPgbenchTables, runPgbench } from './pgbench.ts';
import { Results } from './results.ts';
import {
  CARRIED,
  DIRECT,
  LOGGED_IN,
  ONE,
  startScaleContestants,
  TWO,
} from './scale-contestants.ts';
import { writeReport } from './write-report.ts';

const REPORT = path.join(CHECKOUT, 'docs', 'scale.md');
const COMMAND = 'npm run bench -- --scale --write';

/** How much is measured. */
interface ScaleEffort {
  readonly rounds: number;
  readonly pgbenchSeconds: number;
  readonly resultBytes: number;
  readonly sessions: number;
}

/** Some eight minutes. */
const FULL: ScaleEffort = { rounds: 4, pgbenchSeconds: 3, resultBytes: 500e6, sessions: 500 };
/** One and a half, to see whether something is badly off. */
const QUICK: ScaleEffort = { rounds: 1, pgbenchSeconds: 3, resultBytes: 100e6, sessions: 100 };

const MEASURES = {
  '1 client: p50 µs': 0,
  '1 client: p99 µs': 0,
  '16 clients: queries/s': 0,
  '16 clients: p99 µs': 0,
  'large result: MB/s': 0,
  'new sessions/s': 0,
  '100 small sessions: p99 µs': 0,
  '100 small sessions beside a large result: p99 µs': 0,
  'large result beside 100 small sessions: MB/s': 0,
} as const;

/** What one round's contestants are compared by: the ratio, or what is added. */
const COMPARISONS = {
  'queries/s, 16 clients: two processes to one': 2,
  'new sessions/s: two processes to one': 2,
  'large result: gateway without connector to direct': 2,
  'large result: connector, login at the gateway, to no connector': 2,
  'large result: connector, login at the gateway, to direct': 2,
  'large result: connector, login at the connector, to no connector': 2,
  'large result: connector, login at the connector, to direct': 2,
  'p50, 1 client: added by the connector, login at the gateway: ms': 2,
  'p50, 1 client: added by the connector, login at the connector: ms': 2,
  'p99 of 100 small sessions, beside a large result to alone: direct': 2,
  'p99 of 100 small sessions, beside a large result to alone: no connector': 2,
  'p99 of 100 small sessions, beside a large result to alone: connector, login at the gateway': 2,
  'p99 of 100 small sessions, beside a large result to alone: connector, login at the connector': 2,
} as const;

type Measure = keyof typeof MEASURES;
type Comparison = keyof typeof COMPARISONS;
type Round = ReadonlyMap<string, Readonly<Record<Measure, number>>>;

/** `npm run bench -- --scale`: a gateway of one process, of two, and behind a connector. */
export async function benchScale(
  options: { readonly isQuick: boolean; readonly isWritten: boolean },
  say: (line: string) => void,
): Promise<void> {
  const effort = options.isQuick ? QUICK : FULL;
  const tables = await measureScale(effort, say);
  const text = [
    tables,
    '',
    ...describeMachine().map((line) => `- ${line}`),
    `- ${effort.rounds} rounds, in each of which every column is measured once: ${effort.pgbenchSeconds} s of simple queries with each number of clients, ` +
      `a result of ${effort.resultBytes / 1e6} MB, ${effort.sessions} sessions by 8 clients, and twice ${effort.pgbenchSeconds} s of 100 sessions that ask for 1000 rows a second together, ` +
      `once beside a session that reads results of ${(2 * effort.resultBytes) / 1e6} MB; median of the rounds (lowest–highest). ` +
      'Ratios are taken within each round, in the upper table to the first column',
  ].join('\n');
  console.log(text);
  if (options.isWritten) await writeReport(REPORT, text, COMMAND);
}

async function measureScale(effort: ScaleEffort, say: (line: string) => void): Promise<string> {
  say('Starting a server, four gateways and two connectors ...');
  await using started = new AsyncDisposableStack();
  const server = started.use(
    await startPrivatePostgres({
      version: 'debian',
      settings: { max_connections: '200', shared_buffers: '512MB' },
    }),
  );
  const direct: Contestant = {
    ...{ name: 'direct', host: server.host, port: server.port, user: server.superuser },
    ...{ password: '', database: 'postgres', pid: undefined },
  };
  await fillPgbenchTables(direct, 10);
  await fillBulkTables(direct, effort.resultBytes);
  const contestants = await startScaleContestants(direct, started);
  const results = new Results<Measure>();
  const comparisons = new Results<Comparison>();
  for (let round = 1; round <= effort.rounds; round++) {
    const measured = new Map<string, Readonly<Record<Measure, number>>>();
    for (const contestant of contestants) {
      say(`Round ${round} of ${effort.rounds}: ${contestant.name}`);
      const figures = await measure(contestant, effort, round);
      measured.set(contestant.name, figures);
      for (const [name, figure] of Object.entries(figures)) {
        results.add(contestant.name, name as Measure, figure);
      }
    }
    for (const [name, figure] of Object.entries(compare(measured))) {
      comparisons.add(WITHIN, name as Comparison, figure);
    }
  }
  const names = contestants.map(({ name }) => name);
  const upper = formatTable(names, results, MEASURES);
  return `${upper}\n\n${formatTable([WITHIN], comparisons, COMPARISONS)}`;
}

/** The only column of the comparisons. */
const WITHIN = 'within a round';

async function measure(
  contestant: Contestant,
  { pgbenchSeconds: seconds, resultBytes, sessions }: ScaleEffort,
  round: number,
): Promise<Readonly<Record<Measure, number>>> {
  const alone = await runPgbench(contestant, { protocol: 'simple', clients: 1, seconds });
  const many = await runPgbench(contestant, { protocol: 'simple', clients: 16, seconds });
  const result = await measureResult(contestant);
  // An answer that was cut short would look fast.
  if (result.bytes < resultBytes * 0.8) {
    throw new Error(`${contestant.name}: the large result holds ${result.bytes} bytes only`);
  }
  const newSessions = await measureNewSessions(contestant, sessions);
  const small = await measureBesideBulk(contestant, { seconds, isAloneFirst: round % 2 === 1 });
  return {
    '1 client: p50 µs': alone.p50Microseconds,
    '1 client: p99 µs': alone.p99Microseconds,
    '16 clients: queries/s': many.transactionsPerSecond,
    '16 clients: p99 µs': many.p99Microseconds,
    'large result: MB/s': result.megabytesPerSecond,
    'new sessions/s': newSessions,
    '100 small sessions: p99 µs': small.aloneP99Microseconds,
    '100 small sessions beside a large result: p99 µs': small.besideP99Microseconds,
    'large result beside 100 small sessions: MB/s': small.megabytesPerSecond,
  };
}

function compare(round: Round): Readonly<Record<Comparison, number>> {
  const of = (contestant: string, name: Measure): number => round.get(contestant)?.[name] ?? NaN;
  const ratio = (name: Measure, contestant: string, reference = ONE): number =>
    of(contestant, name) / of(reference, name);
  const added = (contestant: string): number =>
    (of(contestant, '1 client: p50 µs') - of(ONE, '1 client: p50 µs')) / 1e3;
  const rise = (contestant: string): number =>
    of(contestant, '100 small sessions beside a large result: p99 µs') /
    of(contestant, '100 small sessions: p99 µs');
  return {
    'queries/s, 16 clients: two processes to one': ratio('16 clients: queries/s', TWO),
    'new sessions/s: two processes to one': ratio('new sessions/s', TWO),
    'large result: gateway without connector to direct': ratio(RESULT, ONE, DIRECT),
    'large result: connector, login at the gateway, to no connector': ratio(RESULT, CARRIED),
    'large result: connector, login at the gateway, to direct': ratio(RESULT, CARRIED, DIRECT),
    'large result: connector, login at the connector, to no connector': ratio(RESULT, LOGGED_IN),
    'large result: connector, login at the connector, to direct': ratio(RESULT, LOGGED_IN, DIRECT),
    'p50, 1 client: added by the connector, login at the gateway: ms': added(CARRIED),
    'p50, 1 client: added by the connector, login at the connector: ms': added(LOGGED_IN),
    'p99 of 100 small sessions, beside a large result to alone: direct': rise(DIRECT),
    'p99 of 100 small sessions, beside a large result to alone: no connector': rise(ONE),
    'p99 of 100 small sessions, beside a large result to alone: connector, login at the gateway':
      rise(CARRIED),
    'p99 of 100 small sessions, beside a large result to alone: connector, login at the connector':
      rise(LOGGED_IN),
  };
}

const RESULT = 'large result: MB/s';
