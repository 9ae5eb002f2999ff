import { measureBulk } from './bulk.ts';
import { measureIdleSessions } from './idle-sessions.ts';
import { killRepeatedly } from './kills.ts';

const USAGE = `Usage: npm run endurance -- kills [count] | bulk [gigabytes] | idle [sessions] [--tls]

  kills   kill -9 of a gateway under load, in both seal modes (default: 200 each)
  bulk    memory while one large result passes (default: 10 GB)
  idle    memory of idle sessions in one process (default: 9000)
`;

/** Runs what takes too long for every test run, and prints its figures. */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const [what, size] = words.filter((word) => !word.startsWith('--'));
  if (what === 'kills') await killRepeatedly(Number(size ?? 200));
  else if (what === 'bulk') await measureBulk(Number(size ?? 10));
  else if (what === 'idle') {
    await measureIdleSessions(Number(size ?? 9_000), words.includes('--tls'));
  } else {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  }
}

await main();
