import type { Detectors } from '../masking/detectors/detectors.ts';
import type { OutputDetectors } from '../masking/detectors/open-tail.ts';
import { applyControl, applyControlSequence, applyEscape } from './apply-sequence.ts';
import { EchoQueue } from './echo-queue.ts';
import { HeldOutput } from './held-output.ts';
import { maskString } from './mask-string.ts';
import { OpenEnd } from './open-end.ts';
import { repaint } from './repaint.ts';
import { Screen, type ScreenSize } from './screen.ts';
import { ScreenFindings } from './screen-findings.ts';
import { isRepetition, repetitionsOf } from './screen-output.ts';
import { KNOWN, MASKED, PROVISIONAL, type ScreenRow, TO_REDRAW, WIDE_TAIL } from './screen-row.ts';
import type { TerminalOutput } from './terminal-output.ts';
import {
  type ControlSequence,
  type StringKind,
  TerminalTokenizer,
  type TokenSink,
} from './terminal-tokenizer.ts';
import type { Place } from './visible-text.ts';

/** Output that is held back at most; more of it draws nothing, or is not meant for people. */
const HELD_BYTES_MAX = 64 * 1024;
/** Line breaks after which a long output is looked through. */
const LINES_MAX = 12;
const NOTHING: Buffer = Buffer.alloc(0);

/** What shows nothing, or turns text around: signs of width and direction. Terminals differ in what they make of them. */
const INVISIBLE =
  /^[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]$/u;

/**
 * Masks what a program shows in a terminal.
 *
 * Keeps the screen as it would be, and sends the program's output with a star in place of each character that is
 * part of a value there, of as many columns: everything else, and where everything stands, is as it would be. The end of
 * the output is held back while it may be the beginning of a value (`isHolding`); `flush` sends it after a while,
 * as stars if it is telling. What proves to be part of a value only later is drawn over.
 */
export class OutputMask implements TerminalOutput {
  readonly screen: Screen;
  readonly #held = new HeldOutput();
  readonly #echo: EchoQueue;
  readonly #findings: ScreenFindings;
  readonly #openEnd: OpenEnd;
  readonly #tokenizer: TerminalTokenizer;
  readonly #detectors: Detectors;
  /** Where the next character begins in the output. */
  #next = 0;
  #linesSinceCheck = 0;
  /** What is drawn is the gateway's own. */
  #isOwn = false;
  /** Whether a character may be `PROVISIONAL` or `TO_REDRAW`. */
  #hasFlagged = false;
  /** What was written before the size changed last stands who knows where. */
  #reachableFrom = 0;

  constructor(
    size: ScreenSize,
    { detectors, findOpenTail }: OutputDetectors,
    echo: EchoQueue = new EchoQueue(),
  ) {
    this.#echo = echo;
    this.screen = new Screen(size, () => this.#check('near'));
    this.#detectors = detectors;
    this.#findings = new ScreenFindings(detectors);
    this.#openEnd = new OpenEnd(findOpenTail);
    this.#tokenizer = new TerminalTokenizer(this.#sink());
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  push(bytes: Uint8Array): Buffer {
    const { buffer } = this.screen;
    if (this.#echo.takeTyped()) buffer.prompts.remember(buffer.row, buffer.cursor.column);
    this.#tokenizer.push(bytes);
    return this.#settle('hold');
  }

  flush(): Buffer {
    return this.#settle('show');
  }

  end(): Buffer {
    return this.#settle('end');
  }

  insert(bytes: Buffer): Buffer {
    const shown = this.#settle('show');
    this.#isOwn = true;
    new TerminalTokenizer(this.#sink()).push(bytes);
    this.#isOwn = false;
    return Buffer.concat([shown, this.#settle('show')]);
  }

  resize(size: ScreenSize): Buffer {
    const shown = this.#settle('show');
    this.screen.resize(size);
    this.#reachableFrom = this.#held.end;
    return shown;
  }

  #sink(): TokenSink {
    return {
      text: (bytes, start, end) => this.#takeText(bytes, start, end),
      character: (codePoint) => this.#takeCharacter(codePoint),
      malformed: () => this.#takeCharacter(0xfffd),
      control: (byte) => this.#takeControl(byte),
      escape: (intermediates, final) => this.#takeEscape(intermediates, final),
      controlSequence: (sequence) => this.#takeSequence(sequence),
      string: (kind, body) => this.#takeString(kind, body),
    };
  }

  #takeText(bytes: Uint8Array, start: number, end: number): void {
    const { screen } = this;
    for (let offset = start; offset < end; offset++) {
      const codePoint = bytes[offset] as number;
      const origin = this.#next++;
      screen.print(codePoint, origin, this.#flagsOf(codePoint));
    }
    this.#held.append(bytes, start, end);
  }

  #flagsOf(codePoint: number): number {
    return this.#isOwn || this.#echo.isEcho(codePoint) ? KNOWN : 0;
  }

  #takeCharacter(codePoint: number): void {
    const character = String.fromCodePoint(codePoint);
    if (INVISIBLE.test(character)) return;
    const bytes = Buffer.from(character);
    const origin = this.#next;
    this.#next += bytes.length;
    this.screen.print(codePoint, origin, this.#flagsOf(codePoint));
    this.#held.append(bytes);
  }

  #takeControl(byte: number): void {
    this.#echo.endLine(byte);
    applyControl(this.screen, byte);
    this.#pass(String.fromCharCode(byte));
    if (byte !== 0x0a) return;
    this.#linesSinceCheck += 1;
    if (this.#linesSinceCheck >= Math.min(LINES_MAX, this.screen.rowCount / 2)) this.#check('all');
  }

  #takeEscape(intermediates: string, final: string): void {
    if (applyEscape(this.screen, intermediates, final)) this.#pass(`\x1b${intermediates}${final}`);
  }

  #takeSequence(sequence: ControlSequence): void {
    const { lastCharacter } = this.screen;
    if (isRepetition(sequence)) {
      if (lastCharacter === undefined) return;
      const count = repetitionsOf(sequence);
      if (lastCharacter < 0x80) this.#takeText(Buffer.alloc(count, lastCharacter), 0, count);
      else for (let done = 0; done < count; done++) this.#takeCharacter(lastCharacter);
      return;
    }
    if (!applyControlSequence(this.screen, sequence)) return;
    const { prefix, parameters, intermediates, final } = sequence;
    this.#pass(`\x1b[${prefix}${parameters}${intermediates}${final}`);
  }

  #takeString(kind: StringKind, body: Buffer | undefined): void {
    const masked = body === undefined ? undefined : maskString(kind, body, this.#detectors);
    if (masked !== undefined) this.#pass(masked);
  }

  /** Sends on what draws nothing by itself. */
  #pass(sequence: string): void {
    this.#held.appendText(sequence);
    this.#next = this.#held.end;
  }

  /** Looks through what changed on the screen, and returns the columns of values that may go on: stars there stay. */
  #check(context: 'all' | 'near'): ReadonlySet<string> {
    const { screen } = this;
    this.#linesSinceCheck = 0;
    const found = new Set<string>();
    this.#findings.find(screen, context, (places) => {
      const isOpen = places.some((place) => isBeforeCursor(screen, place));
      for (const place of places) {
        if (isOpen) found.add(keyOf(place));
        this.#mask(place, isOpen ? MASKED | PROVISIONAL : MASKED);
      }
    });
    screen.uncheckedFrom = this.#next;
    return found;
  }

  #mask({ row: index, column }: Place, flags: number): void {
    const { screen } = this;
    const row = screen.buffer.rowAt(index);
    const before = row.flags[column] as number;
    if (row.isBlankAt(column)) return;
    if ((before & MASKED) !== 0) {
      if ((flags & PROVISIONAL) === 0) row.flags[column] = before & ~PROVISIONAL;
      return;
    }
    row.flags[column] = before | flags;
    if ((flags & PROVISIONAL) !== 0) this.#hasFlagged = true;
    const width = isWideAt(row, column) ? 2 : 1;
    let origin = row.origins[column];
    if (origin === undefined || !this.#held.isHeld(origin)) this.#redraw(row, column);
    while (origin !== undefined && this.#held.isHeld(origin)) {
      this.#held.star(origin, width);
      origin = screen.copyOf(origin);
    }
  }

  #redraw(row: ScreenRow, column: number): void {
    if ((row.origins[column] as number) < this.#reachableFrom) return;
    row.flags[column] = (row.flags[column] as number) | TO_REDRAW;
    this.#hasFlagged = true;
  }

  /** Takes back stars of what is part of no value, and may not become one. */
  #unmask(found: ReadonlySet<string>, telling: readonly Place[]): void {
    const provisional = this.#findFlagged(PROVISIONAL);
    if (provisional.length === 0) return;
    const stays = new Set([...found, ...telling.map(keyOf)]);
    for (const place of provisional) {
      if (stays.has(keyOf(place))) continue;
      const { column } = place;
      const row = this.screen.buffer.rowAt(place.row);
      row.flags[column] = (row.flags[column] as number) & ~(MASKED | PROVISIONAL);
      const origin = row.origins[column] as number;
      if (this.#held.isHeld(origin)) this.#held.unstar(origin);
      else this.#redraw(row, column);
    }
  }

  #settle(until: 'hold' | 'show' | 'end'): Buffer {
    const { screen } = this;
    for (const { row } of this.#findFlagged(PROVISIONAL)) screen.buffer.rowAt(row).isDirty = true;
    const found = this.#check('all');
    const open = until === 'end' ? undefined : this.#openEnd.find(screen, this.#held);
    this.#unmask(found, open?.telling ?? []);
    screen.forgetCopies(this.#held.start);
    const mayHold = until === 'hold' && this.#findFlagged(TO_REDRAW).length === 0;
    if (open !== undefined && mayHold && this.#held.length <= HELD_BYTES_MAX) {
      return this.#held.release(open.holdFrom);
    }
    for (const place of open?.telling ?? []) this.#mask(place, MASKED | PROVISIONAL);
    return Buffer.concat([this.#held.release(this.#held.end), this.#drawAnew()]);
  }

  #findFlagged(flag: number): readonly Place[] {
    if (!this.#hasFlagged) return [];
    // The main screen may keep some while the other one is shown.
    this.#hasFlagged =
      this.screen.isAlternate || findFlagged(this.screen, PROVISIONAL | TO_REDRAW).length > 0;
    return findFlagged(this.screen, flag);
  }

  /** What was sent otherwise than it should be now, and is still on the screen. */
  #drawAnew(): Buffer {
    const { screen } = this;
    const places = this.#findFlagged(TO_REDRAW);
    if (places.length === 0) return NOTHING;
    for (const { row, column } of places) {
      const { flags } = screen.buffer.rowAt(row);
      flags[column] = (flags[column] as number) & ~TO_REDRAW;
    }
    return Buffer.from(repaint(screen, places));
  }
}

/** The characters of the screen that have a flag. Flags move with what they are of. */
function findFlagged({ buffer }: Screen, flag: number): readonly Place[] {
  return buffer.rows.flatMap((row, index) =>
    row.isBlank || !row.hasFlag(flag) ? [] : columnsWith(row, index, flag),
  );
}

function columnsWith(row: ScreenRow, index: number, flag: number): readonly Place[] {
  const places: Place[] = [];
  for (const [column, flags] of row.flags.entries()) {
    if ((flags & flag) === 0 || row.codePoints[column] === WIDE_TAIL) continue;
    places.push({ row: index, column });
  }
  return places;
}

function keyOf({ row, column }: Place): string {
  return `${row};${column}`;
}

function isBeforeCursor({ buffer, columns }: Screen, { row, column }: Place): boolean {
  const { cursor } = buffer;
  const before = Math.min(cursor.column, columns) - 1;
  return (
    row === cursor.row &&
    (column === before || (column === before - 1 && isWideAt(buffer.row, column)))
  );
}

function isWideAt(row: ScreenRow, column: number): boolean {
  return row.codePoints[column + 1] === WIDE_TAIL;
}
