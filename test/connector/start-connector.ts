import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { NODE_OPTIONS } from '../../demo/start-gateway.ts';
import type { AddedConnector, ConnectorView } from '../../src/api/connector.ts';
import { type ApiCaller, callApi } from '../e2e/call-api.ts';

/** What a connector's directory says. */
export interface ConnectorDirectory {
  readonly name: string;
  /** `host:port` of gateways. */
  readonly gateways: readonly string[];
  readonly authority: string;
  readonly token?: string | undefined;
  /** By name. */
  readonly targets: Readonly<Record<string, object>>;
  /** Other settings of `connector.yaml`. */
  readonly settings?: object;
}

/** A connector that runs as a child process. */
export interface ConnectorProcess extends AsyncDisposable {
  readonly pid: number;
  /** The last lines of its log, JSON each. */
  log(): string;
  /** Resolves once the process has ended, with its exit code or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Ends it in order or at once; resolves when it has ended. */
  signal(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** How a connector is run: in a network of its own, say. */
export interface ConnectorRunOptions {
  /** A command that runs another, with its arguments. */
  readonly through?: readonly string[];
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

const PROGRAM = fileURLToPath(new URL('../../src/bin/cli.ts', import.meta.url));
const LOG_CHARACTERS_MAX = 200_000;

/** Lets a connector enrol. */
export function addConnector(api: ApiCaller, name: string): Promise<AddedConnector> {
  return callApi<AddedConnector>(api, 'POST', '/v1/connectors', { name });
}

/** One connector, as the control plane shows it. */
export function getConnector(api: ApiCaller, name: string): Promise<ConnectorView> {
  return callApi<ConnectorView>(api, 'GET', `/v1/connectors/${name}`);
}

/** Writes the directory of a connector. */
export async function writeConnector(
  directory: string,
  { name, gateways, authority, token, targets, settings }: ConnectorDirectory,
): Promise<void> {
  await mkdir(join(directory, 'targets'), { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'ca.pem'), authority);
  if (token !== undefined) await writeFile(join(directory, 'token'), token, { mode: 0o600 });
  await writeFile(
    join(directory, 'connector.yaml'),
    stringify({
      ...{ name, gateways, caFile: 'ca.pem' },
      ...(token !== undefined && { enrolment: { token: 'file:token' } }),
      ...settings,
    }),
  );
  for (const [target, file] of Object.entries(targets)) {
    await writeFile(join(directory, 'targets', `${target}.yaml`), stringify(file));
  }
}

/** Starts a connector, and waits until it has enrolled. */
export async function startConnector(
  directory: string,
  { through = [], environment = {} }: ConnectorRunOptions = {},
): Promise<ConnectorProcess> {
  const [program, ...programArguments] = [
    ...through,
    process.execPath,
    ...NODE_OPTIONS,
    PROGRAM,
    'connector',
    '--config',
    directory,
  ];
  const child = spawn(program, programArguments, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_CHARACTERS_MAX);
  });
  const ended = waitForEnd(child);
  const isReady = once(createInterface(child.stdout), 'line');
  await Promise.race([
    isReady,
    ended.then((code) => {
      throw new Error(`Cannot start the connector: it exited with ${code}\n${log}`);
    }),
  ]);
  const signal = (name: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(name);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    log: () => log,
    ended,
    signal,
    [Symbol.asyncDispose]: async () => void (await signal('SIGKILL')),
  };
}

async function waitForEnd(child: ChildProcess): Promise<number | NodeJS.Signals> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals];
  return code ?? signal;
}
