import type { DataMapPath } from '../../configuration/data-map.ts';

import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import type { ContentMasker, ContentPlan, OpenContentMasker } from '../content-masker.ts';
import type { JsonPathMask } from '../detectors/redact-json.ts';
import type { FieldMask } from '../rows/field-mask.ts';
import { type ContentMasks, type Counters, NO_CLASS, type ShownClasses } from './content-masks.ts';
import { chooseCsvColumns } from './csv-columns.ts';
import { CsvMasker } from './csv-masker.ts';
import { FormMasker } from './form-masker.ts';
import { JsonMasker } from './json-masker.ts';
import { type TextContent, TextMasker } from './text-masker.ts';

/** What may hold anything, where nothing says what a text holds. */
export const FREE_TEXT = 'free-text';
const JSON_CLASS = 'json';
const UNMAPPED = 'unmapped';
const TAB = '\t';

/** What one entry of a data map says of contents. */
export interface ContentEntry {
  readonly content: MappedContent<ContentFormat>;
  /** All of which a principal has to see to see the contents raw. */
  readonly classNames: readonly string[];
  /** Whether there is a document in each line, where the format is written in documents; of a text, a row of a table. */
  readonly hasLines: boolean;
}

/** A format that says by itself what its fields hold. */
export interface FormatMasking {
  /** What contents of the format may hold, whatever the data map says of their fields. */
  readonly classNames: readonly string[];
  /** Masks what is not shown; where everything is, it only counts. */
  open(entry: ContentEntry, shown: ShownClasses, masks: ContentMasks): OpenContentMasker;
}

/** Formats beside those that every content can have. */
export type FormatMaskings = Readonly<Partial<Record<ContentFormat, FormatMasking>>>;

/** Whether something of an entry's contents is hidden. */
export function isHidden({ classNames }: ContentEntry, shown: ShownClasses): boolean {
  return !classNames.every((name) => name === NO_CLASS || shown.has(name));
}

/** Says how contents are masked of which a data map says what they hold. */
export class ContentPlans {
  readonly #masks: ContentMasks;
  readonly #formats: FormatMaskings;
  readonly #ignoresCase: boolean;

  /** @param ignoresCase Whether fields of JSON and forms may be called in capitals, too: as whoever reads them understands them. */
  constructor(masks: ContentMasks, formats: FormatMaskings = {}, ignoresCase = false) {
    this.#masks = masks;
    this.#formats = formats;
    this.#ignoresCase = ignoresCase;
  }

  toEntry(content: MappedContent<ContentFormat>, hasLines = false): ContentEntry {
    return { content, classNames: this.#classesOf(content), hasLines };
  }

  /** What becomes of contents of an entry. */
  plan(entry: ContentEntry, shown: ShownClasses): ContentPlan {
    return isHidden(entry, shown) ? this.#masked(entry, shown) : this.#raw(entry, shown);
  }

  /** Looks through text of which nothing is known but what it is written in. */
  openText(content: TextContent): OpenContentMasker {
    return (write): ContentMasker =>
      new TextMasker(this.#masks.begin([], new Map(), undefined), content, write);
  }

  /** What contents of this kind may hold: a principal who may see all of it sees them raw. */
  #classesOf({ format, fields, dataClass }: MappedContent<ContentFormat>): readonly string[] {
    const own = fields.map((field) => field.dataClass);
    switch (format) {
      case 'csv':
      case 'tsv':
      case 'form':
        return fields.some(({ path }) => path === '*') ? own : [...own, UNMAPPED];
      case 'json':
      case 'ndjson':
        return [...own, JSON_CLASS];
      case 'text':
        return [FREE_TEXT];
      case 'opaque':
        return [dataClass ?? UNMAPPED];
      case 'xml':
      case 'fhir':
      case 'hl7v2':
      case 'x12':
      case 'ccda':
        return [...own, ...(this.#formats[format]?.classNames ?? [UNMAPPED])];
    }
  }

  #raw(entry: ContentEntry, shown: ShownClasses): ContentPlan {
    const openObserver = this.#openRecords(entry, shown);
    return { kind: 'raw', ...(openObserver !== undefined && { openObserver }) };
  }

  #masked(entry: ContentEntry, shown: ShownClasses): ContentPlan {
    const { format, dataClass = UNMAPPED } = entry.content;
    const openMasker = this.#openRecords(entry, shown);
    if (openMasker !== undefined) return { kind: 'masked', openMasker };
    if (format === 'text')
      return {
        kind: 'masked',
        openMasker: this.openText({ mayBeBinary: false, isTable: entry.hasLines }),
      };
    const reason = format === 'opaque' ? `it holds ${dataClass} and` : `${format}`;
    return { kind: 'refused', reason: `${reason} cannot be masked` };
  }

  #openRecords(entry: ContentEntry, shown: ShownClasses): OpenContentMasker | undefined {
    const { content } = entry;
    switch (content.format) {
      case 'csv':
      case 'tsv':
        return this.#openCsv(entry, shown);
      case 'form':
        return this.#openForm(entry, shown);
      case 'json':
      case 'ndjson':
        return this.#openJson(entry, content.format, shown);
      case 'text':
      case 'opaque':
        return undefined;
      case 'xml':
      case 'fhir':
      case 'hl7v2':
      case 'x12':
      case 'ccda':
        return this.#formats[content.format]?.open(entry, shown, this.#masks);
    }
  }

  #begin({ content, classNames }: ContentEntry, shown: ShownClasses): Counters {
    return this.#masks.begin(classNames, shown, content.patientKey !== undefined);
  }

  #openCsv(entry: ContentEntry, shown: ShownClasses): OpenContentMasker {
    const { content } = entry;
    return (write) => {
      const counters = this.#begin(entry, shown);
      const { found, evidence } = counters;
      const file = {
        delimiter: (content.format === 'tsv' ? TAB : content.delimiter).charCodeAt(0),
        hasHeader: content.hasHeader,
        chooseColumns: (names: readonly string[]) =>
          chooseCsvColumns(names, content, (field) => this.#maskField(field, shown, counters)),
        maskName: (bytes: Buffer, start: number, end: number) => found.redact(bytes, start, end),
      };
      return new CsvMasker(file, evidence, write);
    };
  }

  #openForm(entry: ContentEntry, shown: ShownClasses): OpenContentMasker {
    return (write) => {
      const counters = this.#begin(entry, shown);
      const named = new Map(entry.content.fields.map((field) => [this.#fold(field.path), field]));
      const others = named.get('*') ?? { dataClass: UNMAPPED };
      const maskName = (name: string): FieldMask | undefined =>
        this.#maskField(named.get(this.#fold(name)) ?? others, shown, counters);
      return new FormMasker({ maskName, patientKey: entry.content.patientKey }, counters, write);
    };
  }

  /** The mask of a field; undefined if its values stay as they are. */
  #maskField(
    { dataClass, mask: setting }: Pick<DataMapPath, 'dataClass' | 'mask'>,
    shown: ShownClasses,
    { found, evidence }: Counters,
  ): FieldMask | undefined {
    if (dataClass === NO_CLASS || shown.has(dataClass)) return undefined;
    if (setting === undefined && dataClass === FREE_TEXT) {
      return (bytes, start, end) => found.redact(bytes, start, end);
    }
    if (setting === undefined && dataClass === JSON_CLASS) {
      return (bytes, start, end) => found.redactJson(bytes, start, end, []);
    }
    const maskValue = this.#masks.maskValue(dataClass, setting);
    return (bytes, start, end) => {
      evidence.mask(dataClass);
      const masked = maskValue(bytes.toString('utf8', start, end));
      return masked === null ? null : Buffer.from(masked);
    };
  }

  #openJson(
    entry: ContentEntry,
    format: 'json' | 'ndjson',
    shown: ShownClasses,
  ): OpenContentMasker {
    const { fields, patientKey } = entry.content;
    const file = {
      format,
      paths: fields
        .filter(({ dataClass }) => !shown.has(dataClass))
        .map((field) => this.#maskPath(field)),
      isInspected: !shown.has(JSON_CLASS),
      readKey: (key: string) => this.#fold(key),
      patientPaths: patientKey === undefined ? [] : [{ path: patientKey }],
    };
    return (write) => new JsonMasker(file, this.#begin(entry, shown), write);
  }

  #maskPath({ path: written, dataClass: className, mask: setting }: DataMapPath): JsonPathMask {
    const path = this.#fold(written);
    if (className === NO_CLASS) return { path, className, mask: (text) => text };
    const maskValue = this.#masks.maskValue(className, setting);
    return { path, className, mask: (text) => maskValue(text) ?? '' };
  }

  #fold(name: string): string {
    return this.#ignoresCase ? name.toLowerCase() : name;
  }
}
