import type { CatalogRelation } from '../../sql/postgres/catalog.ts';
import type { NameResolver } from '../../sql/postgres/name-resolver.ts';
import type { ColumnRef, Node } from '../../sql/postgres/tree.ts';
import type { MaskPlan } from '../mask-plan.ts';
import type { KeyedColumn } from '../vault/keyed-form.ts';
import type { EditList, FragmentParser } from './edit-list.ts';
import { KeyedUses } from './keyed-uses.ts';
import type { MaskedSource } from './masked-source.ts';
import type { NamedColumns } from './named-columns.ts';
import type { OutputColumn } from './output-column.ts';
import type { SourceText, Span } from './source-text.ts';

/** What the rewriting of one text works with. */
export interface TextState {
  readonly source: SourceText;
  readonly fragments: FragmentParser;
  readonly plan: MaskPlan;
  readonly edits: EditList;
  /** Makes names unguessable. */
  readonly nonce: string;
  /** As they are for the statement at hand. */
  names: NameResolver;
  readonly functionsAllowed: ReadonlySet<string>;
  /** OIDs of the types that its parameters were given, by their number; 0 for none. */
  readonly parameterTypes: readonly number[];
  /** Its transactions are serializable where nothing else is said. */
  readonly isSerializable: boolean;
  /** Statements in the text. */
  readonly statementCount: number;
  /** Cursors and prepared statements that earlier statements of the text made. */
  readonly heldNames: Set<string>;
  rawColumnCount: number;
  /** Set once a constant had a say in the result. */
  dependsOnLiterals: boolean;
  /** What a vault token stands for; undefined for what is none. */
  readonly resolveToken: (keyed: KeyedColumn, token: string) => string | undefined;
}

/** What is collected of one statement. */
export interface StatementState {
  readonly text: TextState;
  readonly named: NamedColumns;
  /** The server stores or shows the text: masks without keys. */
  isKeyless: boolean;
  /** The server may show which rows hold the same behind their masks: by what it computes once for them, or estimates. */
  mayShowEquals: boolean;
  /** Its rows come with FETCH: which of them holds what may not be known then. */
  isCursor: boolean;
  touchesClassified: boolean;
  /** Code may run that it does not show, now or when its transaction ends: triggers, rules, actions of foreign keys. */
  mayRunHiddenCode: boolean;
  /** What is visited decides about rows and goes into none. */
  isInCondition: boolean;
  /** Every relation that it reads, writes or changes, and those beneath them. */
  readonly relations: Set<CatalogRelation>;
  /** OIDs of the types of columns that it writes; 0 where they are not known. */
  readonly writtenTypes: Set<number>;
  /** Types that its calls name by texts; `*` for any. */
  readonly typesByName: Set<string>;
  /** It overwrites masked columns of rows that are there. */
  overwritesMasked: boolean;
  /** It has to do with a relation of which the catalog knows no columns. */
  hasUnknownTypes: boolean;
  /** Calls code that the target's configuration vouches for. */
  callsUserCode: boolean;
  /** What becomes of pseudonyms and of what vault tokens stand for. */
  readonly keyed: KeyedUses;
  /** Every classified relation that is read through a subquery. */
  readonly sources: MaskedSource[];
  /** Run first once the whole statement is known: what is shown raw to the second net. */
  readonly rawDecisions: (() => void)[];
  /** Of columns of the result that are shown raw. */
  readonly outputOverrides: Map<number, OutputColumn>;
  /** Where expressions took the place of references. */
  readonly replacedReferences: { readonly span: Span; readonly name: string }[];
  /** `alias.column` that a star in a select list shows raw. */
  readonly rawStars: Map<Node, ReadonlySet<string>>;
  /** Run in this order once the whole statement is known: stars and names, then everything else. */
  readonly decisions: (() => void)[];
  readonly finalEdits: (() => void)[];
}

/** A statement of which nothing is known yet. */
export function newStatement(text: TextState, named: NamedColumns): StatementState {
  return {
    text,
    named,
    isKeyless: false,
    mayShowEquals: false,
    isCursor: false,
    touchesClassified: false,
    mayRunHiddenCode: false,
    isInCondition: false,
    relations: new Set(),
    writtenTypes: new Set(),
    typesByName: new Set(),
    overwritesMasked: false,
    hasUnknownTypes: false,
    callsUserCode: false,
    keyed: new KeyedUses(),
    sources: [],
    rawDecisions: [],
    outputOverrides: new Map(),
    replacedReferences: [],
    rawStars: new Map(),
    decisions: [],
    finalEdits: [],
  };
}

/** The parts of a column reference, `*` for the whole row. */
export function fieldsOf({ fields = [] }: ColumnRef): readonly string[] {
  return fields.map((field) => ('String' in field ? (field.String.sval ?? '') : '*'));
}

/** Does `work` for what decides about rows and goes into none. */
export function inCondition(statement: StatementState, work: () => void): void {
  const before = statement.isInCondition;
  statement.isInCondition = true;
  work();
  statement.isInCondition = before;
}
