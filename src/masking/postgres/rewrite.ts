import { createHash } from 'node:crypto';
import { analyze, namesAfter } from '../../sql/postgres/analyze.ts';
import type { NameContext } from '../../sql/postgres/catalog.ts';
import { NameResolver } from '../../sql/postgres/name-resolver.ts';
import type { ParsedStatement, ParseResult, SqlParser } from '../../sql/postgres/parser.ts';
import { shapeKey } from '../../sql/postgres/statement-shape.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import type { MaskPlan } from '../mask-plan.ts';
import type { CopySyntax } from '../rows/copy-syntax.ts';
import type { KeyedColumn } from '../vault/keyed-form.ts';
import { EditList, FragmentParser } from './edit-list.ts';
import type { Lookups } from './keyed-uses.ts';
import type { OutputColumn } from './output-column.ts';
import { PositionMap, type TextEdit } from './position-map.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import { rewriteStatement } from './rewrite-statement.ts';
import { sameTree } from './same-tree.ts';
import { SourceText } from './source-text.ts';
import type { TextState } from './statement-state.ts';

/** A statement as it is sent in place of the client's. */
export interface StatementRewrite {
  /** In the order of the result; undefined where they are not known: then the second net looks at all of them. */
  readonly outputs: readonly OutputColumn[] | undefined;
  /** Reads or writes a classified relation, so what the server says of errors in it is withheld. */
  readonly touchesClassified: boolean;
  /**
   * Code may run that the statement does not show: triggers, rules, policies, actions of foreign keys. What comes from within it is
   * withheld.
   */
  readonly mayRunHiddenCode: boolean;
  /** Undefined: it looks up no pseudonyms or vault tokens but such as are known by their prefix. */
  readonly lookups?: Lookups | undefined;
  /** Of a COPY to the client: how its rows are written; undefined where that is not certain. */
  readonly copy?: CopySyntax | undefined;
}

/** What becomes of one message's text for a principal who may not see everything. */
export type Rewrite =
  /** `statements` in the order of the analysis. `text` is the client's own where nothing had to change. */
  | {
      readonly kind: 'run';
      readonly text: string;
      readonly statements: readonly StatementRewrite[];
      /** Where positions in the text are in the client's own. Undefined: where they are. */
      readonly positions?: PositionMap;
      /** What was changed, if the same statement with other constants is changed in the same way. */
      readonly edits?: readonly TextEdit[];
    }
  | {
      readonly kind: 'refuse';
      readonly reason: string;
      readonly hint: string;
      /** Default: that of a refusal. */
      readonly sqlState?: string | undefined;
    };

/** What a rewrite depends on. */
export interface RewriteOptions {
  readonly parser: SqlParser;
  readonly plan: MaskPlan;
  readonly names: NameContext;
  /**
   * Goes into the names of raw columns. Default: none; they are a hash of the text but for its constants, which the text cannot
   * contain.
   */
  readonly nonce?: string;
  /** Texts with more statements are refused. Default: `statementCountMax`. */
  readonly statementCountMax?: number;
  /** OIDs of the types that the client gave to its parameters, by their number; 0 for none. Default: none. */
  readonly parameterTypes?: readonly number[];
  /** What a vault token stands for; undefined for what is none. Default: nothing is a token. */
  readonly resolveToken?: (keyed: KeyedColumn, token: string) => string | undefined;
}

/** Statements of one text that are rewritten. */
export const statementCountMax = 1000;

/** UTF-8 bytes of a text with its masks, some of which take half a kilobyte: about 60 ms of parsing at worst. */
export const rewrittenBytesMax = 262_144;

/**
 * Rewrites a text so that every classified relation in it is read through its masks, or says why it cannot. Never throws.
 *
 * The parser's tree says what to change; the change is made in the text, and the result must parse to the tree that was meant.
 */
export function rewriteText(text: string, options: RewriteOptions): Rewrite {
  try {
    return rewrite(text, options);
  } catch (error) {
    if (error instanceof RewriteRefusal) return refuse(error.message, error.hint, error.sqlState);
    // Our stack is no deeper than the parser's.
    if (error instanceof RangeError)
      return refuse('the statement is nested too deeply', 'Simplify it.');
    throw error;
  }
}

function refuse(reason: string, hint: string, sqlState?: string): Rewrite {
  return { kind: 'refuse', reason: `Cannot mask the statement: ${reason}`, hint, sqlState };
}

function rewrite(text: string, options: RewriteOptions): Rewrite {
  const { parser, plan } = options;
  const parsed = parse(text, parser);
  if (parsed.length > (options.statementCountMax ?? statementCountMax)) {
    throw new RewriteRefusal('the text has too many statements', 'Send them in smaller parts.');
  }
  const nameContexts = namesOfEach(text, parsed, options);
  const state: TextState = {
    source: new SourceText(text),
    fragments: new FragmentParser(parser),
    plan,
    edits: new EditList(),
    nonce: createHash('sha256')
      .update(`${options.nonce ?? ''}\0${shapeKey(text) ?? text}`)
      .digest('hex')
      .slice(0, 24),
    names: new NameResolver(plan.catalog, options.names),
    functionsAllowed: options.names.functionsAllowed,
    parameterTypes: options.parameterTypes ?? [],
    isSerializable: options.names.isSerializable === true,
    statementCount: parsed.length,
    heldNames: new Set(),
    rawColumnCount: 0,
    dependsOnLiterals: false,
    resolveToken: options.resolveToken ?? (() => undefined),
  };
  let mayRunHiddenCode = false;
  const statements = parsed.map(({ node }, index) => {
    state.names = new NameResolver(plan.catalog, nameContexts[index] ?? options.names);
    const statement = rewriteStatement(state, node);
    // What is deferred runs when the last one of the text ends.
    mayRunHiddenCode ||= statement.mayRunHiddenCode;
    return { ...statement, mayRunHiddenCode };
  });
  const edits = state.edits.edits.map(({ span, text: inserted }) => ({ ...span, text: inserted }));
  const [only, ...more] = parsed;
  const isPlain = only !== undefined && more.length === 0 && isPlainStatement(only.node);
  const reusable = isPlain && !state.dependsOnLiterals ? { edits } : {};
  if (edits.length === 0) return { kind: 'run', text, statements, ...reusable };
  const result = state.edits.splice(text);
  checkResult(parser.parse(result, rewrittenBytesMax), parsed);
  const positions = new PositionMap({ client: text, sent: result, findEdits: () => edits });
  return { kind: 'run', text: result, statements, positions, ...reusable };
}

/** Statements in which constants are nothing but values. */
function isPlainStatement(node: Node): boolean {
  return Object.keys(node).every((kind) =>
    ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].includes(kind),
  );
}

function parse(text: string, parser: SqlParser): readonly ParsedStatement[] {
  const result = parser.parse(text);
  if (result.kind === 'tree') return result.statements;
  throw new RewriteRefusal(
    result.kind === 'refused' ? result.reason : 'it is no valid SQL',
    'Check the statement.',
  );
}

/** The names in force for each statement: earlier ones of the text may change what later ones mean. */
function namesOfEach(
  text: string,
  parsed: readonly { readonly node: Node }[],
  { parser, plan, names }: RewriteOptions,
): readonly NameContext[] {
  if (parsed.length < 2) return [names];
  const { statements } = analyze(text, parser, plan.catalog, names);
  if (statements.length !== parsed.length)
    throw new RewriteRefusal('the statements of the text cannot be told apart');
  const contexts: NameContext[] = [];
  let current = names;
  for (const [index, statement] of statements.entries()) {
    contexts.push(current);
    current = namesAfter(current, statement);
    const node = parsed[index]?.node;
    // The end of a transaction may bring an earlier path back.
    if (
      node !== undefined &&
      'TransactionStmt' in node &&
      current.searchPaths !== names.searchPaths
    )
      current = { ...current, searchPaths: undefined };
  }
  return contexts;
}

/** A splice that went wrong anywhere shows as another tree. */
function checkResult(result: ParseResult, meant: readonly ParsedStatement[]): void {
  const isSame =
    result.kind === 'tree' &&
    result.statements.length === meant.length &&
    result.statements.every(({ node }, index) => sameTree(node, meant[index]?.node));
  if (result.kind === 'refused') {
    throw new RewriteRefusal(
      `with its masks, ${result.reason}`,
      'Name the classified tables less often, or send the statements apart.',
    );
  }
  if (!isSame) {
    throw new RewriteRefusal('the masks could not be written into the statement with certainty');
  }
}
