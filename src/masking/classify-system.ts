import type { CatalogRelation } from '../sql/postgres/catalog.ts';
import type { ClassifiedColumn } from './classification.ts';

/** Columns of PostgreSQL's own relations that show values of other relations, or what others run. */
const COLUMNS: Readonly<Record<string, string>> = {
  pg_statistic: `stavalues1 stavalues2 stavalues3 stavalues4 stavalues5 stadistinct
    stanumbers1 stanumbers2 stanumbers3 stanumbers4 stanumbers5
    stakind1 stakind2 stakind3 stakind4 stakind5 staop1 staop2 staop3 staop4 staop5
    stacoll1 stacoll2 stacoll3 stacoll4 stacoll5`,
  pg_stats: `most_common_vals histogram_bounds most_common_elems range_bounds_histogram n_distinct correlation
    most_common_freqs most_common_elem_freqs elem_count_histogram range_length_histogram range_empty_frac`,
  pg_statistic_ext_data: 'stxdndistinct stxddependencies stxdmcv stxdexpr',
  pg_stats_ext: `most_common_vals most_common_val_nulls most_common_freqs most_common_base_freqs
    n_distinct dependencies`,
  pg_stats_ext_exprs: `most_common_vals histogram_bounds most_common_elems range_bounds_histogram n_distinct correlation
    most_common_freqs most_common_elem_freqs elem_count_histogram range_length_histogram range_empty_frac`,
  pg_sequences: 'last_value',
  pg_stat_activity: 'query',
  pg_prepared_statements: 'statement',
  pg_cursors: 'statement',
  // Names what memory is for: statements of the session as they were sent, keys of masks included.
  pg_backend_memory_contexts: 'ident',
  pg_largeobject: 'data',
  // What a serializable transaction reads, and what others wait for, tells to which rows hidden values lead.
  pg_locks: 'page tuple',
  // What a write adds to the log, or to an index, tells whether a column held the same before.
  pg_stat_all_tables: 'n_tup_hot_upd n_tup_newpage_upd n_dead_tup',
  pg_stat_user_tables: 'n_tup_hot_upd n_tup_newpage_upd n_dead_tup',
  // How often a join looked something up tells which rows hold the same.
  pg_stat_xact_all_tables:
    'n_tup_hot_upd n_tup_newpage_upd seq_scan seq_tup_read idx_scan idx_tup_fetch',
  pg_stat_xact_user_tables:
    'n_tup_hot_upd n_tup_newpage_upd seq_scan seq_tup_read idx_scan idx_tup_fetch',
  pg_statio_all_tables: 'idx_blks_read idx_blks_hit',
  pg_statio_user_tables: 'idx_blks_read idx_blks_hit',
  pg_statio_all_indexes: 'idx_blks_read idx_blks_hit',
  pg_statio_user_indexes: 'idx_blks_read idx_blks_hit',
  pg_stat_database: 'blks_read blks_hit',
  // It can be made as slow as one likes.
  pg_stat_progress_vacuum: `phase index_vacuum_count num_dead_tuples num_dead_item_ids dead_tuple_bytes
    indexes_processed`,
  pg_stat_io: 'reads read_bytes writes write_bytes extends extend_bytes hits',
  pg_stat_wal: 'wal_records wal_fpi wal_bytes',
  pg_stat_replication: 'sent_lsn write_lsn flush_lsn replay_lsn',
  pg_stat_subscription: 'received_lsn latest_end_lsn',
  pg_stat_wal_receiver: 'receive_start_lsn received_lsn written_lsn flushed_lsn latest_end_lsn',
  pg_replication_slots: 'restart_lsn confirmed_flush_lsn safe_wal_size',
  pg_replication_origin_status: 'remote_lsn local_lsn',
};

/** What statements were, and what each added to the log and did to pages. */
const OF_STATEMENTS = `query wal_records wal_fpi wal_bytes wal_buffers_full
  shared_blks_hit shared_blks_read shared_blks_dirtied shared_blks_written`;

/** Views of extensions, which can be in any schema. */
const EXTENSION_COLUMNS: Readonly<Record<string, string>> = {
  pg_stat_statements: OF_STATEMENTS,
  pg_stat_monitor: OF_STATEMENTS,
};

const SYSTEM: ReadonlyMap<string, readonly string[]> = readColumns(COLUMNS);
const EXTENSIONS: ReadonlyMap<string, readonly string[]> = readColumns(EXTENSION_COLUMNS);

/** Columns of a relation that are classified whatever a data map leaves out. */
export function findSystemColumns({
  schema,
  name,
  columns,
}: CatalogRelation): readonly ClassifiedColumn[] {
  const listed = (schema === 'pg_catalog' ? SYSTEM : EXTENSIONS).get(name) ?? [];
  return listed
    .filter((column) => columns.includes(column))
    .map((column) => ({
      name: column,
      classes: ['system'],
      mask: { kind: 'null' },
      content: 'value',
      paths: [],
      because: 'shows values or statements of others',
    }));
}

function readColumns(
  columns: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(columns).map(([name, list]) => [name, list.split(/\s+/u)]));
}
