import type { Assignment, DoubleQuotedChild, Word, WordPart } from 'unbash';
import { literalWord, type ShellWord, unknownWord } from './shell-word.ts';

/** Stands for quoted characters where only unquoted ones matter. */
const QUOTED = '\0';
/** `$$`, `$?`, `$#`, `$!`: nothing but digits, and one word as long as IFS is what it was. */
const NUMBER = /^\$(?:[$?#!]|\{[$?#!]\})$/;
/** What a shell with brace expansion makes several words of. */
const BRACES = /\{[^{}]*(?:,|\.\.)/;
/** `$=x`, `$~x`: a variable; `=name`: where a program is. Plain text to other shells. */
const EXPANDED_BY_ZSH = /^=[^=]|\$/;
/** Quotes and expansions in a word that the parser took for plain. */
const NOT_PLAIN = /["'`]|\$["'`{(\w@*#?!$-]/;

/** Says what the shell makes of a word: quotes and escapes removed, expansions left open. */
export function evaluateWord(word: Word): ShellWord {
  const { parts } = word;
  if (parts === undefined) {
    const unquoted = maskEscapes(word.text);
    if (NOT_PLAIN.test(unquoted)) return unknownWord('', true);
    return finish(word.value, unquoted, undefined);
  }
  const reading = new WordReading();
  for (const part of parts) reading.add(part);
  return finish(reading.text, reading.unquoted, reading.hole);
}

/** An argument such as `PATH=/x` of `export`, which the parser hands out as an assignment. */
export function evaluateAssignment({ text, name, value, append, index }: Assignment): ShellWord {
  const isArray = value.type === 'ArrayValue' || index !== undefined;
  if (isArray) return unknownWord(`${text.slice(0, text.indexOf('='))}=`, false);
  const sign = append === true ? '+=' : '=';
  const evaluated = evaluateWord(value);
  // bash takes it for one word, dash for as many as the value comes to.
  return { ...evaluated, text: `${name}${sign}${evaluated.text}` };
}

interface Hole {
  /** Length of the text before it. */
  readonly at: number;
  readonly maySplit: boolean;
}

/** Collects a word's parts up to and behind its first unknown one. */
class WordReading {
  text = '';
  /** The text with `QUOTED` for what was quoted or escaped. */
  unquoted = '';
  hole: Hole | undefined;

  add(part: WordPart): void {
    switch (part.type) {
      case 'Literal':
        this.text += part.value;
        this.unquoted += maskEscapes(part.text);
        return;
      case 'Glob':
        this.text += part.text;
        this.unquoted += part.text;
        return;
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        this.#quote(part.value);
        return;
      case 'DoubleQuoted':
      case 'LocaleString':
        for (const child of part.parts) this.#addQuoted(child);
        return;
      case 'SimpleExpansion':
      case 'ParameterExpansion':
        if (NUMBER.test(part.text)) this.#addNumber();
        else this.#open(true);
        return;
      case 'ProcessSubstitution':
        this.#open(false);
        return;
      case 'CommandExpansion':
      case 'ArithmeticExpansion':
      case 'BraceExpansion':
      case 'ExtendedGlob':
        this.#open(true);
        return;
    }
  }

  #addQuoted(child: DoubleQuotedChild): void {
    if (child.type === 'Literal') this.#quote(child.value);
    else if (NUMBER.test(child.text)) this.#addNumber();
    // "$@" and "${a[@]}" come to as many words as there are.
    else this.#open(child.text.includes('@'));
  }

  #addNumber(): void {
    this.text += '*';
    this.unquoted += '*';
  }

  #quote(value: string): void {
    this.text += value;
    this.unquoted += QUOTED.repeat(value.length);
  }

  #open(maySplit: boolean): void {
    const at = this.hole?.at ?? this.text.length;
    this.hole = { at, maySplit: maySplit || this.hole?.maySplit === true };
  }
}

function finish(text: string, unquoted: string, hole: Hole | undefined): ShellWord {
  if (BRACES.test(unquoted) || EXPANDED_BY_ZSH.test(unquoted)) return unknownWord('', true);
  if (hole !== undefined) {
    const prefix = text.slice(0, hole.at);
    const glob = findGlob(unquoted.slice(0, hole.at));
    return unknownWord(glob === -1 ? prefix : prefix.slice(0, glob), hole.maySplit);
  }
  if (findGlob(unquoted) !== -1) return { kind: 'pattern', text, maySplit: false };
  return literalWord(text);
}

/** Where a pattern's first special character is, or -1. `[` alone is none. */
function findGlob(text: string): number {
  const bracket = text.indexOf('[');
  const isBracket = bracket !== -1 && text.lastIndexOf(']') > bracket;
  return text.search(isBracket ? /[*?[]/ : /[*?]/);
}

/** The text with `QUOTED` for each escaped character; joined lines vanish. */
function maskEscapes(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\s\S]|$)/g, (_, escaped: string) => (escaped === '\n' ? '' : QUOTED));
}
