import { builtInTypeName, castText } from '../../sql/postgres/built-in-type.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import { closureOf } from '../../sql/postgres/relation-closure.ts';
import type { BodyOf, FuncCall, Node } from '../../sql/postgres/tree.ts';
import { splitName, stringsOf } from '../../sql/postgres/tree.ts';
import type { MaskPlan } from '../mask-plan.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** Functions that show or set the value of the sequence that their first argument names; without one, of any. */
const USING: ReadonlySet<string> = new Set(
  'nextval currval lastval setval pg_sequence_last_value pg_get_sequence_data'.split(' '),
);

/** A name as `regclass` reads it: at most a schema and a name, each quoted or plain. */
const NAME = /^\s*(?:("(?:[^"]|"")+"|[a-z_][\w$]*)\s*\.\s*)?("(?:[^"]|"")+"|[a-z_][\w$]*)\s*$/iu;

/**
 * Lets a call pass unless it shows or sets the value of a sequence that numbers a masked column: who sets it knows what the next rows
 * are given. What is no constant may name any sequence.
 *
 * @param args Undefined where they are not known.
 * @throws {RewriteRefusal}
 */
export function checkSequence(
  statement: StatementState,
  name: string,
  args: readonly Node[] | undefined,
): void {
  if (!USING.has(name)) return;
  const hidden = hiddenSequencesOf(statement.text.plan);
  const [any] = hidden;
  if (any === undefined) return;
  statement.text.dependsOnLiterals = true;
  const meant = findMeant(statement, args?.[0], hidden);
  if (meant?.length === 0) return;
  throw refuseCall(name, meant?.[0], any);
}

/**
 * Lets TRUNCATE pass unless it starts a sequence again that numbers a masked column: then everybody knows what the next rows are given.
 *
 * @throws {RewriteRefusal}
 */
export function checkRestart(
  { text: { plan, names } }: StatementState,
  { relations = [], restart_seqs: isRestart, behavior }: BodyOf<'TruncateStmt'>,
): void {
  if (isRestart !== true) return;
  const emptied = new Set<number>();
  for (const node of relations) {
    if (!('RangeVar' in node)) continue;
    const { schemaname, relname = '' } = node.RangeVar;
    for (const known of names.relation(schemaname, relname).known)
      for (const { oid } of closureOf(plan.catalog, known, true).relations) emptied.add(oid);
  }
  const restarted = hiddenSequencesOf(plan).find(
    ({ numbers = [] }) =>
      behavior === 'DROP_CASCADE' || numbers.some(({ relation }) => emptied.has(relation)),
  );
  if (restarted === undefined) return;
  throw new RewriteRefusal(
    `it may restart ${nameOf(restarted)}, which numbers a masked column`,
    'Leave RESTART IDENTITY out.',
  );
}

const hiddenOf = new WeakMap<MaskPlan, readonly CatalogRelation[]>();

/** The sequences that number masked columns, found once for a plan. */
function hiddenSequencesOf(plan: MaskPlan): readonly CatalogRelation[] {
  let hidden = hiddenOf.get(plan);
  if (hidden === undefined) {
    hidden = [...plan.catalog.listRelations()].filter(
      ({ kind, oid }) => kind === 'S' && plan.find(oid) !== undefined,
    );
    hiddenOf.set(plan, hidden);
  }
  return hidden;
}

/** Which of the hidden sequences an argument may mean; undefined if that is not certain. */
function findMeant(
  { text: { names } }: StatementState,
  argument: Node | undefined,
  hidden: readonly CatalogRelation[],
): readonly CatalogRelation[] | undefined {
  const isCast =
    argument !== undefined &&
    'TypeCast' in argument &&
    builtInTypeName(names, argument.TypeCast.typeName) === 'regclass';
  const named = isCast ? argument.TypeCast.arg : argument;
  if (named !== undefined && 'FuncCall' in named) return findSerial(names, named.FuncCall, hidden);
  const sequences = findNamed(names, named);
  return sequences && hidden.filter(({ oid }) => sequences.some((one) => one.oid === oid));
}

type Names = StatementState['text']['names'];

/** Of `pg_get_serial_sequence('t', 'c')`. */
function findSerial(
  names: Names,
  { funcname, args }: FuncCall,
  hidden: readonly CatalogRelation[],
): readonly CatalogRelation[] | undefined {
  const { schema, name } = splitName(stringsOf(funcname));
  const [only, ...others] = names.function(schema, name).names;
  if (only !== 'pg_catalog.pg_get_serial_sequence' || others.length > 0) return undefined;
  const column = castText(names, args?.[1]);
  const tables = findNamed(names, args?.[0]);
  if (column === undefined || tables?.every(({ columns }) => columns.includes(column)) !== true)
    return undefined;
  return hidden.filter(({ numbers = [] }) =>
    numbers.some((one) => one.column === column && tables.some(({ oid }) => oid === one.relation)),
  );
}

/** What relations a constant may mean; undefined if that is not certain. */
function findNamed(
  names: Names,
  constant: Node | undefined,
): readonly CatalogRelation[] | undefined {
  const match = NAME.exec(castText(names, constant) ?? '');
  if (match === null) return undefined;
  const [, schema, name = ''] = match;
  const plain = unquote(name);
  const { known, names: candidates } = names.relation(schema && unquote(schema), plain);
  if (known.length < candidates.length) return undefined;
  return schema === undefined ? [...known, ...names.behind(plain)] : known;
}

function refuseCall(
  name: string,
  meant: CatalogRelation | undefined,
  any: CatalogRelation,
): RewriteRefusal {
  const act = name === 'setval' ? 'set' : 'show';
  const reason = `${name}() may ${act} the value of ${nameOf(meant ?? any)}, which numbers a masked column`;
  if (meant !== undefined)
    return new RewriteRefusal(reason, 'Leave the column to its default; RETURNING shows its mask.');
  if (name === 'lastval') {
    return new RewriteRefusal(
      `${reason}, where that is what the session used last`,
      'Use RETURNING, or currval() with the name of another sequence as a constant.',
    );
  }
  return new RewriteRefusal(
    `${reason}: which sequence it means is not certain before it runs`,
    `Name another sequence in ${name}() as a constant, or by pg_get_serial_sequence() with constants for table and column. One that was created a moment ago is known once the catalog has been read again; of a temporary table, use RETURNING.`,
  );
}

function nameOf({ schema, name }: CatalogRelation): string {
  return `${schema}.${name}`;
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
