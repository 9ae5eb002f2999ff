import { LARGE_RESULT } from './bulk.ts';
import type { Contestant } from './contestant.ts';
import { DiscardingClient } from './discarding-client.ts';
import { type PgbenchResult, runPgbench } from './pgbench.ts';

/** Sessions that each ask for a row now and then. */
const SMALL_SESSIONS = 100;
/** Queries a second of all of them. */
const SMALL_RATE = 1_000;
const GIGABYTE = `${LARGE_RESULT} union all ${LARGE_RESULT}`;

/** What small sessions wait for a row, by themselves and beside a large result. */
export interface BesideBulk {
  readonly aloneP99Microseconds: number;
  readonly besideP99Microseconds: number;
  /** Of the large result meanwhile. */
  readonly megabytesPerSecond: number;
}

/** How it is measured in one round. */
export interface BesideBulkOptions {
  /** Of each of the two runs. */
  readonly seconds: number;
  /** The order is changed from round to round, so that neither has the warmer machine. */
  readonly isAloneFirst: boolean;
}

/** Compares 100 small sessions, each at a rate of its own, with the same beside a session that reads a gigabyte. */
export async function measureBesideBulk(
  contestant: Contestant,
  { seconds, isAloneFirst }: BesideBulkOptions,
): Promise<BesideBulk> {
  const before = isAloneFirst ? await runSmall(contestant, seconds) : undefined;
  const { p99Microseconds: besideP99Microseconds, megabytesPerSecond } = await runBeside(
    contestant,
    seconds,
  );
  const alone = before ?? (await runSmall(contestant, seconds));
  return { aloneP99Microseconds: alone.p99Microseconds, besideP99Microseconds, megabytesPerSecond };
}

async function runBeside(
  contestant: Contestant,
  seconds: number,
): Promise<PgbenchResult & { readonly megabytesPerSecond: number }> {
  using bulk = await startBulk(contestant);
  const small = await runSmall(contestant, seconds);
  return { ...small, megabytesPerSecond: bulk.readMegabytesPerSecond() };
}

function runSmall(contestant: Contestant, seconds: number): Promise<PgbenchResult> {
  const sessions = { clients: SMALL_SESSIONS, rate: SMALL_RATE };
  return runPgbench(contestant, { protocol: 'simple', seconds, ...sessions });
}

interface RunningBulk extends Disposable {
  /** Of what has come since it was started. @throws If something went wrong meanwhile. */
  readMegabytesPerSecond(): number;
}

/** Reads large results, one after the other, until it is disposed of. */
async function startBulk(contestant: Contestant): Promise<RunningBulk> {
  const client = await DiscardingClient.connect(contestant);
  const startedAtMs = performance.now();
  let bytes = 0;
  let failure: Error | undefined;
  const read = async (): Promise<never> => {
    for (;;) bytes += (await client.query(GIGABYTE)).bytes;
  };
  read().catch((error: Error) => {
    failure = error;
  });
  return {
    readMegabytesPerSecond() {
      if (failure !== undefined) throw failure;
      const seconds = (performance.now() - startedAtMs) / 1000;
      return (bytes + client.receivedBytes) / 1e6 / seconds;
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
