import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type HospitalStack, startHospitalStack } from './hospital-stack.ts';
import { takeTour } from './tour.ts';

const USAGE = `Usage: npm run demo [-- --tour] [-- --patients <number>]

Starts a made-up hospital database, an OpenID provider and the gateway on loopback, and stops them at
Ctrl-C. With --tour, tries everything by itself, says how each step went, and cleans up.
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIRECTORY = join(ROOT, '.demo');
const PATIENTS_MAX = 200_000;
/** Tokens that the demo hands out ready made live as long as a day of trying things. */
const TOKEN_SECONDS = 12 * 3600;
/** Ports that are easy to remember; others when they are taken. */
const PORTS = { postgres: 6432, api: 6443, oidc: 6480 };

/** Runs the demo. Resolves with the exit code. */
export async function runDemo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tour: { type: 'boolean', default: false },
      patients: { type: 'string', default: '5000' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const patients = Number(values.patients);
  if (values.help || !(patients >= 1 && patients <= PATIENTS_MAX)) {
    say(USAGE);
    return values.help ? 0 : 2;
  }
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort());
  }
  await rm(DIRECTORY, { recursive: true, force: true });
  await mkdir(DIRECTORY, { recursive: true, mode: 0o700 });
  try {
    say('Starting:');
    const stack = await startHospitalStack({
      directory: DIRECTORY,
      hospital: { patients },
      ports: await findPorts(),
      progress: (what) => say(`  ${what}`),
    });
    try {
      if (values.tour) return (await takeTour({ stack, directory: DIRECTORY, say })) ? 0 : 1;
      await introduce(stack, patients);
      await Promise.race([once(interrupted.signal, 'abort'), stack.gateway().ended]);
      say(
        interrupted.signal.aborted
          ? '\nStopping.'
          : `\nThe gateway ended.\n${stack.gateway().log()}`,
      );
      return interrupted.signal.aborted ? 0 : 1;
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(DIRECTORY, { recursive: true, force: true, maxRetries: 3 });
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Says what runs, who exists, and what to type. */
async function introduce(stack: HospitalStack, patients: number): Promise<void> {
  const { postgres, api } = stack.gateway();
  const shown = (path: string): string => relative(process.cwd(), path) || '.';
  const authority = shown(stack.authorityFile);
  for (const name of ['ana', 'noor', 'petra', 'ci-claims']) {
    const token = stack.provider.issueToken(name, { expiresInSeconds: TOKEN_SECONDS });
    await writeFile(join(DIRECTORY, `token-${name}`), token, { mode: 0o600 });
  }
  const psql = (name: string, command = ''): string =>
    `PGPASSWORD=$(cat ${shown(join(DIRECTORY, `token-${name}`))}) psql "host=127.0.0.1 port=${postgres.port} dbname=hospital user=${name} sslmode=verify-ca sslrootcert=${authority}"${command}`;
  const sallyport = shown(join(ROOT, 'bin/sallyport'));
  say(`
Running on this machine only:
  hospital database     PostgreSQL on 127.0.0.1:${stack.target.port}; ${patients} patients, all of them invented
  sign-in               ${stack.provider.issuer} (a demo OpenID provider: you become whoever you click on)
  gateway, PostgreSQL   127.0.0.1:${postgres.port}
  gateway, API          https://127.0.0.1:${api?.port}
  files                 ${shown(DIRECTORY)} (configuration, policies, ledger; removed at the end)

People:
  ana        analyst: reads, changes nothing
  noor       nurse: reads charts, writes encounters and notes one at a time
  petra      privacy officer: reads, and sees who did what
  ci-claims  CI job: claims only

Try, in another terminal:
  ${psql('ana')}
  ${psql('ana', ' -c "DROP TABLE patients"')}
  ${psql('noor', ' -c "UPDATE notes SET body = body WHERE id = 1"')}
  ${psql('ci-claims', ' -c "SELECT count(*) FROM claims"')}
  ${sallyport} login --gateway https://127.0.0.1:${api?.port} --ca ${authority} --device
  ${sallyport} psql hospital
  ${sallyport} sessions list
  ${sallyport} sessions play <id>
  ${sallyport} audit verify ${shown(join(DIRECTORY, 'data'))}
  edit ${shown(join(stack.configurationDirectory, 'policies'))}: changes hold at once, in open sessions too

Ctrl-C stops and removes everything.`);
}

async function findPorts(): Promise<{ postgres: number; api: number; oidc: number }> {
  const [postgres, api, oidc] = await Promise.all([
    findPort(PORTS.postgres),
    findPort(PORTS.api),
    findPort(PORTS.oidc),
  ]);
  return { postgres, api, oidc };
}

/** The preferred port, or any free one when it is taken. */
async function findPort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const server = createServer();
    const free = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
    if (free === undefined) continue;
    server.close();
    await once(server, 'close');
    return free;
  }
  throw new Error('Cannot start the demo: no TCP port is free');
}
