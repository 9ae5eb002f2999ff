import { applyControl, applyControlSequence, applyEscape } from './apply-sequence.ts';
import type { EchoQueue } from './echo-queue.ts';
import { Screen, type ScreenSize } from './screen.ts';
import type { TerminalOutput } from './terminal-output.ts';
import { type ControlSequence, TerminalTokenizer, type TokenSink } from './terminal-tokenizer.ts';

const NOTHING: Buffer = Buffer.alloc(0);

/** Output that passes as it is, and draws a screen on its way. */
export class ScreenOutput implements TerminalOutput {
  readonly screen: Screen;
  readonly isHolding = false;
  readonly #tokenizer: TerminalTokenizer;

  /** @param echo Is told of each character. Default: nobody is. */
  constructor(size: ScreenSize, echo?: EchoQueue) {
    this.screen = new Screen(size);
    this.#tokenizer = new TerminalTokenizer(sinkOf(this.screen, echo));
  }

  push(bytes: Buffer): Buffer {
    this.#tokenizer.push(bytes);
    return bytes;
  }

  flush(): Buffer {
    return NOTHING;
  }

  end(): Buffer {
    return NOTHING;
  }

  insert(bytes: Buffer): Buffer {
    new TerminalTokenizer(sinkOf(this.screen, undefined)).push(bytes);
    return bytes;
  }

  resize(size: ScreenSize): Buffer {
    this.screen.resize(size);
    return NOTHING;
  }
}

function sinkOf(screen: Screen, echo: EchoQueue | undefined): TokenSink {
  const print = (codePoint: number): void => {
    echo?.isEcho(codePoint);
    screen.print(codePoint, 0, 0);
  };
  return {
    text(bytes, start, end) {
      for (let offset = start; offset < end; offset++) print(bytes[offset] as number);
    },
    character: print,
    malformed: () => print(0xfffd),
    control(byte) {
      echo?.endLine(byte);
      applyControl(screen, byte);
    },
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

/** As many as rows have columns, mostly: more would let a few bytes cost much. */
const REPETITIONS_MAX = 300;

/** How often REP draws. */
export function repetitionsOf({ parameters }: ControlSequence): number {
  return Math.min(Number.parseInt(parameters, 10) || 1, REPETITIONS_MAX);
}
