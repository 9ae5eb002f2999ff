import { readFile } from 'node:fs/promises';
import type { Canary } from './canaries.ts';
import type { Form } from './leak-client.ts';

/** One text, and how to send it. */
export interface Step {
  readonly form: Form;
  readonly text: string;
}

/** What one session sends, in order. */
export interface Attack {
  readonly name: string;
  /** Parameters of the session's StartupMessage. It then has a session of its own. */
  readonly startup?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** Every form of every statement of `attacks/statements.sql`, then the sessions of `attacks/sessions.sql`. */
export async function loadAttacks(canaries: readonly Canary[]): Promise<readonly Attack[]> {
  const [statements, sessions] = await Promise.all(
    ['statements', 'sessions'].map((name) =>
      readFile(new URL(`./attacks/${name}.sql`, import.meta.url), 'utf8'),
    ),
  );
  const lines = linesOf(statements ?? '').map((line) => fillGuesses(line, canaries));
  if (lines.length === 0) throw new Error('Cannot load attacks: there are none');
  return [
    ...lines.flatMap((text) => formsOf(text)),
    ...blocksOf(fillGuesses(sessions ?? '', canaries)),
  ];
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('-- '));
}

function blocksOf(text: string): readonly Attack[] {
  return text.split('\n\n').flatMap((block): readonly Attack[] => {
    const [title = ''] = block.trim().split('\n');
    const steps = linesOf(block).map(readStep);
    const startup = Object.fromEntries(
      [...block.matchAll(/^-- startup: (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    return steps.length === 0 ? [] : [{ name: title.replace(/^-- /, ''), startup, steps }];
  });
}

function readStep(line: string): Step {
  const [, form, text] = /^\[([a-z-]+)\] (.*)$/.exec(line) ?? [];
  return text === undefined ? { form: 'simple', text: line } : { form: form as Form, text };
}

/** `{ssn2}`: the second planted SSN, as it is in world a. In world b it is a wrong guess. */
function fillGuesses(text: string, canaries: readonly Canary[]): string {
  return text.replaceAll(/\{([a-z]+)(\d)\}/g, (whole, kind: string, number: string) => {
    return canaries.filter((canary) => canary.kind === kind)[Number(number) - 1]?.a ?? whole;
  });
}

const FORMS: readonly Form[] = ['simple', 'extended-text', 'extended-binary', 'extended-rows'];

/**
 * One statement in every form: by each protocol, and through what else hands out its rows. Each runs in a transaction of its own that
 * is rolled back, so that the next finds the database as it was.
 */
export function formsOf(statement: string): readonly Attack[] {
  const attacks: Attack[] = FORMS.map((form) => ({
    name: `${form}: ${statement}`,
    steps: rolledBack([{ form, text: statement }]),
  }));
  const isQuery =
    /^(select|table|values|with)\b/i.test(statement) && !/;|\binto\b|\$1/i.test(statement);
  if (!isQuery) return attacks;
  for (const [name, texts] of Object.entries(WRAPPINGS)) {
    const steps = texts.map(
      (text): Step => ({
        form: 'simple',
        text: text.replace('?', () => statement),
      }),
    );
    attacks.push({ name: `${name}: ${statement}`, steps: rolledBack(steps) });
  }
  return attacks;
}

function rolledBack(steps: readonly Step[]): readonly Step[] {
  return [{ form: 'simple', text: 'BEGIN' }, ...steps, { form: 'simple', text: 'ROLLBACK' }];
}

/** What hands out, or keeps, the rows of a query. */
const WRAPPINGS: Readonly<Record<string, readonly string[]>> = {
  cursor: ['DECLARE c CURSOR FOR ?', 'FETCH 1 FROM c', 'FETCH ALL FROM c'],
  'binary cursor': ['DECLARE c BINARY CURSOR FOR ?', 'FETCH ALL FROM c'],
  'copy as text': ['COPY (?) TO STDOUT'],
  'copy as csv': ["COPY (?) TO STDOUT (FORMAT csv, HEADER, DELIMITER ';')"],
  'copy as binary': ['COPY (?) TO STDOUT (FORMAT binary)'],
  explain: ['EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) ?'],
  table: [
    'CREATE TEMP TABLE stolen AS ?',
    'SELECT * FROM stolen',
    'SELECT stolen::text FROM stolen',
  ],
  view: [
    'CREATE TEMP VIEW stolen AS ?',
    'SELECT * FROM stolen',
    'SELECT reverse(s::text) FROM stolen s',
  ],
  prepared: [
    'PREPARE q AS ?',
    'EXECUTE q',
    'CREATE TEMP TABLE stolen AS EXECUTE q',
    'EXPLAIN VERBOSE EXECUTE q',
  ],
  'row of a sub-select': ['SELECT x, row_to_json(x), upper(x::text) FROM (?) x'],
  'common table expression': ['WITH x AS MATERIALIZED (?) SELECT x.*, x FROM x ORDER BY 1'],
  'counted after sorting': ['SELECT count(*), max(x::text), min(md5(x::text)) FROM (?) x'],
};
