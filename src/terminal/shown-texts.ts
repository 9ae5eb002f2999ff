import type { ScreenLine } from './screen-lines.ts';
import type { ScreenRow } from './screen-row.ts';

/** What a line on a screen may be, the likeliest text first. */
export interface ShownTexts {
  readonly texts: readonly string[];
  /** That text it is, and a shell reads it. */
  readonly isCertain: boolean;
}

/** Where typing began. */
export interface Prompt {
  /** What stands before the cursor when typing begins. */
  readonly text: string;
  /** What stands behind it then: a prompt at the right. */
  readonly rest: string;
  /** Rows are the same objects wherever they scroll to. */
  readonly row: ScreenRow | undefined;
}

/** Nobody has typed. */
export const NO_PROMPT: Prompt = { text: '', rest: '', row: undefined };

/** Ends as shells' prompts do. */
const SHELL_PROMPT = /[$#%❯➜»›λ] ?$|@.*> ?$/u;
/** Ends like one, but of psql, python and the like. */
const PROGRAM_PROMPT = /(?:[=*'"(!^-][#>]|>>>|\.\.\.) ?$/;
/** What readline shows instead of the prompt while it looks through the history, or counts. */
const SEARCH = /^\((?:failed )?(?:reverse-)?i-search\)`/;
const SEARCH_END = /': /g;
const ARGUMENT = /^\(arg: -?\d+\) /;
/** `!!`, `!rm`, `^old^new`: replaced by what was typed at some other time. */
const HISTORY = /(?:^|[^\\])!(?![\s=(]|$)|^\^/;
/** What may end a prompt in the middle of a line. */
const PROMPT_ENDS = /[$#%>❯➜»›λ] /gu;
const TEXTS_MAX = 16;
/** With other texts that it may be; if there are any, it is not certain. */
export function withTexts(read: ShownTexts, others: readonly string[]): ShownTexts {
  if (others.every((text) => read.texts.includes(text))) return read;
  return {
    texts: unique(read.texts[0] ?? '', [...read.texts.slice(1), ...others]),
    isCertain: false,
  };
}

/** Reads what stands behind a prompt, in the lines of a screen. */
export function readBehind(
  { text: prompt, rest, row }: Prompt,
  lines: readonly ScreenLine[],
  { cursorLine, isContinued }: { readonly cursorLine: number; readonly isContinued: boolean },
): ShownTexts {
  const first = findPrompt({ prompt, row }, lines, cursorLine);
  if (first === undefined) return readWithoutPrompt((lines[cursorLine] as ScreenLine).text);
  const [promptLine, ...more] = lines.slice(first) as [ScreenLine, ...ScreenLine[]];
  const own = withoutRest(promptLine.text.slice(prompt.length), rest);
  const text = [own, ...more.map((line) => line.text)].join('\n');
  const { cursorAt, hasStyledRest } = promptLine;
  // A suggestion stands behind the cursor, and is not taken with Enter.
  const typed =
    hasStyledRest && cursorAt !== undefined ? [promptLine.text.slice(prompt.length, cursorAt)] : [];
  // What stands before the cursor when typing begins may have been typed ahead.
  const ahead = behindPrompts(prompt)
    .filter((typedAhead) => typedAhead !== '')
    .map((typedAhead) => typedAhead + text);
  const isOfShell = SHELL_PROMPT.test(prompt) && !PROGRAM_PROMPT.test(prompt) && ahead.length === 0;
  const isKnown = isOfShell || (isContinued && isContinuation(prompt));
  const others = isKnown ? typed : [...typed, ...ahead, ...behindPrompts(text)];
  return {
    texts: unique(text, others),
    isCertain: isKnown && !HISTORY.test(text) && typed.length === 0,
  };
}

/** The line of the prompt: that of the cursor, or the one above where typing began if the text has line breaks. */
function findPrompt(
  { prompt, row }: { readonly prompt: string; readonly row: ScreenRow | undefined },
  lines: readonly ScreenLine[],
  cursorLine: number,
): number | undefined {
  const isOfPrompt = (line: ScreenLine | undefined): boolean =>
    line?.text.startsWith(prompt) === true;
  if (isOfPrompt(lines[cursorLine])) return cursorLine;
  const index = lines.findIndex(({ rows }) => row !== undefined && rows.includes(row));
  return index !== -1 && index < cursorLine && isOfPrompt(lines[index]) ? index : undefined;
}

/** The prompt is gone: readline shows another one, or nobody knows. */
function readWithoutPrompt(text: string): ShownTexts {
  if (SEARCH.test(text)) {
    const found = Array.from(text.matchAll(SEARCH_END), ({ index }) => text.slice(index + 3));
    return { texts: unique(found[0] ?? '', found.slice(1)), isCertain: found.length === 1 };
  }
  const argument = ARGUMENT.exec(text)?.[0] ?? '';
  const rest = text.slice(argument.length);
  return {
    texts: unique(rest, behindPrompts(rest)),
    isCertain: argument !== '' && !HISTORY.test(rest),
  };
}

/** Nothing was typed since the last line, and yet something may be there: typed ahead, or put there by a program. */
export function readUntyped(text: string): ShownTexts {
  const behind = behindPrompts(`${text} `)
    .map((rest) => rest.trimEnd())
    .filter((rest) => rest !== '');
  if (behind.length > 0)
    return { texts: unique(behind[0] ?? '', behind.slice(1)), isCertain: false };
  const isEmpty = text.trim() === '' || isPrompt(text);
  return { texts: [isEmpty ? '' : text], isCertain: false };
}

/** Whether a text ends as a prompt of a shell does. */
export function isShellPrompt(text: string): boolean {
  return SHELL_PROMPT.test(text);
}

/** Whether a text ends as any prompt does. */
export function isPrompt(text: string): boolean {
  return SHELL_PROMPT.test(text) || PROGRAM_PROMPT.test(text) || isContinuation(text);
}

function isContinuation(prompt: string): boolean {
  return prompt === '> ';
}

function withoutRest(text: string, rest: string): string {
  if (rest === '' || !text.endsWith(rest)) return text;
  return text.slice(0, -rest.length).trimEnd();
}

function behindPrompts(text: string): string[] {
  return Array.from(text.matchAll(PROMPT_ENDS), ({ index }) => text.slice(index + 2));
}

/** Each text once, no more than anybody needs. */
export function unique(first: string, others: readonly string[]): readonly string[] {
  return [...new Set([first, ...others])].slice(0, TEXTS_MAX);
}
