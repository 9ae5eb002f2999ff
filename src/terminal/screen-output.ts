import { applyControl, applyControlSequence, applyEscape } from './apply-sequence.ts';
import { Screen, type ScreenSize } from './screen.ts';
import { type ControlSequence, TerminalTokenizer, type TokenSink } from './terminal-tokenizer.ts';

/** A screen that is drawn by what a program writes, and by nothing else. */
export class ScreenOutput {
  readonly screen: Screen;
  readonly #tokenizer: TerminalTokenizer;

  constructor(size: ScreenSize) {
    this.screen = new Screen(size);
    this.#tokenizer = new TerminalTokenizer(sinkOf(this.screen));
  }

  push(bytes: Uint8Array): void {
    this.#tokenizer.push(bytes);
  }
}

function sinkOf(screen: Screen): TokenSink {
  return {
    text(bytes, start, end) {
      for (let offset = start; offset < end; offset++) screen.print(bytes[offset] as number, 0, 0);
    },
    character: (codePoint) => screen.print(codePoint, 0, 0),
    malformed: () => screen.print(0xfffd, 0, 0),
    control: (byte) => applyControl(screen, byte),
    escape: (intermediates, final) => void applyEscape(screen, intermediates, final),
    controlSequence: (sequence) => applyOrRepeat(screen, sequence),
    string: () => undefined,
  };
}

function applyOrRepeat(screen: Screen, sequence: ControlSequence): void {
  const { lastCharacter } = screen;
  if (!isRepetition(sequence)) applyControlSequence(screen, sequence);
  else if (lastCharacter !== undefined) {
    const count = repetitionsOf(sequence);
    for (let done = 0; done < count; done++) screen.print(lastCharacter, 0, 0);
  }
}

/** REP: the last character again. */
export function isRepetition({ prefix, intermediates, final }: ControlSequence): boolean {
  return final === 'b' && prefix === '' && intermediates === '';
}

/** More than a row has columns. */
const REPETITIONS_MAX = 1_000;

/** How often REP draws. */
export function repetitionsOf({ parameters }: ControlSequence): number {
  return Math.min(Number.parseInt(parameters, 10) || 1, REPETITIONS_MAX);
}
