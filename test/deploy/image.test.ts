import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CONTAINER_PORTS } from '../../demo/hospital-container.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (path: string): Promise<string> => readFile(`${CHECKOUT}${path}`, 'utf8');
const readManifest = async (): Promise<Manifest> =>
  JSON.parse(await read('package.json')) as Manifest;

/** The program as it runs, without what tests it. */
function listSources(): readonly string[] {
  return globSync('src/**/*.ts', { cwd: CHECKOUT }).filter(
    (file) => !/\.(?:test|fixture)\.ts$/.test(file),
  );
}

function listImports(source: string): readonly string[] {
  return [...source.matchAll(/(?:\bfrom|\bimport|\bimport\(|\bmeta\.resolve\()\s*'([^']+)'/g)].map(
    ([, name = '']) => name,
  );
}

describe('the image', () => {
  it('has the Node.js that everything is tested with', async () => {
    const [, version] = /^ARG NODE_VERSION=(.+)$/m.exec(await read('deploy/Dockerfile')) ?? [];
    assert.equal(version, (await readManifest()).devDependencies['node']);
  });

  it('has every package that the program imports', async () => {
    const { dependencies } = await readManifest();
    const packages = new Set<string>();
    for (const file of listSources()) {
      for (const name of listImports(await read(file))) {
        const [found] = /^(?:@[\w-]+\/)?[\w.-]+/.exec(name) ?? [];
        if (found !== undefined && !/^(?:\.|node:)/.test(name)) packages.add(found);
      }
    }
    assert.ok(packages.size > 20);
    const missing = [...packages].filter((name) => !Object.hasOwn(dependencies, name));
    assert.deepEqual(missing, []);
  });

  it('is built from files that there are, and that .dockerignore lets through', async () => {
    const allowed = (await read('.dockerignore'))
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    assert.ok(allowed.length > 5);
    for (const path of allowed) assert.ok(existsSync(`${CHECKOUT}${path}`), path);
    const isLetThrough = (path: string): boolean =>
      allowed.some((entry) => path === entry || path.startsWith(`${entry}/`));
    // What the console is built from, and what the program starts with.
    for (const path of [
      ...['package-lock.json', 'tsconfig.json', 'console/src/main.tsx', 'tools/build-console.ts'],
      ...['bin/sallyport', 'src/bin/cli.ts', 'demo/hospital-container.ts', 'examples/hospital'],
    ]) {
      assert.ok(existsSync(`${CHECKOUT}${path}`), path);
      assert.ok(isLetThrough(path), path);
    }
    for (const path of ['.git/config', '.demo/token-ana', 'data/masking.key', 'test/deploy']) {
      assert.ok(!isLetThrough(path), path);
    }
  });

  it('runs as nobody in particular, and says how it is', async () => {
    const dockerfile = await read('deploy/Dockerfile');
    const stages = dockerfile.split(/^FROM /m).slice(1);
    for (const stage of stages.filter((text) => /^(?:CMD|ENTRYPOINT) /m.test(text))) {
      const users = [...stage.matchAll(/^USER (.+)$/gm)].map(([, user]) => user);
      assert.deepEqual(users, ['10001:10001'], stage);
    }
    assert.match(dockerfile, new RegExp(`http://127.0.0.1:${CONTAINER_PORTS.metrics}/healthz`));
    assert.match(await read('docs/metrics.md'), new RegExp(`127.0.0.1:${CONTAINER_PORTS.metrics}`));
  });

  it('starts a command that there is', async () => {
    const stage = (await read('deploy/Dockerfile')).split(/^FROM /m).at(-1) ?? '';
    const [, text = ''] = /^CMD (.+)$/m.exec(stage) ?? [];
    const [command = '', option = ''] = JSON.parse(text) as readonly string[];
    const { stdout } = await promisify(execFile)(`${CHECKOUT}bin/sallyport`, [command, '--help']);
    assert.match(stdout, new RegExp(`^ +${option} <`, 'm'));
  });
});
