import type { ReactElement } from 'react';
import { showPlainly } from '../../src/api/show-plainly.ts';
import type { HiddenSpan, ShownText } from '../../src/api/shown-operation.ts';

/** A part of a statement. */
export interface StatementPiece {
  readonly kind: 'keyword' | 'hidden' | 'comment' | 'plain';
  readonly text: string;
  /** Of something hidden, where it is known. */
  readonly className?: string | undefined;
}

const KEYWORDS = new Set(
  `all alter analyze and as asc begin between by call case commit copy create cross cursor deallocate declare default delete desc
  distinct do drop else end except execute exists explain fetch for from full function grant group having in index inner insert
  intersect into is join lateral left like limit listen merge natural not notify null offset on or order outer prepare procedure
  returning revoke right rollback select set show table then to truncate union unique update using values vacuum view when where
  window with`.split(/\s+/),
);

/** Where comments begin and end in it is not simple: none is coloured, so that nothing that runs looks like one. */
const NOT_SIMPLE = /\\|\$\D|\/\*[\s\S]*\/\*/;
/** Comments, quoted things, words, and everything else. */
const TOKENS =
  /(?<comment>--[^\n\r]*|\/\*[\s\S]*?\*\/)|(?<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<word>[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*)|[\s\S]/gu;

/** What a text is written in. In commands and requests nothing is coloured: `--force stop` is no comment there. */
export type TextLanguage = 'sql' | 'command';

/** A statement as the gateway lets it be seen: key words stand out, and so does what is hidden. */
export function StatementText({
  shown,
  language = 'sql',
  label = 'Statement',
}: {
  readonly shown: ShownText;
  readonly language?: TextLanguage;
  readonly label?: string;
}): ReactElement {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll, and keys must reach that
    <pre className="statement" tabIndex={0} aria-label={label}>
      {cutStatement(shown, language).map(({ kind, text, className }, index) =>
        kind === 'plain' ? (
          showPlainly(text)
        ) : (
          <span key={keyOf(index)} className={kind} title={className && `Hidden: ${className}`}>
            {showPlainly(text)}
          </span>
        ),
      )}
    </pre>
  );
}

/** Pieces of one text never move: their place is who they are. */
function keyOf(index: number): string {
  return `piece-${index}`;
}

/** Cuts a statement for colouring only: what it means is for the gateway to say. */
export function cutStatement(
  { text, hidden }: ShownText,
  language: TextLanguage,
): readonly StatementPiece[] {
  const pieces: StatementPiece[] = [];
  const isSimple = !NOT_SIMPLE.test(text);
  const cut = (part: string): readonly StatementPiece[] =>
    language === 'sql' ? cutVisible(part, isSimple) : [{ kind: 'plain', text: part }];
  let at = 0;
  for (const span of hidden.filter((each) => isSound(each, text))) {
    if (span.start < at) continue;
    pieces.push(...cut(text.slice(at, span.start)));
    const { className } = span;
    pieces.push({ kind: 'hidden', text: text.slice(span.start, span.end), className });
    at = span.end;
  }
  return [...pieces, ...cut(text.slice(at))];
}

function isSound({ start, end }: HiddenSpan, text: string): boolean {
  return start >= 0 && start < end && end <= text.length;
}

function cutVisible(text: string, isSimple: boolean): readonly StatementPiece[] {
  const pieces: StatementPiece[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') pieces.push({ kind: 'plain', text: plain });
    plain = '';
  };
  for (const match of text.matchAll(TOKENS)) {
    const kind = kindOf(match.groups ?? {});
    if (kind === 'plain' || (kind === 'comment' && !isSimple)) {
      plain += match[0];
      continue;
    }
    flush();
    pieces.push({ kind, text: match[0] });
  }
  flush();
  return pieces;
}

function kindOf(
  groups: Readonly<Record<string, string | undefined>>,
): 'keyword' | 'comment' | 'plain' {
  if (groups['comment'] !== undefined) return 'comment';
  const word = groups['word'];
  return word !== undefined && KEYWORDS.has(word.toLowerCase()) ? 'keyword' : 'plain';
}
