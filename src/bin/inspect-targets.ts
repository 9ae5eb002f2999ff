import type { TargetInspection } from '../cli/target-inspection.ts';
import type { Configuration } from '../configuration/load-configuration.ts';
import { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import { createClassifier, findUnmatchedEntries } from '../masking/classify.ts';
import { readCatalog } from '../protocols/postgres/catalog-reader.ts';
import { UpstreamError } from '../protocols/postgres/upstream-error.ts';
import type { Catalog } from '../sql/postgres/catalog.ts';
import { loadParser, type SqlParser } from '../sql/postgres/parser.ts';
import { isPostgres, type PostgresTarget } from '../targets/target.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { createResolver, type Environment } from './open-services.ts';

const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport doctor'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
]);

/** Reads the catalogs of all databases that the targets name, with the gateway's credentials, one after the other. */
export async function inspectTargets(
  configuration: Configuration,
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly TargetInspection[]> {
  const resolveSecret = await createResolver(configuration, environment);
  const targets = new PostgresTargets(resolveSecret, SILENT_LOG, signal);
  const parser = await loadParser();
  const inspections: TargetInspection[] = [];
  for (const target of configuration.targets.filter(isPostgres)) {
    const named = target.databases.filter((database) => database !== '*');
    const ofTarget: TargetInspection[] = [];
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
        ofTarget.push({ name, failure: error.message, ...NOTHING_KNOWN });
      }
    }
    inspections.push(...keepUnmatchedAnywhere(ofTarget));
  }
  return inspections;
}

const NOTHING_KNOWN = { relations: 0, classified: 0, unmatched: [] } as const;

/** One map serves all databases of a target: an entry that matches in one of them is right. */
function keepUnmatchedAnywhere(
  inspections: readonly TargetInspection[],
): readonly TargetInspection[] {
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
): TargetInspection {
  const own = [...catalog.listRelations()].filter(
    ({ schema }) => !/^(?:pg_|information_schema$)/.test(schema),
  );
  const { dataMap } = target;
  if (dataMap === undefined) return { name, relations: own.length, classified: 0, unmatched: [] };
  const functionsAllowed = new Set(target.functionsAllowed);
  const classification = createClassifier(parser).classify(catalog, { dataMap, functionsAllowed });
  return {
    name,
    relations: own.length,
    classified: own.filter(({ oid }) => classification.find(oid) !== undefined).length,
    unmatched: findUnmatchedEntries(catalog, dataMap).map(
      ({ section, key }) => `${section}: ${key}`,
    ),
  };
}
