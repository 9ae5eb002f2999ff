import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findOpaqueReason } from '../../sql/postgres/opaque-functions.ts';
import { isSafeFunction } from './safe-functions.ts';

describe('isSafeFunction', () => {
  it('knows what computes, and what describes the catalog', () => {
    for (const name of 'upper count row_number extract jsonb_path_query format_type pg_stat_get_numscans pg_stat_get_live_tuples pg_get_viewdef pg_show_all_settings has_table_privilege now nextval'.split(
      ' ',
    ))
      assert(isSafeFunction(name), name);
  });

  it('vouches for nothing that reads what no argument shows', () => {
    for (const name of 'query_to_xml table_to_xml ts_stat ts_rewrite currtid2 current_query pg_stat_get_activity pg_stat_get_backend_activity pg_cursor pg_prepared_statement pg_mcv_list_items pg_read_file lo_get loread dblink pg_terminate_backend pg_logical_slot_get_changes pg_xact_commit_timestamp pg_column_size pg_column_compression pg_column_toast_chunk_id no_such_function'.split(
      ' ',
    ))
      assert(!isSafeFunction(name), name);
  });

  it('vouches for nothing that counts what a write adds to the log or to an index', () => {
    for (const name of 'pg_current_wal_lsn pg_current_wal_insert_lsn pg_current_wal_flush_lsn pg_last_wal_replay_lsn pg_stat_get_tuples_hot_updated pg_stat_get_dead_tuples pg_stat_get_blocks_hit pg_stat_get_blocks_fetched'.split(
      ' ',
    ))
      assert(!isSafeFunction(name), name);
  });

  it('agrees with what the analysis calls opaque', () => {
    for (const name of 'pg_ls_dir pg_stat_file pg_switch_wal lo_open cursor_to_xml pg_create_restore_point pg_reload_conf'.split(
      ' ',
    )) {
      assert(findOpaqueReason(name) !== undefined, name);
      assert(!isSafeFunction(name), name);
    }
  });
});
