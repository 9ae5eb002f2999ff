import { createHash } from 'node:crypto';
import { rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DataMapConfirmation } from '../api/data-map.ts';
import { ConfigurationError, formatProblem } from '../configuration/configuration-error.ts';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import { findTargetSource, mergeDataMap, withoutDecided } from '../configuration/merge-data-map.ts';
import type { DataMapChangeOptions, DataMapOutcome } from '../control-plane/services.ts';
import { isPostgres } from '../targets/target.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';

/**
 * Adds entries to the data map in a target's file. The entry in the ledger says what happens: a change that is valid is
 * entered before it is made, one that is not made is entered as refused.
 */
export async function changeDataMap(
  {
    own,
    log,
  }: { readonly own: Pick<GatewayProcess, 'configuration' | 'reload'>; readonly log: Log },
  name: string,
  { columns, patientKeys }: DataMapConfirmation,
  { comment, enter }: DataMapChangeOptions,
): Promise<DataMapOutcome> {
  const { directory } = own.configuration;
  const source = await findTargetSource(directory, name);
  const target = own.configuration.targets.filter(isPostgres).find((one) => one.name === name);
  if (source === undefined || target === undefined) return { kind: 'not-found' };
  const { columns: decided = [], patientKeys: decidedKeys = [] } = target.dataMap ?? {};
  const additions = {
    columns: withoutDecided(columns, decided).map(({ className, paths = [], ...column }) => ({
      ...column,
      dataClass: className,
      comment,
      ...(paths.length > 0 && {
        paths: paths.map((of) => ({ path: of.path, dataClass: of.className })),
      }),
    })),
    patientKeys: withoutDecided(patientKeys, decidedKeys),
  };
  const text = mergeDataMap(source.text, additions);
  const file = path.relative(directory, source.path);
  const written = { file, sha256: createHash('sha256').update(text).digest('hex') };
  const problems = await findProblems(directory, { path: file, text });
  if (problems.length > 0) {
    await enter('refused', written, 'invalid');
    return { kind: 'invalid', problems };
  }
  if (own.configuration.local !== undefined) {
    // Others have the same configuration: it is changed where it is applied from.
    await enter('refused', written, 'not-writable');
    return { kind: 'not-writable' };
  }
  await enter('changed', written);
  try {
    await replaceFile(source.path, text);
  } catch (error) {
    logUnexpectedError(log, 'data map', error);
    await enter('refused', written, 'not-writable');
    return { kind: 'not-writable' };
  }
  await own.reload();
  return {
    kind: 'changed',
    change: {
      file,
      columnsAdded: additions.columns.length,
      patientKeysAdded: additions.patientKeys.length,
      configurationSha256: own.configuration.hash,
    },
  };
}

/** What would be wrong with the configuration if one of its files were another. */
async function findProblems(
  directory: string,
  changed: { readonly path: string; readonly text: string },
): Promise<readonly string[]> {
  try {
    await loadConfiguration(directory, changed);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(formatProblem);
  }
}

/** Whoever reads the file sees the old one or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  // Not `.yaml`: it must not be taken for another target.
  const draft = `${file}.new`;
  const { mode } = await stat(file);
  await writeFile(draft, text, { mode });
  await rename(draft, file);
}
