/** The columns of `bench_wide` that masks hide in the benchmark, each with a constant of the length that is usual there. */
const CONSTANTS: Readonly<Record<string, string>> = {
  at: "timestamp '2024-01-01 00:00:00'",
  name: "text '[redacted]'",
  city: "text '[redacted]'",
};

const EVERY_COLUMN = ['id', 'patient', 'code', 'amount', 'at', 'name', 'city', 'note'];

/** What people read in bulk, by the name that it has in the report. */
export type BulkRead =
  | 'every column, in order'
  | 'five columns of eight'
  | 'a filter'
  | 'ORDER BY'
  | 'COPY of the table'
  | 'COPY of a query';

/** One statement, as it is asked for and with constants where a mask would stand: what the server must do at the least. */
export interface ReadStatements {
  readonly asked: string;
  readonly withConstants: string;
}

export const BULK_READS: Readonly<Record<BulkRead, ReadStatements>> = {
  'every column, in order': select(EVERY_COLUMN, ''),
  'five columns of eight': select(['id', 'patient', 'amount', 'name', 'city'], ''),
  'a filter': select(['id', 'name', 'city', 'at', 'note'], 'where patient < 2500'),
  'ORDER BY': select(
    ['id', 'patient', 'name', 'at', 'amount'],
    'where patient < 500 order by amount',
  ),
  'COPY of the table': {
    asked: `copy bench_wide (${EVERY_COLUMN.join(', ')}) to stdout`,
    withConstants: copyOf(select(EVERY_COLUMN, '').withConstants),
  },
  'COPY of a query': mapStatements(
    select(['id', 'patient', 'amount', 'name', 'city'], "where code < 'I5'"),
    copyOf,
  ),
};

function select(columns: readonly string[], rest: string): ReadStatements {
  const statement = (spelled: readonly string[]): string =>
    `select ${spelled.join(', ')} from bench_wide ${rest}`;
  return {
    asked: statement(columns),
    withConstants: statement(
      columns.map((name) =>
        CONSTANTS[name] === undefined ? name : `${CONSTANTS[name]} as ${name}`,
      ),
    ),
  };
}

function mapStatements(
  { asked, withConstants }: ReadStatements,
  change: (sql: string) => string,
): ReadStatements {
  return { asked: change(asked), withConstants: change(withConstants) };
}

function copyOf(query: string): string {
  return `copy (${query}) to stdout`;
}
