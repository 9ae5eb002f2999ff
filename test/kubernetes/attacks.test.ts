import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { TARGET_HOST } from '../http/environment.ts';
import { type KubernetesEnvironment, startKubernetesEnvironment } from './environment.ts';
import { type StandIn, startStandIn } from './stand-in/api-server.ts';

const run = promisify(execFile);

/** What the groups of actions hold, and no more. */
const POLICIES = `
@id("work") permit (
  principal,
  action in [Action::"connect", Action::"k8s.read", Action::"k8s.write"],
  resource
);
@id("namespaces-held") @review("privacy-officers")
forbid (principal, action == Action::"k8s.delete", resource)
when { context.resource == "namespaces" && !context.dryRun };
`;

const WARD = '/api/v1/namespaces/ward';

/** Method and path of what no group of actions permits. */
const DANGEROUS: readonly (readonly [string, string])[] = [
  ['GET', `${WARD}/pods/web/exec?command=id`],
  ['POST', `${WARD}/pods/web/exec?command=id`],
  ['GET', `${WARD}/pods/web/attach`],
  ['POST', `${WARD}/pods/web/portforward`],
  ['GET', `${WARD}/pods/web/proxy/`],
  ['GET', `${WARD}/services/web/proxy/a`],
  ['GET', '/api/v1/nodes/n/proxy/run/ward/web/web?cmd=id'],
  ['GET', '/api/v1/proxy/nodes/n/run'],
  ['PATCH', `${WARD}/pods/web/ephemeralcontainers`],
  ['POST', `${WARD}/serviceaccounts/web/token`],
  ['PUT', '/apis/certificates.k8s.io/v1/certificatesigningrequests/a/approval'],
  ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
  ['PUT', '/apis/rbac.authorization.k8s.io/v1/namespaces/ward/roles/r'],
  ['GET', '/apis/other.example/v1/namespaces/ward/things/a/console'],
  ['GET', '/logs/'],
  ['GET', '/metrics'],
];

/** Ways to write a path or a query that servers may read in different ways. */
const AMBIGUOUS: readonly string[] = [
  '//api/v1/secrets',
  '/api/v1/../v1/secrets',
  '/api/v1/%2e%2e/v1/secrets',
  '/api/v1/./secrets',
  '/api/v1%2fsecrets',
  '/api/v1/secrets;a=b',
  '/api/v1/secrets%00',
  `${WARD}/pods/web/exec?command=true;&command=rm`,
];

interface Status {
  readonly kind: string;
  readonly reason: string;
  readonly message: string;
}

describe('an attacker of a cluster', () => {
  let standIn: StandIn;
  let world: KubernetesEnvironment;
  let token: string;

  before(async () => {
    standIn = await startStandIn();
    world = await startKubernetesEnvironment({ ...standIn, policies: POLICIES });
    token = world.http.tokenOf('ana');
  });

  after(async () => {
    await world[Symbol.asyncDispose]();
    await standIn[Symbol.asyncDispose]();
  });

  /** By curl, which sends what it is told. Returns status and body. */
  async function ask(
    method: string,
    path: string,
    fields: readonly string[] = [],
    body?: string,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const { curl, address } = world.http;
    const headers = [`Authorization: Bearer ${token}`, ...fields].flatMap((field) => ['-H', field]);
    const data = body === undefined ? [] : ['--data-binary', body];
    const url = `https://${TARGET_HOST}:${address.port}${path}`;
    const shape = ['--http1.1', '--path-as-is', '-w', '\n%{http_code}', '-X', method];
    const { stdout } = await run('curl', [...curl, ...shape, ...headers, ...data, url]);
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
  }

  it('is taken for nobody else by any field', async () => {
    const names = [
      'Impersonate-User',
      'Impersonate_User',
      'Impersonate-Group',
      'Impersonate-Extra-scopes',
    ];
    for (const name of [...names, 'X-Remote-User', 'X_Remote_Group']) {
      const before = standIn.seen.length;
      const { status, body } = await ask('GET', `${WARD}/pods`, [`${name}: system:masters`]);
      assert.equal(status, 403, name);
      assert.equal((JSON.parse(body) as Status).kind, 'Status');
      assert.equal(standIn.seen.length, before);
    }
  });

  it('takes no field of the gateway away by calling it one of the connection', async () => {
    const { status } = await ask('GET', `${WARD}/pods`, [
      'Connection: Impersonate-User, Impersonate-Group, keep-alive',
    ]);
    assert.equal(status, 200);
    const seen = standIn.seen.at(-1);
    assert.equal(seen?.user, 'sallyport:clinic:ana');
    assert.deepEqual(seen?.groups, ['sallyport:analysts']);
  });

  for (const [method, path] of DANGEROUS) {
    it(`may not ${method} ${path} without a policy that names it`, async () => {
      const before = standIn.seen.filter(({ user }) => user !== undefined).length;
      const { status, body } = await ask(method, path, [], method === 'GET' ? undefined : '{}');
      assert.equal(status, 403, body);
      const { kind, reason } = JSON.parse(body) as Status;
      assert.deepEqual([kind, reason], ['Status', 'Forbidden']);
      assert.equal(standIn.seen.filter(({ user }) => user !== undefined).length, before);
    });
  }

  for (const path of AMBIGUOUS) {
    it(`is refused ${path}`, async () => {
      const { status } = await ask('GET', path);
      assert.equal(status, 400);
    });
  }

  it('gets objects in JSON alone, whatever it accepts', async () => {
    const accept = 'application/vnd.kubernetes.protobuf, application/cbor';
    const { status, body } = await ask('GET', `${WARD}/secrets`, [`Accept: ${accept}`]);
    assert.equal(status, 200);
    assert.equal((JSON.parse(body) as Status).kind, 'SecretList');
    assert.equal(standIn.seen.at(-1)?.accept, 'application/json');
  });

  it('reads no half of a value where it has a log cut', async () => {
    const json = ['Content-Type: application/json'];
    const pod = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"logging"}}';
    assert.equal((await ask('POST', `${WARD}/pods`, json, pod)).status, 201);
    const { body } = await ask('GET', `${WARD}/pods/logging/log?limitBytes=28`);
    assert.equal(body, '[redacted]');
  });

  it('runs nothing dry by a query that its body overrules', async () => {
    const { body } = await ask(
      'DELETE',
      `${WARD}?dryRun=All`,
      ['Content-Type: application/json'],
      '{"kind":"DeleteOptions","apiVersion":"v1"}',
    );
    assert.match((JSON.parse(body) as Status).message, /review/i);
    const dry = await ask(
      'DELETE',
      WARD,
      ['Content-Type: application/json'],
      '{"kind":"DeleteOptions","apiVersion":"v1","dryRun":["All"]}',
    );
    assert.equal(dry.status, 200, dry.body);
  });

  it('guesses no data of a Secret by what becomes of a write', async () => {
    const guess = '{"data":{"password":"b3BlbnNlc2FtZQ=="}}';
    for (const [method, type, query] of [
      ['PATCH', 'application/merge-patch+json', ''],
      ['PATCH', 'application/strategic-merge-patch+json', '?dryRun=All'],
      ['PATCH', 'application/apply-patch+yaml', '?fieldManager=a'],
      ['PUT', 'application/json', ''],
    ] as const) {
      const before = standIn.seen.length;
      const path = `${WARD}/secrets/db${query}`;
      const { status, body } = await ask(method, path, [`Content-Type: ${type}`], guess);
      assert.equal(status, 403, type);
      assert.match((JSON.parse(body) as Status).message, /would tell/);
      assert.equal(standIn.seen.length, before);
    }
  });

  it('reads no data of a Secret by a patch whose type the gateway reads otherwise than the cluster', async () => {
    const patch = [{ op: 'test', path: '/data/password', value: 'b3BlbnNlc2FtZQ==' }];
    for (const parameter of ['; a', ';a=b;a=b', ';,']) {
      const before = standIn.seen.length;
      const fields = [`Content-Type: application/json-patch+json${parameter}`];
      const path = `${WARD}/secrets/db`;
      const { status, body } = await ask('PATCH', path, fields, JSON.stringify(patch));
      assert.equal(status, 403, parameter);
      assert.match((JSON.parse(body) as Status).message, /Content-Type/);
      assert.equal(standIn.seen.length, before);
    }
  });

  it('guesses no variable of a workload by what becomes of a write', async () => {
    const env = [{ name: 'DB_PASSWORD', value: 'opensesame-4711' }];
    const guess = { spec: { template: { spec: { containers: [{ name: 'web', env }] } } } };
    const path = '/spec/template/spec/containers/0/env/0/value';
    for (const [type, query, body] of [
      ['application/json-patch+json', '', [{ op: 'test', path, value: env[0]?.value }]],
      ['application/strategic-merge-patch+json', '?dryRun=All', guess],
      ['application/strategic-merge-patch+json', '?%64ryRun=All', guess],
      ['application/apply-patch+yaml', '?fieldManager=a', guess],
    ] as const) {
      const before = standIn.seen.length;
      const deployment = `/apis/apps/v1/namespaces/ward/deployments/web${query}`;
      const fields = [`Content-Type: ${type}`];
      const { status, body: said } = await ask('PATCH', deployment, fields, JSON.stringify(body));
      assert.equal(status, 403, type);
      assert.match((JSON.parse(said) as Status).message, /would tell|reads what may be hidden/);
      assert.equal(standIn.seen.length, before);
    }
  });

  it('does not watch on what the policies no longer permit', async () => {
    const fields = { Authorization: `Bearer ${token}` };
    const watch = await world.http.fetch(`${WARD}/configmaps?watch=true`, { headers: fields });
    assert.equal(watch.status, 200);
    const file = join(world.http.configurationDirectory, 'policies/allow-all.cedar');
    const denied = 'forbid (principal, action == Action::"k8s.watch", resource);';
    await writeFile(file, `${POLICIES}@id("no-watches") ${denied}`);
    await assert.rejects(watch.text());
    // What was entered before this is on disk once it is answered.
    await ask('GET', `${WARD}/pods`);
    const reasons = (await world.http.entries('cancel')).map(({ reason }) => reason);
    assert.deepEqual(reasons, ['the rights to it have changed']);
    await writeFile(file, POLICIES);
  });
});
