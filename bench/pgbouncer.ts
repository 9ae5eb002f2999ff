import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../demo/find-free-port.ts';
import { untilListening } from '../test/e2e/until-listening.ts';
import type { Contestant } from './contestant.ts';

const HOST = '127.0.0.1';
const CONNECTIONS_MAX = 4000;

/** A running pgbouncer that belongs to this benchmark. */
export interface Pgbouncer extends Contestant, AsyncDisposable {
  readonly pid: number;
}

/**
 * Starts Debian's pgbouncer before `server`, with its defaults but for the number of connections.
 *
 * Session pooling, as it is the only mode in which every client works as it does direct. It refuses
 * to run as root, so root runs it as the user `postgres`.
 */
export async function startPgbouncer(server: Contestant): Promise<Pgbouncer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-pgbouncer-'));
  const port = await findFreePort();
  const file = path.join(directory, 'pgbouncer.ini');
  await writeFile(file, configuration(server, port));
  await chmod(directory, 0o755);
  const asUser = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const child = spawn('/usr/sbin/pgbouncer', ['-q', ...asUser, file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-4000);
  });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const stop = async (): Promise<void> => {
    process.off('exit', killWithUs);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilListening(child, { host: HOST, port });
  } catch (error) {
    await stop();
    throw new Error(`Cannot start pgbouncer: ${log}`, { cause: error });
  }
  return {
    ...server,
    name: 'pgbouncer',
    host: HOST,
    port,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: stop,
  };
}

function configuration({ host, port, user, database }: Contestant, listenPort: number): string {
  return `[databases]
${database} = host=${host} port=${port} user=${user}
[pgbouncer]
listen_addr = ${HOST}
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = session
max_client_conn = ${CONNECTIONS_MAX}
default_pool_size = ${CONNECTIONS_MAX}
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
`;
}
