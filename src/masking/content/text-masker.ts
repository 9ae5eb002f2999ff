import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { Findings } from '../rows/findings.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ByteOutput } from './byte-output.ts';
import type { ContentFindings } from './content-findings.ts';

/** Looked through at once, while everybody else waits: what is found must lie within one block. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Looks through text in blocks that end, where they can, between paragraphs, else between lines, else between words: what
 * stands across two blocks is not seen as one.
 */
export class TextMasker implements ContentMasker {
  readonly #findings: Findings;
  readonly #evidence: ContentFindings;
  readonly #write: (bytes: Buffer) => void;
  readonly #mayBeBinary: boolean;
  readonly #kept = new ByteOutput();
  #keptBytes = 0;

  /** @param mayBeBinary Whether bytes of zero are let pass, in which detectors find nothing: UTF-16 is full of them. */
  constructor(
    counters: { readonly found: Findings; readonly evidence: ContentFindings },
    mayBeBinary: boolean,
    write: (bytes: Buffer) => void,
  ) {
    this.#findings = counters.found;
    this.#evidence = counters.evidence;
    this.#mayBeBinary = mayBeBinary;
    this.#write = write;
  }

  push(bytes: Buffer): void {
    if (!this.#mayBeBinary && bytes.includes(0)) {
      throw new ContentFormatError('text', 'holds bytes of zero');
    }
    this.#kept.add(bytes);
    this.#keptBytes += bytes.length;
    if (this.#keptBytes < BLOCK_BYTES) return;
    const all = this.#kept.take();
    let start = 0;
    while (all.length - start >= BLOCK_BYTES) {
      const end = findBlockEnd(all, start, start + BLOCK_BYTES);
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

  #mask(bytes: Buffer, start: number, end: number): void {
    this.#evidence.record();
    this.#write(
      this.#findings.redact(bytes, start, end) ?? Buffer.from(bytes.subarray(start, end)),
    );
  }
}

/** The last good place to cut in the second half of a block. */
function findBlockEnd(bytes: Buffer, start: number, end: number): number {
  const middle = start + (end - start) / 2;
  const block = bytes.subarray(start, end);
  for (const separator of ['\n\n', '\r\n\r\n', '\n', ' ']) {
    const at = block.lastIndexOf(separator);
    if (at !== -1 && start + at >= middle) return start + at + separator.length;
  }
  return end;
}
