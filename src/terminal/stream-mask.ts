import type { Finding } from '../masking/detectors/finding.ts';
import type { OutputDetectors } from '../masking/detectors/open-tail.ts';
import { replacementOf } from '../masking/detectors/replacement.ts';
import { TableHeader } from './table-header.ts';

/** Bytes that were shown before and say what follows means. */
const CONTEXT_BYTES = 2_048;
/** A line that is longer is shown in pieces. */
const LINE_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;
const BACKSPACE = 0x08;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Masks what a program writes that has no terminal: each value is replaced by its class.
 *
 * Whole lines are shown at once. The beginning of a line is held back until `flush`; what of it may be the beginning of a
 * value, and is telling, until more comes.
 */
export class StreamMask {
  readonly #parts: OutputDetectors;
  readonly #header = new TableHeader();
  /** The end of what was shown, as it was before it was masked. */
  #context: Buffer = NOTHING;
  #held: Buffer = NOTHING;

  constructor(parts: OutputDetectors) {
    this.#parts = parts;
  }

  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Takes output of the program, and returns what may be shown now. */
  push(bytes: Buffer): Buffer {
    this.#held = Buffer.concat([this.#held, bytes]);
    const lines = this.#held.lastIndexOf(LINE_FEED) + 1;
    if (this.#held.length - lines > LINE_BYTES_MAX) return this.#release(this.#openStart());
    return lines === 0 ? NOTHING : this.#release(lines);
  }

  /** Returns what is held back, but for what may be the beginning of a value. */
  flush(): Buffer {
    return this.#release(this.#openStart());
  }

  /** Returns the rest: nothing comes any more. */
  end(): Buffer {
    return this.#release(this.#held.length);
  }

  /** Where what is telling begins. */
  #openStart(): number {
    const all = Buffer.concat([this.#context, this.#held]);
    const { start, isTelling } = this.#parts.findOpenTail(all, 0, all.length);
    return isTelling ? Math.max(0, start - this.#context.length) : this.#held.length;
  }

  #release(count: number): Buffer {
    if (count === 0) return NOTHING;
    const near = Buffer.concat([this.#context, this.#held]);
    const header = Buffer.from(this.#headerBefore(near));
    const text = Buffer.concat([header, near]);
    const start = header.length + this.#context.length;
    const findings = this.#find(text);
    const end = endOutside(findings, start + count);
    const shown = replaceFindings(text, findings, { start, end });
    this.#header.follow(wholeLines(text.subarray(header.length, end), this.#context.length));
    this.#context = Buffer.from(lastLines(text.subarray(header.length, end)));
    this.#held = Buffer.from(text.subarray(end));
    return shown;
  }

  #headerBefore(text: Buffer): string {
    if (!this.#header.isKnown) return '';
    const [first = '', second = ''] = wholeLines(text, this.#context.length).split('\n', 2);
    return this.#header.textBefore(first, second);
  }

  #find(text: Buffer): readonly Finding[] {
    const { detectors } = this.#parts;
    const { bytes, origins } = foldControls(text);
    const findings = detectors.find(bytes, 0, bytes.length);
    if (origins === undefined) return findings;
    return findings.map(({ start, end, className }) => ({
      start: origins[start] as number,
      end: (origins[end - 1] as number) + 1,
      className,
    }));
  }
}

/** What is kept of the end of a text: less than `CONTEXT_BYTES` if it begins with a line, else as many. */
function lastLines(text: Buffer): Buffer {
  if (text.length < CONTEXT_BYTES) return text;
  const start = text.indexOf(LINE_FEED, text.length - CONTEXT_BYTES) + 1;
  const isLine = start !== 0 && start !== text.length;
  return text.subarray(isLine ? start : text.length - CONTEXT_BYTES);
}

/**
 * The lines that are in a text from their beginning to their end.
 *
 * @param contextLength Bytes of its beginning that are kept of what was before, and may begin within a line.
 */
function wholeLines(text: Buffer, contextLength: number): string {
  const start = contextLength < CONTEXT_BYTES ? 0 : text.indexOf(LINE_FEED) + 1;
  return text.toString('latin1', start, Math.max(start, text.lastIndexOf(LINE_FEED) + 1));
}

/** The end of what is shown, moved behind a value that it would part: the value is there as a whole. */
function endOutside(findings: readonly Finding[], end: number): number {
  return findings.find((finding) => finding.start < end && finding.end > end)?.end ?? end;
}

function replaceFindings(
  text: Buffer,
  findings: readonly Finding[],
  { start, end }: { readonly start: number; readonly end: number },
): Buffer {
  const parts: Buffer[] = [];
  let from = start;
  for (const finding of findings) {
    if (finding.end <= start || finding.start >= end) continue;
    const value = text.toString('latin1', finding.start, finding.end);
    parts.push(text.subarray(from, Math.max(from, finding.start)));
    parts.push(Buffer.from(replacementOf(finding.className, value)));
    from = finding.end;
  }
  parts.push(text.subarray(from, Math.max(from, end)));
  return Buffer.concat(parts);
}

interface FoldedControls {
  readonly bytes: Buffer;
  /** By offset in `bytes`: the offset in the original. Undefined where they are the same. */
  readonly origins: readonly number[] | undefined;
}

/** Text as a terminal would show it where the client has one after all: what is struck over, and what shows nothing, is left out. */
function foldControls(text: Buffer): FoldedControls {
  if (!text.some(isHidden)) return { bytes: text, origins: undefined };
  const bytes: number[] = [];
  const origins: number[] = [];
  for (const [offset, byte] of text.entries()) {
    if (byte === BACKSPACE && bytes.length > 0 && bytes.at(-1) !== LINE_FEED) {
      bytes.pop();
      origins.pop();
    } else if (!isHidden(byte)) {
      bytes.push(byte);
      origins.push(offset);
    }
  }
  return { bytes: Buffer.from(bytes), origins };
}

function isHidden(byte: number): boolean {
  const isShown =
    byte >= 0x20 ||
    byte === LINE_FEED ||
    byte === TAB ||
    byte === CARRIAGE_RETURN ||
    byte === ESCAPE;
  return !isShown || byte === 0x7f;
}
