import type { ChangedRow, TableChange } from '../../access/access-request.ts';
import type { MaskPlan } from '../../masking/mask-plan.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { TextRow } from './catalog-reader.ts';

/** Tables of which rows are shown, rows of each, and columns and characters of each row. */
const TABLES_MAX = 5;
const ROWS_MAX = 5;
const COLUMNS_MAX = 40;
const VALUE_CHARACTERS_MAX = 200;
/** Blocks at the end of a table in which inserted rows are looked for. */
const BLOCKS_MAX = 64;

/**
 * What the session changed, by table, as the server counts it: also by triggers and cascades, and also what was
 * undone by ROLLBACK TO. The last row says whether the server counts, and the transaction's number.
 */
export const COUNTS_QUERY = `SELECT s.relid::pg_catalog.text, s.schemaname::pg_catalog.text, s.relname::pg_catalog.text,
 s.n_tup_ins::pg_catalog.text, s.n_tup_upd::pg_catalog.text, s.n_tup_del::pg_catalog.text
 FROM pg_catalog.pg_stat_xact_user_tables s WHERE s.n_tup_ins OPERATOR(pg_catalog.<>) 0
 OR s.n_tup_upd OPERATOR(pg_catalog.<>) 0 OR s.n_tup_del OPERATOR(pg_catalog.<>) 0
 UNION ALL SELECT '', '', '', pg_catalog.current_setting('track_counts'),
 pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text, ''`;

/** Answers of {@link COUNTS_QUERY}. */
export interface ChangeCounts {
  /** Whether the server counts at all. */
  readonly isCounted: boolean;
  /** As rows have it: 32 bits. Undefined before the first change. */
  readonly transactionId: string | undefined;
  /** By OID. */
  readonly tables: ReadonlyMap<number, TableCounts>;
}

/** How many rows of one table were changed, each as often as it was. */
export interface TableCounts {
  readonly schema: string;
  readonly name: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Reads the answer to {@link COUNTS_QUERY}. */
export function readCounts(rows: readonly TextRow[]): ChangeCounts {
  const tables = new Map<number, TableCounts>();
  let isCounted = false;
  let transactionId: string | undefined;
  for (const [oid, schema, name, inserted, updated, deleted] of rows) {
    if (oid === '') {
      isCounted = inserted === 'on';
      if (typeof updated === 'string') {
        transactionId = String(BigInt.asUintN(32, BigInt(updated)));
      }
      continue;
    }
    tables.set(Number(oid), {
      schema: schema ?? '',
      name: name ?? '',
      inserted: Number(inserted),
      updated: Number(updated),
      deleted: Number(deleted),
    });
  }
  return { isCounted, transactionId, tables };
}

/** What changed between two countings, by OID. */
export function subtractCounts(
  { tables }: ChangeCounts,
  before: ChangeCounts,
): ReadonlyMap<number, TableCounts> {
  const changed = new Map<number, TableCounts>();
  for (const [oid, counts] of tables) {
    const earlier = before.tables.get(oid);
    const inserted = counts.inserted - (earlier?.inserted ?? 0);
    const updated = counts.updated - (earlier?.updated ?? 0);
    const deleted = counts.deleted - (earlier?.deleted ?? 0);
    if (inserted + updated + deleted > 0) {
      changed.set(oid, { ...counts, inserted, updated, deleted });
    }
  }
  return changed;
}

/** How the rows of changed tables are got. */
export interface SampleSource {
  /** In the transaction that changed them; undefined if it failed, and the transaction with it. */
  readonly inside: (sql: string) => Promise<readonly TextRow[] | undefined>;
  /** Whether a text means inside what it means here: the client may have its own encoding there. */
  readonly isReadInside: (sql: string) => boolean;
  /** On a connection that sees what is committed. */
  readonly outside: (sql: string) => Promise<readonly TextRow[]>;
  readonly transactionId: string;
  readonly findRelation: (oid: number) => CatalogRelation | undefined;
  /** By which values are masked that are shown; undefined where nothing says which are to be: then none are shown. */
  readonly plan: MaskPlan | undefined;
}

/** Adds some of the rows to what is counted. Undefined: the transaction failed. */
export async function sampleChanges(
  counts: ReadonlyMap<number, TableCounts>,
  source: SampleSource | undefined,
): Promise<readonly TableChange[] | undefined> {
  const changes: TableChange[] = [];
  for (const [oid, { schema, name, inserted, updated, deleted }] of counts) {
    const relation = changes.length < TABLES_MAX ? source?.findRelation(oid) : undefined;
    const table = relation && describeTable(relation, source?.plan);
    const sample =
      source === undefined || table === undefined
        ? []
        : await new TableSample(table, source).collect({ inserted, updated, deleted });
    if (sample === undefined) return undefined;
    changes.push({
      relation: `${schema}.${name}`,
      ...{ inserted, updated, deleted },
      columns: table === undefined || sample.length === 0 ? [] : table.columns,
      samples: sample,
    });
  }
  return changes;
}

/** A table as its rows are asked for. */
interface SampledTable {
  readonly oid: number;
  /** Quoted, with its schema. */
  readonly name: string;
  readonly columns: readonly string[];
  /** SQL for the masked text of each column; the table is called `x`. */
  readonly expressions: readonly string[];
  /** Of a unique key: how a column is called, and its type. Empty if there is none that is simple. */
  readonly key: readonly { readonly reference: string; readonly typeName: string }[];
}

function describeTable(
  relation: CatalogRelation,
  plan: MaskPlan | undefined,
): SampledTable | undefined {
  if (plan === undefined || relation.attributes.length === 0) return undefined;
  const masked = plan.find(relation.oid);
  const shown = relation.attributes.slice(0, COLUMNS_MAX);
  const [keyColumns = []] = relation.uniqueKeys;
  const key = keyColumns.flatMap((column) => {
    const attribute = relation.attributes.find((one) => one.name === column);
    const isBuiltIn = attribute?.typeName.startsWith('pg_catalog.') === true;
    return isBuiltIn ? [{ reference: `x.${quote(column)}`, typeName: attribute.typeName }] : [];
  });
  return {
    oid: relation.oid,
    name: `${quote(relation.schema)}.${quote(relation.name)}`,
    columns: shown.map((column) => column.name),
    expressions: shown.map((column) => {
      const reference = `x.${quote(column.name)}`;
      const expression = masked?.columns.get(column.name)?.keylessExpression(reference);
      return `pg_catalog.left((${expression ?? reference})::pg_catalog.text, ${VALUE_CHARACTERS_MAX})`;
    }),
    key: key.length === keyColumns.length ? key : [],
  };
}

/** A row with the raw values of its key, which go no further than this file. */
interface FoundRow {
  readonly key: readonly (string | null)[];
  readonly values: readonly (string | undefined)[];
}

class TableSample {
  readonly #table: SampledTable;
  readonly #source: SampleSource;

  constructor(table: SampledTable, source: SampleSource) {
    this.#table = table;
    this.#source = source;
  }

  async collect(
    counts: Pick<TableCounts, 'inserted' | 'updated' | 'deleted'>,
  ): Promise<readonly ChangedRow[] | undefined> {
    const before = counts.updated + counts.deleted > 0 ? await this.#findBefore() : [];
    const after = counts.updated > 0 ? await this.#findAfter(before) : new Map<number, FoundRow>();
    const inserted = counts.inserted > 0 ? await this.#findInserted() : [];
    if (after === undefined || inserted === undefined) return undefined;
    // It is not known what became of a row that was updated.
    if (after === 'unknown') return [];
    const rows: ChangedRow[] = before.map((row, place) => ({
      before: row.values,
      after: after.get(place)?.values,
    }));
    const known = new Set([...after.values()].map((row) => JSON.stringify(row.key)));
    const others = inserted.filter((row) => !known.has(JSON.stringify(row.key)));
    return [...rows, ...others.map((row) => ({ before: undefined, after: row.values }))];
  }

  /** Rows that the transaction replaced or deleted, as everybody else still sees them. */
  async #findBefore(): Promise<readonly FoundRow[]> {
    const where = `x.xmax OPERATOR(pg_catalog.=) '${this.#source.transactionId}'::pg_catalog.xid`;
    const sql = [
      'BEGIN READ ONLY',
      "SET LOCAL statement_timeout = '2s'",
      "SET LOCAL lock_timeout = '200ms'",
      this.#select(where),
    ].join(';\n');
    try {
      return this.#read(await this.#source.outside(sql));
    } catch {
      // A large table, or one that is locked: its counts have to do.
      return [];
    }
  }

  /**
   * What became of rows, by their places. How a key is written says nothing: the client may have set how dates are, and in which
   * encoding. `'unknown'`: they cannot be asked for by a key. Undefined: the transaction failed.
   */
  async #findAfter(
    before: readonly FoundRow[],
  ): Promise<ReadonlyMap<number, FoundRow> | 'unknown' | undefined> {
    const { key } = this.#table;
    const { inside, isReadInside } = this.#source;
    if (key.length === 0) return 'unknown';
    const questions = before.flatMap((row, place) => {
      if (row.key.includes(null)) return [];
      const parts = key.map(
        ({ reference, typeName }, index) =>
          `${reference} OPERATOR(pg_catalog.=) ${literal(row.key[index] ?? '')}::${typeName}`,
      );
      return `(${this.#select(parts.join(' AND '), [`'${place}'`])})`;
    });
    if (questions.length === 0) return new Map();
    const sql = questions.join('\nUNION ALL ');
    if (!isReadInside(sql)) return 'unknown';
    const rows = await inside(sql);
    if (rows === undefined) return undefined;
    const places = rows.map(([place]) => Number(place));
    const found = this.#read(rows.map((row) => row.slice(1)));
    return new Map(found.map((row, index) => [places[index] ?? -1, row]));
  }

  /** New rows mostly lie at the end, where looking for them costs little. */
  async #findInserted(): Promise<readonly FoundRow[] | undefined> {
    const { transactionId, inside, isReadInside } = this.#source;
    const first = `GREATEST(0, pg_catalog.pg_relation_size(${this.#table.oid}::pg_catalog.regclass) OPERATOR(pg_catalog./) pg_catalog.current_setting('block_size')::pg_catalog.int8 OPERATOR(pg_catalog.-) ${BLOCKS_MAX})`;
    const sql = this.#select(
      `x.ctid OPERATOR(pg_catalog.>=) pg_catalog.format('(%s,0)', ${first})::pg_catalog.tid AND x.xmin OPERATOR(pg_catalog.=) '${transactionId}'::pg_catalog.xid`,
    );
    if (!isReadInside(sql)) return [];
    const rows = await inside(sql);
    return rows && this.#read(rows);
  }

  #select(where: string, first: readonly string[] = []): string {
    const { name, key, expressions } = this.#table;
    const outputs = [
      ...first,
      ...key.map(({ reference }) => `${reference}::pg_catalog.text`),
      ...expressions,
    ];
    return `SELECT ${outputs.join(', ')} FROM ONLY ${name} x WHERE ${where} LIMIT ${ROWS_MAX}`;
  }

  #read(rows: readonly TextRow[]): readonly FoundRow[] {
    const keys = this.#table.key.length;
    return rows.map((row) => ({
      key: row.slice(0, keys),
      values: row.slice(keys).map((value) => value ?? undefined),
    }));
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Means the same whatever `standard_conforming_strings` is: the client may have set it. */
function literal(text: string): string {
  const quoted = text.replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}
