import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { endWithUs } from '../../demo/end-with-us.ts';
import { untilListening } from '../e2e/until-listening.ts';

/** What {@link startNginx} is told. */
export interface NginxOptions {
  /** For its configuration, socket and temporary files; empty. */
  readonly directory: string;
  /** Directives within `http`. */
  readonly http: string;
  /** Where these have it listen. */
  readonly at: NetConnectOpts;
}

/** A running nginx of one process. */
export interface Nginx extends AsyncDisposable {
  readonly pid: number;
}

/** Starts Debian's nginx, in one process as the gateway is. It ends with us. */
export async function startNginx({ directory, http, at }: NginxOptions): Promise<Nginx> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join(' ');
  const configuration = join(directory, 'nginx.conf');
  await writeFile(
    configuration,
    `
daemon off;
master_process off;
pid ${directory}/pid;
error_log ${directory}/error;
events { worker_connections 2048; }
http {
  access_log off;
  ${temporary}
  ${http}
}
`,
  );
  const child = spawn('/usr/sbin/nginx', ['-c', configuration, '-e', join(directory, 'error')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const hasEnded = endWithUs(child.pid ?? 0, { signal: 'SIGQUIT', graceSeconds: 5 });
  const ended = once(child, 'exit').finally(hasEnded);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    await untilListening(child, at);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: stop };
}
