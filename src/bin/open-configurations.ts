import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BundledFile,
  compareBundles,
  digestsOf,
  hashBundle,
  isBundlePath,
  writeBundle,
} from '../configuration/bundle.ts';
import { ConfigurationError, formatProblem } from '../configuration/configuration-error.ts';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import type {
  AppliedConfiguration,
  ConfigurationServices,
  ConfigurationWish,
} from '../control-plane/configuration-handlers.ts';
import type { PostgresConfigurations, StoredConfiguration } from '../store/configurations.ts';
import { assertUsable } from './assert-usable.ts';

/** The configuration that gateways on the store share, as the control plane serves it. */
export function openConfigurations(
  configurations: PostgresConfigurations,
  dataDirectory: string,
): ConfigurationServices {
  return {
    async find() {
      const newest = await findNewest(configurations);
      if (newest === undefined) return { version: 0, files: [] };
      const files = [...digestsOf(newest.files)].map(([path, sha256]) => ({ path, sha256 }));
      const { version, sha256, by: appliedBy, atMs } = newest;
      return { version, sha256, appliedBy, appliedAt: new Date(atMs).toISOString(), files };
    },
    apply: (wish) => applyBundle(configurations, dataDirectory, wish),
  };
}

/** Keeps a configuration as the next version, unless it is what the newest one is, or cannot be used. */
export async function applyBundle(
  configurations: PostgresConfigurations,
  dataDirectory: string,
  { files, by, expectedVersion, isDryRun, enter }: ConfigurationWish,
): Promise<AppliedConfiguration> {
  const newest = await findNewest(configurations);
  const before = newest?.version ?? 0;
  if (expectedVersion !== undefined && expectedVersion !== before) {
    return { kind: 'conflict', version: before };
  }
  const problems = await findProblems(files, dataDirectory);
  if (problems.length > 0) {
    if (!isDryRun) await enter('invalid');
    return { kind: 'invalid', problems };
  }
  const sha256 = hashBundle(files);
  const changes = compareBundles(digestsOf(newest?.files ?? []), digestsOf(files));
  if (changes.length === 0) {
    return { kind: 'done', outcome: { outcome: 'unchanged', version: before, sha256, changes } };
  }
  if (isDryRun) {
    return { kind: 'done', outcome: { outcome: 'planned', version: before, sha256, changes } };
  }
  const outcome = { outcome: 'applied', version: before + 1, sha256, changes } as const;
  await enter(outcome);
  const isKept = await configurations.add({
    ...{ version: outcome.version, sha256, by, atMs: Date.now() },
    files,
  });
  if (isKept) return { kind: 'done', outcome };
  return { kind: 'conflict', version: await configurations.findNewest() };
}

async function findNewest(
  configurations: PostgresConfigurations,
): Promise<StoredConfiguration | undefined> {
  return configurations.find(await configurations.findNewest());
}

/** What a gateway that starts with these files would say. */
async function findProblems(
  files: readonly BundledFile[],
  dataDirectory: string,
): Promise<readonly string[]> {
  const names = new Set(files.map(({ path }) => path));
  if (names.size < files.length) return ['a file is there twice'];
  const unusable = files.find(({ path }) => !isBundlePath(path));
  if (unusable !== undefined) return [`${JSON.stringify(unusable.path)} is no name of a file`];
  const directory = join(dataDirectory, `configuration-check-${randomUUID()}`);
  try {
    await writeBundle(directory, files);
    assertUsable(await loadConfiguration(directory));
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(formatProblem);
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
