import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import { constantText, stringsOf } from '../../sql/postgres/tree.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { StatementState } from './statement-state.ts';

/** Functions that show the value of a sequence which an argument names, or none. */
const SHOWING: ReadonlySet<string> = new Set(
  'nextval currval lastval pg_sequence_last_value pg_get_sequence_data'.split(' '),
);

/** A name as `regclass` reads it: at most a schema and a name, each quoted or plain. */
const NAME = /^\s*(?:("(?:[^"]|"")+"|[a-z_][\w$]*)\s*\.\s*)?("(?:[^"]|"")+"|[a-z_][\w$]*)\s*$/iu;

/**
 * Lets a call pass unless it shows the value of a sequence that numbers a masked column. What is no constant may name any sequence.
 *
 * @param args Undefined where they are not known.
 * @throws {RewriteRefusal}
 */
export function checkSequence(
  statement: StatementState,
  name: string,
  args: readonly Node[] | undefined,
): void {
  if (!SHOWING.has(name)) return;
  const { plan } = statement.text;
  const isHidden = ({ kind, oid }: CatalogRelation): boolean =>
    kind === 'S' && plan.find(oid) !== undefined;
  const hidden = [...plan.catalog.listRelations()].find(isHidden);
  if (hidden === undefined) return;
  statement.text.dependsOnLiterals = true;
  const named = findNamed(statement, args);
  if (named?.every((relation) => !isHidden(relation)) === true) return;
  const { schema, name: sequence } = named?.find(isHidden) ?? hidden;
  throw new RewriteRefusal(
    `${name}() may show the value of ${schema}.${sequence}, which numbers a masked column`,
    'Name another sequence in it as a constant, or leave the column to its default.',
  );
}

/** What a constant in the place of a sequence may mean; undefined if that is not certain. */
function findNamed(
  { text: { names } }: StatementState,
  args: readonly Node[] | undefined,
): readonly CatalogRelation[] | undefined {
  const [first, ...more] = args ?? [];
  if (first === undefined || more.length > 0) return undefined;
  const written = constantText(isRegclass(first) ? first.TypeCast.arg : first);
  const match = written === undefined ? null : NAME.exec(written);
  if (match === null) return undefined;
  const [, schema, name = ''] = match;
  const { known, names: candidates } = names.relation(schema && unquote(schema), unquote(name));
  return known.length === candidates.length ? known : undefined;
}

function isRegclass(node: Node): node is { TypeCast: { arg?: Node } } {
  return 'TypeCast' in node && stringsOf(node.TypeCast.typeName?.names).at(-1) === 'regclass';
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
