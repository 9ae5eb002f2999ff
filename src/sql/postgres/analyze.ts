import type { IntoClause, Node } from 'libpg-query';
import type { Analysis, Statement } from '../statement.ts';
import type { Catalog, NameContext } from './catalog.ts';
import { define, objectStatements, walkPlainDefinition } from './definition-statements.ts';
import { NameResolver } from './name-resolver.ts';
import type { SqlParser } from './parser.ts';
import { QueryWalker } from './query-walker.ts';
import { noteNewRelation, relationDefinitions } from './relation-definitions.ts';
import { sessionStatements } from './session-statements.ts';
import { possibleSearchPaths } from './settings.ts';
import {
  NO_EFFECTS,
  OperationBuilder,
  StatementBuilder,
  type TextContext,
} from './statement-builder.ts';
import type { StatementHandlers, StatementWalk } from './statement-walk.ts';
import { type BodyOf, openNode } from './tree.ts';
import { encodingsOf, findUncertainName } from './uncertain-names.ts';
import { utilityStatements } from './utility-statements.ts';

const HANDLERS: StatementHandlers = {
  ...sessionStatements,
  ...utilityStatements,
  ...objectStatements,
  ...relationDefinitions,
};

/** Encodings whose bytes under 0x80 are always ASCII characters: no other byte hides a quote or a backslash. */
const SAFE_ENCODING = /^(UTF8|UNICODE|SQL_ASCII|LATIN\d+|WIN\d+|ISO_8859_\d|KOI8[RU])$/;

/**
 * Says what a message's text would do on the server, over-approximated where names or code leave it open. Never throws: a
 * text of which nothing certain can be said is one `sql.unknown` statement.
 */
export function analyze(
  text: string,
  parser: SqlParser,
  catalog: Catalog,
  names: NameContext,
): Analysis {
  const unreadable = findUnreadable(text, names);
  if (unreadable !== undefined) return unknownAnalysis(text, { refusal: unreadable });
  const result = parser.parse(text);
  if (result.kind === 'refused') return unknownAnalysis(text, { refusal: result.reason });
  if (result.kind === 'syntax-error') {
    return unknownAnalysis(text, {
      syntaxError: { message: result.message, position: result.position },
    });
  }
  const uncertain = findUncertainName(text, encodingsOf(names));
  if (uncertain !== undefined) return unknownAnalysis(text, { refusal: uncertain });

  const context: TextContext = {
    names: new NameResolver(catalog, names),
    unresolved: new Set(),
    dependsOnLiterals: false,
  };
  const statements: Statement[] = [];
  let current = names;
  try {
    for (const { node, start, length } of result.statements) {
      if (!isPlain(node)) context.dependsOnLiterals = true;
      const statement = analyzeNode(node, context).build(start, length);
      statements.push(statement);
      current = namesAfter(current, statement);
      // The end of a transaction may bring an earlier path back.
      if (current.searchPaths !== names.searchPaths && isTransactionControl(node)) {
        current = { ...current, searchPaths: undefined };
      }
      context.names = new NameResolver(catalog, current);
    }
  } catch (error) {
    // Our stack is no deeper than the parser's; running out of it says nothing of the statement.
    if (error instanceof RangeError)
      return unknownAnalysis(text, { refusal: 'text is nested too deeply' });
    throw error;
  }
  return {
    statements,
    syntaxError: undefined,
    refusal: undefined,
    unresolved: [...context.unresolved],
    dependsOnLiterals: context.dependsOnLiterals,
  };
}

/**
 * The names in force after `statement`, if it succeeds and its transaction commits.
 */
export function namesAfter(names: NameContext, { effects }: Statement): NameContext {
  const { searchPath, created } = effects;
  if (searchPath === undefined && created.length === 0) return names;
  let { searchPaths } = names;
  if (searchPath !== undefined) {
    searchPaths =
      searchPath === 'unknown' ? undefined : possibleSearchPaths(searchPath, encodingsOf(names));
  }
  return { ...names, searchPaths, overlay: [...names.overlay, ...created] };
}

/** Why the server may read other characters, or other tokens, than our parser would. */
function findUnreadable(text: string, names: NameContext): string | undefined {
  if (!names.standardConformingStrings && text.includes('\\')) {
    return 'a backslash cannot be read while standard_conforming_strings is off';
  }
  if (!text.isWellFormed()) return 'text is not well-formed';
  const encoding = names.clientEncoding.toUpperCase();
  const isSafe = SAFE_ENCODING.test(encoding);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is meant
  if (!isSafe && /[^\x00-\x7f]/.test(text))
    return `text is not ASCII, and client_encoding is ${encoding}`;
  // Bytes that were not decoded: two names that differ there would look the same.
  if (encoding !== 'UTF8' && encoding !== 'UNICODE' && text.includes('\ufffd'))
    return 'text has undecodable bytes';
  return undefined;
}

function analyzeNode(node: Node, context: TextContext): StatementBuilder {
  const builder = new StatementBuilder(context);
  const queries = new QueryWalker(builder);
  const walk: StatementWalk = {
    builder,
    queries,
    walkNested: (nested) => walkStatement(nested, walk),
    analyseApart: (nested) => analyzeNode(nested, context),
  };
  walkStatement(node, walk);
  return builder;
}

function walkStatement(node: Node, walk: StatementWalk): void {
  const { builder, queries } = walk;
  if ('SelectStmt' in node) {
    for (const { rel } of findIntos(node.SelectStmt)) {
      noteNewRelation(builder, define(builder, 'sql.create', 'table'), rel);
    }
  }
  if (queries.walkQuery(node)) return;
  const opened = openNode(node);
  if (opened === undefined) return noteUnknown(builder);
  const { kind, body } = opened;
  const handler = HANDLERS[kind] as ((body: object, walk: StatementWalk) => void) | undefined;
  if (handler !== undefined) handler(body, walk);
  else if (!walkPlainDefinition(kind, body, walk)) noteUnknown(builder);
}

/** `SELECT … INTO`, which in a UNION stands in its leftmost arm. */
function findIntos(select: BodyOf<'SelectStmt'>): readonly IntoClause[] {
  const intos: IntoClause[] = [];
  for (
    let current: BodyOf<'SelectStmt'> | undefined = select;
    current !== undefined;
    current = current.larg
  ) {
    if (current.intoClause !== undefined) intos.push(current.intoClause);
  }
  return intos;
}

/** Statements of which another constant changes nothing that is reported, unless something in them says otherwise. */
function isPlain(node: Node): boolean {
  return (
    'SelectStmt' in node ||
    'InsertStmt' in node ||
    'UpdateStmt' in node ||
    'DeleteStmt' in node ||
    'MergeStmt' in node
  );
}

function isTransactionControl(node: Node): boolean {
  return 'TransactionStmt' in node;
}

function noteUnknown(builder: StatementBuilder): void {
  builder.operation('sql.unknown', 'UNKNOWN').opaque = true;
}

/** One statement of which nothing is known. */
export function unknownAnalysis(
  text: string,
  reason: { readonly refusal?: string; readonly syntaxError?: Analysis['syntaxError'] },
): Analysis {
  const operation = new OperationBuilder('sql.unknown', 'UNKNOWN', '');
  operation.opaque = true;
  const effects = { ...NO_EFFECTS, searchPath: 'unknown' as const, catalogChanged: true };
  return {
    statements: [
      { operations: [operation.build()], effects, start: 0, length: text.length, copy: undefined },
    ],
    syntaxError: reason.syntaxError,
    refusal: reason.refusal,
    unresolved: [],
    dependsOnLiterals: true,
  };
}
