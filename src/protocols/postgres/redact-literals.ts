const REDACTED = "'…'";

interface Piece {
  readonly pattern: RegExp;
  readonly isSecret: boolean;
}

/** What begins where the last piece ended. String constants are redacted, the rest stays. */
const PIECES: readonly Piece[] = [
  { pattern: /--[^\n\r]*/uy, isSecret: false },
  // An identifier takes its `$` with it, so that none seems to begin a dollar quote.
  { pattern: /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_$\u0080-\u{10ffff}]*/uy, isSecret: false },
  { pattern: /"(?:[^"]|"")*"/uy, isSecret: false },
  { pattern: /'(?:[^']|'')*'/uy, isSecret: true },
  {
    pattern: /\$([A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*)?\$[^]*?\$\1\$/uy,
    isSecret: true,
  },
  { pattern: /\$\d+|[^'"$/\\A-Za-z_\u0080-\u{10ffff}-]+|-(?!-)|\/(?!\*)/uy, isSecret: false },
];

/** The same, but numbers and comments can be of somebody too: a record number, a name. */
const PIECES_WITHOUT_VALUES: readonly Piece[] = [
  { pattern: /--[^\n\r]*/uy, isSecret: true },
  ...PIECES.slice(1, -1),
  { pattern: /\$\d+/uy, isSecret: false },
  { pattern: /\d[\w.]*/uy, isSecret: true },
  { pattern: /[^'"$/\\\dA-Za-z_\u0080-\u{10ffff}-]+|-(?!-)|\/(?!\*)/uy, isSecret: false },
];

/**
 * Replaces every string constant of a statement: for statements that set a password, whose text
 * goes into records. Rather too much than too little: behind a backslash, a comment of several lines
 * or a quote that does not end, nothing is kept, because where constants end is then not simple.
 */
export function redactLiterals(text: string): string {
  return redact(text, PIECES);
}

/** As {@link redactLiterals}, and with them numbers and comments: for readers from whom patients are hidden. */
export function redactValues(text: string): string {
  return redact(text, PIECES_WITHOUT_VALUES);
}

function redact(text: string, pieces: readonly Piece[]): string {
  let redacted = '';
  let offset = 0;
  while (offset < text.length) {
    const piece = takePiece(text, offset, pieces);
    if (piece === undefined) return redacted + REDACTED;
    redacted += piece.isSecret ? REDACTED : text.slice(offset, piece.end);
    offset = piece.end;
  }
  return redacted;
}

function takePiece(
  text: string,
  offset: number,
  pieces: readonly Piece[],
): { readonly end: number; readonly isSecret: boolean } | undefined {
  for (const { pattern, isSecret } of pieces) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match === null) continue;
    // Escapes in a constant, as in E'\'', may hide its end.
    return isSecret && match[0].includes('\\') ? undefined : { end: pattern.lastIndex, isSecret };
  }
  return undefined;
}
