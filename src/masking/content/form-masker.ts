import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { FieldMask } from '../rows/field-mask.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import type { Counters } from './content-masks.ts';
import { KeptBytes } from './kept-bytes.ts';

/** Longest pair of a name and a value. */
const PAIR_BYTES_MAX = 1024 * 1024;
const AMPERSAND = 0x26;
const NO_BYTES: Buffer = Buffer.alloc(0);

/** What is to be masked in a form. */
export interface FormContent {
  /** What becomes of the values of a field; undefined: they stay as they are. */
  readonly maskName: (name: string) => FieldMask | undefined;
  /** The field that says whose form it is. */
  readonly patientKey: string | undefined;
}

/** Masks the values of `application/x-www-form-urlencoded` (WHATWG URL, section 5). Pairs that stay are not written anew. */
export class FormMasker implements ContentMasker {
  readonly #form: FormContent;
  readonly #counters: Counters;
  readonly #write: (bytes: Buffer) => void;
  /** A pair without its end. */
  readonly #kept = new KeptBytes();
  #isStart = true;

  constructor(form: FormContent, counters: Counters, write: (bytes: Buffer) => void) {
    this.#form = form;
    this.#counters = counters;
    this.#write = write;
  }

  push(bytes: Buffer): void {
    let looked = this.#kept.length;
    const all = this.#kept.join(bytes);
    const output: string[] = [];
    let start = 0;
    for (;;) {
      const end = all.indexOf(AMPERSAND, start + looked);
      if (end === -1) break;
      looked = 0;
      output.push(this.#mask(all.toString('latin1', start, end)), '&');
      start = end + 1;
    }
    this.#kept.keep(all, start);
    if (this.#kept.length > PAIR_BYTES_MAX) {
      throw new ContentFormatError('form', `field of more than ${PAIR_BYTES_MAX} bytes`);
    }
    if (output.length > 0) this.#write(Buffer.from(output.join(''), 'latin1'));
  }

  end(): void {
    const rest = this.#mask(this.#kept.join(NO_BYTES).toString('latin1'));
    if (rest !== '') this.#write(Buffer.from(rest, 'latin1'));
  }

  describe(): EvidenceFields {
    return this.#counters.evidence.describe();
  }

  #mask(pair: string): string {
    const { evidence, found } = this.#counters;
    if (this.#isStart) evidence.record();
    this.#isStart = false;
    if (pair === '') return pair;
    const equals = pair.indexOf('=');
    const writtenName = equals === -1 ? pair : pair.slice(0, equals);
    const nameBytes = Buffer.from(decodeFormText(writtenName));
    // A name may be a value, too.
    const masked = found.redact(nameBytes, 0, nameBytes.length)?.toString('utf8');
    const name = masked === undefined ? writtenName : encodeURIComponent(masked);
    if (equals === -1) return name;
    const written = pair.slice(equals + 1);
    const value = Buffer.from(decodeFormText(written));
    if (nameBytes.toString('utf8') === this.#form.patientKey) evidence.see(value.toString('utf8'));
    const mask = value.length === 0 ? undefined : this.#form.maskName(nameBytes.toString('utf8'));
    const result = mask?.(value, 0, value.length);
    if (result === undefined) return `${name}=${written}`;
    return `${name}=${result === null ? '' : encodeURIComponent(result.toString('utf8'))}`;
  }
}

/**
 * What a name or value of a form means.
 *
 * @throws {ContentFormatError} If it is not written as forms are.
 */
export function decodeFormText(written: string): string {
  try {
    return decodeURIComponent(Buffer.from(written, 'latin1').toString('utf8').replaceAll('+', ' '));
  } catch {
    throw new ContentFormatError('form', 'wrong percent-encoding');
  }
}
