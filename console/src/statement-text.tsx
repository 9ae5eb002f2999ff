import type { ReactElement } from 'react';

/** A part of a statement. */
export interface StatementPiece {
  readonly kind: 'keyword' | 'masked' | 'comment' | 'plain';
  readonly text: string;
}

const KEYWORDS = new Set(
  `all alter analyze and as asc begin between by call case commit copy create cross cursor deallocate declare default delete desc
  distinct do drop else end except execute exists explain fetch for from full function grant group having in index inner insert
  intersect into is join lateral left like limit listen merge natural not notify null offset on or order outer prepare procedure
  returning revoke right rollback select set show table then to truncate union unique update using values vacuum view when where
  window with`.split(/\s+/),
);

/** Comments, quoted things (what the gateway masked is `‹class›`), words, and everything else. */
const TOKENS =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|(?<masked>'?‹[^›]*›'?)|(?<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<word>[A-Za-z_]\w*)|[\s\S]/g;

/** A statement as the gateway shows it: key words stand out, and so does what is masked. */
export function StatementText({ children }: { readonly children: string }): ReactElement {
  return (
    // Focusable, as it may scroll.
    <pre className="statement" tabIndex={0} aria-label="Statement">
      {cutStatement(children).map((piece, index) =>
        piece.kind === 'plain' ? (
          piece.text
        ) : (
          // Pieces of one text never move.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <span key={index} className={piece.kind}>
            {piece.text}
          </span>
        ),
      )}
    </pre>
  );
}

/** Cuts a statement for colouring only: what it means is for the gateway to say. */
export function cutStatement(text: string): readonly StatementPiece[] {
  const pieces: StatementPiece[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') pieces.push({ kind: 'plain', text: plain });
    plain = '';
  };
  for (const match of text.matchAll(TOKENS)) {
    const kind = kindOf(match.groups ?? {});
    if (kind === 'plain') {
      plain += match[0];
      continue;
    }
    flush();
    pieces.push({ kind, text: match[0] });
  }
  flush();
  return pieces;
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): StatementPiece['kind'] {
  if (groups['comment'] !== undefined) return 'comment';
  if (groups['masked'] !== undefined) return 'masked';
  const word = groups['word'];
  return word !== undefined && KEYWORDS.has(word.toLowerCase()) ? 'keyword' : 'plain';
}
