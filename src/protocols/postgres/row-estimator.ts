import type { Analysis, SqlAction, Statement } from '../../sql/statement.ts';
import type { TextRow } from './catalog-reader.ts';

/** Estimates that a process makes at once. Beyond, people do without: it is a hint. */
const RUNNING_MAX = 4;
/** Statements of one text that are estimated. */
const STATEMENTS_MAX = 10;
/** Milliseconds that everything may take: the client hears nothing before. */
const TIMEOUT_MS = 1_500;
const PLANNED: ReadonlySet<SqlAction> = new Set<SqlAction>([
  ...(['sql.select', 'sql.insert', 'sql.update', 'sql.delete', 'sql.merge'] as const),
]);

/** Estimates of one process, which share the number that may run at once. */
export class EstimateSlots {
  #running = 0;

  /** Undefined, at once, if too many run. Never rejects. */
  async run(estimate: () => Promise<number | undefined>): Promise<number | undefined> {
    if (this.#running >= RUNNING_MAX) return undefined;
    this.#running += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), TIMEOUT_MS);
    });
    const running = estimate().finally(() => {
      this.#running -= 1;
    });
    // A target that does not plan it (a lock, a name that is the session's own) says nothing of the statement.
    const planned = running.catch(() => undefined);
    try {
      return await Promise.race([planned, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/**
 * Asks a target's planner how many rows a statement would touch, over a connection of the gateway's own and in a
 * transaction that can change nothing. A hint for people: nothing is decided by it.
 */
export class RowEstimator {
  readonly #slots: EstimateSlots;
  readonly #ask: (sql: string) => Promise<readonly TextRow[]>;

  /** @param ask Runs a text over a connection of its own, and closes it. */
  constructor(slots: EstimateSlots, ask: (sql: string) => Promise<readonly TextRow[]>) {
    this.#slots = slots;
    this.#ask = ask;
  }

  /** How to estimate a text; undefined where planning it could do more than plan, or there is nothing to plan. */
  plan(
    { statements }: Pick<Analysis, 'statements'>,
    text: string,
    searchPath: readonly string[],
  ): (() => Promise<number | undefined>) | undefined {
    const planned = statements.filter(isPlanned);
    if (planned.length === 0 || planned.length > STATEMENTS_MAX) return undefined;
    if (!statements.every(isHarmless)) return undefined;
    const path = searchPath.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(', ');
    const sql = [
      'BEGIN READ ONLY',
      "SET LOCAL statement_timeout = '1s'",
      "SET LOCAL lock_timeout = '200ms'",
      `SET LOCAL search_path = ${path === '' ? "''" : path}`,
      ...planned.map(
        ({ start, length }) => `EXPLAIN (FORMAT JSON) ${text.slice(start, start + length)}\n`,
      ),
    ].join(';');
    return () => this.#slots.run(async () => sumRows(await this.#ask(sql)));
  }
}

function isPlanned({ operations }: Statement): boolean {
  return operations.length > 0 && operations.every(({ action }) => PLANNED.has(action));
}

/** Planning runs functions that are declared not to change anything: only PostgreSQL's own are believed. */
function isHarmless({ operations }: Statement): boolean {
  return operations.every(
    ({ facts }) => !facts.opaque && facts.functions.every((name) => name.startsWith('pg_catalog.')),
  );
}

function sumRows(rows: readonly TextRow[]): number | undefined {
  const found = rows.flatMap(([json]) => {
    const [{ Plan: plan } = {}] = JSON.parse(json ?? '[]') as readonly { Plan?: PlanNode }[];
    // What is written is counted by what it is made of.
    const counted = plan?.['Node Type'] === 'ModifyTable' ? plan.Plans?.[0] : plan;
    return counted?.['Plan Rows'] ?? [];
  });
  return found.length === 0 ? undefined : found.reduce((sum, count) => sum + count, 0);
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Plan Rows'?: number;
  readonly Plans?: readonly PlanNode[];
}
