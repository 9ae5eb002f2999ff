import { CopyMasker, type CopyOut } from './copy-masker.ts';
import type { ColumnMasks } from './copy-rows.ts';
import type { CopySyntax } from './copy-syntax.ts';
import type { FieldMask } from './field-mask.ts';
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
    const masksOfValues = masks.map((mask) => mask && exceptNull(mask, copy.syntax));
    this.#first = new CopyMasker(copy, masksOfValues, findings);
    this.#second = new CopyMasker(copy, masksOfValues, findings);
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

/** In text format a value may be written as NULL is; what stands for one by chance is no reason to make a token of every NULL. */
function exceptNull(mask: FieldMask, syntax: CopySyntax | undefined): FieldMask {
  if (syntax?.kind !== 'text') return mask;
  const nullText = Buffer.from(syntax.nullText);
  return (bytes, start, end) =>
    nullText.compare(bytes, start, end) === 0 ? undefined : mask(bytes, start, end);
}
