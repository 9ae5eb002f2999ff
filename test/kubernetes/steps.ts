import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { KubectlOptions, KubernetesEnvironment, Outcome } from './environment.ts';

/** Of the pod and of the Secret that the steps make; what must not be shown is in both. */
const PASSWORD = 'opensesame-4711';
const SSN = '219-09-9999';
const NAMESPACE = 'ward';
/** How kubectl speaks with commands and ports of pods: by itself over WebSockets from 1.31 on, else over SPDY. */
const TRANSPORTS = ['', ' over SPDY'] as const;

function transportOf(transport: (typeof TRANSPORTS)[number]): KubectlOptions {
  const isOn = String(transport === '');
  return {
    environment: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: isOn, KUBECTL_PORT_FORWARD_WEBSOCKETS: isOn },
  };
}

/** One thing that somebody does with kubectl. */
export interface Step {
  /** A sentence. */
  readonly name: string;
  run(world: KubernetesEnvironment): Promise<void>;
}

/** What all other steps find: the pods `web` and `ledger`, a Secret and a ConfigMap. */
export const MAKE_WARD: Step = step(
  'create a namespace, and apply a pod, a Secret and a ConfigMap',
  async (world) => {
    const file = join(world.home, 'ward.json');
    await writeFile(file, MANIFEST.map((object) => JSON.stringify(object)).join('\n'));
    await succeed(world, ['apply', '--validate=false', '-f', file], { subject: 'petra' });
    await succeed(world, [
      '-n',
      NAMESPACE,
      'wait',
      '--for=condition=Ready',
      '--timeout=60s',
      'pod/web',
      'pod/ledger',
    ]);
  },
);

/**
 * What people do with kubectl, in an order in which later steps find what earlier ones made. Run with a cluster and with its
 * stand-in alike: the pod `web` has the file `/www/index.html`, serves it at port 46888 and writes lines to its log.
 */
export const STEPS: readonly Step[] = [
  MAKE_WARD,
  step('get pods, as a table, as JSON and as YAML', async (world) => {
    assert.match(
      (await succeed(world, ['-n', NAMESPACE, 'get', 'pods'])).stdout,
      /^web\s+1\/1\s+Running/m,
    );
    const json = await succeed(world, ['-n', NAMESPACE, 'get', 'pod', 'web', '-o', 'json']);
    assert.equal((JSON.parse(json.stdout) as { metadata: { name: string } }).metadata.name, 'web');
    assert.match(
      (await succeed(world, ['-n', NAMESPACE, 'get', 'pod', 'web', '-o', 'yaml'])).stdout,
      /^kind: Pod$/m,
    );
  }),
  step(
    'see no Secret, in whichever form, nor what is in a variable or a ConfigMap',
    async (world) => {
      const encoded = Buffer.from(PASSWORD).toString('base64');
      const forms = [
        ['get', 'secrets', '-o', 'yaml'],
        ['get', 'secret', 'db', '-o', 'json'],
        ['get', 'secret', 'db', '-o', 'jsonpath={.data.password}'],
        ['get', 'secrets', '-o', 'wide'],
        ['get', 'secret', 'db', '--template={{.data.password}}'],
        ['get', '--raw', `/api/v1/namespaces/${NAMESPACE}/secrets/db`],
        ['get', '--raw', '/api/v1/secrets?limit=500'],
        ['describe', 'secret', 'db'],
        ['get', 'pod', 'web', '-o', 'yaml'],
        ['get', 'configmap', 'notes', '-o', 'yaml'],
        ['get', 'secrets,pods,configmaps', '-o', 'json'],
      ];
      for (const form of forms) {
        const { stdout } = await succeed(world, ['-n', NAMESPACE, ...form]);
        for (const hidden of [PASSWORD, encoded, SSN])
          assert(!stdout.includes(hidden), `${form.join(' ')}: ${stdout}`);
      }
      const raw = await succeed(world, ['-n', NAMESPACE, 'get', 'secret', 'db', '-o', 'yaml'], {
        subject: 'petra',
      });
      assert(raw.stdout.includes(encoded));
    },
  ),
  step('cannot store what was shown masked', async (world) => {
    const shown = await succeed(world, ['-n', NAMESPACE, 'get', 'secret', 'db', '-o', 'json']);
    const refused = await world.kubectl(['replace', '--validate=false', '-f', '-'], {
      input: shown.stdout,
    });
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /mask, which would be stored/);
    const patch = '[{"op":"copy","from":"/data/password","path":"/metadata/annotations/a"}]';
    const copied = await world.kubectl([
      '-n',
      NAMESPACE,
      'patch',
      'secret',
      'db',
      '--type=json',
      '-p',
      patch,
    ]);
    assert.match(copied.stderr, /Forbidden.*reads what is hidden/s);
  }),
  step('apply a change, and see it by a watch', async (world) => {
    const watch = world.start([
      '-n',
      NAMESPACE,
      'get',
      'configmap',
      'notes',
      '--watch',
      '-o',
      'jsonpath={.data.mode}{"\\n"}',
    ]);
    await watch.shows(/fast/);
    const file = join(world.home, 'notes.json');
    await writeFile(file, JSON.stringify(configMap('slow')));
    await succeed(world, ['apply', '--validate=false', '-f', file]);
    await watch.shows(/slow/);
    await watch.stop();
  }),
  step('follow a log', async (world) => {
    const log = world.start(['-n', NAMESPACE, 'logs', 'web', '-f']);
    const shown = await log.shows(/(?:line of the log[^]*){3}/);
    assert(!shown.includes(SSN), shown);
    await log.stop();
  }),
  ...TRANSPORTS.map((transport) =>
    step(`run commands in a container${transport}`, async (world) => {
      const by = transportOf(transport);
      const exec = ['-n', NAMESPACE, 'exec'];
      const listed = await succeed(world, [...exec, 'web', '--', 'ls', '/www'], by);
      assert.equal(listed.stdout, 'index.html\n');
      const echoed = await succeed(world, [...exec, '-i', 'web', '--', 'cat'], {
        ...by,
        input: 'piped\n',
      });
      assert.equal(echoed.stdout, 'piped\n');
      const failed = await world.kubectl([...exec, 'web', '--', 'sh', '-c', 'exit 3'], by);
      assert.equal(failed.status, 3);
      const hidden = await succeed(world, [...exec, 'web', '--', 'echo', `SSN ${SSN}`], by);
      assert(!hidden.stdout.includes(SSN), hidden.stdout);
      const deleting = await world.kubectl([...exec, 'web', '--', 'sh', '-c', 'rm -r /www'], by);
      assert.match(deleting.stderr, /Forbidden.*Files in containers stay/s);
      const labelled = await world.kubectl([...exec, 'ledger', '--', 'ls'], by);
      assert.match(labelled.stderr, /Forbidden.*Nobody works in pods of the ledger/s);
    }),
  ),
  ...TRANSPORTS.map((transport) =>
    step(`type in a terminal of a container${transport}`, async (world) => {
      const by = transportOf(transport);
      const shell = world.start(['-n', NAMESPACE, 'exec', '-it', 'web', '--', 'sh'], {
        ...by,
        hasTerminal: true,
      });
      await shell.shows(/[#$] /);
      shell.type('ls /www\n');
      await shell.shows(/index\.html/);
      shell.type('rm -r /www\n');
      await shell.shows(/Files in containers stay/);
      shell.type(`echo SSN ${SSN}\n`);
      await shell.shows(/echo SSN[^]*\n[^]*SSN/);
      shell.type('exit\n');
      const { stdout } = await shell.end();
      assert(!stdout.split('\n').some((line) => line.startsWith(`SSN ${SSN}`)), stdout);
    }),
  ),
  step('copy files into a container, and out of it where nothing is masked', async (world) => {
    const file = join(world.home, 'copied.txt');
    await writeFile(file, 'copied\n');
    await succeed(world, ['-n', NAMESPACE, 'cp', file, 'web:/tmp/copied.txt']);
    const back = join(world.home, 'back.txt');
    await succeed(world, ['-n', NAMESPACE, 'cp', 'web:/tmp/copied.txt', back], {
      subject: 'petra',
    });
    assert.equal(await readFile(back, 'utf8'), 'copied\n');
    const refused = await world.kubectl(['-n', NAMESPACE, 'cp', 'web:/tmp/copied.txt', back]);
    assert.match(refused.stderr, /archive of files cannot be looked through/);
  }),
  ...TRANSPORTS.map((transport) =>
    step(`forward a port${transport}`, async (world) => {
      const forward = world.start(
        ['-n', NAMESPACE, 'port-forward', 'pod/web', ':46888'],
        transportOf(transport),
      );
      const shown = await forward.shows(/Forwarding from 127\.0\.0\.1:(\d+)/);
      const port = Number(/Forwarding from 127\.0\.0\.1:(\d+)/.exec(shown)?.[1]);
      assert.match(await fetchPage(port), /hello from the pod/);
      await forward.stop();
    }),
  ),
  step('are nobody but themselves', async (world) => {
    const refused = await world.kubectl(['--as=root', 'get', 'pods']);
    assert.match(refused.stderr, /Forbidden.*--as/s);
    const { stdout } = await succeed(
      world,
      ['create', '--raw', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', '-f', '-'],
      {
        input: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
        }),
      },
    );
    assert.match(stdout, /"allowed":\s*true/);
  }),
  step('delete a namespace only once somebody has agreed', async (world) => {
    const held = await world.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    assert.notEqual(held.status, 0);
    const request = /req_[A-Za-z0-9_-]+/.exec(held.stderr)?.[0];
    assert(request !== undefined, held.stderr);
    await world.http.callApi('petra', 'POST', `/v1/requests/${request}/reviews`, {
      verdict: 'approve',
    });
    await succeed(world, ['delete', 'namespace', NAMESPACE, '--wait=false']);
  }),
];

function step(name: string, run: Step['run']): Step {
  return { name, run };
}

async function succeed(
  world: KubernetesEnvironment,
  args: readonly string[],
  options?: KubectlOptions,
): Promise<Outcome> {
  const outcome = await world.kubectl(args, options);
  assert.equal(outcome.status, 0, `kubectl ${args.join(' ')}: ${outcome.stderr}`);
  return outcome;
}

/** By a protocol of its own: whoever reads it knows what has come. */
async function fetchPage(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /index.html HTTP/1.0\r\n\r\n');
  return text(socket);
}

function configMap(mode: string): object {
  const data = { mode, note: `of the patient with SSN ${SSN}` };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'notes', namespace: NAMESPACE },
    data,
  };
}

/** A pod that runs at once, without a scheduler or a network of its own. */
function pod(name: string, script: string): object {
  const env = [{ name: 'DB_PASSWORD', value: PASSWORD }];
  const container = { name, image: 'local.test/busybox:1', command: ['sh', '-c', script], env };
  return {
    ...{
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE, labels: { app: name } },
    },
    spec: {
      ...{ nodeName: 'ward-node', hostNetwork: true, terminationGracePeriodSeconds: 1 },
      containers: [container],
    },
  };
}

const SERVE = [
  'mkdir -p /www',
  'echo hello from the pod > /www/index.html',
  'httpd -p 127.0.0.1:46888 -h /www',
  `while :; do echo "line of the log: SSN ${SSN}"; sleep 1; done`,
].join('; ');

const MANIFEST: readonly object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  pod('web', SERVE),
  pod('ledger', 'sleep 1000000'),
  configMap('fast'),
  {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: NAMESPACE } },
    stringData: { password: PASSWORD },
  },
];
