import type { SqlParser } from '../../sql/postgres/parser.ts';
import type { Node } from '../../sql/postgres/tree.ts';
import { RewriteRefusal } from './rewrite-refusal.ts';
import type { Span } from './source-text.ts';

/** One change: of the text, and of the tree that the changed text must parse to. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
  /** Makes the same change in the tree. */
  readonly apply: () => void;
}

/** The changes of one text. */
export class EditList {
  readonly #edits: Edit[] = [];

  get edits(): readonly Edit[] {
    return this.#edits.toSorted((left, right) => left.span.start - right.span.start);
  }

  add(span: Span, text: string, apply: () => void): void {
    this.#edits.push({ span, text, apply });
  }

  /** The changed text. The tree changes with it. */
  splice(source: string): string {
    let result = '';
    let position = 0;
    for (const { span, text, apply } of this.edits) {
      if (span.start < position) throw new RewriteRefusal('two masks would overlap');
      result += source.slice(position, span.start) + text;
      position = span.end;
      apply();
    }
    return result + source.slice(position);
  }
}

/** Parses parts of statements, to know the trees that edits lead to. */
export class FragmentParser {
  readonly #parser: SqlParser;

  constructor(parser: SqlParser) {
    this.#parser = parser;
  }

  /** The tree of one statement. */
  statement(text: string): Node {
    const result = this.#parser.parse(text);
    const [first, ...more] = result.kind === 'tree' ? result.statements : [];
    if (first === undefined || more.length > 0)
      throw new RewriteRefusal('a mask could not be written into the statement');
    return first.node;
  }

  /** The `ResTarget`s of a select list. */
  targets(list: string): Node[] {
    const node = this.statement(`SELECT ${list}`);
    return 'SelectStmt' in node ? (node.SelectStmt.targetList ?? []) : [];
  }

  /** The items of a GROUP BY. */
  groups(list: string): Node[] {
    const node = this.statement(`SELECT 1 GROUP BY ${list}`);
    return 'SelectStmt' in node ? (node.SelectStmt.groupClause ?? []) : [];
  }

  /** One expression. */
  expression(text: string): Node {
    const [target] = this.targets(text);
    const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
    if (value === undefined)
      throw new RewriteRefusal('a mask could not be written into the statement');
    return value;
  }
}
