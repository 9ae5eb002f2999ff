import { CopyMasker, type CopyOut } from './copy-masker.ts';
import type { ColumnMasks } from './copy-rows.ts';
import { Findings, type TextMasks } from './findings.ts';

const NOTHING: Buffer = Buffer.alloc(0);
/** Tokens are not found, but known. */
const NO_DETECTORS: TextMasks = { redact: () => undefined, redactJson: () => undefined };

/**
 * Puts vault tokens into one COPY. Where a row begins is known only once, so each message is looked at
 * first, to learn which tokens it needs, and changed when they are there.
 */
export class TokenCopy {
  readonly #first: CopyMasker;
  readonly #second: CopyMasker;
  /** Rows cannot be taken apart, so none is shown. */
  readonly #isUnreadable: boolean;

  constructor(copy: CopyOut, masks: ColumnMasks) {
    const findings = new Findings(NO_DETECTORS);
    this.#first = new CopyMasker(copy, masks, findings);
    this.#second = new CopyMasker(copy, masks, findings);
    this.#isUnreadable = copy.format === 'text' && copy.syntax === undefined;
  }

  /** Looks up the tokens of a whole `CopyData` message. To be called once for each, in their order. */
  look(message: Buffer): void {
    if (!this.#isUnreadable) this.#first.data(message, 0, message.length);
  }

  /** The message with its tokens. To be called once for each that was looked at. */
  data(message: Buffer): Buffer {
    if (this.#isUnreadable) return NOTHING;
    return this.#second.data(message, 0, message.length) ?? message;
  }

  /** @throws {ProtocolError} If the data ended inside a row. */
  done(): void {
    this.#second.done(NOTHING, 0, 0);
  }
}
