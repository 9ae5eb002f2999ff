import {
  ContentFormatError,
  type ContentMasker,
  type OpenContentMasker,
} from '../masking/content-masker.ts';
import type { EvidenceFields } from '../masking/rows/result-evidence.ts';

/** Finds out whose data a content holds that is shown as it is, as far as it can be understood. */
export class ContentObserver {
  readonly #masker: ContentMasker;
  #isLost = false;

  constructor(openObserver: OpenContentMasker) {
    this.#masker = openObserver(() => undefined);
  }

  /** Whether something went by that was not understood: nothing more is looked at. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Takes the next bytes; they are the caller's again when it returns. */
  push(bytes: Buffer): void {
    if (!this.#isLost) this.#try(() => this.#masker.push(bytes));
  }

  /** Something went by that was not pushed. */
  lose(): void {
    this.#isLost = true;
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
