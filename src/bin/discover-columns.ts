import type { DiscoverRequest, Discovery } from '../cli/discovery.ts';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import { PostgresTargets } from '../gateway/postgres/postgres-targets.ts';
import { proposeDataMap } from '../masking/discover/propose-data-map.ts';
import type { SampledColumn, SampledRelation } from '../masking/discover/sampled-relation.ts';
import { readCatalog, readRows, type TextRow } from '../protocols/postgres/catalog-reader.ts';
import { ServerRefusalError } from '../protocols/postgres/server-refusal-error.ts';
import type { UpstreamConnection } from '../protocols/postgres/upstream.ts';
import type { Catalog, CatalogColumn, CatalogRelation } from '../sql/postgres/catalog.ts';
import { openSecrets } from '../targets/open-secrets.ts';
import { TargetCatalogue } from '../targets/target-catalogue.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import type { OpenStream } from '../upstream/open-stream.ts';
import { openWays } from '../upstream/open-ways.ts';
import type { Environment } from './open-services.ts';

/** Nothing that is sampled can change the target, runs policies of row security, or takes long. */
const OWN_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport discover'],
  ['client_encoding', 'UTF8'],
  ['default_transaction_read_only', 'on'],
  ['row_security', 'off'],
  ['statement_timeout', '10000'],
  ['lock_timeout', '2000'],
  ['DateStyle', 'ISO, MDY'],
  ['bytea_output', 'hex'],
]);

/** Characters of one value that are looked at; of a document. */
const VALUE_LENGTH_MAX = 200;
const DOCUMENT_LENGTH_MAX = 8_000;
/** Characters of one relation's sample. */
const SAMPLE_LENGTH_MAX = 16 * 1024 * 1024;
/** Relations with fewer rows are read from their beginning. */
const SAMPLED_ROWS_MIN = 20_000;
const BYTEA_OID = 17;
/** Of json and jsonb. */
const DOCUMENT_OIDS: readonly number[] = [114, 3802];

/** Rows that the server believes a relation to have, and the comments on its columns; of all relations. */
const SURROUNDINGS_QUERY = `SELECT c.oid, '', c.reltuples::pg_catalog.int8::pg_catalog.text
 FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'm', 'f')
 UNION ALL
 SELECT d.objoid, d.objsubid::pg_catalog.text, pg_catalog.left(d.description, 200)
 FROM pg_catalog.pg_description d
 WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0`;

/**
 * Looks at a target as the gateway reaches it: one relation after the other, for reading only.
 *
 * @param openStream Through connectors, where the gateway runs in this process.
 */
export async function discoverColumns(
  { directory, target: name, samples, onProgress, signal }: DiscoverRequest,
  environment: Environment,
  openStream?: OpenStream,
): Promise<Discovery | undefined> {
  const configuration = await loadConfiguration(directory);
  const found = new TargetCatalogue(configuration.targets).findDatabase(name);
  if (found.kind === 'unknown') return undefined;
  const { target, database } = found;
  await using secrets = openSecrets(configuration, { environment });
  const resolveSecret = secrets.resolve;
  const targets = new PostgresTargets(
    openWays({ resolveSecret, nowMs: Date.now, openStream }),
    SILENT_LOG,
    signal,
  );
  const connect = (): Promise<UpstreamConnection> =>
    targets.connect(target, database, OWN_SETTINGS, signal);

  const catalog = await withConnection(await connect(), signal, readCatalog);
  const relations = listRelations(catalog);
  const unsampled: string[] = [];
  const sampled = await withConnection(await connect(), signal, async (upstream) => {
    // Each reading listens for the end of the connection.
    upstream.socket.setMaxListeners(0);
    const surroundings = readSurroundings(await readRows(upstream, SURROUNDINGS_QUERY));
    const read: SampledRelation[] = [];
    for (const [index, relation] of relations.entries()) {
      const of = `${relation.schema}.${relation.name}`;
      onProgress(`${index + 1} of ${relations.length}: ${of}`);
      const about = surroundings.get(relation.oid) ?? { rows: 0, comments: new Map() };
      const rows = await sampleRows(upstream, relation, { samples, rows: about.rows });
      if (rows === undefined) unsampled.push(of);
      read.push(toSampled(relation, { catalog, rows: rows ?? [], comments: about.comments }));
    }
    return read;
  });
  const { columns, undecided, patientKeys } = proposeDataMap(sampled);
  return {
    target: target.name,
    columns,
    undecided,
    patientKeys,
    unsampled,
  };
}

async function withConnection<Result>(
  upstream: UpstreamConnection,
  signal: AbortSignal,
  run: (upstream: UpstreamConnection) => Promise<Result>,
): Promise<Result> {
  const stop = (): void => {
    upstream.socket.destroy();
  };
  signal.addEventListener('abort', stop);
  try {
    return await run(upstream);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Views, partitions and heirs have their classes from the relations beneath and above them. */
function listRelations(catalog: Catalog): readonly CatalogRelation[] {
  return [...catalog.listRelations()]
    .filter(
      ({ schema, kind, parents }) =>
        ['r', 'p', 'm', 'f'].includes(kind) &&
        parents.length === 0 &&
        schema !== 'information_schema' &&
        !schema.startsWith('pg_'),
    )
    .toSorted((left, right) =>
      `${left.schema}.${left.name}` < `${right.schema}.${right.name}` ? -1 : 1,
    );
}

interface Surroundings {
  readonly rows: number;
  /** By number of the column. */
  readonly comments: ReadonlyMap<number, string>;
}

function readSurroundings(rows: readonly TextRow[]): ReadonlyMap<number, Surroundings> {
  const byOid = Map.groupBy(rows, ([oid]) => Number(oid));
  return new Map(
    [...byOid].map(([oid, about]) => {
      const estimate = about.find(([, number]) => number === '')?.[2];
      const comments = about.flatMap(([, number, text]) =>
        number === '' ? [] : [[Number(number), text ?? ''] as const],
      );
      return [oid, { rows: Number(estimate ?? 0), comments: new Map(comments) }];
    }),
  );
}

/** Undefined where the server refuses, so that only names and types can speak. */
async function sampleRows(
  upstream: UpstreamConnection,
  relation: CatalogRelation,
  size: { readonly samples: number; readonly rows: number },
): Promise<readonly TextRow[] | undefined> {
  // What a foreign server does with a question is not ours to try.
  if (relation.kind === 'f' || relation.attributes.length === 0) return undefined;
  try {
    return await readRows(upstream, writeSampleQuery(relation, size));
  } catch (error) {
    if (error instanceof ServerRefusalError) return undefined;
    throw error;
  }
}

function writeSampleQuery(
  { schema, name, attributes }: CatalogRelation,
  { samples, rows }: { readonly samples: number; readonly rows: number },
): string {
  const rowLength = attributes.reduce((sum, column) => sum + lengthMaxOf(column), 0);
  const rowsMax = Math.floor(SAMPLE_LENGTH_MAX / rowLength);
  const limit = Math.max(1, Math.min(samples, rowsMax));
  const percent = Math.min(100, (300 * limit) / Math.max(rows, 1));
  const sample = rows < SAMPLED_ROWS_MIN ? '' : ` TABLESAMPLE SYSTEM (${percent.toFixed(6)})`;
  const list = attributes.map(writeValue).join(', ');
  return `SELECT ${list} FROM ${quote(schema)}.${quote(name)} AS s${sample} LIMIT ${limit}`;
}

/** By the type's own output function: a cast to text could be anybody's code. */
function writeValue(column: CatalogColumn): string {
  const { name, typeOid } = column;
  const reference = `s.${quote(name)}`;
  const text =
    typeOid === BYTEA_OID
      ? `'\\x' OPERATOR(pg_catalog.||) pg_catalog.encode(pg_catalog.substr(${reference}, 1, 16), 'hex')`
      : `pg_catalog.left(pg_catalog.format('%s', ${reference}), ${lengthMaxOf(column)})`;
  return `CASE WHEN ${reference} IS NULL THEN NULL ELSE ${text} END`;
}

function lengthMaxOf({ typeOid }: CatalogColumn): number {
  return DOCUMENT_OIDS.includes(typeOid) ? DOCUMENT_LENGTH_MAX : VALUE_LENGTH_MAX;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function toSampled(
  { schema, name, attributes, uniqueKeys, foreignKeys }: CatalogRelation,
  {
    catalog,
    rows,
    comments,
  }: { readonly catalog: Catalog; readonly rows: readonly TextRow[] } & Pick<
    Surroundings,
    'comments'
  >,
): SampledRelation {
  const columns = attributes.map((attribute, index): SampledColumn => {
    let type = catalog.findType(attribute.typeOid);
    const isDomain = type?.kind === 'd';
    while (type?.kind === 'd') type = catalog.findType(type.innerOid);
    return {
      name: attribute.name,
      typeName: isDomain ? (type?.name ?? '') : attribute.typeName,
      typeKind: type?.kind ?? 'b',
      comment: comments.get(attribute.number) ?? '',
      isUnique: uniqueKeys.some((key) => key.length === 1 && key[0] === attribute.name),
      values: rows.map((row) => row[index] ?? null),
    };
  });
  const refersTo = foreignKeys.flatMap(({ referencedRelation }) => {
    const found = catalog.getRelation(referencedRelation);
    return found === undefined ? [] : [`${found.schema}.${found.name}`];
  });
  return { schema, name, columns, refersTo };
}
