import type { Counters } from '../content/content-masks.ts';
import type { SegmentContent, SegmentMaskerParts } from '../content/segment-format.ts';
import type { ValueClass, ValueMasks } from '../content/value-masks.ts';
import { ContentFormatError, type ContentMasker } from '../content-masker.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { escapeHl7, type Hl7Delimiters, readDelimiters, unescapeHl7 } from './hl7-delimiters.ts';
import { classOfComponent, HL7_FIELDS, HL7_HEADERS, type Hl7Rule } from './hl7-fields.ts';
import { ruleOfObservation } from './observed-value.ts';
import { SegmentReader } from './segment-reader.ts';

const SEGMENT_NAME = /^[A-Z][A-Z0-9]{2}$/;
/** Goes on with a field of the segment before it: no part of it says which. */
const CONTINUATION = 'ADD';
/** Where MSH names its character set, and those in which a separator may be the second byte of a letter (HL7 table 0211). */
const CHARSET_FIELD = 18;
const SPLITTING = /^(?:gb ?18030|gbk|big-?5|(?:shift|s)[-_]?jis)/i;
/** Deletes what the receiver has. */
const DELETED = '""';
const FREE_TEXT: ValueClass = { dataClass: 'free-text' };

/** A part of a segment: of which field, and what stands beside it. */
interface Place {
  readonly segment: string;
  readonly field: number;
  readonly rule: Hl7Rule | undefined;
}

/**
 * Masks HL7 v2 by segment, field and component, as it streams by: one segment is kept at most. What is in no table is looked
 * through, segments that sites define (Z) with it.
 */
export class Hl7Masker implements ContentMasker {
  readonly #content: SegmentContent;
  readonly #masks: ValueMasks;
  readonly #evidence: Counters['evidence'];
  readonly #write: (bytes: Buffer) => void;
  readonly #reader: SegmentReader;
  #delimiters: Hl7Delimiters | undefined;
  #output: string[] = [];

  constructor({ content, masks, evidence, write }: SegmentMaskerParts) {
    this.#content = content;
    this.#masks = masks;
    this.#evidence = evidence;
    this.#write = write;
    this.#reader = new SegmentReader((segment, lineBreak) => {
      this.#output.push(this.#segment(segment), lineBreak);
    });
  }

  push(bytes: Buffer): void {
    this.#reader.push(bytes);
    this.#flush();
  }

  end(): void {
    this.#reader.end();
    if (this.#delimiters === undefined) throw new ContentFormatError('HL7 v2', 'holds no message');
    this.#flush();
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }

  #flush(): void {
    if (this.#output.length === 0) return;
    this.#write(Buffer.from(this.#output.join(''), 'latin1'));
    this.#output = [];
  }

  #segment(segment: string): string {
    if (segment === '') return segment;
    const name = segment.slice(0, 3);
    const isHeader = HL7_HEADERS.has(name);
    if (isHeader) this.#delimiters = readDelimiters(segment);
    const { field } = this.#delimiters ?? {};
    if (field === undefined) throw new ContentFormatError('HL7 v2', 'does not start with MSH');
    const hasFields = segment.length > name.length;
    if (!SEGMENT_NAME.test(name) || (hasFields && segment.charAt(name.length) !== field)) {
      throw new ContentFormatError('HL7 v2', 'line that is no segment');
    }
    if (name === CONTINUATION) throw new ContentFormatError('HL7 v2', 'field in two segments');
    if (name === 'MSH') {
      this.#masks.forgetNames();
      this.#evidence.record();
    }
    const fields = segment.split(field);
    if (name === 'MSH' && SPLITTING.test(fields[CHARSET_FIELD - 1] ?? '')) {
      throw new ContentFormatError('HL7 v2', 'a character set whose letters hold separators');
    }
    // The separator of fields is the first field of a header, and the others the second.
    const [first, offset] = isHeader ? [2, 1] : [1, 0];
    const rules = HL7_FIELDS[name];
    for (let index = first; index < fields.length; index += 1) {
      const number = index + offset;
      const text = fields[index] as string;
      const isObserved = name === 'OBX' && number === 5;
      const rule = isObserved ? ruleOfObservation(fields[2] ?? '', text) : rules?.[number];
      fields[index] = this.#field(text, { segment: name, field: number, rule });
    }
    return fields.join(field);
  }

  #field(text: string, place: Place): string {
    if (text === '' || text === DELETED) return text;
    const { repetition } = this.#delimiters as Hl7Delimiters;
    this.#seePatient(text, place);
    const whole = this.#content.fields.get(`${place.segment}-${place.field}`);
    return text
      .split(repetition)
      .map((one) => this.#repetition(one, whole, place))
      .join(repetition);
  }

  #repetition(text: string, whole: ValueClass | undefined, place: Place): string {
    const { component } = this.#delimiters as Hl7Delimiters;
    const components = text.split(component);
    const saidOf = (number: number): ValueClass | undefined =>
      this.#content.fields.get(`${place.segment}-${place.field}.${number}`) ?? whole;
    const masked = components.map((part, index) => {
      if (part === '' || part === DELETED) return part;
      const number = index + 1;
      const value = saidOf(number) ?? this.#ruleOf(place, number, components);
      return this.#component(part, value, { ...place, number });
    });
    const isUnknown = place.rule === undefined && whole === undefined;
    if (!isUnknown || components.length === 1) return masked.join(component);
    // A number may stand in several components, of which none is one by itself.
    const isFound = this.#masks.redact(masked.join(' ')) !== undefined;
    return masked
      .map((part, index) => {
        const isHidden = isFound && part !== '' && saidOf(index + 1) === undefined;
        return isHidden ? REDACTED_TEXT : part;
      })
      .join(component);
  }

  /** What the standard says of a component; undefined: it stays. */
  #ruleOf({ rule }: Place, number: number, components: readonly string[]): ValueClass | undefined {
    if (rule === undefined) return FREE_TEXT;
    const dataClass = classOfComponent(rule, number, components);
    return dataClass === undefined ? undefined : { dataClass };
  }

  #component(
    text: string,
    value: ValueClass | undefined,
    place: Place & { readonly number: number },
  ): string {
    const delimiters = this.#delimiters as Hl7Delimiters;
    const { subcomponent } = delimiters;
    const key = `${place.segment}-${place.field}.${place.number}.`;
    const parts = subcomponent === '' ? [text] : text.split(subcomponent);
    if (parts.some((_, index) => this.#content.fields.has(key + String(index + 1)))) {
      return parts
        .map((part, index) =>
          this.#value(part, this.#content.fields.get(key + String(index + 1)) ?? value),
        )
        .join(subcomponent);
    }
    return this.#value(text, value);
  }

  #value(text: string, value: ValueClass | undefined): string {
    if (value === undefined || text === '') return text;
    const delimiters = this.#delimiters as Hl7Delimiters;
    const meant = Buffer.from(unescapeHl7(text, delimiters), 'latin1').toString('utf8');
    const masked = this.#masks.mask(meant, value);
    if (masked === undefined) return text;
    return Buffer.from(escapeHl7(masked, delimiters)).toString('latin1');
  }

  /** The first of several identifiers says whose message it is. */
  #seePatient(text: string, { segment, field }: Place): void {
    const delimiters = this.#delimiters as Hl7Delimiters;
    const [keyField, number = '1'] = this.#content.patientKey.split('.');
    if (keyField !== `${segment}-${field}`) return;
    const [first = ''] = text.split(delimiters.repetition);
    const id = first.split(delimiters.component)[Number(number) - 1] ?? '';
    this.#evidence.see(unescapeHl7(id, delimiters));
  }
}
