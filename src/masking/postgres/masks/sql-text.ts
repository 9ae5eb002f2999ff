/** A string as an SQL literal that means the same under every setting. */
export function quoteLiteral(value: string): string {
  const quoted = value.replaceAll("'", "''");
  return quoted.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

/** A literal of type `text`. */
export function textLiteral(value: string): string {
  return `${quoteLiteral(value)}::pg_catalog.text`;
}

/** Calls a function of `pg_catalog`. */
export function call(name: string, ...operands: readonly string[]): string {
  return `pg_catalog.${name}(${operands.join(', ')})`;
}

/** Applies an operator of `pg_catalog`: a plain one would be looked up along the session's search path. */
export function apply(left: string, operator: string, right: string): string {
  return `(${left} OPERATOR(pg_catalog.${operator}) ${right})`;
}

/** Strings one after the other. */
export function concatenate(first: string, ...others: readonly string[]): string {
  return others.reduce((left, right) => apply(left, '||', right), first);
}

/**
 * CASE with conditions, never with a value to compare: its `=` would be looked up along the search path, as that of NULLIF and IN.
 * NULL is no condition's case, so what is last must be NULL for NULL.
 */
export function choose(
  cases: readonly (readonly [condition: string, value: string])[],
  last: string,
): string {
  const whens = cases.map(([condition, value]) => `WHEN ${condition} THEN ${value}`);
  return `CASE ${whens.join(' ')} ELSE ${last} END`;
}

/** Of an expression that is not NULL for NULL. */
export function unlessNull(reference: string, nullValue: string, expression: string): string {
  return choose([[`${reference} IS NULL`, nullValue]], expression);
}

/** An identifier at the end of a qualified name. */
const LAST_NAME = /(?:"(?:[^"]|"")*"|[^".]+)$/u;

/** The reference to another column of the same row: `"p"."born"` and `id` give `"p"."id"`. */
export function siblingReference(reference: string, column: string): string {
  const qualifier = reference.replace(LAST_NAME, '');
  return `${qualifier}"${column.replaceAll('"', '""')}"`;
}
