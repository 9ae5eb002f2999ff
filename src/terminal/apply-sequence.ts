import type { Screen } from './screen.ts';
import type { ControlSequence } from './terminal-tokenizer.ts';

/** Applies one sequence. False if it asks for what a {@link Screen} does not follow. */
type Apply = (screen: Screen, parameters: Parameters) => boolean;

/** The numbers of a control sequence. */
class Parameters {
  readonly text: string;
  readonly numbers: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.numbers = text.split(/[;:]/).map((word) => Math.min(Number(word), 0x7fff));
  }

  /** The parameter at `index`; missing and 0 count as 1. */
  count(index = 0): number {
    return this.numbers[index] || 1;
  }

  /** The parameter at `index`; missing counts as 0. */
  number(index = 0): number {
    return this.numbers[index] ?? 0;
  }
}

/** Modes of `DECSET` that change nothing about which characters stand where: keys, mouse, blinking, reports. */
const HARMLESS_MODES: ReadonlySet<number> = new Set([
  1, 5, 8, 12, 25, 66, 67, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1034, 1035,
  1036, 1037, 1039, 1042, 1043, 2026, 2031, 2048,
]);

/** Of `XTWINOPS`: questions about the window, and the stack of titles. */
const HARMLESS_WINDOW_OPERATIONS: ReadonlySet<number> = new Set([
  11, 13, 14, 15, 16, 18, 19, 22, 23,
]);

const passes: Apply = () => true;

const MOVES: Readonly<Record<string, Apply>> = {
  A: (screen, parameters) => moveVertically(screen, -parameters.count()),
  B: (screen, parameters) => moveVertically(screen, parameters.count()),
  C: (screen, parameters) => moveHorizontally(screen, parameters.count()),
  D: (screen, parameters) => moveHorizontally(screen, -parameters.count()),
  E: (screen, parameters) => {
    moveVertically(screen, parameters.count());
    return moveToColumn(screen, 0);
  },
  F: (screen, parameters) => {
    moveVertically(screen, -parameters.count());
    return moveToColumn(screen, 0);
  },
  G: (screen, parameters) => moveToColumn(screen, parameters.count() - 1),
  H: moveToPlace,
  I: (screen, parameters) => {
    const { cursor } = screen.buffer;
    if (cursor.column >= screen.columns) return true;
    for (let done = 0; done < Math.min(parameters.count(), screen.columns); done++) screen.tab();
    return true;
  },
  Z: (screen, parameters) => {
    const { cursor } = screen.buffer;
    if (cursor.column >= screen.columns) return true;
    for (let done = 0; done < Math.min(parameters.count(), screen.columns); done++)
      cursor.column = screen.previousTabStop(cursor.column);
    return true;
  },
  '`': (screen, parameters) => moveToColumn(screen, parameters.count() - 1),
  a: (screen, parameters) => moveHorizontally(screen, parameters.count()),
  d: (screen, parameters) => {
    screen.clampColumn();
    screen.moveTo(parameters.count() - 1, screen.buffer.cursor.column);
    return true;
  },
  e: (screen, parameters) => moveVertically(screen, parameters.count()),
  f: moveToPlace,
  s: (screen, parameters) => {
    if (parameters.text !== '') return false;
    screen.saveCursor();
    return true;
  },
  u: (screen, parameters) => {
    if (parameters.text !== '') return false;
    screen.restoreCursor();
    return true;
  },
  r: (screen, parameters) => {
    const { buffer } = screen;
    const top = parameters.count() - 1;
    const bottom = Math.min(parameters.numbers[1] || screen.rowCount, screen.rowCount) - 1;
    if (bottom > top) {
      buffer.marginTop = top;
      buffer.marginBottom = bottom;
      screen.moveTo(0, 0);
    }
    return true;
  },
};

const CHANGES: Readonly<Record<string, Apply>> = {
  '@': (screen, parameters) => {
    screen.clampColumn();
    const { row, cursor } = screen.buffer;
    screen.loseFrom(row, cursor.column, row.columns);
    row.insertBlanks(cursor.column, parameters.count());
    return true;
  },
  P: (screen, parameters) => {
    screen.clampColumn();
    const { row, cursor } = screen.buffer;
    screen.loseFrom(row, cursor.column, row.columns);
    row.deleteCells(cursor.column, parameters.count());
    return true;
  },
  X: (screen, parameters) => {
    screen.clampColumn();
    const { row, cursor } = screen.buffer;
    screen.erase(row, cursor.column, Math.min(row.columns, cursor.column + parameters.count()));
    return true;
  },
  J: eraseInDisplay,
  K: eraseInLine,
  '?J': eraseInDisplay,
  '?K': eraseInLine,
  L: (screen, parameters) => shiftRows(screen, parameters.count(), 'down'),
  M: (screen, parameters) => shiftRows(screen, parameters.count(), 'up'),
  S: (screen, parameters) => {
    screen.scrollUp(parameters.count());
    return true;
  },
  T: (screen, parameters) => {
    if (parameters.numbers.length > 1) return false;
    screen.scrollDown(parameters.count());
    return true;
  },
};

const MODES: Readonly<Record<string, Apply>> = {
  m: (screen, parameters) => {
    screen.setRendition(parameters.text);
    return true;
  },
  g: (screen, parameters) => {
    if (parameters.number() === 0) screen.clearTabStop();
    else if (parameters.number() === 3) screen.clearTabStops();
    return true;
  },
  h: (screen, parameters) => setModes(screen, parameters, true),
  l: (screen, parameters) => setModes(screen, parameters, false),
  '?h': (screen, parameters) => setPrivateModes(screen, parameters, true),
  '?l': (screen, parameters) => setPrivateModes(screen, parameters, false),
  '!p': (screen) => {
    screen.softReset();
    return true;
  },
};

/** What a terminal answers, and what says nothing about characters. */
const HARMLESS: Readonly<Record<string, Apply>> = {
  ...Object.fromEntries(
    ['c', '>c', '=c', 'n', '?n', '>n', '>q', '$p', '?$p', ' q', '>m', '?m', '>p'].map((name) => [
      name,
      passes,
    ]),
  ),
  ...Object.fromEntries(['?u', '>u', '=u', '<u'].map((name) => [name, passes])),
  t: (_screen, parameters) => HARMLESS_WINDOW_OPERATIONS.has(parameters.number()),
};

const SEQUENCES: ReadonlyMap<string, Apply> = new Map(
  Object.entries({ ...MOVES, ...CHANGES, ...MODES, ...HARMLESS }),
);

/**
 * Applies a control sequence. REP is the caller's: it knows where in the output the characters begin.
 *
 * @returns False, and nothing is changed, if the screen does not follow it: copies of rectangles, printing, …
 */
export function applyControlSequence(screen: Screen, sequence: ControlSequence): boolean {
  const { prefix, parameters, intermediates, final } = sequence;
  const apply = SEQUENCES.get(`${prefix}${intermediates}${final}`);
  return apply?.(screen, new Parameters(parameters)) ?? false;
}

/** Applies a C0 control. */
export function applyControl(screen: Screen, byte: number): void {
  switch (byte) {
    case 0x08:
      return screen.backspace();
    case 0x09:
      return screen.tab();
    case 0x0a:
    case 0x0b:
    case 0x0c:
      return screen.lineFeed();
    case 0x0d:
      return screen.carriageReturn();
    case 0x0e:
      return screen.shiftTo(1);
    case 0x0f:
      return screen.shiftTo(0);
    default:
      return;
  }
}

/** Applies an escape sequence; false, and nothing is changed, if the screen does not follow it. */
export function applyEscape(screen: Screen, intermediates: string, final: string): boolean {
  switch (`${intermediates}${final}`) {
    case '7':
      screen.saveCursor();
      return true;
    case '8':
      screen.restoreCursor();
      return true;
    case 'D':
      lineFeedOnly(screen);
      return true;
    case 'E':
      lineFeedOnly(screen);
      screen.carriageReturn();
      return true;
    case 'H':
      screen.setTabStop();
      return true;
    case 'M':
      screen.reverseLineFeed();
      return true;
    case 'c':
      screen.reset();
      return true;
    case '=':
    case '>':
    case 'Z':
    case '%G':
      return true;
    default:
      return applyDesignation(screen, intermediates, final);
  }
}

function lineFeedOnly(screen: Screen): void {
  const wasNewLine = screen.isNewLine;
  screen.isNewLine = false;
  screen.lineFeed();
  screen.isNewLine = wasNewLine;
}

/** G2 and G3 may be designated: nothing that is followed shows them. */
function applyDesignation(screen: Screen, intermediates: string, final: string): boolean {
  if (final !== 'B' && final !== '0') return false;
  if (intermediates === '(') screen.setCharset(0, final);
  else if (intermediates === ')') screen.setCharset(1, final);
  else return intermediates === '*' || intermediates === '+';
  return true;
}

function moveToPlace(screen: Screen, parameters: Parameters): boolean {
  screen.moveTo(parameters.count(0) - 1, parameters.count(1) - 1);
  return true;
}

function moveToColumn(screen: Screen, column: number): boolean {
  screen.buffer.cursor.column = Math.min(column, screen.columns - 1);
  return true;
}

function moveHorizontally(screen: Screen, by: number): boolean {
  screen.clampColumn();
  const { cursor } = screen.buffer;
  cursor.column = Math.max(0, Math.min(cursor.column + by, screen.columns - 1));
  return true;
}

/** Margins hold a cursor that is between them. */
function moveVertically(screen: Screen, by: number): boolean {
  screen.clampColumn();
  const { cursor, marginTop, marginBottom } = screen.buffer;
  const top = cursor.row >= marginTop ? marginTop : 0;
  const bottom = cursor.row <= marginBottom ? marginBottom : screen.rowCount - 1;
  cursor.row = Math.max(top, Math.min(cursor.row + by, bottom));
  return true;
}

function eraseInDisplay(screen: Screen, parameters: Parameters): boolean {
  const { cursor, row } = screen.buffer;
  switch (parameters.number()) {
    case 0:
      if (cursor.row === 0 && cursor.column === 0) screen.buffer.beforeErasure();
      screen.erase(row, cursor.column, row.columns);
      screen.eraseRows(cursor.row + 1, screen.rowCount);
      return true;
    case 1:
      screen.eraseRows(0, cursor.row);
      screen.erase(row, 0, Math.min(cursor.column + 1, row.columns));
      return true;
    case 2:
      screen.buffer.beforeErasure();
      screen.eraseRows(0, screen.rowCount);
      return true;
    default:
      return parameters.number() === 3;
  }
}

function eraseInLine(screen: Screen, parameters: Parameters): boolean {
  const { cursor, row } = screen.buffer;
  switch (parameters.number()) {
    case 0:
      screen.erase(row, cursor.column, row.columns);
      return true;
    case 1:
      screen.erase(row, 0, Math.min(cursor.column + 1, row.columns));
      return true;
    case 2:
      screen.erase(row, 0, row.columns);
      return true;
    default:
      return false;
  }
}

/** Inserts or deletes rows at the cursor, within the margins. */
function shiftRows(screen: Screen, count: number, direction: 'up' | 'down'): boolean {
  const { buffer } = screen;
  const { cursor, marginTop, marginBottom } = buffer;
  screen.clampColumn();
  if (cursor.row < marginTop || cursor.row > marginBottom) return true;
  if (direction === 'up') screen.scrollUp(count, cursor.row);
  else screen.scrollDown(count, cursor.row);
  cursor.column = 0;
  return true;
}

function setModes(screen: Screen, { numbers }: Parameters, isSet: boolean): boolean {
  if (!numbers.every((mode) => mode === 4 || mode === 20)) return false;
  for (const mode of numbers) {
    if (mode === 4) screen.isInsert = isSet;
    else screen.isNewLine = isSet;
  }
  return true;
}

const FOLLOWED_MODES: Readonly<Record<number, (screen: Screen, isSet: boolean) => void>> = {
  6: (screen, isSet) => {
    screen.isOrigin = isSet;
    screen.moveTo(0, 0);
  },
  7: (screen, isSet) => {
    screen.isWrapping = isSet;
  },
  47: switchScreen,
  1047: switchScreen,
  1048: (screen, isSet) => (isSet ? screen.saveCursor() : screen.restoreCursor()),
  1049: (screen, isSet) => {
    if (isSet) screen.saveCursor();
    switchScreen(screen, isSet);
    if (!isSet) screen.restoreCursor();
  },
  2004: (screen, isSet) => {
    screen.isBracketedPaste = isSet;
  },
};

function switchScreen(screen: Screen, isSet: boolean): void {
  screen.switchTo(isSet ? 'alternate' : 'main');
}

function setPrivateModes(screen: Screen, { numbers }: Parameters, isSet: boolean): boolean {
  const areKnown = numbers.every((mode) => mode in FOLLOWED_MODES || HARMLESS_MODES.has(mode));
  if (!areKnown) return false;
  for (const mode of numbers) FOLLOWED_MODES[mode]?.(screen, isSet);
  return true;
}
