import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { completeDrain, drainSchema } from '../../src/configuration/drain-settings.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const UNITS = join(CHECKOUT, 'deploy/systemd');
/** Tenths of what `systemd-analyze security` calls exposure: below 2 of 10. */
const EXPOSURE_MAX = 20;
const run = promisify(execFile);

/** Values of a unit's settings, by section and name; of one that is there twice, the last. */
function readUnit(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  return new Map(lines.map((line) => [line.split('=')[0] ?? '', line.replace(/^\w+=/, '')]));
}

function listUnits(ending: string): readonly string[] {
  const found = globSync(`*.${ending}`, { cwd: UNITS }).toSorted();
  assert.ok(found.length > 1, ending);
  return found;
}

/** A file system with these units, what they start, and the units of this machine that they name. */
async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sallyport-units-'));
  await cp(UNITS, join(root, 'etc/systemd/system'), { recursive: true });
  await cp('/usr/lib/systemd/system', join(root, 'usr/lib/systemd/system'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const program of ['/opt/sallyport/bin/sallyport', '/bin/kill']) {
    await mkdir(join(root, dirname(program)), { recursive: true });
    await writeFile(join(root, program), '#!/bin/sh\n');
    await chmod(join(root, program), 0o755);
  }
  return root;
}

describe('the units of systemd', () => {
  let root: string;
  before(async () => {
    root = await makeRoot();
  });
  after(() => rm(root, { recursive: true, force: true }));

  const verify = (unit: string): Promise<{ stdout: string; stderr: string }> =>
    run('systemd-analyze', ['verify', `--root=${root}`, '--man=no', unit]);

  for (const unit of globSync('*.{service,socket}', { cwd: UNITS }).toSorted()) {
    it(`are understood by systemd: ${unit}`, async () => {
      const { stdout, stderr } = await verify(unit);
      assert.equal(stdout + stderr, '');
    });
  }

  it('would be found out if they were not understood', async () => {
    const path = join(root, 'etc/systemd/system/sallyport-broken.service');
    await writeFile(
      path,
      '[Service]\nExecStart=/opt/sallyport/bin/sallyport\nNoNewPrivilege=yes\n',
    );
    const { stderr } = await verify(basename(path));
    assert.match(stderr, /NoNewPrivilege/);
    await rm(path);
  });

  it('confine what they start', async () => {
    for (const unit of listUnits('service')) {
      await run('systemd-analyze', [
        ...['security', '--offline=true', `--root=${root}`, `--threshold=${EXPOSURE_MAX}`, unit],
      ]);
    }
  });

  it('listen where the example does, under the names of listeners', async () => {
    const text = await readFile(join(CHECKOUT, 'examples/hospital/sallyport.yaml'), 'utf8');
    const { listeners } = parse(text) as {
      readonly listeners: Readonly<
        Record<string, { readonly address: string } | readonly { readonly address: string }[]>
      >;
    };
    for (const unit of listUnits('socket')) {
      const settings = readUnit(await readFile(join(UNITS, unit), 'utf8'));
      const name = settings.get('FileDescriptorName') ?? '';
      assert.equal(unit, `sallyport-${name}.socket`);
      assert.equal(settings.get('Service'), 'sallyport-gateway.service');
      const [listener] = [listeners[name] ?? []].flat();
      assert.equal(settings.get('ListenStream'), listener?.address.split(':').at(-1), name);
    }
  });

  it('wait for a gateway that drains', async () => {
    const unit = await readFile(join(UNITS, 'sallyport-gateway.service'), 'utf8');
    const drain = completeDrain(drainSchema().parse(undefined), true);
    const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1]);
    assert.ok(seconds * 1_000 >= drain.announceMs + drain.timeoutMs + 15_000);
    const values = parse(
      await readFile(join(CHECKOUT, 'deploy/helm/sallyport/values.yaml'), 'utf8'),
    ) as { readonly gateway: { readonly terminationGracePeriodSeconds: number } };
    assert.equal(values.gateway.terminationGracePeriodSeconds, seconds);
  });
});
