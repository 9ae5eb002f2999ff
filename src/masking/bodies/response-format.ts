import type { DataMapPath } from '../../configuration/data-map.ts';
import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import { charsetOf, type MediaType, structuredSuffix } from '../../wire/http/media-type.ts';
import type { BodySubject } from './body-subject.ts';

/** How a body is masked that the data map speaks of, or does not. */
export type FormatChoice =
  | ChosenFormat
  /** Nothing is shown but that there was something. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'refused'; readonly reason: string };

interface ChosenFormat {
  readonly kind: 'chosen';
  readonly content: MappedContent<ContentFormat>;
  /** Whether there is a document in each line; of a text, a row of a table. */
  readonly hasLines: boolean;
  /** How it is masked instead if it looks like JSON. */
  readonly ifJson?: MappedContent<ContentFormat>;
}

/** What media types are written in, as far as that can be masked. */
const FORMAT_OF_TYPE: ReadonlyMap<string, ContentFormat> = new Map([
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/fhir+ndjson', 'ndjson'],
  ['text/csv', 'csv'],
  ['text/tab-separated-values', 'tsv'],
  ['application/x-www-form-urlencoded', 'form'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
  ['application/cda+xml', 'ccda'],
  ['application/hl7-v2', 'hl7v2'],
  ['application/hl7-v2+er7', 'hl7v2'],
  ['x-application/hl7-v2+er7', 'hl7v2'],
  ['application/edi-x12', 'x12'],
  ['application/x12', 'x12'],
  ['text/plain', 'text'],
  ['text/html', 'text'],
  ['text/markdown', 'text'],
]);

/** Types that say nothing of what is in a body. */
const SILENT_TYPES: ReadonlySet<string> = new Set(['application/octet-stream', 'text/plain']);

/** What each format is written in: a body of another format than its entry's is none of these. */
const WRITTEN_IN: Readonly<Partial<Record<ContentFormat, readonly ContentFormat[]>>> = {
  fhir: ['json', 'ndjson'],
  ndjson: ['json'],
  ccda: ['xml'],
  xml: ['ccda'],
  hl7v2: [],
  x12: [],
};

const IN_JSON: ReadonlySet<ContentFormat> = new Set(['fhir', 'json', 'ndjson']);
/** The first status that says what went wrong. */
export const ERROR_MIN = 400;

/** Charsets in which ASCII stands for itself, so that masks and detectors read it. */
const CHARSETS: ReadonlySet<string> = new Set([
  'utf-8',
  'utf8',
  'us-ascii',
  'ascii',
  'iso-8859-1',
  'latin1',
  'windows-1252',
]);
const UNICODE: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** Of what JSON is not written in: bytes above ASCII would be read as UTF-8. */
const BYTE_FORMATS: ReadonlySet<ContentFormat> = new Set(['text', 'csv', 'tsv', 'hl7v2', 'x12']);

/**
 * Chooses how a body is masked. Error pages may be of another format than the data map says of their path; then they are
 * looked through.
 *
 * @param mapped What the data map says of the path; undefined if it says nothing.
 */
export function chooseFormat(
  { mediaType, status }: BodySubject,
  mapped: MappedContent<ContentFormat> | undefined,
): FormatChoice {
  const said = mediaType === undefined ? undefined : formatOf(mediaType);
  const format = mapped?.format ?? said;
  if (mapped?.format === 'opaque') return choose(mapped, said);
  if (format === undefined) return refuse(`${mediaType?.essence ?? 'it'} cannot be looked through`);
  const charset = mediaType && charsetOf(mediaType);
  const isReadable =
    charset === undefined ||
    (BYTE_FORMATS.has(format) ? CHARSETS.has(charset) : UNICODE.has(charset));
  if (!isReadable) return refuse(`text in this charset cannot be looked through`);
  if (mapped === undefined) return choose(inspected(format), said);
  const isSilent = mediaType === undefined || SILENT_TYPES.has(mediaType.essence);
  const agrees =
    isSilent || said === format || (WRITTEN_IN[format]?.some((one) => one === said) ?? false);
  // A message says nothing of itself: what does not look like JSON is none.
  const mayDiffer = status === undefined ? IN_JSON.has(format) : status >= ERROR_MIN;
  if (agrees && !(mayDiffer && isSilent)) return choose(mapped, said);
  if (mayDiffer && said !== undefined) return chooseOther(mapped, said, status);
  return refuse(`it is ${mediaType?.essence ?? 'of no type'}, and the data map says ${format}`);
}

function formatOf(mediaType: MediaType): ContentFormat | undefined {
  const known = FORMAT_OF_TYPE.get(mediaType.essence);
  if (known !== undefined) return known;
  const suffix = structuredSuffix(mediaType);
  return suffix === 'json' || suffix === 'xml' ? suffix : undefined;
}

const LOOKED_THROUGH: readonly DataMapPath[] = [{ path: '*', dataClass: 'free-text' }];

/** An entry for what no entry speaks of: nothing is known of its fields, so all of it is looked through. */
function inspected(format: ContentFormat): MappedContent<ContentFormat> {
  return {
    ...{ glob: '', delimiter: ',', hasHeader: true },
    format: isTable(format) ? 'text' : format,
    fields: format === 'form' ? LOOKED_THROUGH : [],
  };
}

/** An error page of another format than its path's. Detectors would leave names in it: of FHIR none of it is shown. */
function chooseOther(
  mapped: MappedContent<ContentFormat>,
  said: ContentFormat,
  status: number | undefined,
): FormatChoice {
  const isPage = status !== undefined;
  if (isPage && mapped.format === 'fhir') return { kind: 'withheld' };
  const choice = choose(inspected(said), said);
  if (!isPage || said !== 'text') return choice;
  return { ...choice, ifJson: IN_JSON.has(mapped.format) ? mapped : inspected('json') };
}

function choose(
  content: MappedContent<ContentFormat>,
  said: ContentFormat | undefined,
): ChosenFormat {
  const hasLines = said === 'ndjson' || (content.format === 'text' && isTable(said));
  return { kind: 'chosen', content, hasLines };
}

function isTable(format: ContentFormat | undefined): boolean {
  return format === 'csv' || format === 'tsv';
}

function refuse(reason: string): FormatChoice {
  return { kind: 'refused', reason };
}
