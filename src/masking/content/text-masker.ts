import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import { HeadedTable } from '../detectors/headed-table.ts';
import type { Findings } from '../rows/findings.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ByteOutput } from './byte-output.ts';
import type { ContentFindings } from './content-findings.ts';

/** Looked through at once, while everybody else waits: what is found must lie within one block. */
const BLOCK_BYTES = 64 * 1024;
/** Around a place where text may be cut: what a value and the words that announce it take. */
const REACH_BYTES = 384;
/** Places of one sort at which a cut is tried. */
const TRIES_MAX = 8;
/** How far back from the end of a block, and in which steps, a cut is tried in text that nothing separates. */
const BLIND_BYTES = 80;
const BLIND_STEP = 5;
/** Between texts, from the best. */
const SEPARATORS: readonly string[] = ['\n\n', '\r\n\r\n', '\n', ' '];
/** What else stands between texts: minified ones have nothing better. */
const PUNCTUATION: ReadonlySet<number> = new Set(Buffer.from('\t,;&|>}])"\''));

/** What is known of a text. */
export interface TextContent {
  /** Whether bytes of zero are let pass, in which detectors find nothing: UTF-16 is full of them. */
  readonly mayBeBinary: boolean;
  /** Whether it is said to be a table: values with commas, tabs or the like between them. */
  readonly isTable: boolean;
  /** A table that began before it. */
  readonly openTable?: HeadedTable | undefined;
}

/**
 * Looks through text in blocks that end, where they can, between paragraphs, else between lines, else between words, and where
 * no value goes on: what stands across two blocks is not seen as one.
 */
export class TextMasker implements ContentMasker {
  readonly #findings: Findings;
  readonly #evidence: ContentFindings;
  readonly #write: (bytes: Buffer) => void;
  readonly #mayBeBinary: boolean;
  readonly #kept = new ByteOutput();
  #keptBytes = 0;
  /** The table whose rows go on in the next block. */
  #table: HeadedTable | undefined;

  constructor(
    counters: { readonly found: Findings; readonly evidence: ContentFindings },
    { mayBeBinary, isTable, openTable }: TextContent,
    write: (bytes: Buffer) => void,
  ) {
    this.#findings = counters.found;
    this.#evidence = counters.evidence;
    this.#mayBeBinary = mayBeBinary;
    this.#table = isTable ? new HeadedTable(true) : openTable;
    this.#write = write;
  }

  /** The table whose rows may go on behind what was masked so far. */
  get openTable(): HeadedTable | undefined {
    return this.#table;
  }

  push(bytes: Buffer): void {
    if (!this.#mayBeBinary && bytes.includes(0)) {
      throw new ContentFormatError('text', 'holds bytes of zero');
    }
    this.#kept.add(bytes);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes < BLOCK_BYTES + REACH_BYTES) return;
    const all = this.#kept.take();
    let start = 0;
    while (all.length - start >= BLOCK_BYTES + REACH_BYTES) {
      const end = this.#findBlockEnd(all, start);
      this.#mask(all, start, end);
      start = end;
    }
    this.#kept.add(all.subarray(start));
    this.#keptBytes = all.length - start;
  }

  end(): void {
    const rest = this.#kept.take();
    this.#keptBytes = 0;
    if (rest.length > 0) this.#mask(rest, 0, rest.length);
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }

  /** The last good place to cut in the second half of a block. */
  #findBlockEnd(bytes: Buffer, start: number): number {
    const end = start + BLOCK_BYTES;
    const rowEnd = this.#table?.lastRowEnd(bytes.toString('latin1', start, end));
    if (rowEnd !== undefined) return start + rowEnd;
    let good: number | undefined;
    for (const place of placesToCut(bytes, end - BLOCK_BYTES / 2, end)) {
      good ??= place;
      const around = { start: place - REACH_BYTES, end: place + REACH_BYTES };
      if (this.#findings.mayPart(bytes, around, place)) return place;
    }
    return good ?? end;
  }

  #mask(bytes: Buffer, start: number, end: number): void {
    this.#evidence.record();
    const masked = this.#findings.redact(bytes, start, end, this.#table);
    this.#table = this.#findings.openTable;
    this.#table?.goOn();
    this.#write(masked ?? Buffer.from(bytes.subarray(start, end)));
  }
}

/** Places behind what separates texts, the best first and of equals the last first; then some in what separates nothing. */
function* placesToCut(bytes: Buffer, start: number, end: number): Generator<number> {
  const half = bytes.subarray(start, end);
  for (const separator of SEPARATORS) {
    let at = half.length;
    for (let tries = 0; tries < TRIES_MAX && at > 0; tries++) {
      at = half.lastIndexOf(separator, at - 1);
      if (at === -1) break;
      if (at + separator.length <= half.length) yield start + at + separator.length;
    }
  }
  let tries = 0;
  for (let at = half.length - 1; at >= 0 && tries < TRIES_MAX; at--) {
    if (!PUNCTUATION.has(half[at] as number)) continue;
    tries += 1;
    yield start + at + 1;
  }
  for (let back = 0; back < BLIND_BYTES; back += BLIND_STEP) yield end - back;
}
