import type { Counters } from '../content/content-masks.ts';
import type { ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';

/** A line that is longer is shown in pieces. */
const LINE_BYTES_MAX: number = 64 * 1024;
const LINE_FEED = 0x0a;

/** Looks through a log as it is written: whole lines are shown at once. */
export class LogMasker implements ContentMasker {
  readonly #counters: Counters;
  readonly #write: (bytes: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);

  constructor(counters: Counters, write: (bytes: Buffer) => void) {
    this.#counters = counters;
    this.#write = write;
  }

  push(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    const lines = this.#held.lastIndexOf(LINE_FEED) + 1;
    if (lines > 0) this.#show(lines);
    if (this.#held.length > LINE_BYTES_MAX) this.#show(this.#held.length);
  }

  end(): void {
    if (this.#held.length > 0) this.#show(this.#held.length);
  }

  describe(): EvidenceFields {
    return this.#counters.evidence.describe();
  }

  #show(length: number): void {
    const { found, evidence } = this.#counters;
    const bytes = this.#held.subarray(0, length);
    evidence.record();
    this.#write(found.redact(this.#held, 0, length) ?? Buffer.from(bytes));
    this.#held = Buffer.from(this.#held.subarray(length));
  }
}
