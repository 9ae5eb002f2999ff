import { chmod, rename, stat, writeFile } from 'node:fs/promises';
import type { Configuration } from '../../configuration/load-configuration.ts';
import {
  type DataMapAddition,
  type DataMapAdditions,
  findTargetSource,
  mergeDataMap,
  withoutDecided,
} from '../../configuration/merge-data-map.ts';
import { targetFileSchema } from '../../configuration/target-file.ts';
import { readYamlDocument } from '../../configuration/yaml-document.ts';
import { isPostgres } from '../../targets/target.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, JsonOption } from '../command-context.ts';
import type { DiscoveredColumn, Discovery } from '../discovery.ts';
import { formatTable } from '../format-table.ts';
import { loadPolicies } from '../load-policies.ts';
import { escapeLine } from '../terminal-text.ts';

export interface DiscoverOptions extends JsonOption {
  /** Configuration directory. */
  readonly config: string;
  readonly write?: boolean;
  readonly samples?: string;
}

const SAMPLES_DEFAULT = 1_000;
const SAMPLES_MAX = 100_000;

/** `sallyport discover`: proposes a data map, and with `--write` adds it to the target's file. */
export async function runDiscover(
  host: CliHost,
  name: string,
  options: DiscoverOptions,
): Promise<number> {
  const { terminal, programs, signal } = host;
  const samples = options.samples === undefined ? SAMPLES_DEFAULT : Number(options.samples);
  if (!Number.isInteger(samples) || samples < 1 || samples > SAMPLES_MAX) {
    throw new CliError(EXIT.usage, `The samples must be a number from 1 to ${SAMPLES_MAX}`);
  }
  const loaded = await loadPolicies(host, options.config, options.json);
  if (loaded === undefined) return EXIT.failure;
  const discovery = await programs.discoverColumns({
    directory: options.config,
    target: name,
    samples,
    onProgress: (line) => terminal.say(escapeLine(line)),
    signal,
  });
  const { configuration } = loaded;
  if (discovery === undefined) throw describeUnknown(name, configuration);
  const additions = findAdditions(discovery, configuration);
  if (options.json === true) {
    const { target, unsampled } = discovery;
    terminal.printJson({ target, ...additions, unsampled });
  } else {
    printDiscovery(host, discovery, additions);
  }
  if (options.write === true) await writeAdditions(host, discovery, additions, configuration);
  else terminal.say('Nothing was written: --write adds this to the file of the target.');
  return EXIT.ok;
}

/** What is wrong with a name that is not one of a database. */
function describeUnknown(name: string, { targets }: Configuration): CliError {
  const named = targets.find((target) => target.name === name.split('/', 1).join());
  if (named === undefined) {
    return new CliError(EXIT.usage, `There is no target ${name}`, 'Look into the folder targets.');
  }
  return isPostgres(named)
    ? new CliError(EXIT.usage, `${name} is none of the databases in the file of ${named.name}`)
    : new CliError(
        EXIT.usage,
        `${name} is no database`,
        'Only columns of databases are looked at.',
      );
}

interface Additions extends DataMapAdditions {
  readonly columns: readonly (DataMapAddition & DiscoveredColumn)[];
  readonly undecided: Discovery['undecided'];
}

/** What the target's data map does not decide yet. */
function findAdditions(
  { target: name, columns, patientKeys, undecided }: Discovery,
  { targets }: Configuration,
): Additions {
  const dataMap = targets.filter(isPostgres).find((target) => target.name === name)?.dataMap;
  const proposed = columns.map((column) => ({
    ...column,
    comment: `${column.confidence.toFixed(2)}: ${escapeLine(column.reason)}`,
  }));
  return {
    columns: withoutDecided(proposed, dataMap?.columns),
    patientKeys: withoutDecided(patientKeys, dataMap?.patientKeys),
    undecided: withoutDecided(undecided, dataMap?.columns),
  };
}

function printDiscovery(
  { terminal }: CliHost,
  { columns: all, unsampled }: Discovery,
  { columns, patientKeys, undecided }: Additions,
): void {
  const decided = all.length - columns.length;
  if (columns.length > 0) {
    const rows = columns.flatMap(({ dataClass, confidence, reason, paths = [], ...column }) => [
      [nameOf(column), dataClass, confidence.toFixed(2), reason],
      ...paths.map(({ path, dataClass: of }) => [`  ${path}`, of, '', 'a path of it']),
    ]);
    terminal.print(formatTable(['column', 'class', 'sure', 'because'], rows));
  }
  for (const { column, ...relation } of patientKeys) {
    terminal.print(
      escapeLine(`${relation.schema}.${relation.relation}: ${column} says whose row it is`),
    );
  }
  if (undecided.length > 0) {
    terminal.print(
      '\nNothing tells what these hold. Left out, they are masked beside classified columns:',
    );
    for (const column of undecided) terminal.print(`  ${escapeLine(nameOf(column))}`);
  }
  for (const relation of unsampled) {
    terminal.say(`${escapeLine(relation)} could not be read: only names and types were looked at.`);
  }
  terminal.say(
    `${columns.length} proposed, ${decided} decided before, ${undecided.length} left out.`,
  );
}

function nameOf({
  schema,
  relation,
  column,
}: Pick<DiscoveredColumn, 'schema' | 'relation' | 'column'>): string {
  return `${schema}.${relation}.${column}`;
}

/** The file is replaced as a whole, and only by one that the gateway would take. */
async function writeAdditions(
  { terminal }: CliHost,
  { target: name }: Discovery,
  additions: Additions,
  { directory, limits, secrets }: Configuration,
): Promise<void> {
  const source = await findTargetSource(directory, name);
  if (source === undefined) throw new CliError(EXIT.failure, `Cannot find the file of ${name}`);
  const { path, text } = source;
  const merged = mergeDataMap(text, additions);
  if (merged === text) return terminal.say('There was nothing to write.');
  const { idleTimeoutMs } = limits;
  const reading = readYamlDocument(
    path,
    merged,
    targetFileSchema({
      root: { directory, secretSources: secrets },
      name,
      idleTimeoutMs,
      side: 'gateway',
    }),
  );
  if (reading.kind === 'invalid') {
    throw new CliError(EXIT.failure, `Cannot write ${path}: the result would not be valid`);
  }
  const { mode } = await stat(path);
  const beside = `${path}.new`;
  await writeFile(beside, merged, { mode, flag: 'wx' });
  // The umask takes from what new files are given.
  await chmod(beside, mode);
  await rename(beside, path);
  terminal.say(
    `Written to ${escapeLine(path)}. Look through it: every line is a guess until you do.`,
  );
}
