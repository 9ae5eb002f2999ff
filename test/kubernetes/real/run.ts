import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { writeSection } from '../../conformance/write-section.ts';
import { startKubernetesEnvironment } from '../environment.ts';
import { STEPS } from '../steps.ts';
import { buildCluster, startCluster } from './cluster.ts';
import { RIGHTS } from './rights.ts';

/**
 * `npm run e2e:kubernetes [-- --write]`: what people do with kubectl, through the gateway, in a real cluster: an API server,
 * controllers, containerd and a kubelet, built from Debian's source package once and kept. As root. Exits 1 if a step fails.
 * With `--write` the outcome is kept in docs/conformance.md.
 */
const run = promisify(execFile);

/** Outside of root's home, as the tree of a system. */
const CACHE = '/var/tmp/sallyport-kubernetes';

interface StepOutcome {
  readonly name: string;
  readonly failure: string | undefined;
}

async function main(words: readonly string[]): Promise<number> {
  await buildCluster(CACHE);
  await using cluster = await startCluster(CACHE);
  await giveRights(cluster.kubeconfig);
  const outcomes: StepOutcome[] = [];
  {
    await using world = await startKubernetesEnvironment(cluster);
    for (const step of STEPS) {
      const outcome = await step.run(world).then(
        () => ({ name: step.name, failure: undefined }),
        (error: Error) => ({ name: step.name, failure: error.message }),
      );
      outcomes.push(outcome);
      process.stderr.write(`${outcome.failure === undefined ? 'ok' : 'FAILED'}: ${step.name}\n`);
      if (outcome.failure !== undefined) process.stderr.write(`${outcome.failure}\n`);
    }
  }
  const section = format(outcomes, await describeVersions(cluster.kubeconfig));
  process.stdout.write(section);
  if (words.includes('--write')) await writeSection('Kubernetes', section);
  return outcomes.every(({ failure }) => failure === undefined) ? 0 : 1;
}

async function giveRights(kubeconfig: string): Promise<void> {
  const applied = spawn('kubectl', ['--kubeconfig', kubeconfig, 'apply', '-f', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  applied.stdin.end(JSON.stringify(RIGHTS));
  const [code] = (await once(applied, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Cannot give rights in the cluster: kubectl ends with ${code}`);
}

interface Versions {
  readonly clientVersion: { readonly gitVersion: string };
  readonly serverVersion: { readonly gitVersion: string };
}

async function describeVersions(kubeconfig: string): Promise<string> {
  const { stdout } = await run('kubectl', ['--kubeconfig', kubeconfig, 'version', '-o', 'json']);
  const { clientVersion, serverVersion } = JSON.parse(stdout) as Versions;
  return `kubectl ${clientVersion.gitVersion}, Kubernetes ${serverVersion.gitVersion}, Node.js ${process.version}.`;
}

function format(outcomes: readonly StepOutcome[], versions: string): string {
  const rows = outcomes.map(
    ({ name, failure }) => `| ${name} | ${failure === undefined ? 'passed' : 'failed'} |`,
  );
  return [
    'kubectl through the gateway (`npm run e2e:kubernetes -- --write`) in a cluster of one node: etcd, an API server, controllers,',
    "containerd and a kubelet, built from Debian's source package. `test/kubernetes/steps.ts` has the steps; `npm test` runs them",
    'against a stand-in of the API server.',
    '',
    '| People with kubectl | |',
    '|---|---|',
    ...rows,
    '',
    versions,
    '',
  ].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
