import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { dataMapSchema } from '../../src/configuration/data-map.ts';
import { loadParser } from '../../src/sql/postgres/parser.ts';
import { type Attack, loadAttacks } from './attacks.ts';
import { plantCanaries, seededRandom } from './canaries.ts';
import { Detector } from './detector.ts';
import { generateAttacks, READABLE_QUERY, readReadables } from './generate-statements.ts';
import { openDoor } from './leak-client.ts';
import { type Leak, type LeakRunOutcome, runAttacks, type Worlds } from './leak-run.ts';
import { openRewriteDoor, prepareRewriting, type RewriteCounts } from './rewrite-door.ts';
import { makeSqlsmithAttacks } from './sqlsmith.ts';
import { startMaskingGateway } from './start-masking-gateway.ts';
import { LEAKS_DATABASE, startWorlds, type WorldServers } from './start-worlds.ts';

/** What stands between the attacker and the data. */
export type DoorKind =
  /** Nothing: whoever looks for leaks must find them. */
  | 'direct'
  /** The first net alone, without a gateway. */
  | 'rewrite'
  /** The post-check alone: what it finds sound runs as it is. */
  | 'check'
  /** A gateway whose policies let everything pass, but show no data class. */
  | 'gateway'
  /** The same gateway, which shows everything. */
  | 'revealing-gateway';

/** What to run. */
export interface LeakHarnessOptions {
  readonly door: DoorKind;
  readonly version: 'debian' | 'embedded';
  readonly seed: number;
  /** Attacks, at most: half of them those that are written down, half generated. All that are written down if there is room. */
  readonly attacks: number;
  /** Statements of sqlsmith besides. */
  readonly sqlsmith: number;
  /** SQL with `{{kind}}` placeholders, and the section `dataMap` as YAML. Default: those beside this file. */
  readonly schema?: string;
  readonly dataMap?: string;
  /** Only attacks with this in their name or texts: to repeat a leak. */
  readonly only?: string;
  /** Masks with keys give each world its own pseudonyms: then answers cannot be compared. */
  readonly withPseudonyms: boolean;
  /** Vault tokens take the place of pseudonyms, and nothing may show what they stand for. */
  readonly withTokens?: boolean;
  readonly onLeak?: (leak: Leak) => void;
}

export interface LeakReport extends LeakRunOutcome {
  readonly attacks: number;
  readonly leaked: readonly Leak[];
  /** Of a run with the first net alone. */
  readonly counts: RewriteCounts;
}

/** Classes that get tokens besides those whose masks have keys, so that there are enough of them. */
const TOKEN_CLASSES = ['ssn', 'name', 'phone'];
/** Classes whose own masks have keys. */
const KEYED_CLASSES = ['mrn', 'health-plan-id', 'account-number', 'device-id', 'other-id'];

/** Plants values in two worlds, attacks both through the same door, and reports what came out. */
export async function runLeakHarness(options: LeakHarnessOptions): Promise<LeakReport> {
  const beside = (name: string): Promise<string> =>
    readFile(fileURLToPath(new URL(name, import.meta.url)), 'utf8');
  const schema = plantCanaries(options.schema ?? (await beside('canary-schema.sql')), options.seed);
  const dataMap = readDataMap(options.dataMap ?? (await beside('canary-data-map.yaml')), options);
  await using started = new AsyncDisposableStack();
  const servers = await startWorlds(schema, options.version);
  started.use(servers);
  const counts: RewriteCounts = { refusals: new Map(), disagreements: new Map() };
  const attacks = await collectAttacks(servers, schema.canaries, options);
  const leaked: Leak[] = [];
  const outcome = await runAttacks(attacks, {
    worlds: await openWorlds(servers, { dataMap, counts, door: options.door, started }),
    detector: new Detector(schema.canaries),
    expectsSameAnswers: !options.withPseudonyms && options.withTokens !== true,
    onLeak: (leak) => {
      leaked.push(leak);
      options.onLeak?.(leak);
    },
  });
  return { ...outcome, attacks: attacks.length, leaked, counts };
}

function readDataMap(
  yaml: string,
  { withPseudonyms, withTokens }: LeakHarnessOptions,
): Readonly<Record<string, unknown>> {
  const written = parseYaml(yaml) as Readonly<Record<string, unknown>>;
  if (withPseudonyms && withTokens !== true) return written;
  const mask = withTokens === true ? 'vault' : 'redact';
  const classes = withTokens === true ? [...KEYED_CLASSES, ...TOKEN_CLASSES] : KEYED_CLASSES;
  const masks = Object.fromEntries(classes.map((name) => [name, mask]));
  return { ...written, masks: { ...masks, ...(written['masks'] as object | undefined) } };
}

interface WorldsParts {
  readonly dataMap: Readonly<Record<string, unknown>>;
  readonly counts: RewriteCounts;
  readonly door: DoorKind;
  readonly started: AsyncDisposableStack;
}

async function openWorlds(
  servers: WorldServers,
  { dataMap, counts, door, started }: WorldsParts,
): Promise<Worlds> {
  const { a, b } = servers.sides;
  switch (door) {
    case 'direct':
      return { a: openDoor(a), b: openDoor(b) };
    case 'check':
    case 'rewrite': {
      const parts = prepareRewriting(dataMapSchema().parse(dataMap), {
        parser: await loadParser(),
        rewrites: door === 'rewrite',
        counts,
      });
      return { a: openRewriteDoor(a, parts), b: openRewriteDoor(b, parts) };
    }
    case 'gateway':
    case 'revealing-gateway': {
      const reveals = door === 'revealing-gateway';
      const gateway = await startMaskingGateway(servers, { dataMap, reveals });
      started.use(gateway);
      return { a: openDoor(gateway.sides.a), b: openDoor(gateway.sides.b) };
    }
  }
}

/** Those that are written down and those that are made up, mixed by the seed. */
async function collectAttacks(
  servers: WorldServers,
  canaries: Parameters<typeof loadAttacks>[0],
  { attacks: attacksMax, seed, sqlsmith, only = '' }: LeakHarnessOptions,
): Promise<readonly Attack[]> {
  const random = seededRandom(seed);
  const written = [...(await loadAttacks(canaries))];
  const half = Math.max(1, Math.floor(attacksMax / 2));
  while (written.length > half) written.splice(Math.floor(random() * written.length), 1);
  const rows = (await servers.servers.a.execute(READABLE_QUERY, LEAKS_DATABASE))
    .split('\n')
    .map((line) => line.split('|'));
  const generated = generateAttacks(readReadables(rows), seed);
  const made = Array.from({ length: attacksMax - written.length }, () => generated.next().value);
  const smithed = await makeSqlsmithAttacks(servers, { count: sqlsmith, seed });
  return [...written, ...made, ...smithed].filter(
    ({ name, steps }) => name.includes(only) || steps.some(({ text }) => text.includes(only)),
  );
}
