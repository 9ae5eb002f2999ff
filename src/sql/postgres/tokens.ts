/** A lexical token of an SQL text; positions in UTF-16 units. */
export interface Token {
  readonly start: number;
  readonly end: number;
  /** `word`: unquoted identifier or keyword; `name`: quoted identifier; `sign`: operators and punctuation. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'sign';
}

/**
 * Cuts a text into PostgreSQL's tokens, comments and white space left out, with `standard_conforming_strings` on. It only has to
 * find where tokens end: a text that it misreads is caught where the result is compared with the tree that was meant.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (isSpace(code)) {
      index++;
      continue;
    }
    const comment = skipComment(text, index);
    if (comment !== index) {
      index = comment;
      continue;
    }
    const token = readToken(text, index);
    tokens.push(token);
    index = token.end;
  }
  return tokens;
}

function readToken(text: string, start: number): Token {
  const code = text.charCodeAt(start);
  if (isWordStart(code)) return readWord(text, start);
  if (code === 0x22) return { kind: 'name', start, end: endOfQuoted(text, start, false) };
  if (code === 0x27) return { kind: 'string', start, end: endOfQuoted(text, start, false) };
  if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(start + 1)))) {
    return { kind: 'number', start, end: endOfNumber(text, start) };
  }
  if (code === 0x24) {
    if (isDigit(text.charCodeAt(start + 1))) {
      let end = start + 1;
      while (isDigit(text.charCodeAt(end))) end++;
      return { kind: 'parameter', start, end };
    }
    return { kind: 'string', start, end: endOfDollarQuoted(text, start) };
  }
  return { kind: 'sign', start, end: endOfSign(text, start) };
}

/** A word, or the string or name that a prefix (`E'`, `B'`, `U&"`) begins. */
function readWord(text: string, start: number): Token {
  let end = start + 1;
  while (isWordPart(text.charCodeAt(end))) end++;
  const quote = text.charCodeAt(end);
  if (end - start === 1) {
    const letter = text.charCodeAt(start) | 0x20;
    if (quote === 0x27 && 'ebxn'.includes(String.fromCharCode(letter))) {
      const close = endOfQuoted(text, end, letter === 0x65);
      return { kind: 'string', start, end: letter === 0x65 ? endOfContinued(text, close) : close };
    }
    const after = text.charCodeAt(end + 1);
    if (letter === 0x75 && quote === 0x26 && (after === 0x22 || after === 0x27)) {
      const kind = after === 0x22 ? 'name' : 'string';
      return { kind, start, end: endOfQuoted(text, end + 1, false) };
    }
  }
  return { kind: 'word', start, end };
}

/** Past the closing quote; a doubled one is part of the text. */
function endOfQuoted(text: string, start: number, hasEscapes: boolean): number {
  const quote = text.charCodeAt(start);
  let index = start + 1;
  while (index < text.length) {
    const code = text.charCodeAt(index++);
    if (code === 0x5c && hasEscapes) index++;
    else if (code === quote) {
      if (text.charCodeAt(index) !== quote) return index;
      index++;
    }
  }
  return text.length;
}

/** Past what goes on in the next line, with the same escapes: `E'a'`, a line break, and `'b'`. */
function endOfContinued(text: string, close: number): number {
  let end = close;
  for (let index = close; index < text.length; ) {
    if (isSpace(text.charCodeAt(index))) index++;
    else if (text.startsWith('--', index)) index = skipComment(text, index);
    else if (text.charCodeAt(index) !== 0x27) return end;
    else {
      end = endOfQuoted(text, index, true);
      index = end;
    }
  }
  return end;
}

function endOfDollarQuoted(text: string, start: number): number {
  let index = start + 1;
  while (isWordPart(text.charCodeAt(index)) && text.charCodeAt(index) !== 0x24) index++;
  if (text.charCodeAt(index) !== 0x24) return start + 1;
  const tag = text.slice(start, index + 1);
  const end = text.indexOf(tag, index + 1);
  return end === -1 ? text.length : end + tag.length;
}

function endOfNumber(text: string, start: number): number {
  let index = start;
  while (isWordPart(text.charCodeAt(index)) || text.charCodeAt(index) === 0x2e) {
    const letter = text.charCodeAt(index) | 0x20;
    const next = text.charCodeAt(index + 1);
    index++;
    if (letter === 0x65 && (next === 0x2b || next === 0x2d)) index++;
  }
  return index;
}

/** Operators are taken as long as they go; brackets, commas, dots and what follows a dot stand alone. */
function endOfSign(text: string, start: number): number {
  if (!isOperator(text.charCodeAt(start)) || text.charCodeAt(start - 1) === 0x2e) return start + 1;
  let index = start + 1;
  while (isOperator(text.charCodeAt(index)) && skipComment(text, index) === index) index++;
  return index;
}

/** Past the comment that begins at `start`, or `start` if none does. */
function skipComment(text: string, start: number): number {
  const code = text.charCodeAt(start);
  const next = text.charCodeAt(start + 1);
  let index = start + 2;
  if (code === 0x2d && next === 0x2d) {
    while (index < text.length && !isLineEnd(text.charCodeAt(index))) index++;
    return index;
  }
  if (code !== 0x2f || next !== 0x2a) return start;
  for (let open = 1; open > 0 && index < text.length; index++) {
    const pair = text.slice(index, index + 2);
    if (pair === '/*') open++;
    else if (pair === '*/') open--;
    else continue;
    index++;
  }
  return index;
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || code === 0x5f || code >= 0x80;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === 0x24;
}

/** Characters of which operators are made. */
function isOperator(code: number): boolean {
  return '+-*/<>=~!@#%^&|`?'.includes(String.fromCharCode(code));
}
