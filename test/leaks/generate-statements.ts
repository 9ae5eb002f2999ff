import { type Attack, formsOf } from './attacks.ts';
import { pick, seededRandom } from './canaries.ts';

/** A relation that generated statements may name. */
export interface Readable {
  /** Qualified and quoted. */
  readonly name: string;
  readonly columns: readonly ReadableColumn[];
}

export interface ReadableColumn {
  /** Quoted. */
  readonly name: string;
  readonly sort: Sort;
}

/** What an expression yields, as far as generating needs to know. */
type Sort = 'text' | 'number' | 'date' | 'other';

/** Rows: relation, column, type category. For any schema. */
export const READABLE_QUERY = `
  SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(a.attname), t.typcategory
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname !~ '^(pg_|information_schema)'
  ORDER BY 1, a.attnum`;

const SORTS: Readonly<Record<string, Sort>> = { S: 'text', N: 'number', D: 'date' };

/** Groups the rows of {@link READABLE_QUERY}. */
export function readReadables(rows: readonly (readonly (string | null)[])[]): readonly Readable[] {
  const relations = new Map<string, ReadableColumn[]>();
  for (const [relation, column, category] of rows) {
    const columns = relations.get(relation ?? '') ?? [];
    relations.set(relation ?? '', columns);
    columns.push({ name: column ?? '', sort: SORTS[category ?? ''] ?? 'other' });
  }
  return [...relations].map(([name, columns]) => ({ name, columns }));
}

/** Endless attacks by random statements: the same ones for the same seed. */
export function* generateAttacks(
  relations: readonly Readable[],
  seed: number,
): Generator<Attack, never> {
  const random = seededRandom(seed);
  if (relations.length === 0) throw new Error('Cannot generate statements: there is no relation');
  for (;;) {
    const statement = new StatementGenerator(random, relations).statement();
    yield pick(random, formsOf(statement));
  }
}

interface Source {
  readonly alias: string;
  readonly columns: readonly ReadableColumn[];
}

const TEXT: readonly string[] = [
  'upper(T)',
  'lower(T)',
  'reverse(T)',
  'initcap(T)',
  'substr(T, N)',
  'left(T, 4)',
  'right(T, 5)',
  'T || T',
  "replace(T, '-', '')",
  "translate(T, '0123456789', 'abcdefghij')",
  'md5(T)',
  "encode(convert_to(T, 'UTF8'), 'hex')",
  "encode(convert_to(T, 'UTF8'), 'base64')",
  "regexp_replace(T, '(.)', '\\1.', 'g')",
  "split_part(T, '-', 1)",
  'quote_literal(T)',
  "format('%s/%s', T, O)",
  'concat(T, O, N)',
  'coalesce(T, T)',
  'nullif(T, T)',
  'greatest(T, T)',
  'lpad(T, 20)',
  'O::text',
  'N::text',
  'D::text',
  "to_char(D, 'DDMONYYYY')",
  'CASE WHEN B THEN T ELSE T END',
  'R::text',
  'to_json(R)::text',
  'row_to_json(R)::text',
  'ROW(R.*)::text',
  'chr(abs(N)::int % 90 + 33)',
  "overlay(T placing 'x' from 2)",
  'xmlelement(name x, T)::text',
  "array_to_string(ARRAY[T, T], '')",
  "json_build_object('k', T)::text",
  'CAST(T AS varchar(6))',
  '(T COLLATE "C")',
  'to_jsonb(R)::text',
  'quote_nullable(O::text)',
  "string_to_array(T, '-')::text",
];
const NUMBER: readonly string[] = [
  'length(T)',
  'ascii(T)',
  "position('a' in T)",
  'N + 1',
  'N * 2',
  'abs(N)',
  'extract(epoch from D)',
  'extract(day from D)',
  'hashtext(T)',
  'octet_length(T)',
  'CASE WHEN B THEN N ELSE 0 END',
  'coalesce(N, 0)',
  'pg_column_size(O)',
  'N::numeric / 7',
  'strpos(T, T)',
  'N::float8',
];
const BOOLEAN: readonly string[] = [
  'T = T',
  'T < T',
  'N > 5',
  'O IS NULL',
  "T LIKE '1%'",
  "T ~ '[a-m]'",
  'B AND B',
  'NOT B',
  'B OR B',
  'D < D',
  'N BETWEEN 1 AND 1500000000',
  'R IS NOT NULL',
  'T IN (T, T)',
  'EXISTS (Q)',
  'T IS DISTINCT FROM T',
  "starts_with(T, 'B')",
  'R = R',
  'T = ANY (ARRAY[T])',
];
const AGGREGATES: readonly string[] = [
  'count(*)',
  'count(DISTINCT T)',
  'max(T)',
  'min(D)',
  "string_agg(T, ',')",
  'array_agg(O)',
  'json_agg(R)',
  'sum(N)',
  'avg(N)',
  'bool_or(B)',
  'max(T) FILTER (WHERE B)',
  'mode() WITHIN GROUP (ORDER BY T)',
  "jsonb_object_agg(coalesce(T, N::text, '-'), O)",
];
const WINDOWS: readonly string[] = [
  'rank() OVER (ORDER BY T)',
  'lag(T) OVER (ORDER BY N)',
  'first_value(T) OVER (PARTITION BY B)',
  'count(*) OVER (PARTITION BY T)',
  'row_number() OVER (ORDER BY D, T)',
];

const DEPTH_MAX = 3;

class StatementGenerator {
  readonly #random: () => number;
  readonly #relations: readonly Readable[];
  #names = 0;

  constructor(random: () => number, relations: readonly Readable[]) {
    this.#random = random;
    this.#relations = relations;
  }

  statement(): string {
    const roll = this.#random();
    if (roll < 0.06) return this.#update();
    if (roll < 0.1) return this.#delete();
    if (roll < 0.14) return this.#insert();
    return this.#query(0);
  }

  #query(depth: number): string {
    const roll = this.#random();
    if (depth < 2 && roll < 0.1)
      return `${this.#textQuery(depth)} ${pick(this.#random, ['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} ${this.#textQuery(depth)}`;
    if (depth < 2 && roll < 0.2) {
      const name = this.#name();
      return `WITH ${name} AS (${this.#query(depth + 1)}) SELECT ${name}.*, ${name} AS whole FROM ${name}`;
    }
    if (depth < 2 && roll < 0.3) {
      const name = this.#name();
      return `SELECT ${name}.* FROM (${this.#query(depth + 1)}) ${name}`;
    }
    return this.#select(depth);
  }

  #textQuery(depth: number): string {
    const { from, sources } = this.#from(depth);
    return `SELECT ${this.#fill('T', sources, depth)} FROM ${from}`;
  }

  #select(depth: number): string {
    const { from, sources } = this.#from(depth);
    const where = this.#random() < 0.4 ? ` WHERE ${this.#fill('B', sources, depth)}` : '';
    if (this.#random() < 0.25) {
      const list = this.#several(AGGREGATES, sources, depth);
      if (this.#random() < 0.5) return `SELECT ${list} FROM ${from}${where}`;
      const key = this.#fill('T', sources, depth);
      return `SELECT ${key} AS k, ${list} FROM ${from}${where} GROUP BY ${pick(this.#random, ['1', 'ROLLUP (1)', 'k'])}`;
    }
    const outputs = [
      ...Array.from({ length: 1 + Math.floor(this.#random() * 3) }, () =>
        this.#fill(pick(this.#random, ['T', 'T', 'N', 'D', 'O', 'B', 'R']), sources, depth),
      ),
      ...(this.#random() < 0.2 ? [this.#fill(pick(this.#random, WINDOWS), sources, depth)] : []),
      ...(this.#random() < 0.2
        ? [pick(this.#random, ['*', `${this.#source(sources).alias}.*`])]
        : []),
    ];
    const distinct = this.#random() < 0.1 ? 'DISTINCT ' : '';
    const order =
      this.#random() < 0.3 && distinct === ''
        ? ` ORDER BY ${this.#fill(pick(this.#random, ['T', 'N', 'D', '1']), sources, depth)}`
        : '';
    const limit = this.#random() < 0.2 ? ' LIMIT 2' : '';
    return `SELECT ${distinct}${outputs.join(', ')} FROM ${from}${where}${order}${limit}`;
  }

  #from(depth: number): { readonly from: string; readonly sources: readonly Source[] } {
    const first = this.#item(depth);
    if (this.#random() < 0.6) return { from: first.text, sources: [first.source] };
    const second = this.#item(depth);
    const sources = [first.source, second.source];
    const join = pick(this.#random, [
      ', ',
      ' CROSS JOIN ',
      ' NATURAL JOIN ',
      ' LEFT JOIN ',
      ' JOIN ',
      ' FULL JOIN ',
    ]);
    const condition = /LEFT|FULL| JOIN $/.test(join) && !/CROSS|NATURAL/.test(join);
    const on = condition
      ? ` ON ${join.includes('FULL') ? 'true' : this.#fill('B', sources, DEPTH_MAX)}`
      : '';
    return { from: `${first.text}${join}${second.text}${on}`, sources };
  }

  #item(depth: number): { readonly text: string; readonly source: Source } {
    const relation = pick(this.#random, this.#relations);
    const alias = this.#name();
    const source = { alias, columns: relation.columns };
    const roll = this.#random();
    if (roll < 0.1) return { text: `ONLY ${relation.name} AS ${alias}`, source };
    if (roll < 0.2)
      return { text: `${relation.name} AS ${alias} TABLESAMPLE bernoulli (100)`, source };
    if (roll < 0.3 && depth < 2)
      return { text: `(SELECT * FROM ${relation.name}) AS ${alias}`, source };
    if (roll < 0.35 && depth < 2)
      return { text: `LATERAL (TABLE ${relation.name}) AS ${alias}`, source };
    return { text: `${relation.name} ${alias}`, source };
  }

  #update(): string {
    const { text, source } = this.#item(DEPTH_MAX);
    const column = pick(this.#random, source.columns);
    const value = this.#fill(column.sort === 'number' ? 'N' : 'T', [source], DEPTH_MAX);
    const where = this.#random() < 0.5 ? ` WHERE ${this.#fill('B', [source], DEPTH_MAX)}` : '';
    return `UPDATE ${text} SET ${column.name} = ${pick(this.#random, [value, "'7'", 'NULL', 'DEFAULT'])}${where} RETURNING ${this.#fill(pick(this.#random, ['T', 'R', 'N']), [source], DEPTH_MAX)}, *`;
  }

  #delete(): string {
    const { text, source } = this.#item(DEPTH_MAX);
    return `DELETE FROM ${text} WHERE ${this.#fill('B', [source], DEPTH_MAX)} RETURNING ${this.#fill('T', [source], DEPTH_MAX)}`;
  }

  #insert(): string {
    const relation = pick(this.#random, this.#relations);
    const column = pick(this.#random, relation.columns);
    return `INSERT INTO ${relation.name} (${column.name}) ${this.#textQuery(1)} ON CONFLICT DO NOTHING RETURNING *`;
  }

  #several(templates: readonly string[], sources: readonly Source[], depth: number): string {
    const count = 1 + Math.floor(this.#random() * 2);
    return Array.from({ length: count }, () =>
      this.#fill(pick(this.#random, templates), sources, depth),
    ).join(', ');
  }

  /** Replaces the letters that stand for expressions: T text, N number, D date, O anything, B truth value, R row, Q query. */
  #fill(template: string, sources: readonly Source[], depth: number): string {
    return template.replaceAll(/\b[TNDOBRQ]\b/g, (letter) =>
      this.#expression(letter, sources, depth + 1),
    );
  }

  #expression(letter: string, sources: readonly Source[], depth: number): string {
    const source = this.#source(sources);
    const isDeep = depth > DEPTH_MAX || this.#random() < 0.35;
    if (letter === 'Q') return isDeep ? 'SELECT 1' : this.#textQuery(2);
    if (letter === 'R') return source.alias;
    if (letter === 'O') return this.#column(source, undefined);
    if (letter === 'T')
      return isDeep ? this.#text(source) : this.#fill(pick(this.#random, TEXT), sources, depth);
    if (letter === 'D') return this.#column(source, 'date');
    if (letter === 'N')
      return isDeep
        ? this.#column(source, 'number')
        : this.#fill(pick(this.#random, NUMBER), sources, depth);
    return isDeep
      ? `${this.#text(source)} > 'm'`
      : this.#fill(pick(this.#random, BOOLEAN), sources, depth);
  }

  #text(source: Source): string {
    const column = this.#columnOf(source, 'text');
    return column === undefined
      ? `${this.#column(source, undefined)}::text`
      : `${source.alias}.${column.name}`;
  }

  /** A column of that sort; a constant if there is none. */
  #column(source: Source, sort: Sort | undefined): string {
    const column = this.#columnOf(source, sort);
    if (column !== undefined) return `${source.alias}.${column.name}`;
    return sort === 'number' ? '3' : "date '1987-05-05'";
  }

  #columnOf({ columns }: Source, sort: Sort | undefined): ReadableColumn | undefined {
    const fitting = columns.filter((column) => sort === undefined || column.sort === sort);
    return fitting.length === 0 ? undefined : pick(this.#random, fitting);
  }

  #source(sources: readonly Source[]): Source {
    return pick(this.#random, sources);
  }

  #name(): string {
    this.#names += 1;
    return `x${this.#names}`;
  }
}
