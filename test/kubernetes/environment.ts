import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpEnvironment, startHttpEnvironment, TARGET } from '../http/environment.ts';

/** The API server behind the gateway, and how the gateway signs in to it. */
export interface ApiServerAccess {
  readonly port: number;
  /** PEM, of the authority of its certificate. */
  readonly authorityPem: string;
  /** PEM, of a client certificate that it knows the gateway by. Absent: the token of {@link startHttpEnvironment}. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

export interface KubernetesOptions {
  readonly apiServer: ApiServerAccess;
  /** Cedar. Default {@link POLICIES}. */
  readonly policies?: string;
  /** Section `dataMap` of the target's file. */
  readonly dataMap?: Readonly<Record<string, unknown>>;
}

/** What a program printed, and how it ended. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null where a signal ended it. */
  readonly status: number | null;
}

export interface KubectlOptions {
  /** Who asks. Default `ana`. */
  readonly subject?: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** In a terminal of its own, which is typed into and shows all that is printed. */
  readonly hasTerminal?: boolean;
}

/** A kubectl that runs. */
export interface RunningKubectl {
  type(keys: string): void;
  /** Resolves once it has printed what matches, with all that it printed so far. Rejects if it ends before. */
  shows(pattern: RegExp): Promise<string>;
  /** Ends its input; resolves once it has ended. */
  end(): Promise<Outcome>;
  /** Ends it as Ctrl-C would. */
  stop(): Promise<Outcome>;
}

/** An API server, a gateway before it and people with kubectl. */
export interface KubernetesEnvironment extends AsyncDisposable {
  readonly http: HttpEnvironment;
  /** Of kubectl and its caches; removed at the end. */
  readonly home: string;
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<Outcome>;
  start(args: readonly string[], options?: KubectlOptions): RunningKubectl;
}

/** Ana works, and sees no secrets; Petra sees all. Nobody is shown in pods of the ledger, and deletes a namespace alone. */
export const POLICIES = `
@id("work") permit (principal, action, resource) unless { action == Action::"reveal" };
@id("raw") permit (principal in Group::"privacy-officers", action == Action::"reveal", resource);
@id("no-ledger-shells") @reason("Nobody works in pods of the ledger")
forbid (principal, action in [Action::"k8s.exec", Action::"k8s.attach"], resource)
when { context.labels.contains("app=ledger") };
@id("no-deleting-files") @reason("Files in containers stay")
forbid (principal, action == Action::"k8s.exec", resource) when { context.effects.contains("delete") };
@id("namespaces-held") @review("privacy-officers") @reason("A namespace is gone with all that is in it")
forbid (principal, action == Action::"k8s.delete", resource)
when { context.resource == "namespaces" && !context.dryRun };
`;

/** The gateway is reached by this name, which is that of the target. */
const HOST = 'localhost';
const SHOWS_TIMEOUT_MS = 30_000;

export async function startKubernetesEnvironment({
  apiServer,
  policies = POLICIES,
  dataMap = {},
}: KubernetesOptions): Promise<KubernetesEnvironment> {
  await using started = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'sallyport-kubectl-'));
  started.defer(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));
  const caFile = join(home, 'api-server.crt');
  await writeFile(caFile, apiServer.authorityPem);
  const { clientCertificate } = apiServer;
  const http = started.use(
    await startHttpEnvironment({
      upstreamPort: apiServer.port,
      policies,
      secrets:
        clientCertificate === undefined
          ? {}
          : { 'gateway.crt': clientCertificate.certificate, 'gateway.key': clientCertificate.key },
      target: [
        [['kind'], 'kubernetes'],
        [['tls'], { caFile }],
        [['hosts'], [HOST]],
        // Long enough to find an approval that was given.
        [['reviewPatience'], '2s'],
        [['dataMap'], dataMap],
        [
          ['credential'],
          clientCertificate === undefined
            ? { token: 'file:secrets/api-token' }
            : {
                clientCertificate: {
                  certificate: 'file:secrets/gateway.crt',
                  key: 'file:secrets/gateway.key',
                },
              },
        ],
      ],
    }),
  );
  const kubeconfigs = new Map<string, Promise<string>>();
  const configurationOf = (subject: string): Promise<string> => {
    const known = kubeconfigs.get(subject) ?? writeKubeconfig(http, home, subject);
    kubeconfigs.set(subject, known);
    return known;
  };
  const start = (args: readonly string[], options: KubectlOptions = {}): RunningKubectl =>
    startKubectl({ home, configuration: configurationOf(options.subject ?? 'ana') }, args, options);
  const cleanUp = started.move();
  return {
    ...{ http, home, start },
    kubectl: (args, options) => start(args, options).end(),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** One token for each person: one session. */
async function writeKubeconfig(
  http: HttpEnvironment,
  home: string,
  subject: string,
): Promise<string> {
  const file = join(home, `${subject}.json`);
  const cluster = {
    server: `https://${HOST}:${http.address.port}`,
    'certificate-authority': http.authorityFile,
  };
  const configuration = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': TARGET },
    clusters: [{ name: TARGET, cluster }],
    users: [{ name: subject, user: { token: http.tokenOf(subject) } }],
    contexts: [{ name: TARGET, context: { cluster: TARGET, user: subject } }],
  };
  await writeFile(file, JSON.stringify(configuration), { mode: 0o600 });
  return file;
}

function startKubectl(
  { home, configuration }: { readonly home: string; readonly configuration: Promise<string> },
  args: readonly string[],
  { input, environment = {}, hasTerminal = false }: KubectlOptions,
): RunningKubectl {
  let printed = '';
  const child = configuration.then((kubeconfig) => {
    const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig, ...environment };
    const command = ['kubectl', ...args].map((word) => `'${word}'`).join(' ');
    // `script` has a terminal for those who have none.
    const started = hasTerminal
      ? spawn('script', ['-qefc', `stty rows 24 cols 80; exec ${command}`, '/dev/null'], { env })
      : spawn('kubectl', args, { env });
    started.stdin.on('error', () => {});
    started.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString('utf8');
    });
    if (input !== undefined) started.stdin.end(input);
    return started;
  });
  const ended = child.then(async (started): Promise<Outcome> => {
    const stderr = text(started.stderr);
    const [status] = (await once(started, 'close')) as [number | null];
    return { stdout: printed, stderr: await stderr, status };
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  return {
    type: (keys) => void child.then(({ stdin }) => stdin.write(keys)),
    async shows(pattern) {
      const untilMs = Date.now() + SHOWS_TIMEOUT_MS;
      while (!pattern.test(printed)) {
        if (isOver || Date.now() > untilMs) {
          throw new Error(
            `kubectl does not show ${pattern}: ${JSON.stringify(isOver ? await ended : printed)}`,
          );
        }
        await delay(20);
      }
      return printed;
    },
    async end() {
      const { stdin } = await child;
      stdin.end();
      return ended;
    },
    async stop() {
      (await child).kill('SIGINT');
      return ended;
    },
  };
}
