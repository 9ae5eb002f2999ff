import { type Counters, NO_CLASS } from '../content/content-masks.ts';
import { KeptBytes } from '../content/kept-bytes.ts';
import type { SegmentContent, SegmentMaskerParts } from '../content/segment-format.ts';
import { isDateClass, type ValueClass, type ValueMasks } from '../content/value-masks.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { maskX12Date } from './mask-date.ts';
import { ISA_BYTES, readX12Delimiters, type X12Delimiters } from './x12-delimiters.ts';
import { classOfElement, partyFrom, type X12Party } from './x12-elements.ts';

/** Longest segment. */
const SEGMENT_BYTES_MAX = 1024 * 1024;
const NO_BYTES: Buffer = Buffer.alloc(0);
const SEGMENT_NAME = /^[A-Z][A-Z0-9]{1,2}$/;
/** Segments that hold bytes of which only their length says where they end. */
const BINARY: ReadonlySet<string> = new Set(['BIN', 'BDS']);
/** Say that what follows is a date, and how it is written (element 1250). */
const DATE_FORMATS: ReadonlySet<string> = new Set(['D6', 'D8', 'RD6', 'RD8', 'DT', 'RDT']);
const FREE_TEXT: ValueClass = { dataClass: 'free-text' };
const DATE: ValueClass = { dataClass: 'date' };

/**
 * Masks X12 by segment and element, as it streams by: one segment is kept at most. Segments that nothing is known of are looked
 * through.
 */
export class X12Masker implements ContentMasker {
  readonly #content: SegmentContent;
  readonly #masks: ValueMasks;
  readonly #evidence: Counters['evidence'];
  readonly #write: (bytes: Buffer) => void;
  readonly #kept = new KeptBytes();
  /** Of the bytes kept: those before the segment, and those looked at without an end in sight. */
  #blank = 0;
  #looked = 0;
  #delimiters: X12Delimiters | undefined;
  #isInside = false;
  #party: X12Party = 'patient';
  #transaction = '';
  #output: string[] = [];

  constructor({ content, masks, evidence, write }: SegmentMaskerParts) {
    this.#content = content;
    this.#masks = masks;
    this.#evidence = evidence;
    this.#write = write;
  }

  push(bytes: Buffer): void {
    const all = this.#kept.join(bytes);
    let start = 0;
    for (let end = this.#findEnd(all, start); end !== -1; end = this.#findEnd(all, start)) {
      const from = start + this.#blank;
      this.#output.push(all.toString('latin1', start, from));
      this.#output.push(this.#segment(all.toString('latin1', from, end)));
      this.#output.push(all.toString('latin1', end, end + 1));
      start = end + 1;
      this.#blank = 0;
      this.#looked = 0;
    }
    if (all.length - start > SEGMENT_BYTES_MAX) {
      throw new ContentFormatError('X12', `segment of more than ${SEGMENT_BYTES_MAX} bytes`);
    }
    this.#kept.keep(all, start);
    this.#flush();
  }

  end(): void {
    const isBlank = this.#blank === this.#kept.length;
    if (this.#delimiters === undefined || this.#isInside || !isBlank) {
      throw new ContentFormatError('X12', 'ends within an interchange');
    }
    this.#output.push(this.#kept.join(NO_BYTES).toString('latin1'));
    this.#flush();
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }

  #flush(): void {
    const output = this.#output.join('');
    this.#output = [];
    if (output !== '') this.#write(Buffer.from(output, 'latin1'));
  }

  /** Where what ends the segment stands that starts at `start`, or behind what separates it from the one before; -1 if that has not come. */
  #findEnd(all: Buffer, start: number): number {
    let from = start + this.#blank;
    while (from < all.length && isBlank(all[from] as number)) from += 1;
    this.#blank = from - start;
    if (from === all.length) return -1;
    if (!this.#isInside) {
      if (all.length < from + ISA_BYTES) return -1;
      this.#delimiters = readX12Delimiters(all.toString('latin1', from, from + ISA_BYTES));
      this.#isInside = true;
    }
    const { segment: terminator } = this.#delimiters as X12Delimiters;
    const end = all.indexOf(terminator.charCodeAt(0), Math.max(from, start + this.#looked));
    this.#looked = all.length - start;
    return end;
  }

  #segment(text: string): string {
    const { element } = this.#delimiters as X12Delimiters;
    const elements = text.split(element);
    const [name = '', first = ''] = elements;
    if (!SEGMENT_NAME.test(name) || BINARY.has(name)) {
      throw new ContentFormatError('X12', 'a segment that cannot be read');
    }
    if (name === 'ST') this.#startTransaction(first);
    if (name === 'IEA') this.#isInside = false;
    this.#party = partyFrom(elements) ?? this.#party;
    // Classes are chosen by what the segment was, not by what was made of it.
    return elements
      .map((_, index) => (index === 0 ? name : this.#element(elements, index)))
      .join(element);
  }

  #startTransaction(code: string): void {
    this.#transaction = code;
    this.#party = 'patient';
    this.#masks.forgetNames();
    this.#evidence.record();
  }

  #element(segment: readonly string[], number: number): string {
    const text = segment[number] as string;
    if (text.trim() === '') return text;
    const keys = keysOf(segment, number);
    if (keys.includes(this.#content.patientKey)) this.#evidence.see(text);
    const said = this.#find(keys);
    const isDate = DATE_FORMATS.has(segment[number - 1] ?? '');
    const context = { party: this.#party, transaction: this.#transaction };
    const className = classOfElement(segment, number, context);
    const standard = className === undefined ? FREE_TEXT : { dataClass: className };
    const value = said ?? (isDate && className === NO_CLASS ? DATE : standard);
    // Delimiters are what ISA is made of.
    if (segment[0] === 'ISA') return text;
    return this.#components(text, keys, value);
  }

  #components(text: string, keys: readonly string[], value: ValueClass): string {
    const { component, repetition } = this.#delimiters as X12Delimiters;
    const isWhole = !text.includes(component) && (repetition === '' || !text.includes(repetition));
    const repetitions = repetition === '' ? [text] : text.split(repetition);
    if (isWhole) return this.#value(text, this.#find(keys.map((key) => `${key}-1`)) ?? value);
    return repetitions
      .map((one) =>
        one
          .split(component)
          .map((part, index, parts) => {
            const said = this.#find(keys.map((key) => `${key}-${index + 1}`));
            const isDate = DATE_FORMATS.has(parts[index - 1] ?? '');
            return this.#value(part, said ?? (isDate ? DATE : value));
          })
          .join(component),
      )
      .join(repetition);
  }

  #find(keys: readonly string[]): ValueClass | undefined {
    const key = keys.find((one) => this.#content.fields.has(one));
    return key === undefined ? undefined : this.#content.fields.get(key);
  }

  #value(text: string, value: ValueClass): string {
    if (value.dataClass === NO_CLASS || text.trim() === '') return text;
    const meant = Buffer.from(text, 'latin1').toString('utf8');
    const masked = isDateClass(value.dataClass)
      ? maskX12Date(meant, (date) => this.#masks.mask(date, value))
      : this.#masks.mask(meant, value);
    if (masked === undefined) return text;
    return Buffer.from(this.#withoutDelimiters(masked)).toString('latin1');
  }

  /** There are no escapes: what would separate something is left out. */
  #withoutDelimiters(text: string): string {
    const { element, component, repetition, segment } = this.#delimiters as X12Delimiters;
    return Array.from(text, (character) =>
      [element, component, repetition, segment].includes(character) ? ' ' : character,
    ).join('');
  }
}

/** What may stand between segments. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0d || byte === 0x0a;
}

/** What the data map may call an element: with the qualifier of its segment first. */
function keysOf(segment: readonly string[], number: number): readonly string[] {
  const place = String(number).padStart(2, '0');
  const [name = '', qualifier = ''] = segment;
  return [`${name}[${qualifier}]-${place}`, `${name}-${place}`];
}
