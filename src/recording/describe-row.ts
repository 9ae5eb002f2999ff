import { shownAt } from '../terminal/repaint.ts';
import type { Screen } from '../terminal/screen.ts';
import { type ScreenRow, WIDE_TAIL } from '../terminal/screen-row.ts';
import type { ScreenRun } from './recorded-event.ts';

type Look = Omit<ScreenRun, 'text'>;

const PLAIN: Look = {};

/** The first sixteen colours, as xterm has them, but for a blue that can be read on black. */
const PALETTE: readonly string[] = [
  '#000000',
  '#cd0000',
  '#00cd00',
  '#cdcd00',
  '#3b78ff',
  '#cd00cd',
  '#00cdcd',
  '#e5e5e5',
  '#7f7f7f',
  '#ff0000',
  '#00ff00',
  '#ffff00',
  '#5c5cff',
  '#ff00ff',
  '#00ffff',
  '#ffffff',
];
/** Steps of the cube of colours 16 to 231. */
const CUBE: readonly number[] = [0, 95, 135, 175, 215, 255];

/** A row of a screen, as its client sees it, as runs of characters that look alike; what is blank at its end is left out. */
export function describeRow(screen: Screen, row: ScreenRow): readonly ScreenRun[] {
  const runs: (ScreenRun & { text: string })[] = [];
  let style = -1;
  for (let column = 0; column < row.columns; column++) {
    const codePoint = row.codePoints[column] ?? 0;
    if (codePoint === WIDE_TAIL) continue;
    const text = shownAt(row, column);
    const own = row.styles[column] ?? 0;
    const last = runs.at(-1);
    if (own === style && last !== undefined) last.text += text;
    else runs.push({ text, ...describeStyle(screen.styles.parametersOf(own)) });
    style = own;
  }
  const last = runs.at(-1);
  if (last !== undefined && last.background === undefined && last.isInverse === undefined) {
    last.text = last.text.trimEnd();
    if (last.text === '') runs.pop();
  }
  return runs;
}

/** @param parameters Of an `SGR` that sets all of it, such as `0;1;31`. */
export function describeStyle(parameters: string): Look {
  if (parameters === '0') return PLAIN;
  const words = parameters.split(/[;:]/).map(Number);
  let look: Look = PLAIN;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    if (word === 38 || word === 48 || word === 58) {
      const { colour, taken } = readColour(words.slice(index + 1));
      index += taken;
      if (colour !== undefined && word === 38) look = { ...look, foreground: colour };
      else if (colour !== undefined && word === 48) look = { ...look, background: colour };
    } else {
      look = { ...look, ...describeWord(word) };
    }
  }
  return look;
}

function describeWord(word: number): Look {
  if (word === 1) return { isBold: true };
  if (word === 4 || word === 21) return { isUnderlined: true };
  if (word === 7) return { isInverse: true };
  const colour = PALETTE[(word % 10) + (word >= 90 ? 8 : 0)];
  if (colour === undefined) return PLAIN;
  if ((word >= 30 && word <= 37) || (word >= 90 && word <= 97)) return { foreground: colour };
  if ((word >= 40 && word <= 47) || (word >= 100 && word <= 107)) return { background: colour };
  return PLAIN;
}

/** What follows 38 or 48: `5;n` or `2;r;g;b`. */
function readColour(words: readonly number[]): {
  readonly colour: string | undefined;
  readonly taken: number;
} {
  const [kind, ...values] = words;
  if (kind === 5) return { colour: indexed(values[0] ?? 0), taken: 2 };
  if (kind !== 2) return { colour: undefined, taken: 1 };
  const [red = 0, green = 0, blue = 0] = values;
  return { colour: toHex(red, green, blue), taken: 4 };
}

function indexed(index: number): string | undefined {
  if (index < 16) return PALETTE[index];
  if (index > 255) return undefined;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return toHex(grey, grey, grey);
  }
  const place = index - 16;
  const step = (divisor: number): number => CUBE[Math.floor(place / divisor) % 6] ?? 0;
  return toHex(step(36), step(6), step(1));
}

function toHex(...parts: readonly [number, number, number]): string {
  return `#${parts.map((part) => Math.min(255, part).toString(16).padStart(2, '0')).join('')}`;
}
