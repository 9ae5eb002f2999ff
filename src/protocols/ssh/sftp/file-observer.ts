import {
  ContentFormatError,
  type ContentMasker,
  type OpenContentMasker,
} from '../../../masking/content-masker.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';

/** Finds out whose data a file holds that is shown as it is, as long as its bytes go by in order. */
export class FileObserver {
  readonly #masker: ContentMasker;
  #next = 0;
  /** Bytes went by that were not understood. */
  #isLost = false;

  constructor(openObserver: OpenContentMasker) {
    this.#masker = openObserver(() => undefined);
  }

  /** The next bytes are those at this offset of the file. */
  add(offset: number, bytes: Buffer): void {
    if (this.#isLost || bytes.length === 0) return;
    if (offset === this.#next) this.#try(() => this.#masker.push(bytes));
    else this.#isLost = true;
    this.#next += bytes.length;
  }

  /** @param isWhole Nothing follows the last bytes. */
  describe(isWhole: boolean): EvidenceFields {
    if (isWhole && !this.#isLost) this.#try(() => this.#masker.end());
    const evidence = this.#masker.describe();
    // What follows the last whole record may be somebody's, too.
    return isWhole && !this.#isLost ? evidence : { ...evidence, unseen: true };
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ContentFormatError)) throw error;
      this.#isLost = true;
    }
  }
}
