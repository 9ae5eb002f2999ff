import type { HeldLiteral } from '../../access/access-request.ts';
import type { Classification } from '../../masking/classification.ts';
import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import { tokenize } from '../../sql/postgres/tokens.ts';
import { findCodeValues, findComment, locateCode, type Span } from './code-values.ts';
import { findComparedColumns } from './compared-columns.ts';

/** The values of a statement with their data classes. */
export interface LiteralClasses {
  /** Those that may not be shown to everybody, in order. */
  readonly literals: readonly HeldLiteral[];
  /** Of parameter 1, 2, …: undefined where it is not known. */
  readonly parameters: readonly (string | undefined)[];
}

/** What the values of a text are classified by. */
export interface LiteralContext {
  readonly parser: SqlParser;
  /** Undefined where the target has no data map: then no column has a class. */
  readonly classification: Classification | undefined;
  /** Relations that the text touches. */
  readonly relations: readonly CatalogRelation[];
}

/** A value that stands beside nothing but columns without a class. */
const PLAIN = Symbol('plain');
type Class = string | typeof PLAIN | undefined;

/**
 * Finds the values in a text and what they are values of. What is not known for certain has no class:
 * a value in a place that is not understood, of several classes, in a comment, or in the code of a function.
 */
export function classifyLiterals(text: string, context: LiteralContext): LiteralClasses {
  const parsed = context.parser.parse(text);
  const statements = parsed.kind === 'tree' ? parsed.statements : [];
  const near = findComparedColumns(statements, (schema, name) => columnsOf(context, schema, name));
  const code = locateCode(statements);
  const literals: HeldLiteral[] = [];
  const hideAll = (spans: readonly Span[]): void => {
    for (const span of spans) literals.push({ ...span, className: undefined });
  };
  const byteOf = byteCounter(text);
  let before = 0;
  let codeCount = 0;
  let sign = -1;
  for (const { kind, start, end } of tokenize(text)) {
    hideAll(findComment(text, before, start));
    before = end;
    const location = byteOf(start);
    if (kind === 'string' && location >= (code[codeCount] ?? Infinity)) {
      codeCount += 1;
      hideAll(findCodeValues(text, { start, end }) ?? [{ start, end }]);
    } else if (kind === 'string' || kind === 'number') {
      // The parser takes a minus for a part of the number.
      const place = near.constants.has(location) || sign === -1 ? location : sign;
      const columns = near.constants.get(place);
      const isCount = near.constants.has(place) && columns === undefined;
      const found = isCount ? PLAIN : classOf(columns ?? [], near.given, context);
      if (found !== PLAIN) literals.push({ start, end, className: found });
    }
    sign = kind === 'sign' && text.slice(start, end) === '-' ? location : -1;
  }
  hideAll(findComment(text, before, text.length));
  const count = Math.max(0, ...near.parameters.keys());
  const parameters = Array.from({ length: count }, (_, index) => {
    const found = classOf(near.parameters.get(index + 1) ?? [], near.given, context);
    return found === PLAIN ? undefined : found;
  });
  return { literals, parameters };
}

function classOf(
  columns: readonly string[],
  given: ReadonlySet<string>,
  { relations, classification }: LiteralContext,
): Class {
  if (columns.length === 0) return undefined;
  const classes = new Set<string>();
  for (const column of columns) {
    const homes = relations.filter((relation) => relation.columns.includes(column));
    // What the statement itself named could show any column.
    if (homes.length === 0 || given.has(column)) return undefined;
    for (const { oid } of homes) {
      for (const name of classification?.find(oid)?.columns.get(column)?.classes ?? []) {
        classes.add(name);
      }
    }
  }
  if (classes.size > 1) return undefined;
  const [only] = classes;
  return only ?? PLAIN;
}

function columnsOf(
  { relations }: LiteralContext,
  schema: string | undefined,
  name: string,
): readonly string[] {
  const found = relations.filter(
    (relation) => relation.name === name && (schema === undefined || relation.schema === schema),
  );
  return found.length === 1 ? (found[0]?.columns ?? []) : [];
}

/** Offsets must be asked for in rising order: the text is walked once. */
function byteCounter(text: string): (unit: number) => number {
  let units = 0;
  let bytes = 0;
  return (unit) => {
    bytes += Buffer.byteLength(text.slice(units, unit));
    units = unit;
    return bytes;
  };
}
