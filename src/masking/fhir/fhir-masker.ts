import { ByteOutput } from '../content/byte-output.ts';
import { JsonTape } from '../content/json-tape.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import { isSpace, JsonByte } from '../detectors/json-byte.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ELEMENT_NAMES, fhirTape } from './element-types.ts';
import { type FhirTools, ResourceMasker } from './resource-masker.ts';
import type { Rule } from './rule.ts';

/** Longest resource, or entry of a Bundle: it is looked at as a whole. */
const RESOURCE_BYTES_MAX = 16 * 1024 * 1024;
/** The most that is there of an entry that is waited for. */
const AWAITED_BYTES_MAX = 16 * 1024;
const LINE_FEED = 0x0a;
const FORMAT = 'FHIR';

const ENTRY = ELEMENT_NAMES.idOf('entry');
const RESOURCE_TYPE = ELEMENT_NAMES.idOf('resourceType');
const RESOURCE: Rule = { kind: 'resource', isContained: false };
/** What the beginning of a Bundle lacks of being whole, and its end. */
const BUNDLE_END = Buffer.from(']}');
const BUNDLE_START = Buffer.from('{"resourceType":"Bundle"');

/**
 * Where the masker is.
 *
 * - `document`: in front of a resource, or in it.
 * - `entries`: between the entries of a Bundle, or in one.
 * - `rest`: behind them.
 * - `line-break`, `end`: behind a resource: another may follow on the next line, or none.
 */
type Place = 'document' | 'entries' | 'rest' | 'line-break' | 'end';

/**
 * Masks FHIR R4 in JSON as it streams by: one resource in memory at a time, of a Bundle one entry. NDJSON has one resource in
 * each line.
 */
export class FhirMasker implements ContentMasker {
  readonly #tools: FhirTools;
  readonly #hasLines: boolean;
  readonly #write: (bytes: Buffer) => void;
  readonly #tape: JsonTape = new JsonTape(ELEMENT_NAMES, FORMAT, fhirTape());
  readonly #output: ByteOutput = new ByteOutput();
  readonly #resources: ResourceMasker;
  readonly #entryRule: Rule;
  #buffer: Buffer = Buffer.alloc(0);
  /** Bytes in the buffer; those in front of `#from` are done with. */
  #length = 0;
  #from = 0;
  /** Up to where the value at hand was read. */
  #read = 0;
  /** Whether it was waited for more of it. */
  #isAwaited = false;
  #place: Place = 'document';
  #hasDocument = false;
  /** Of what may come next among entries. */
  #nextEntry: 'first-or-end' | 'entry' | 'comma-or-end' = 'first-or-end';
  /** Keys in front of the entries of a Bundle. */
  #keysBefore: ReadonlySet<string> = new Set();
  /** Bits of the codes of what was done in front of the entries. */
  #codesBefore = 0;

  constructor(tools: FhirTools, hasLines: boolean, write: (bytes: Buffer) => void) {
    this.#tools = tools;
    this.#hasLines = hasLines;
    this.#write = write;
    this.#resources = new ResourceMasker(tools, this.#tape, this.#output);
    const shape = tools.shapes.of('Bundle.entry', { kind: 'record' });
    this.#entryRule = { kind: 'object', find: () => shape };
  }

  push(bytes: Buffer): void {
    this.#append(bytes);
    this.#advance(false);
  }

  end(): void {
    this.#advance(true);
    const isBetween =
      this.#place === 'line-break' || this.#place === 'end' || this.#place === 'document';
    if (!isBetween || this.#from < this.#length)
      throw new ContentFormatError(FORMAT, 'ends inside a resource');
    if (!this.#hasDocument && !this.#hasLines)
      throw new ContentFormatError(FORMAT, 'has no resource');
  }

  describe(): EvidenceFields {
    this.#resources.settleCounts();
    return this.#tools.counters.evidence.describe();
  }

  #append(bytes: Buffer): void {
    fhirTape().forget();
    const kept = this.#length - this.#from;
    if (kept + bytes.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(2 * (kept + bytes.length));
      this.#buffer.copy(grown, 0, this.#from, this.#length);
      this.#buffer = grown;
    } else if (this.#from > 0) {
      this.#buffer.copyWithin(0, this.#from, this.#length);
    }
    if (this.#from > 0) this.#tape.rebase(this.#from);
    this.#read -= this.#from;
    this.#from = 0;
    this.#length = kept + bytes.copy(this.#buffer, kept);
  }

  /** Goes on as far as the bytes allow. */
  #advance(isEnd: boolean): void {
    while (this.#step(isEnd));
    if (this.#length - this.#from > RESOURCE_BYTES_MAX) {
      throw new ContentFormatError(FORMAT, `resource of more than ${RESOURCE_BYTES_MAX} bytes`);
    }
    const output = this.#output.take();
    if (output.length > 0) this.#write(output);
  }

  /** Makes one step; false if there is not enough for it. */
  #step(isEnd: boolean): boolean {
    switch (this.#place) {
      case 'document':
        return this.#document(isEnd);
      case 'entries':
        return this.#entries(isEnd);
      case 'rest':
        return isEnd && this.#rest();
      case 'line-break':
      case 'end':
        return this.#between();
    }
  }

  #document(isEnd: boolean): boolean {
    if (this.#tape.size === 0) this.#passSpace();
    if (this.#from === this.#length) return false;
    if (this.#tape.size === 0 && this.#readWholeObject(RESOURCE)) return this.#settleDocument();
    let hasEntries = false;
    this.#read = this.#tape.read(
      this.#buffer,
      { start: this.#read, end: this.#length, isEnd },
      this.#hasLines ? undefined : (key) => (hasEntries = this.#isEntriesOfBundle(key)),
    );
    if (hasEntries) {
      this.#beginEntries();
      return true;
    }
    if (!this.#tape.isWhole) return false;
    this.#maskValue(RESOURCE);
    return this.#settleDocument();
  }

  #settleDocument(): boolean {
    this.#hasDocument = true;
    this.#place = this.#hasLines ? 'line-break' : 'end';
    return true;
  }

  /** Masks the object that begins here, if it is all there, plain, and no Bundle with entries. */
  #readWholeObject(rule: Rule): boolean {
    const end = this.#tape.readWhole(this.#buffer, this.#from, this.#length);
    if (end === -1) return false;
    if (rule === RESOURCE && !this.#hasLines && this.#hasEntries()) {
      this.#tape.reset();
      return false;
    }
    this.#read = end;
    this.#maskValue(rule);
    return true;
  }

  #hasEntries(): boolean {
    const { links } = this.#tape;
    const end = links[0] as number;
    for (let key = 1; key < end; key = links[key + 1] as number) {
      if (this.#tape.isArray(key + 1) && this.#isEntriesOfBundle(key)) return true;
    }
    return false;
  }

  /** Whether an array is that of the entries of a Bundle: only then its elements are looked at one by one. */
  #isEntriesOfBundle(key: number): boolean {
    const tape = this.#tape;
    if (tape.links[key] !== ENTRY) return false;
    for (let before = 1; before < key; before = tape.links[before + 1] as number) {
      if (tape.links[before] !== RESOURCE_TYPE || !tape.isString(before + 1)) continue;
      return tape.textOf(this.#buffer, before + 1) === 'Bundle';
    }
    return false;
  }

  /** Masks what stands in front of the entries, as if there were none. */
  #beginEntries(): void {
    const before = this.#buffer.subarray(this.#from, this.#read);
    const whole = Buffer.concat([before, BUNDLE_END]);
    this.#readWhole(whole);
    this.#keysBefore = this.#readKeys(whole);
    const part = { isCounted: true, mayAddMeta: false, codes: 0 };
    const range = { start: 0, end: before.length };
    this.#resources.mask(whole, range, RESOURCE, part);
    this.#codesBefore = part.codes;
    this.#settleValue();
    this.#hasDocument = true;
    this.#place = 'entries';
  }

  #entries(isEnd: boolean): boolean {
    const tape = this.#tape;
    if (tape.size === 0) this.#passSpace();
    if (this.#from === this.#length) return false;
    if (tape.size === 0) {
      const byte = this.#buffer[this.#from];
      if (byte === JsonByte.closeArray && this.#nextEntry !== 'entry') {
        this.#pass(1);
        this.#place = 'rest';
        return true;
      }
      if (byte === JsonByte.comma && this.#nextEntry === 'comma-or-end') {
        this.#pass(1);
        this.#nextEntry = 'entry';
        return true;
      }
      if (byte !== JsonByte.openObject || this.#nextEntry === 'comma-or-end') {
        throw new ContentFormatError(FORMAT, 'is not JSON');
      }
    }
    const isMasked = tape.size === 0 && this.#readWholeObject(this.#entryRule);
    if (!isMasked) {
      if (tape.size === 0 && !isEnd && this.#awaitsMore()) return false;
      this.#read = tape.read(this.#buffer, { start: this.#read, end: this.#length, isEnd });
      if (!tape.isWhole) return false;
      this.#maskValue(this.#entryRule);
    }
    this.#nextEntry = 'comma-or-end';
    return true;
  }

  /**
   * Whether an entry that seems to go on behind the bytes at hand is looked at when there are more: as a whole, which is
   * faster. Once, for it may be whole and only written in a way that takes longer to read.
   */
  #awaitsMore(): boolean {
    if (this.#isAwaited || this.#length - this.#from > AWAITED_BYTES_MAX) return false;
    this.#isAwaited = true;
    return true;
  }

  /** Masks what stands behind the entries, as if it were a Bundle of its own. */
  #rest(): boolean {
    const whole = Buffer.concat([BUNDLE_START, this.#buffer.subarray(this.#from, this.#length)]);
    const end = this.#readWhole(whole);
    for (const key of this.#readKeys(whole)) {
      if (key !== 'resourceType' && this.#keysBefore.has(key)) {
        throw new ContentFormatError(FORMAT, 'key that occurs twice');
      }
    }
    const hasMeta = this.#keysBefore.has('meta');
    const part = { isCounted: false, mayAddMeta: !hasMeta, codes: hasMeta ? 0 : this.#codesBefore };
    this.#resources.mask(whole, { start: BUNDLE_START.length, end }, RESOURCE, part);
    this.#read = this.#from + end - BUNDLE_START.length;
    this.#settleValue();
    this.#place = 'end';
    return true;
  }

  /** Behind a resource there may be space, and in NDJSON another line. */
  #between(): boolean {
    const start = this.#from;
    this.#passSpace();
    if (
      this.#place === 'line-break' &&
      this.#buffer.subarray(start, this.#from).includes(LINE_FEED)
    ) {
      this.#place = 'document';
      return true;
    }
    if (this.#from < this.#length) throw new ContentFormatError(FORMAT, 'more than one resource');
    return false;
  }

  /** Reads one whole value; returns where it ends. */
  #readWhole(bytes: Buffer): number {
    this.#tape.reset();
    const end = this.#tape.read(bytes, { start: 0, end: bytes.length, isEnd: true });
    if (!this.#tape.isWhole) throw new ContentFormatError(FORMAT, 'ends inside a resource');
    return end;
  }

  #readKeys(bytes: Buffer): ReadonlySet<string> {
    const tape = this.#tape;
    const keys = new Set<string>();
    for (let key = 1; key < tape.size; key = tape.links[key + 1] as number) {
      keys.add(tape.textOf(bytes, key));
    }
    return keys;
  }

  /** Masks the value that was just read. */
  #maskValue(rule: Rule): void {
    const range = { start: this.#from, end: this.#read };
    this.#resources.mask(this.#buffer, range, rule);
    this.#settleValue();
  }

  #settleValue(): void {
    this.#from = this.#read;
    this.#isAwaited = false;
    this.#tape.reset();
  }

  #passSpace(): void {
    let end = this.#from;
    while (end < this.#length && isSpace(this.#buffer[end] as number)) end += 1;
    this.#pass(end - this.#from);
  }

  /** Shows bytes as they are. */
  #pass(count: number): void {
    if (count === 0) return;
    this.#output.copy(this.#buffer, this.#from, this.#from + count);
    this.#from += count;
    this.#read = this.#from;
  }
}
