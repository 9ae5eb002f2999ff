import { isIncomplete } from '../shell/incomplete-text.ts';
import type { EchoQueue } from './echo-queue.ts';
import type { Screen } from './screen.ts';
import { readLines, type ScreenLine } from './screen-lines.ts';
import type { ScreenRow } from './screen-row.ts';
import {
  isPrompt,
  isShellPrompt,
  NO_PROMPT,
  type Prompt,
  readBehind,
  readUntyped,
  type ShownTexts,
  unique,
  withTexts,
} from './shown-texts.ts';

/** What somebody is about to give to whatever reads the terminal, by pressing Enter. */
export type TypedLine =
  | {
      readonly kind: 'line';
      /** As the screen shows it; with the lines before it, if a shell waited for more of those. */
      readonly text: string;
      /** Other texts that it may be instead: behind what may be a prompt, before what may be a suggestion. */
      readonly otherTexts: readonly string[];
      /** A prompt like that of a shell stands before it, and what stands behind that says what runs. */
      readonly isCertain: boolean;
      /** What was typed and not shown, where the line shows something else. Not to be kept. */
      readonly unseen?: string;
    }
  /** Typed, but not shown: a password, or anything else. */
  | {
      readonly kind: 'unseen';
      /** The keys, if no other ones than characters were among them. Not to be kept. */
      readonly typed: string | undefined;
    }
  /** A program shows its own screen, and nothing on it that looks like a prompt. */
  | { readonly kind: 'full-screen' };

type ShownLine = Extract<TypedLine, { readonly kind: 'line' }>;

const PROMPTS_KEPT = 8;
/** Longer than anybody types; a shell gives up on it, too. */
const PENDING_LENGTH_MAX = 64 * 1024;

/**
 * Reads from the screen what somebody typed, as they see it: whatever keys, history and completion it was made with.
 *
 * What the screen does not show cannot be known: aliases, functions, keys that were bound otherwise. Where even the line
 * itself is not sure, every text that it may be is named.
 */
export class LineReader {
  readonly #echo: EchoQueue;
  #prompt: Prompt | undefined;
  /** That of the line before; and what is the prompt if that line has not ended. */
  #lastPrompt: Prompt = NO_PROMPT;
  #otherPrompt: string | undefined;
  /** Prompts of shells behind which something was typed, the last one first. */
  #known: readonly string[] = [];
  /** What was typed since the line began, while it was characters only. */
  #typed: string | undefined = '';
  /** Texts that the line had before something else than an answer to keys was shown. */
  #earlierTexts: readonly string[] = [];
  /** Where the cursor was at Ctrl-C, until a prompt stands somewhere else. */
  #cancelledRow: ScreenRow | undefined;
  /** Lines that wait for more, and the prompt before the first of them. */
  #pending: { readonly text: string; readonly prompt: string } | undefined;

  constructor(echo: EchoQueue) {
    this.#echo = echo;
  }

  /** Whether typing has begun since the last line. */
  get isTyping(): boolean {
    return this.#prompt !== undefined;
  }

  /** Whether a program shows its own screen, and nothing on it that looks like a prompt. */
  isFullScreen(screen: Screen): boolean {
    if (!screen.isAlternate || this.isTyping) return false;
    const { lines, cursorLine } = readLines(screen);
    const current = lines[cursorLine] as ScreenLine;
    if (this.#findKnown(current) !== undefined) return false;
    const before = current.text.slice(0, current.cursorAt);
    return !isPrompt(before);
  }

  /** Takes the keys of a line, once typing has begun. */
  type(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('utf8');
    const isText = !/[\0-\x1f\x7f]/.test(text);
    this.#typed = isText && this.#typed !== undefined ? this.#typed + text : undefined;
    this.#echo.typed(bytes);
  }

  /** Something is about to be shown that answers no key: the line may look otherwise than it is. */
  doubt(screen: Screen): void {
    const line = this.read(screen);
    if (line.kind !== 'line') return;
    this.#earlierTexts = unique(line.text, [...line.otherTexts, ...this.#earlierTexts]);
  }

  /** The line of the cursor with its prompt. */
  textOf(screen: Screen): string {
    const { lines, cursorLine } = readLines(screen);
    return (lines[cursorLine] as ScreenLine).text;
  }

  /** Whether something seems to wait for a line. */
  isAtPrompt(screen: Screen): boolean {
    return isPrompt(this.textOf(screen));
  }

  /** The first key of a line is about to be sent: what stands before the cursor is the prompt. */
  beginTyping(screen: Screen): void {
    const { lines, cursorLine } = readLines(screen);
    const { text, cursorAt = 0 } = lines[cursorLine] as ScreenLine;
    const { row } = screen.buffer;
    const before = text.slice(0, cursorAt);
    this.#prompt = { text: before, rest: text.slice(cursorAt).trim(), row };
    this.#findNewPrompt(lines[cursorLine] as ScreenLine);
    this.#otherPrompt = this.#isSameLine(before, row) ? this.#lastPrompt.text : undefined;
    this.#typed = '';
    this.#earlierTexts = [];
    this.#echo.beginLine();
  }

  /** Enter is about to be sent. */
  read(screen: Screen): TypedLine {
    const { lines, cursorLine } = readLines(screen);
    if (this.isFullScreen(screen)) return { kind: 'full-screen' };
    if (!this.isTyping) this.#findNewPrompt(lines[cursorLine] as ScreenLine);
    const line = this.#readShown(lines, cursorLine);
    if (this.#echo.typedCount === 0 || this.#echo.shownCount > 0) return line;
    const isEmpty = [line.text, ...line.otherTexts].every((text) => text.trim() === '');
    if (isEmpty) return { kind: 'unseen', typed: this.#typed };
    return { ...line, isCertain: false, ...(this.#typed && { unseen: this.#typed }) };
  }

  #readShown(lines: readonly ScreenLine[], cursorLine: number): ShownLine {
    const current = lines[cursorLine] as ScreenLine;
    const known = this.#findKnown(current);
    const prompt = this.#prompt;
    if (prompt === undefined && known === undefined)
      return this.#join(readUntyped(current.text), '');
    const prompts = [prompt?.text, known, this.#otherPrompt].filter((text) => text !== undefined);
    const [text = '', ...others] = [...new Set(prompts)].sort(byLength);
    const place = { cursorLine, isContinued: this.#pending !== undefined };
    const readAs = (one: string): ShownTexts =>
      readBehind({ ...NO_PROMPT, ...prompt, text: one }, lines, place);
    const also = others.flatMap((other) => readAs(other).texts);
    return this.#join(this.#check(withTexts(readAs(text), also)), text);
  }

  /** Enter was sent. */
  endLine(line: TypedLine): void {
    const prompt = this.#prompt?.text ?? '';
    this.#lastPrompt = this.#prompt ?? NO_PROMPT;
    this.#prompt = undefined;
    this.#cancelledRow = undefined;
    this.#echo.beginLine();
    if (line.kind !== 'line') return;
    if (line.isCertain && isShellPrompt(prompt)) {
      this.#known = [prompt, ...this.#known.filter((text) => text !== prompt)].slice(
        0,
        PROMPTS_KEPT,
      );
    }
    const isOpen = isIncomplete(line.text) && line.text.length < PENDING_LENGTH_MAX;
    this.#pending = isOpen
      ? { text: line.text, prompt: this.#pending?.prompt ?? prompt }
      : undefined;
  }

  /** The line was given up: Ctrl-C. */
  cancel(screen: Screen): void {
    this.#pending = undefined;
    if (this.#cancelledRow === undefined) {
      this.#lastPrompt = this.#prompt ?? this.#lastPrompt;
      this.#cancelledRow = screen.buffer.row;
    }
    this.#prompt = undefined;
    this.#echo.beginLine();
  }

  #findNewPrompt({ text, rows }: ScreenLine): void {
    const row = this.#cancelledRow;
    if (row !== undefined && isPrompt(text) && !rows.includes(row)) this.#cancelledRow = undefined;
  }

  /** Holds what the screen shows against what was typed, and what it showed before. */
  #check(read: ShownTexts): ShownTexts {
    const typed = this.#echo.shownCount > 0 ? (this.#typed ?? '') : '';
    const isTyped = typed === '' || read.texts.some((text) => text.trim() === typed.trim());
    const others = [...(isTyped ? [] : [typed]), ...this.#earlierTexts];
    // If a key waits behind Ctrl-C, bash keeps the line on the screen, and runs it without its first character.
    const kept = this.#cancelledRow === undefined ? [] : read.texts.map((text) => text.slice(1));
    return withTexts(read, [...kept, ...others]);
  }

  /** Whether Enter was no end of the line after all: Ctrl-V before it makes it a character of the line. */
  #isSameLine(before: string, row: ScreenRow): boolean {
    const last = this.#lastPrompt;
    return (
      before.startsWith(last.text) &&
      before.length > last.text.length &&
      (last.text !== '' || last.row === row)
    );
  }

  /** The longest prompt that stands at the beginning of a line. */
  #findKnown({ text }: ScreenLine): string | undefined {
    const found = this.#known.filter((prompt) => `${text} `.startsWith(prompt));
    return found.sort(byLength)[0];
  }

  /** Puts a line behind those that a shell may still hold. */
  #join(read: ShownTexts, prompt: string): ShownLine {
    const { texts, isCertain } = read;
    const pending = this.#pending;
    const [text = '', ...others] = texts;
    if (pending === undefined) return { kind: 'line', text, otherTexts: others, isCertain };
    const joined = texts.map((one) => `${pending.text}\n${one}`);
    // At the same prompt it may be a command of its own after all.
    const isAgain = prompt === pending.prompt;
    const [first = '', ...rest] = joined;
    return {
      kind: 'line',
      text: first,
      otherTexts: isAgain ? [...rest, ...texts] : rest,
      isCertain: isCertain && !isAgain,
    };
  }
}

/** The longest first. */
function byLength(left: string, right: string): number {
  return right.length - left.length;
}
