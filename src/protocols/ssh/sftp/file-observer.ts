import type { OpenContentMasker } from '../../../masking/content-masker.ts';
import type { EvidenceFields } from '../../../masking/rows/result-evidence.ts';
import { ContentObserver } from '../../content-observer.ts';

/** Finds out whose data a file holds that is shown as it is, as long as its bytes go by in order. */
export class FileObserver {
  readonly #observer: ContentObserver;
  #next = 0;

  constructor(openObserver: OpenContentMasker) {
    this.#observer = new ContentObserver(openObserver);
  }

  /** The next bytes are those at this offset of the file. */
  add(offset: number, bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (offset === this.#next) this.#observer.push(bytes);
    else this.#observer.lose();
    this.#next += bytes.length;
  }

  /** @param isWhole Nothing follows the last bytes. */
  describe(isWhole: boolean): EvidenceFields {
    return this.#observer.describe(isWhole);
  }
}
