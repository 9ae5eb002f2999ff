/** Why a built-in function is not taken at its word. */
export type OpaqueReason =
  | 'runs-sql'
  | 'reads-by-name'
  | 'files'
  | 'server-state'
  | 'large-object'
  | 'replication'
  | 'sessions';

/**
 * Functions of `pg_catalog` and of the extensions that ship with PostgreSQL whose call does more than compute from its
 * arguments: what they do cannot be seen in the statement. The list errs on the long side; a target's configuration can vouch
 * for single ones.
 */
const GROUPS: Readonly<Record<OpaqueReason, string>> = {
  // Run a text as SQL, here or on another server.
  'runs-sql': `query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema
    ts_stat ts_rewrite dblink dblink_exec dblink_open dblink_fetch dblink_close dblink_connect dblink_connect_u dblink_send_query
    dblink_get_result dblink_get_notify dblink_cancel_query dblink_disconnect dblink_build_sql_insert dblink_build_sql_update
    dblink_build_sql_delete crosstab crosstab2 crosstab3 crosstab4 crosstabn connectby xpath_table
    binary_upgrade_create_empty_extension pg_extension_update_paths plpgsql_call_handler plpgsql_inline_handler`,
  // Read relations that are named in an argument.
  'reads-by-name': `table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml schema_to_xmlschema
    schema_to_xml_and_xmlschema database_to_xml database_to_xmlschema database_to_xml_and_xmlschema
    get_raw_page heap_page_items heap_page_item_attrs tuple_data_split bt_page_items brin_page_items gin_leafpage_items
    gist_page_items hash_page_items pgstattuple pgrowlocks pg_get_wal_record_info pg_get_wal_records_info pg_get_wal_block_info
    pg_mcv_list_items pg_prewarm verify_heapam bt_index_check bt_index_parent_check`,
  // Read, write or list files of the server's machine.
  files: `pg_read_file pg_read_file_old pg_read_file_all pg_read_file_off_len pg_read_file_off_len_missing pg_read_binary_file
    pg_stat_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_archive_statusdir pg_ls_tmpdir pg_ls_summariesdir
    pg_ls_logicalsnapdir pg_ls_logicalmapdir pg_ls_replslotdir pg_file_write pg_file_read pg_file_length pg_file_rename
    pg_file_unlink pg_file_sync pg_logdir_ls pg_logfile_rotate pg_current_logfile pg_hba_file_rules pg_ident_file_mappings
    pg_show_all_file_settings`,
  // Change the server, or the state that others share.
  'server-state': `pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_promote pg_switch_wal pg_create_restore_point
    pg_backup_start pg_backup_stop pg_start_backup pg_stop_backup pg_wal_replay_pause pg_wal_replay_resume pg_stat_reset
    pg_stat_reset_shared pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters pg_stat_reset_slru
    pg_stat_reset_replication_slot pg_stat_reset_subscription_stats pg_stat_reset_backend_stats pg_stat_statements_reset
    pg_stat_force_next_flush pg_stat_clear_snapshot pg_log_standby_snapshot pg_log_backend_memory_contexts
    pg_get_process_memory_contexts pg_import_system_collations pg_nextoid pg_set_relation_stats pg_restore_relation_stats
    pg_clear_relation_stats pg_restore_attribute_stats pg_clear_attribute_stats pg_stop_making_pinned_objects
    brin_summarize_new_values brin_summarize_range brin_desummarize_range gin_clean_pending_list
    pg_sync_replication_slots pg_truncate_visibility_map pg_surgery heap_force_kill heap_force_freeze
    pg_buffercache_evict pg_buffercache_evict_relation pg_buffercache_evict_all injection_points_attach`,
  'large-object': `lo_import lo_export lo_get lo_put lo_open lo_close loread lowrite lo_lseek lo_lseek64 lo_tell lo_tell64 lo_creat
    lo_create lo_from_bytea lo_unlink lo_truncate lo_truncate64`,
  replication: `pg_create_physical_replication_slot pg_create_logical_replication_slot pg_drop_replication_slot
    pg_copy_physical_replication_slot pg_copy_logical_replication_slot pg_replication_slot_advance
    pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_oid pg_replication_origin_session_setup
    pg_replication_origin_session_reset pg_replication_origin_session_is_setup pg_replication_origin_session_progress
    pg_replication_origin_xact_setup pg_replication_origin_xact_reset pg_replication_origin_advance
    pg_replication_origin_progress`,
  // Act on, or look into, other sessions.
  sessions: `pg_terminate_backend pg_cancel_backend pg_stat_get_activity pg_stat_get_backend_activity pg_stat_statements
    pg_stat_get_backend_client_addr`,
};

/** Families of built-ins that grow with each release. */
const PREFIXES: readonly (readonly [prefix: string, reason: OpaqueReason])[] = [
  ['dblink', 'runs-sql'],
  ['binary_upgrade_', 'server-state'],
  ['pg_create_', 'server-state'],
  ['pg_drop_', 'server-state'],
  ['pg_ls_', 'files'],
  ['pg_read_', 'files'],
  ['pg_logical_', 'replication'],
  ['pg_replication_', 'replication'],
  ['pg_stat_reset', 'server-state'],
  ['lo_', 'large-object'],
  ['be_lo_', 'large-object'],
];

const REASONS: ReadonlyMap<string, OpaqueReason> = new Map(
  Object.entries(GROUPS).flatMap(([reason, names]) =>
    names.split(/\s+/).map((name) => [name, reason as OpaqueReason] as const),
  ),
);

/** Why the built-in (or bundled extension's) function of that name is opaque, or undefined if it is not. */
export function findOpaqueReason(name: string): OpaqueReason | undefined {
  return REASONS.get(name) ?? PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[1];
}
