import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type DebianPackage, findMissingPackages } from './debian-packages.ts';
import { runCommand } from './run-command.ts';

/** Debian starts a server on port 5432 when `postgresql` is installed, unless this says no. */
const CLUSTER_CONFIGURATION = '/etc/postgresql-common/createcluster.conf';

/** Where a program that starts services on installation looks first; 101 means "not now". */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/** A configuration file that is there already stays, without a question. */
const KEEP_FILES: readonly string[] = ['-o', 'Dpkg::Options::=--force-confold'];

/** An `apt-get` that hangs must not hang the tests. */
const INSTALL_MS_MAX = 15 * 60_000;

/**
 * Installs the Debian packages that the tests lack, if this process may.
 *
 * Services of those packages are not started: the tests start private ones.
 *
 * @returns Whether all of them are there now. If not, what to do has been printed.
 */
export async function installDebianPackages(print: (line: string) => void): Promise<boolean> {
  const missing = findMissingPackages();
  if (missing.length === 0) return true;
  print(`The tests need ${missing.length} Debian packages that are not installed:`);
  for (const { name, why } of missing) print(`  ${name}: ${why}`);

  const names = missing.map(({ name }) => name);
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...names];
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    print(`Install them, then run this again:\n  sudo ${install.join(' ')}`);
    return false;
  }
  if (names.includes('postgresql')) preventCluster();
  const removePolicy = preventServices();
  try {
    return (
      (await runApt(['apt-get', 'update'], print)) &&
      (await runApt([...install, ...KEEP_FILES], print)) &&
      areInstalled(missing, print)
    );
  } finally {
    removePolicy();
  }
}

async function runApt(command: readonly string[], print: (line: string) => void): Promise<boolean> {
  print(`Running ${command.join(' ')} ...`);
  const result = await runCommand(command, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    timeoutMs: INSTALL_MS_MAX,
  });
  if (result.ok) return true;
  print(result.output);
  print(`Cannot install Debian packages: ${command.slice(0, 2).join(' ')} failed`);
  return false;
}

function areInstalled(packages: readonly DebianPackage[], print: (line: string) => void): boolean {
  const missing = findMissingPackages(packages);
  for (const { name, provides } of missing)
    print(`Installed ${name}, but ${provides} is not there`);
  return missing.length === 0;
}

function preventCluster(): void {
  if (existsSync(CLUSTER_CONFIGURATION)) return;
  mkdirSync(path.dirname(CLUSTER_CONFIGURATION), { recursive: true });
  writeFileSync(CLUSTER_CONFIGURATION, 'create_main_cluster = false\n');
}

function preventServices(): () => void {
  if (existsSync(SERVICE_POLICY)) return () => undefined;
  writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(SERVICE_POLICY);
}
