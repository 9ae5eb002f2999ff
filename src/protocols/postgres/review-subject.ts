import { hash } from 'node:crypto';
import type { HeldOperation, HeldParameter } from '../../access/access-request.ts';
import type { BoundParameter } from '../../access/operation-digest.ts';
import type { Classification } from '../../masking/classification.ts';
import type { Catalog, CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { SqlOperation, Statement } from '../../sql/statement.ts';
import type { OperationEntry } from '../guard.ts';
import { classifyLiterals } from './classify-literals.ts';
import { type Encodings, readLetters } from './read-letters.ts';
import { findQualified } from './session-masks.ts';

/** An operation that waits for people, before it is told for them. */
export interface ReviewSubject {
  /** As the ledger has it; its text without the literals of passwords. */
  readonly entry: OperationEntry;
  /** What runs, with what names in it stand for. */
  readonly statements: readonly Statement[];
  /** Texts of what EXECUTE and FETCH in it stand for. */
  readonly heldTexts: readonly string[];
  readonly parameters: readonly BoundParameter[];
  /** In which texts among the parameters are written. */
  readonly encodings: Encodings;
}

/** What an operation is told by. */
export interface SubjectContext {
  readonly parser: SqlParser;
  readonly catalog: Catalog;
  /** Undefined where the target has no data map. */
  readonly classification: Classification | undefined;
}

/** Tells an operation for those who are to review it. */
export function describeSubject(
  { entry, statements, heldTexts, parameters, encodings }: ReviewSubject,
  context: SubjectContext,
): Omit<HeldOperation, 'context'> {
  const { actions, relations } = entry;
  const operations = statements.flatMap((statement) => statement.operations);
  const known = relations.flatMap((name) => findQualified(context.catalog, name) ?? []);
  const text = [entry.text, ...heldTexts.map(stateHeld)].join('\n');
  const classes = classifyLiterals(text, { ...context, relations: known });
  return {
    protocol: 'postgres',
    at: 'statement',
    text,
    textSha256: (heldTexts.length === 0 ? entry.textSha256 : undefined) ?? hash('sha256', text),
    literals: classes.literals,
    parameters: parameters.map((parameter, index) =>
      describeParameter(parameter, encodings, classes.parameters[index]),
    ),
    actions,
    relations,
    facts: mergeFacts(operations),
    classesTouched: listClasses(operations, known, context.classification),
    estimatedRows: undefined,
    changes: undefined,
  };
}

function stateHeld(text: string): string {
  return `; -- where the name stands for:\n${text}`;
}

function describeParameter(
  { format, value }: BoundParameter,
  encodings: Encodings,
  className: string | undefined,
): HeldParameter {
  if (value === undefined) return { text: undefined, className };
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const text = format === 1 ? `\\x${bytes.toString('hex')}` : readLetters(bytes, encodings);
  // Whole: what reviewers do not see, they cannot have approved.
  return { text, className };
}

/** The facts of several operations in one: what any of them is said to do. */
function mergeFacts(operations: readonly SqlOperation[]): Readonly<Record<string, unknown>> {
  const facts = operations.map((operation) => operation.facts);
  const all = (pick: (one: SqlOperation['facts']) => readonly string[]): readonly string[] => [
    ...new Set(facts.flatMap(pick)),
  ];
  return {
    command: all(({ command }) => [command]).join(', '),
    reads: all(({ reads }) => reads),
    writes: all(({ writes }) => writes),
    columns: all(({ columns }) => columns),
    functions: all(({ functions }) => functions),
    objectKind: all(({ objectKind }) => (objectKind === '' ? [] : [objectKind])).join(', '),
    objects: all(({ objects }) => objects),
    hasWhere: facts.every(({ hasWhere }) => hasWhere),
    limit: facts.length === 1 ? (facts[0]?.limit ?? -1) : -1,
    bulk: facts.some(({ bulk }) => bulk),
    opaque: facts.some(({ opaque }) => opaque),
    ambiguous: facts.some(({ ambiguous }) => ambiguous),
  };
}

/** Classes of the columns named, and of all columns of what is written to. */
function listClasses(
  operations: readonly SqlOperation[],
  relations: readonly CatalogRelation[],
  classification: Classification | undefined,
): readonly string[] {
  const columns = new Set(operations.flatMap(({ facts }) => facts.columns));
  const writes = new Set(operations.flatMap(({ facts }) => facts.writes));
  const classes = new Set<string>();
  for (const { oid, schema, name } of relations) {
    const relation = `${schema}.${name}`;
    const isWhole = writes.has(relation) || columns.has(`${relation}.*`);
    for (const column of classification?.find(oid)?.columns.values() ?? []) {
      if (!isWhole && !columns.has(`${relation}.${column.name}`)) continue;
      for (const className of column.classes) classes.add(className);
    }
  }
  return [...classes].toSorted();
}
