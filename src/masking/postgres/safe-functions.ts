const SAFE: ReadonlySet<string> = new Set(
  'count sum avg min max upper lower substr substring replace reverse row_to_json to_json to_jsonb string_agg array_agg json_agg jsonb_agg now generate_series length concat to_char extract row_number rank dense_rank encode convert_to width_bucket percentile_disc format_type pg_get_expr pg_table_is_visible'.split(
    ' ',
  ),
);

/** Whether PostgreSQL's own function of that name only computes from its arguments. */
export function isSafeFunction(name: string): boolean {
  return SAFE.has(name);
}
