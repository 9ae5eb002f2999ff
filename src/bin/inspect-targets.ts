import type {
  DatabaseInspection,
  HostInspection,
  SiteInspection,
  TargetInspection,
} from '../cli/target-inspection.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import { createClassifier, findUnmatchedEntries } from '../masking/classify.ts';
import { readCatalog } from '../protocols/postgres/catalog-reader.ts';
import { UpstreamError } from '../protocols/upstream-error.ts';
import type { Catalog } from '../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../sql/postgres/parser.ts';
import { openSecrets } from '../targets/open-secrets.ts';
import type { PostgresTarget, SshTarget, WebTarget } from '../targets/target.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { reachSite } from '../upstream/http/reach-site.ts';
import { openWays } from '../upstream/open-ways.ts';
import { FOR_GATEWAY, type Ways } from '../upstream/ways.ts';
import { DisconnectReason } from '../wire/ssh/disconnect.ts';
import type { Environment } from './open-services.ts';

const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport doctor'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
]);

/**
 * Logs in to all hosts, reads the catalogs of all databases that the targets name, with the gateway's credentials, and
 * looks whether all others can be reached, one after the other.
 */
export async function inspectTargets(
  configuration: Configuration,
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly TargetInspection[]> {
  await using secrets = openSecrets(configuration, { environment });
  const resolveSecret = secrets.resolve;
  const ways = openWays({ resolveSecret, nowMs: Date.now });
  const targets = new PostgresTargets(ways, SILENT_LOG, signal);
  const parser = await loadParser();
  const inspections: TargetInspection[] = [];
  for (const target of configuration.targets) {
    switch (target.kind) {
      case 'postgres':
        inspections.push(...(await inspectDatabases(targets, { target, parser }, signal)));
        break;
      case 'ssh':
        inspections.push(await inspectHost(ways, target, signal));
        break;
      case 'http':
      case 'kubernetes':
        inspections.push(await inspectSite(target, ways));
        break;
    }
  }
  return inspections;
}

async function inspectDatabases(
  targets: PostgresTargets,
  { target, parser }: { readonly target: PostgresTarget; readonly parser: SqlParser },
  signal: AbortSignal,
): Promise<readonly DatabaseInspection[]> {
  const named = target.databases.filter((database) => database !== '*');
  const ofTarget: DatabaseInspection[] = [];
  for (const database of new Set([target.database, ...named])) {
    const name = database === target.database ? target.name : `${target.name}/${database}`;
    try {
      const upstream = await targets.connect(target, database, OWN_SETTINGS, signal);
      try {
        ofTarget.push(inspect(name, await readCatalog(upstream), { target, parser }));
      } finally {
        upstream.socket.destroy();
      }
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      ofTarget.push({ kind: 'database', name, failure: error.message, ...NOTHING_KNOWN });
    }
  }
  return keepUnmatchedAnywhere(ofTarget);
}

async function inspectHost(
  ways: Ways,
  target: SshTarget,
  signal: AbortSignal,
): Promise<HostInspection> {
  const { name, account } = target;
  try {
    const login = { account, keyId: 'sallyport doctor' };
    const { port } = await ways.connectSsh(target, login, FOR_GATEWAY, signal);
    const software = port.peerIdentification;
    port.disconnect(DisconnectReason.ByApplication, 'that was all');
    return { kind: 'host', name, software };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { kind: 'host', name, failure: error.message, software: '' };
  }
}

async function inspectSite(target: WebTarget, ways: Ways): Promise<SiteInspection> {
  const { name } = target;
  try {
    return { kind: 'site', name, speaks: await reachSite(target, ways) };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { kind: 'site', name, failure: error.message, speaks: '' };
  }
}

const NOTHING_KNOWN = { relations: 0, classified: 0, unmatched: [] } as const;

/** One map serves all databases of a target: an entry that matches in one of them is right. */
function keepUnmatchedAnywhere(
  inspections: readonly DatabaseInspection[],
): readonly DatabaseInspection[] {
  // What matches in a database that could not be read, nobody knows.
  const isKnown = inspections.every(({ failure }) => failure === undefined);
  const [first] = inspections;
  const everywhere = (first?.unmatched ?? []).filter((key) =>
    inspections.every(({ unmatched }) => unmatched.includes(key)),
  );
  return inspections.map((inspection) => ({
    ...inspection,
    unmatched: isKnown && inspection === first ? everywhere : [],
  }));
}

function inspect(
  name: string,
  catalog: Catalog,
  { target, parser }: { readonly target: PostgresTarget; readonly parser: SqlParser },
): DatabaseInspection {
  const own = [...catalog.listRelations()].filter(
    ({ schema }) => !/^(?:pg_|information_schema$)/.test(schema),
  );
  const { dataMap } = target;
  const found = { kind: 'database', name, relations: own.length } as const;
  if (dataMap === undefined) return { ...found, classified: 0, unmatched: [] };
  const functionsAllowed = new Set(target.functionsAllowed);
  const classification = createClassifier(parser).classify(catalog, { dataMap, functionsAllowed });
  return {
    ...found,
    classified: own.filter(({ oid }) => classification.find(oid) !== undefined).length,
    unmatched: findUnmatchedEntries(catalog, dataMap).map(
      ({ section, key }) => `${section}: ${key}`,
    ),
  };
}
