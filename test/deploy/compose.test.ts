import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findFreePort } from '../../demo/find-free-port.ts';
import {
  CONTAINER_DIRECTORY,
  CONTAINER_PORTS,
  GATEWAY_DATA_DIRECTORY,
  startHospitalContainer,
} from '../../demo/hospital-container.ts';
import { startGateway } from '../../demo/start-gateway.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);
const run = promisify(execFile);

interface Service {
  readonly build: {
    readonly context: string;
    readonly dockerfile: string;
    readonly target: string;
  };
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly tmpfs: readonly string[];
  readonly network_mode?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<'hospital' | 'gateway', Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

async function readCompose(): Promise<Compose> {
  const text = await readFile(new URL('compose/compose.yaml', DEPLOY), 'utf8');
  return parse(text, { merge: true }) as Compose;
}

describe('the compose file', () => {
  it('builds stages that the Dockerfile has', async () => {
    const { services } = await readCompose();
    const dockerfile = await readFile(new URL('Dockerfile', DEPLOY), 'utf8');
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name);
    for (const { build } of Object.values(services)) {
      assert.ok(stages.includes(build.target), build.target);
      const context = new URL(`${build.context}/`, new URL('compose/', DEPLOY));
      assert.ok(existsSync(new URL(build.dockerfile, context)));
    }
  });

  it('publishes the ports of the demo to this machine alone', async () => {
    const { hospital, gateway } = (await readCompose()).services;
    assert.equal(gateway.network_mode, 'service:hospital');
    const { postgres, http, api, oidc } = CONTAINER_PORTS;
    assert.deepEqual(
      hospital.ports,
      [postgres, api, http, oidc].map((port) => `127.0.0.1:${port}:${port}`),
    );
  });

  it('mounts volumes where the programs look for them', async () => {
    const { services, volumes } = await readCompose();
    const { hospital, gateway } = services;
    assert.deepEqual(hospital.volumes, [
      `demo:${CONTAINER_DIRECTORY}`,
      `configuration:${CONTAINER_DIRECTORY}/configuration`,
    ]);
    assert.deepEqual(gateway.volumes, [
      'configuration:/etc/sallyport:ro',
      `data:${GATEWAY_DATA_DIRECTORY}`,
    ]);
    assert.deepEqual(Object.keys(volumes), ['configuration', 'data', 'demo']);
    assert.deepEqual(hospital.healthcheck?.test, [
      'CMD',
      'test',
      '-x',
      `${CONTAINER_DIRECTORY}/as`,
    ]);
  });

  it('gives no service more than it needs', async () => {
    for (const service of Object.values((await readCompose()).services)) {
      assert.equal(service.read_only, true);
      assert.deepEqual(service.cap_drop, ['ALL']);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true']);
      assert.deepEqual(service.tmpfs, ['/tmp']);
    }
  });

  it('has services whose programs work together', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-compose-'));
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
    await mkdir(join(directory, 'configuration'));
    const [postgres, ssh, http, api, oidc, metrics] = await findPorts();
    const hospital = await startHospitalContainer({
      directory,
      dataDirectory: join(directory, 'data'),
      ports: { postgres, ssh, http, api, oidc, metrics },
      address: '127.0.0.1',
      patients: 10,
    });
    cleanUp.defer(() => hospital.stop());
    const gateway = await startGateway(hospital.configurationDirectory);
    cleanUp.defer(async () => {
      await gateway.stop();
    });
    const asks = 'SELECT ssn FROM patients LIMIT 1';
    const { stdout } = await run(join(directory, 'as'), ['ana', 'psql', '-Atc', asks]);
    assert.match(stdout, /^\*{7}\d{4}\n$/);
    assert.equal((await fetch(`http://127.0.0.1:${metrics}/healthz`)).status, 200);
    const discovery = await fetch(`http://127.0.0.1:${oidc}/.well-known/openid-configuration`);
    assert.equal(discovery.status, 200);
  });
});

type Six<Value> = readonly [Value, Value, Value, Value, Value, Value];

async function findPorts(): Promise<Six<number>> {
  const find = findFreePort;
  return Promise.all([find(), find(), find(), find(), find(), find()]);
}
