import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { CONTAINER_PORTS, GATEWAY_DATA_DIRECTORY } from '../../demo/hospital-container.ts';
import { loadConfiguration } from '../../src/configuration/load-configuration.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const CHART = join(CHECKOUT, 'deploy/helm/sallyport');

type Values = Record<string, unknown>;

async function readValues(): Promise<Values> {
  return parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as Values;
}

async function readSchema(): Promise<z.ZodType> {
  const schema: unknown = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8'));
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}

/** All templates as one text. */
async function readTemplates(): Promise<string> {
  const files = globSync('templates/*', { cwd: CHART });
  assert.ok(files.length > 3);
  return (await Promise.all(files.map((file) => readFile(join(CHART, file), 'utf8')))).join('\n');
}

/** What a path of keys leads to; undefined if to nothing. */
function find(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Values)[key]
        : undefined,
    values,
  );
}

function set(values: Values, [key = '', ...rest]: readonly string[], value: unknown): Values {
  const inner = rest.length === 0 ? value : set((values[key] ?? {}) as Values, rest, value);
  return { ...values, [key]: inner };
}

describe('the chart', () => {
  it('has values that its schema takes', async () => {
    assert.deepEqual((await readSchema()).safeParse(await readValues()).error, undefined);
  });

  const others = [
    { what: 'a value that there is not', path: ['image', 'tga'], value: '1' },
    { what: 'a listener that there is not', path: ['gateway', 'ports', 'mysql'], value: 3306 },
    { what: 'no port for health', path: ['gateway', 'ports', 'metrics'], value: 0 },
    { what: 'a file elsewhere', path: ['gateway', 'configuration'], value: { '../x': '' } },
    { what: 'several gateways without a store', path: ['gateway', 'replicas'], value: 2 },
  ];
  for (const { what, path, value } of others) {
    it(`refuses ${what}`, async () => {
      const changed = set(await readValues(), path, value);
      assert.equal((await readSchema()).safeParse(changed).success, false);
    });
  }

  it('takes several gateways on one store', async () => {
    const several = set(await readValues(), ['gateway', 'replicas'], 3);
    const shared = set(several, ['gateway', 'store', 'secret'], 'sallyport-store');
    assert.equal((await readSchema()).safeParse(shared).success, true);
  });

  it('uses every value that it has, and no other', async () => {
    const values = await readValues();
    const templates = await readTemplates();
    const used = [...templates.matchAll(/\$?\.?Values((?:\.\w+)+)/g)].map(([, path = '']) =>
      path.slice(1).split('.'),
    );
    // `$values` is what the gateway and the connector have alike.
    const alike = [...templates.matchAll(/\$values((?:\.\w+)+)/g)].map(([, path = '']) =>
      path.slice(1).split('.'),
    );
    assert.ok(used.length > 20 && alike.length > 5);
    for (const path of used) assert.notEqual(find(values, path), undefined, path.join('.'));
    for (const path of alike) {
      for (const part of ['gateway', 'connector']) {
        assert.notEqual(find(values, [part, ...path]), undefined, `${part}.${path.join('.')}`);
      }
    }
    for (const [section, keys] of Object.entries(values)) {
      assert.match(templates, new RegExp(`\\bValues\\.${section}\\b|"part" "${section}"`));
      if (typeof keys !== 'object' || keys === null) continue;
      for (const key of Object.keys(keys)) {
        assert.match(
          templates,
          new RegExp(`[Vv]alues(?:\\.${section})?\\.${key}\\b|"${key}"`),
          key,
        );
      }
    }
  });

  it('has the ports and places of the image and the documentation', async () => {
    const { postgres, api, metrics } = CONTAINER_PORTS;
    const ports = find(await readValues(), ['gateway', 'ports']);
    assert.deepEqual(ports, {
      postgres,
      ssh: 0,
      http: 0,
      api,
      connectors: 0,
      gateways: 9444,
      metrics,
    });
    const templates = await readTemplates();
    const mounts = [...templates.matchAll(/mountPath: (\S+)/g)].map(([, path]) => path);
    assert.deepEqual(mounts, [
      ...['/etc/sallyport', GATEWAY_DATA_DIRECTORY, '/tmp'],
      ...['/run/sallyport/secrets', '/run/sallyport/token'],
    ]);
    const dockerfile = await readFile(join(CHECKOUT, 'deploy/Dockerfile'), 'utf8');
    for (const path of mounts.slice(0, 3)) assert.ok(dockerfile.includes(`${path}`), path);
    const documented = await readFile(join(CHECKOUT, 'docs/metrics.md'), 'utf8');
    const probes = new Set([...templates.matchAll(/path: (\/\w+), port: (\w+)/g)].map(String));
    assert.equal(probes.size, 2);
    for (const [, path] of templates.matchAll(/httpGet: \{ path: (\/\w+)/g)) {
      assert.ok(documented.includes(`| \`${path}\` |`), path);
    }
  });
});

describe('the commands of the chart', () => {
  for (const command of ['gateway', 'connector']) {
    it(`have options that there are: ${command}`, async () => {
      const template = await readFile(join(CHART, `templates/${command}.yaml`), 'utf8');
      const options = new Set(template.match(/(?<=[ ,])--[a-z][a-z-]*/g));
      assert.ok(options.size > 1);
      const { stdout } = await run(join(CHECKOUT, 'bin/sallyport'), [command, '--help']);
      for (const option of options) assert.match(stdout, new RegExp(`^ +${option} <`, 'm'));
    });
  }

  it('have variables that the program reads', async () => {
    const source = await readFile(join(CHECKOUT, 'src/cli/commands/gateway.ts'), 'utf8');
    const template = await readFile(join(CHART, 'templates/gateway.yaml'), 'utf8');
    const names = new Set(template.match(/\bSALLYPORT_(?!STORE_URL)[A-Z_]+/g));
    assert.ok(names.size > 3);
    for (const name of names)
      assert.ok(source.includes(`'${name}'`) || source.includes(`env:${name}`), name);
  });
});

describe('a configuration directory that Kubernetes mounts', () => {
  it('is read through the links that exchange all of it at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-config-map-'));
    try {
      const version = join(directory, '..2026_11_21_22_00_00.1');
      await mkdir(version);
      await cp(join(CHECKOUT, 'examples/hospital'), version, { recursive: true });
      await symlink('..2026_11_21_22_00_00.1', join(directory, '..data'));
      for (const name of await readdir(version)) {
        await symlink(join('..data', name), join(directory, name));
      }
      const mounted = await loadConfiguration(directory);
      const plain = await loadConfiguration(join(CHECKOUT, 'examples/hospital'));
      assert.equal(mounted.hash, plain.hash);
      assert.equal(mounted.targets.length, plain.targets.length);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
