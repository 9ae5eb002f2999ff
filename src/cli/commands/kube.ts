import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { targetListSchema } from '../../api/target.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption } from '../command-context.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import { suggestTarget } from '../unknown-target.ts';

export interface KubeLoginOptions extends GatewayOption {
  /** Name of the context, the cluster and the user. Default: the target's. */
  readonly context?: string;
  /** File. Default: as kubectl finds it. */
  readonly kubeconfig?: string;
}

const execute = promisify(execFile);

/** Versions of what a plugin is asked in. kubectl before 1.22 knows the first alone. */
const EXEC_VERSIONS: readonly string[] = [
  'client.authentication.k8s.io/v1beta1',
  'client.authentication.k8s.io/v1',
];

/**
 * `sallyport kube login`: has kubectl write where the cluster is, and that it gets its tokens from `sallyport kube
 * credential`. Nothing secret is written.
 */
export async function runKubeLogin(
  host: CliHost,
  target: string,
  { gateway, context = target, kubeconfig }: KubeLoginOptions,
): Promise<void> {
  const opened = await SignedInGateway.open(host, gateway);
  const server = await findServer(opened, target);
  const configure = (...args: readonly string[]): Promise<void> =>
    configureKubectl(host, [
      ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
      ...args,
    ]);
  await setCluster(configure, { context, server, ca: opened.known.ca });
  const plugin = [
    ...['--exec-command', 'sallyport', '--exec-arg', 'kube,credential'],
    ...['--exec-arg', `--gateway,${opened.known.url}`],
  ];
  await setCredentials(configure, [context, ...plugin]);
  await configure('set-context', context, '--cluster', context, '--user', context);
  await configure('use-context', context);
  host.terminal.say(`kubectl now speaks to ${target}, as "${context}". Try: kubectl get pods`);
}

type Configure = (...args: readonly string[]) => Promise<void>;

async function findServer(opened: SignedInGateway, target: string): Promise<string> {
  const { targets } = await opened.get(targetListSchema, { path: '/v1/targets' });
  const found = targets.find(({ name, kind }) => name === target && kind === 'kubernetes');
  if (found?.url !== undefined) return found.url;
  const clusters = targets.filter(({ kind }) => kind === 'kubernetes').map(({ name }) => name);
  throw new CliError(
    EXIT.failure,
    `There is no cluster "${target}" that you may connect to`,
    suggestTarget(target, clusters),
  );
}

async function setCluster(
  configure: Configure,
  {
    context,
    server,
    ca,
  }: { readonly context: string; readonly server: string; readonly ca: string | undefined },
): Promise<void> {
  if (ca === undefined) return configure('set-cluster', context, '--server', server);
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-'));
  try {
    const file = join(directory, 'ca.crt');
    await writeFile(file, ca);
    const authority = ['--certificate-authority', file, '--embed-certs'];
    await configure('set-cluster', context, '--server', server, ...authority);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** An old kubectl knows neither the newer version nor the flag that it needs. */
async function setCredentials(configure: Configure, args: readonly string[]): Promise<void> {
  const [old = '', current = ''] = EXEC_VERSIONS;
  const credentials = ['set-credentials', ...args];
  const isCurrent = await configure(
    ...credentials,
    ...['--exec-api-version', current, '--exec-interactive-mode', 'IfAvailable'],
  ).then(
    () => true,
    (error: unknown) => {
      if (error instanceof CliError && error.hint?.includes('unknown flag') === true) return false;
      throw error;
    },
  );
  if (isCurrent) return;
  // Debian's kubectl 1.20 dies of making a user with a plugin, but not of giving one to a user that is there.
  const [user = ''] = args;
  const userName = `users.${user}.username`;
  await configure('set', userName, 'sallyport');
  await configure(...credentials, '--exec-api-version', old);
  await configure('unset', userName);
}

async function configureKubectl({ environment }: CliHost, args: readonly string[]): Promise<void> {
  try {
    await execute('kubectl', ['config', ...args], { env: { ...environment } });
  } catch (cause) {
    const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string };
    if (code === 'ENOENT') {
      const hint = 'Install it (Debian: apt-get install kubernetes-client).';
      throw new CliError(EXIT.failure, 'Cannot start kubectl', hint, { cause });
    }
    throw new CliError(EXIT.failure, 'kubectl does not take the cluster', stderr.trim(), { cause });
  }
}

/**
 * `sallyport kube credential`
 *
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
export async function runKubeCredential(host: CliHost, { gateway }: GatewayOption): Promise<void> {
  const opened = await SignedInGateway.open(host, gateway);
  const token = await opened.token();
  const apiVersion = findAskedVersion(host.environment['KUBERNETES_EXEC_INFO']);
  host.terminal.print(JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } }));
}

function findAskedVersion(info: string | undefined): string {
  const asked = EXEC_VERSIONS.find((version) => info?.includes(`"${version}"`) === true);
  return asked ?? 'client.authentication.k8s.io/v1';
}
