import { PositionMap, type TextEdit } from './position-map.ts';
import type { Rewrite, StatementRewrite } from './rewrite.ts';

/** The text from which a template was made. */
interface Original {
  readonly edits: readonly TextEdit[];
  readonly literals: readonly number[];
}

/**
 * The rewrite of every text of one shape: what stands between its constants, which are put back in their order. Needs no parser.
 */
export class RewriteTemplate {
  /** Undefined: nothing was changed. */
  readonly #pieces: readonly string[] | undefined;
  readonly #statements: readonly StatementRewrite[];
  readonly #original: Original;

  private constructor(
    pieces: readonly string[] | undefined,
    statements: readonly StatementRewrite[],
    original: Original,
  ) {
    this.#pieces = pieces;
    this.#statements = statements;
    this.#original = original;
  }

  /**
   * Undefined if the rewrite says nothing of other texts, or a constant went into one of its changes.
   *
   * @param literals Start and end of each constant of the text, as `shapeKey` gives them.
   */
  static of(
    text: string,
    literals: readonly number[],
    { edits, statements }: Rewrite & { readonly kind: 'run' },
  ): RewriteTemplate | undefined {
    if (edits === undefined) return undefined;
    const original = { edits, literals };
    if (edits.length === 0) return new RewriteTemplate(undefined, statements, original);
    const pieces: string[] = [];
    let piece = '';
    let position = 0;
    let literal = 0;
    const takeUntil = (end: number): boolean => {
      while ((literals[literal] ?? Infinity) < end) {
        const [start = 0, literalEnd = 0] = literals.slice(literal, literal + 2);
        if (start < position || literalEnd > end) return false;
        pieces.push(piece + text.slice(position, start));
        piece = '';
        position = literalEnd;
        literal += 2;
      }
      piece += text.slice(position, end);
      position = end;
      return true;
    };
    for (const edit of edits) {
      if (!takeUntil(edit.start)) return undefined;
      piece += edit.text;
      position = edit.end;
    }
    if (!takeUntil(text.length)) return undefined;
    pieces.push(piece);
    return new RewriteTemplate(pieces, statements, original);
  }

  /** The rewrite of another text of the shape, given where its constants are. */
  fill(text: string, literals: readonly number[]): Rewrite {
    const pieces = this.#pieces;
    if (pieces === undefined) return { kind: 'run', text, statements: this.#statements };
    let filled = pieces[0] ?? '';
    for (let index = 1; index < pieces.length; index++) {
      filled += text.slice(literals[2 * index - 2], literals[2 * index - 1]);
      filled += pieces[index] ?? '';
    }
    const findEdits = (): readonly TextEdit[] => this.#editsAmong(literals);
    const positions = new PositionMap({ client: text, sent: filled, findEdits });
    return { kind: 'run', text: filled, statements: this.#statements, positions };
  }

  /** The changes of a text whose constants are longer or shorter. No constant is in any of them. */
  #editsAmong(literals: readonly number[]): readonly TextEdit[] {
    const { edits, literals: own } = this.#original;
    let moved = 0;
    let literal = 0;
    return edits.map(({ start, end, text }) => {
      for (; (own[literal] ?? Infinity) < start; literal += 2) {
        moved = (literals[literal + 1] ?? 0) - (own[literal + 1] ?? 0);
      }
      return { start: start + moved, end: end + moved, text };
    });
  }
}
