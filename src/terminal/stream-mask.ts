import type { Finding } from '../masking/detectors/finding.ts';
import type { OutputDetectors } from '../masking/detectors/open-tail.ts';
import { replacementOf } from '../masking/detectors/replacement.ts';
import { HeadingsFinder } from './headings.ts';
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
  readonly #headings = new HeadingsFinder();
  /** What was shown before `#context`. */
  readonly #above: TableHeader;
  /** The end of what was shown, as it was before it was masked. */
  #context: Buffer = NOTHING;
  #held: Buffer = NOTHING;

  constructor(parts: OutputDetectors) {
    this.#parts = parts;
    this.#above = new TableHeader(this.#headings);
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
    return this.#release(Math.min(this.#openStart(), this.#openRowStart()));
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

  /** Where a row begins that only its table's header tells about, as long as it has not ended. */
  #openRowStart(): number {
    const table = new TableHeader(this.#headings);
    table.add(this.#above.text);
    table.add(this.#context.toString('latin1'));
    table.add(this.#held.toString('latin1'));
    return table.isInOpenRow ? this.#held.lastIndexOf(LINE_FEED) + 1 : this.#held.length;
  }

  #release(count: number): Buffer {
    if (count === 0) return NOTHING;
    const above = Buffer.from(this.#above.text, 'latin1');
    const text = Buffer.concat([above, this.#context, this.#held]);
    const start = above.length + this.#context.length;
    const findings = this.#find(text);
    const end = endOutside(findings, start + count);
    const shown = replaceFindings(text, findings, { start, end });
    const near = text.subarray(above.length, end);
    const contextStart = Math.max(0, near.length - CONTEXT_BYTES);
    this.#above.add(near.toString('latin1', 0, contextStart));
    this.#context = Buffer.from(near.subarray(contextStart));
    this.#held = Buffer.from(text.subarray(end));
    return shown;
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
