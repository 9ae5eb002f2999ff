import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { libpqEnvironment } from '../e2e/run-client.ts';
import { OpenSshClient } from '../ssh/openssh-client.ts';
import { eventually } from './eventually.ts';
import { CLUSTER_NAME, HOST_TARGET, type NetworkedWorld, SITE_NAME } from './networked-world.ts';

/** Milliseconds: a connection whose packets were lost for a while tries again after as long a while. */
const GO_ON_TIMEOUT_MS = 120_000;
const LOOK_INTERVAL_MS = 20;

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null where a signal ended it. */
  readonly status: number | null;
}

/** A client that goes on until something ends it. */
export interface RunningClient {
  readonly ended: Promise<Outcome>;
  /** Resolves once something new has come from the target. */
  goOn(): Promise<void>;
  /** Ends it as Ctrl-C would. */
  stop(): Promise<Outcome>;
}

/** A program that people use targets of one kind with. */
export interface NetworkedClient {
  readonly name: string;
  /** What {@link ask} prints if all is well. */
  readonly answer: string;
  /** Asks something short, in a session of its own. */
  ask(): Promise<Outcome>;
  start(): RunningClient;
}

interface Call {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What is typed to have the target say something; undefined if it does so by itself. */
  readonly typed?: string;
}

/** The clients of a world; `opened` removes their files. */
export async function openClients(
  { environment, siteToken }: NetworkedWorld,
  opened: AsyncDisposableStack,
): Promise<readonly NetworkedClient[]> {
  const { process: gateway, provider, configurationDirectory } = environment;
  const home = await mkdtemp(join(tmpdir(), 'sallyport-clients-'));
  opened.defer(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));
  const authorityFile = join(configurationDirectory, 'tls/ca.crt');
  const token = provider.issueToken('tester');
  const http = gateway?.http?.port ?? 0;
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: join(home, 'config') };
  await writeFile(env.KUBECONFIG, describeCluster(http, authorityFile, token), { mode: 0o600 });
  const postgres = { ...env, ...libpqEnvironment(environment.gateway) };
  await addPod(env);
  const ssh = opened.use(await OpenSshClient.create(gateway?.ssh?.port ?? 0, token));
  const sshTo = [ssh.configuration, `${HOST_TARGET}@127.0.0.1`];
  const curl = [
    ...['--silent', '--show-error', '--fail-with-body', '--no-buffer', '--cacert', authorityFile],
    ...['--header', `Authorization: Bearer ${token}`, '--connect-to', `::127.0.0.1:${http}`],
  ];
  return [
    describeClient('psql', '20\n', {
      short: { args: ['-XAtc', 'select count(*) from patients'], env: postgres },
      long: { args: ['-XAt'], env: postgres, typed: "select 'still here';\n" },
    }),
    describeClient('ssh', 'ward-42\n', {
      short: { args: [...sshTo, 'echo ward-$((6 * 7))'], env: ssh.environment },
      long: { args: [...sshTo, 'cat'], env: ssh.environment, typed: 'still here\n' },
    }),
    describeClient('kubectl', 'pod/web\n', {
      short: { args: ['-n', 'ward', 'get', 'pods', '-o', 'name'], env },
      long: { args: ['-n', 'ward', 'logs', '-f', 'web'], env },
    }),
    describeClient('curl', JSON.stringify({ asked: '/beds?free=1', by: `Bearer ${siteToken}` }), {
      short: { args: [...curl, `https://${SITE_NAME}/beds?free=1`], env },
      long: { args: [...curl, `https://${SITE_NAME}/ticks`], env },
    }),
  ];
}

function describeCluster(port: number, authorityFile: string, token: string): string {
  const cluster = {
    server: `https://${CLUSTER_NAME}:${port}`,
    'certificate-authority': authorityFile,
  };
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'ward' },
    clusters: [{ name: 'ward', cluster }],
    users: [{ name: 'tester', user: { token } }],
    contexts: [{ name: 'ward', context: { cluster: 'ward', user: 'tester' } }],
  });
}

/** With a log that goes on for ever. */
async function addPod(env: NodeJS.ProcessEnv): Promise<void> {
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'ward' } },
    spec: { containers: [{ name: 'web', image: 'local.test/busybox:1' }] },
  };
  // The gateway may not have read the target's file yet.
  await eventually('the cluster', async () => {
    const child = run('kubectl', { args: ['apply', '--validate=false', '-f', '-'], env });
    child.stdin.end(JSON.stringify(pod));
    const { status } = await follow(child).ended;
    return status === 0 ? true : undefined;
  });
}

function describeClient(
  name: string,
  answer: string,
  { short, long }: { readonly short: Call; readonly long: Call },
): NetworkedClient {
  return {
    ...{ name, answer },
    ask: () => {
      const child = run(name, short);
      child.stdin.end();
      return follow(child).ended;
    },
    start: () => {
      const child = run(name, long);
      const { output, ended } = follow(child);
      return {
        ended,
        async goOn() {
          const before = output.stdout.length;
          if (long.typed !== undefined) child.stdin.write(long.typed);
          let isOver = false;
          void ended.then(() => (isOver = true));
          const patience = AbortSignal.timeout(GO_ON_TIMEOUT_MS);
          while (output.stdout.length === before) {
            if (isOver) throw new Error(`${name} has ended: ${JSON.stringify(output)}`);
            await sleep(LOOK_INTERVAL_MS, undefined, { signal: patience });
          }
        },
        stop() {
          child.kill('SIGINT');
          return ended;
        },
      };
    },
  };
}

function run(program: string, { args, env }: Call): ChildProcessWithoutNullStreams {
  const child = spawn(program, args, { env });
  child.stdin.on('error', () => undefined);
  return child;
}

function follow(child: ChildProcessWithoutNullStreams): {
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Outcome>;
} {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return { output, ended: untilEnded(child, output) };
}

async function untilEnded(
  child: ChildProcessWithoutNullStreams,
  output: Readonly<Omit<Outcome, 'status'>>,
): Promise<Outcome> {
  const [status] = (await once(child, 'close')) as [number | null];
  return { ...output, status };
}
