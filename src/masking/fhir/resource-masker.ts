import { isUtf8 } from 'node:buffer';
import type { ByteOutput } from '../content/byte-output.ts';
import type { Counters } from '../content/content-masks.ts';
import { InternedTexts } from '../content/interned-texts.ts';
import { TokenKind, UNKNOWN_NAME } from '../content/json-grammar.ts';
import type { JsonTape } from '../content/json-tape.ts';
import { ContentFormatError } from '../content-masker.ts';
import { REDACTED_TEXT } from '../masks/redacted-text.ts';
import { Edits } from './edits.ts';
import { ELEMENT_NAMES } from './element-types.ts';
import { isEmptyString, isWritten, mayHaveQuery } from './is-written.ts';
import { PLACEHOLDERS, shiftDate } from './mask-primitive.ts';
import { ResourcePatient } from './resource-patient.ts';
import { ResourceTexts, TextInspector } from './resource-texts.ts';
import {
  type ObjectReader,
  type Rule,
  readElement,
  readString,
  type SecurityCode,
  type Shape,
  Step,
  type ValueForm,
  type ValueRule,
} from './rule.ts';
import { findLabelPlace, type LabelPlace, SECURITY_BITS, writeLabel } from './security-label.ts';
import type { Shapes } from './shapes.ts';
import { TwinKeys } from './twin-keys.ts';

/** What texts of FHIR are masked with. */
export interface FhirTools {
  readonly shapes: Shapes;
  readonly counters: Counters;
  /** Hides what the query of a URL asks by that is hidden; one without a query stays. */
  readonly hideUrl: (url: string) => string;
  /** By how many days the dates of a patient move. */
  readonly shiftDays: (patientId: string) => number;
}

const RESOURCE_TYPE = ELEMENT_NAMES.idOf('resourceType');
/** Bytes that no text has: UTF-16, a picture, or what is packed says what it wants. */
const BINARY = /[\0-\x08\x0e-\x1f]/;
const NO_TOKEN = -1;
const EMPTY_DIV = `<div xmlns="http://www.w3.org/1999/xhtml">${REDACTED_TEXT}</div>`;

/** What is known of the outermost resource, where only a part of it is there. */
export interface PartOptions {
  /** Whether it is counted with this part. */
  readonly isCounted: boolean;
  /** Whether it may be given a `meta`. */
  readonly mayAddMeta: boolean;
  /** Bits of codes that it has beside its own, which are added here. */
  codes: number;
}

const WHOLE: PartOptions = { isCounted: true, mayAddMeta: true, codes: 0 };

/** What is known of the resource at hand, and of those in it that are no resources of their own. */
interface Scope {
  codes: number;
  readonly texts: ResourceTexts;
  readonly patient: ResourcePatient;
  label: LabelPlace | undefined;
  /** The edit that writes it, once it was come to. */
  labelEdit: number | undefined;
}

/** Masks the elements of a FHIR value by their types. */
export class ResourceMasker {
  readonly #tools: FhirTools;
  readonly #tape: JsonTape;
  readonly #output: ByteOutput;
  readonly #edits: Edits = new Edits();
  readonly #texts: InternedTexts = new InternedTexts();
  /** Values masked, by the number of their class. */
  readonly #counts: number[] = [];
  readonly #twins: TwinKeys;
  readonly #inspector: TextInspector;
  #bytes: Buffer = Buffer.alloc(0);
  #scope: Scope;
  /** The value behind, or within, which the codes of the resource at hand are written. */
  #labelToken = NO_TOKEN;
  #part: PartOptions = WHOLE;

  constructor(tools: FhirTools, tape: JsonTape, output: ByteOutput) {
    this.#tools = tools;
    this.#tape = tape;
    this.#output = output;
    this.#twins = new TwinKeys(tape);
    this.#inspector = new TextInspector(tools.counters.found);
    this.#scope = this.#openScope();
  }

  /**
   * Masks the value on the tape, and writes `bytes[start, end)`, in which it stands.
   *
   * @param rule What it is.
   * @param part Of the resource, where it is one and not all of it is there.
   * @throws {ContentFormatError} If it is no FHIR.
   */
  mask(
    bytes: Buffer,
    { start, end }: { readonly start: number; readonly end: number },
    rule: Rule,
    part: PartOptions = WHOLE,
  ): void {
    if (this.#tape.mayBeyondAscii && !isUtf8(bytes.subarray(start, end))) {
      throw new ContentFormatError('FHIR', 'text that is not UTF-8');
    }
    if (rule.kind === 'resource' && !this.#tape.isObject(0)) {
      throw new ContentFormatError('FHIR', 'value that is no resource');
    }
    this.#bytes = bytes;
    this.#part = part;
    this.#edits.clear();
    this.#scope = this.#openScope();
    this.#labelToken = NO_TOKEN;
    this.#value(0, rule);
    this.#settle(this.#scope);
    this.#edits.apply(bytes, start, end, this.#output);
  }

  /** Tells the evidence what was masked since the last call. */
  settleCounts(): void {
    const { counters, shapes } = this.#tools;
    for (const [number, count] of this.#counts.entries()) {
      if (count > 0) counters.evidence.mask(shapes.classNames[number] as string, count);
      this.#counts[number] = 0;
    }
  }

  #value(token: number, rule: Rule): void {
    const tape = this.#tape;
    const kind = tape.kinds[token];
    if (kind === TokenKind.array) {
      const end = tape.links[token] as number;
      for (let item = token + 1; item < end; item = tape.links[item] as number) {
        this.#value(item, rule);
      }
      return;
    }
    if (kind === TokenKind.object) {
      if (rule.kind === 'object') return this.#maskObject(token, rule.find());
      if (rule.kind === 'resource') return this.#resource(token, rule.isContained);
      return this.#hideAll(token);
    }
    if (rule.kind === 'resource') throw new ContentFormatError('FHIR', 'value that is no resource');
    this.#primitive(token, rule);
  }

  #primitive(token: number, rule: Exclude<Rule, { kind: 'resource' }>): void {
    const isText = this.#tape.isString(token) || this.#tape.kinds[token] === TokenKind.word;
    switch (rule.kind) {
      case 'keep':
        return;
      case 'literal':
        return this.#tape.isString(token) ? this.#hideAll(token) : undefined;
      case 'value':
        return this.#maskValue(token, rule);
      case 'text':
      case 'names':
        return isText ? this.#lookLater(token, rule.kind === 'text') : this.#hideAll(token);
      case 'pattern':
        return this.#isWrittenAs(token, rule.pattern) ? undefined : this.#hideAll(token);
      case 'url':
        return isText ? this.#url(token) : this.#hideAll(token);
      case 'narrative':
        return this.#replace(token, JSON.stringify(EMPTY_DIV), 'REDACTED');
      case 'encoded-text':
        return this.#encodedText(token);
      case 'object':
        // Not what belongs there.
        return this.#hideAll(token);
    }
  }

  #maskObject(token: number, from: Shape): void {
    if (this.#tape.mayHaveTwins) this.#twins.refuse(this.#bytes, token);
    const shape = from.choose?.(this.#reader(token)) ?? from;
    if (shape.isOfPatient) this.#scope.patient.isOf(this.#reader(token));
    const { places, rules, steps } = shape;
    const { kinds, links } = this.#tape;
    const end = links[token] as number;
    for (let key = token + 1; key < end; key = links[key + 1] as number) {
      const value = key + 1;
      const name = links[key] as number;
      const place = name === UNKNOWN_NAME ? 0 : (places[name] as number);
      const step = steps[place];
      const kind = kinds[value] as number;
      if (step === Step.hide) this.#hideUnknown(key);
      else if (kind > TokenKind.array && step === Step.mask) {
        this.#maskValue(value, rules[place] as ValueRule);
      } else if (kind <= TokenKind.array || step !== Step.keep) {
        this.#value(value, rules[place] as Rule);
      }
      if (value === this.#labelToken) this.#reserveLabel();
    }
  }

  #reader(token: number): ObjectReader {
    return { tape: this.#tape, bytes: this.#bytes, token, texts: this.#texts };
  }

  /** A resource that stands for itself has names, codes and dates of its own. */
  #resource(token: number, isContained: boolean): void {
    const { shapes, counters } = this.#tools;
    const type = readElement(this.#reader(token), RESOURCE_TYPE);
    const shape = shapes.ofResource(type);
    if (shape === undefined)
      throw new ContentFormatError('FHIR', 'resource of no type that R4 has');
    if (isContained) return this.#maskObject(token, shape);
    const outer = this.#scope;
    const outerLabelToken = this.#labelToken;
    const part = token === 0 ? this.#part : WHOLE;
    const scope = this.#openScope();
    this.#scope = scope;
    if (part.isCounted) counters.evidence.record();
    if (type === 'Patient') scope.patient.isOne(this.#reader(token));
    else if (shapes.shiftsDates) scope.patient.find(this.#reader(token), shape);
    scope.label = findLabelPlace(this.#reader(token), part.mayAddMeta);
    this.#labelToken = scope.label?.token ?? NO_TOKEN;
    scope.codes = part.codes;
    this.#maskObject(token, shape);
    this.#settle(scope);
    if (part !== WHOLE) part.codes = scope.codes;
    this.#scope = outer;
    this.#labelToken = outerLabelToken;
  }

  #openScope(): Scope {
    return {
      codes: 0,
      texts: new ResourceTexts(),
      patient: new ResourcePatient(this.#tools.counters.evidence),
      label: undefined,
      labelEdit: undefined,
    };
  }

  /** What is left to do when all of a resource was seen. */
  #settle(scope: Scope): void {
    const { texts, label, labelEdit } = scope;
    if (texts.settle(this.#reader(0), this.#inspector, this.#edits)) {
      scope.codes |= SECURITY_BITS.REDACTED;
    }
    if (label !== undefined && labelEdit !== undefined) {
      this.#edits.settle(labelEdit, writeLabel(label, scope.codes));
    }
  }

  #maskValue(token: number, rule: ValueRule): void {
    const tape = this.#tape;
    if (tape.kinds[token] === TokenKind.word || isEmptyString(tape, token)) return;
    this.#counts[rule.classNumber] = (this.#counts[rule.classNumber] ?? 0) + 1;
    const isString = tape.isString(token);
    const hasQuotes = isString && rule.isPlain && rule.constant === undefined;
    // What needs no escapes stands between the same quotes.
    const start = (tape.starts[token] as number) + (hasQuotes ? 1 : 0);
    const end = (tape.ends[token] as number) - (hasQuotes ? 1 : 0);
    const masked = hasQuotes
      ? this.#maskPlain(token, rule)
      : ((isString ? rule.constant : undefined) ?? this.#maskByValue(token, rule));
    if (isWritten(this.#bytes, start, end, masked)) return;
    if (rule.isTaught && isString) this.#scope.texts.teach(token, rule.className);
    this.#edits.add(start, end, masked);
    this.#scope.codes |= SECURITY_BITS[rule.code];
  }

  /** What a string becomes, where that stands between the same quotes. */
  #maskPlain(token: number, rule: ValueRule): string {
    const { starts, ends } = this.#tape;
    const start = (starts[token] as number) + 1;
    const date = rule.years?.find(this.#bytes, start, (ends[token] as number) - 1);
    return date ?? rule.mask(this.#readValue(token, rule.form)) ?? REDACTED_TEXT;
  }

  /** What a value becomes, as JSON has it. */
  #maskByValue(token: number, rule: ValueRule): string {
    const isString = this.#tape.isString(token);
    const value = isString ? this.#readValue(token, rule.form) : this.#written(token);
    const patientId = rule.isShifted ? this.#scope.patient.id : undefined;
    const shifted =
      patientId === undefined ? undefined : shiftDate(value, this.#tools.shiftDays(patientId));
    const masked = shifted ?? rule.mask(value) ?? REDACTED_TEXT;
    const isNumber = rule.form === 'number' || rule.form === 'positive';
    return !isString && isNumber ? masked : JSON.stringify(masked);
  }

  /** Many dates are alike, and nobody's by themselves. */
  #readValue(token: number, form: ValueForm): string {
    return form === 'date' || form === 'instant'
      ? readString(this.#reader(token), token)
      : this.#tape.textOf(this.#bytes, token);
  }

  #isWrittenAs(token: number, pattern: RegExp): boolean {
    return this.#tape.isString(token) && pattern.test(this.#tape.textOf(this.#bytes, token));
  }

  #written(token: number): string {
    return this.#bytes.toString('latin1', this.#tape.starts[token], this.#tape.ends[token]);
  }

  /** What no type of FHIR has. A key may be somebody's name, too. */
  #hideUnknown(key: number): void {
    if (this.#tools.shapes.unknown === undefined) return;
    this.#redactKey(key);
    this.#hideAll(key + 1);
  }

  /** Hides every string and number in a value that is not what belongs there. */
  #hideAll(token: number): void {
    const rule = this.#tools.shapes.unknown;
    if (rule === undefined) return;
    const tape = this.#tape;
    const end = tape.links[token] as number;
    for (let inner = token; inner < end; inner++) {
      const kind = tape.kinds[inner];
      if (kind === TokenKind.key) this.#redactKey(inner);
      else if (tape.isString(inner) || kind === TokenKind.number) this.#maskValue(inner, rule);
    }
  }

  #redactKey(key: number): void {
    if (this.#tape.links[key] !== UNKNOWN_NAME) return;
    const masked = this.#inspector.inspect(this.#tape.textOf(this.#bytes, key));
    if (masked !== undefined) this.#replace(key, JSON.stringify(masked), 'REDACTED');
  }

  #lookLater(token: number, isInspected: boolean): void {
    const tape = this.#tape;
    if (!tape.isString(token)) return;
    const edit = this.#edits.add(
      tape.starts[token] as number,
      tape.ends[token] as number,
      undefined,
    );
    this.#scope.texts.add({ edit, token, isInspected });
  }

  #url(token: number): void {
    if (!this.#tape.isString(token) || !mayHaveQuery(this.#tape, this.#bytes, token)) return;
    const url = this.#tape.textOf(this.#bytes, token);
    const hidden = this.#tools.hideUrl(url);
    if (hidden !== url) this.#replace(token, JSON.stringify(hidden), 'REDACTED');
  }

  #encodedText(token: number): void {
    if (!this.#tape.isString(token)) return this.#hideAll(token);
    const text = Buffer.from(this.#tape.textOf(this.#bytes, token), 'base64');
    if (BINARY.test(text.toString('latin1'))) {
      return this.#replace(token, JSON.stringify(PLACEHOLDERS.base64), 'REDACTED');
    }
    const masked = this.#inspector.inspectBytes(text);
    if (masked === undefined) return;
    this.#replace(token, `"${masked.toString('base64')}"`, 'REDACTED');
  }

  #replace(token: number, text: string, code: SecurityCode): void {
    const tape = this.#tape;
    this.#edits.add(tape.starts[token] as number, tape.ends[token] as number, text);
    this.#scope.codes |= SECURITY_BITS[code];
  }

  #reserveLabel(): void {
    const { label } = this.#scope;
    if (label === undefined) return;
    this.#scope.labelEdit = this.#edits.add(label.offset, label.offset, undefined);
    this.#labelToken = NO_TOKEN;
  }
}
