import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request as sendRequest } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Side } from '../e2e/environment.ts';
import { runPsql } from '../e2e/run-client.ts';
import { CLUSTER, REFUSED_CLUSTER, REFUSED_SITE } from './planted-sites.ts';
import { HOSTS, type PlantedWorld, REFUSED_HOST } from './planted-world.ts';

const run = promisify(execFile);

/** Of the demo's people. */
const SUBJECT = 'ana';
const PODS = '/api/v1/namespaces/ward/pods';
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'ward' },
  spec: { containers: [{ name: 'web', image: 'web' }] },
};

/** What clients were told, by name of the target. */
export async function useEverything(world: PlantedWorld): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  for (const name of world.databases) told.set(name, await queryOnce(world, name));
  for (const name of HOSTS) told.set(name, await runOnce(world, name));
  for (const name of world.sites) told.set(name, await askOnce(world, { host: siteHost(name) }));
  told.set(CLUSTER, await runInPod(world));
  return told;
}

/** What clients were told where no login was let in, by name of the target. One database is among the others. */
export async function useRefused(world: PlantedWorld): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  told.set(REFUSED_HOST, await runOnce(world, REFUSED_HOST));
  told.set('header', await askOnce(world, { host: siteHost('header'), path: '/refused' }));
  for (const name of [REFUSED_SITE, REFUSED_CLUSTER]) {
    told.set(name, await askOnce(world, { host: siteHost(name), path: PODS }));
  }
  return told;
}

/** @param sql One statement. */
export async function queryOnce(
  { gateway }: PlantedWorld,
  target: string,
  sql = 'select current_user',
): Promise<string> {
  const side: Side = {
    ...{ name: 'gateway', host: 'localhost', port: gateway.process.postgres.port, user: SUBJECT },
    ...{ password: gateway.tokenOf(SUBJECT), database: target },
    authorityFile: authorityFileOf(gateway),
  };
  const { stdout, stderr } = await runPsql(side, ['-Atc', sql]);
  return stdout + stderr;
}

async function runOnce({ gateway }: PlantedWorld, target: string): Promise<string> {
  const options = await gateway.optionsFor(SUBJECT);
  const destination = `${target}@127.0.0.1`;
  return printed(run('ssh', [...options, destination, 'echo on the host']));
}

/** Makes a pod, and runs a command in it. */
async function runInPod(world: PlantedWorld): Promise<string> {
  const { gateway, directory } = world;
  await askOnce(world, { host: 'localhost', path: PODS, body: JSON.stringify(POD) });
  const options = {
    server: `https://localhost:${gateway.process.http?.port}`,
    'certificate-authority': authorityFileOf(gateway),
    token: gateway.tokenOf(SUBJECT),
    'cache-dir': join(directory, 'kubectl'),
    namespace: 'ward',
  };
  const named = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return printed(run('kubectl', [...named, 'exec', 'web', '--', 'echo', 'in the pod']));
}

/** What a program printed, however it ended. */
async function printed(
  running: Promise<{ readonly stdout: string; readonly stderr: string }>,
): Promise<string> {
  const { stdout, stderr } = await running.catch(
    (error: { readonly stdout: string; readonly stderr: string }) => error,
  );
  return stdout + stderr;
}

async function askOnce(
  { gateway }: PlantedWorld,
  {
    host,
    path = '/anything',
    body,
  }: { readonly host: string; readonly path?: string; readonly body?: string },
): Promise<string> {
  const { http } = gateway.process;
  const headers = {
    ...{ host, authorization: `Bearer ${gateway.tokenOf(SUBJECT)}` },
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const ca = await readFile(authorityFileOf(gateway));
  return new Promise((resolve, reject) => {
    const at = { host: '127.0.0.1', port: http?.port, servername: 'localhost', ca };
    const method = body === undefined ? 'GET' : 'POST';
    sendRequest({ ...at, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    })
      .on('error', reject)
      .end(body);
  });
}

function siteHost(name: string): string {
  return `${name}.sallyport`;
}

function authorityFileOf({ configurationDirectory }: PlantedWorld['gateway']): string {
  return join(configurationDirectory, 'tls/ca.crt');
}
