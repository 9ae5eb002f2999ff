import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openSession, runStatement } from './sql-client.ts';

/**
 * Takes psql's place where it is not installed: `-c` statements, or one statement per line of the
 * standard input. Finds the server by libpq's variables, as psql does.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { command: { type: 'string', short: 'c', multiple: true } },
  });
  const setting = (name: string): string => process.env[name] ?? '';
  process.stderr.write('psql is not installed: the npm package "postgres" stands in for it\n');
  const session = openSession({
    name: setting('PGUSER'),
    token: setting('PGPASSWORD'),
    port: Number(setting('PGPORT')),
    authorityFile: setting('PGSSLROOTCERT'),
  });
  let failed = false;
  try {
    for await (const statement of values.command ?? readLines()) {
      if (statement.trim() === '') continue;
      const { output, errors } = await runStatement(session, statement);
      if (output !== '') process.stdout.write(`${output}\n`);
      if (errors !== '') process.stderr.write(`${errors}\n`);
      failed ||= errors !== '';
    }
  } finally {
    await session.end({ timeout: 1 });
  }
  return failed ? 1 : 0;
}

async function* readLines(): AsyncGenerator<string> {
  const ask = (): void => void (process.stdin.isTTY && process.stdout.write('=> '));
  ask();
  for await (const line of createInterface({ input: process.stdin })) {
    yield line;
    ask();
  }
}

process.exitCode = await main();
