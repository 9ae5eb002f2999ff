import type { DataMapPath } from '../../configuration/data-map.ts';
import type { MappedName } from '../../configuration/http-data-map.ts';
import type { ContentFormat, MappedContent } from '../../configuration/mapped-content.ts';
import { foldParameterName } from '../../wire/http/parameter-name.ts';
import { ContentMasks, NO_CLASS, type ShownClasses } from '../content/content-masks.ts';
import { ContentPlans } from '../content/content-plans.ts';
import type { ValueClass } from '../content/value-masks.ts';
import { ContentFormatError } from '../content-masker.ts';
import type { PatchedResource } from '../fhir/plain-elements.ts';
import type { Mask } from '../mask.ts';
import { bodyFormats } from './body-formats.ts';
import type { BodyMaskingParts } from './body-masking.ts';
import type { BodySubject } from './body-subject.ts';
import { isJsonPatch, looksStructured } from './check-write.ts';
import { lastKey } from './find-question-in-inputs.ts';
import { namesOnly } from './names-only.ts';
import { findResourceType, isOperationList } from './read-patch.ts';
import { chooseFormat } from './response-format.ts';
import type { WrittenBody } from './written-body.ts';

type MaskKinds = ReadonlySet<Mask['kind']>;

/** Masks that show the same for the same value. */
const STAND_INS: MaskKinds = new Set(['pseudonym', 'vault']);
/** The same in FHIR, where it is known by whose days a date is shifted. */
const STAND_INS_OF_FHIR: MaskKinds = new Set([...STAND_INS, 'date-shift']);

const SHOWN_SO = 'what is shown by a stand-in (a pseudonym, a vault token, a shifted date)';
const WRITTEN = `it writes ${SHOWN_SO}: leave it out`;
const UNREAD = `it cannot be looked through, and may write ${SHOWN_SO}: send it in UTF-8 and as the data map says of the path`;
const PATCHED = `it is a patch, and may write ${SHOWN_SO}: patch codes, numbers, true and false in FHIR, elsewhere send the new values by their keys (a merge patch)`;
const NDJSON = /ndjson|jsonl/;
const FORM = 'application/x-www-form-urlencoded';
/** Fields of forms that hold files, too, requests of batches. */
const MULTIPART = /^multipart\//;
/** Formats whose fields are found by their keys. */
const IN_JSON: ReadonlySet<ContentFormat> = new Set(['json', 'ndjson']);
const NO_WORD = /[^\w$-]+/;

/** What a body is written to, and for whom what is there is masked. */
export interface WrittenPlace {
  readonly content: MappedContent<ContentFormat>;
  readonly shown: ShownClasses;
}

/**
 * Finds in what is written the values that would be shown by a stand-in when they are read back: whoever writes guesses would get
 * a list of which pseudonym is whose. What is written is masked as if it were read, and it is seen what the masks are asked for.
 */
export class WrittenStandIns {
  readonly #masks: ContentMasks;
  readonly #plans: ContentPlans;
  /** Fields of messages of gRPC that are shown by a stand-in, by their full names. */
  readonly #fields: ReadonlyMap<string, MappedName>;
  #isFound = false;

  constructor(parts: BodyMaskingParts) {
    const find = (): void => {
      this.#isFound = true;
    };
    // Nothing is kept of what was only tried.
    const pseudonyms = { remember: find, find: () => null, load: async () => new Map() };
    this.#masks = new ContentMasks({ ...parts, pseudonyms, hasTokens: true });
    this.#plans = new ContentPlans(
      this.#masks,
      bodyFormats((url) => url, find),
      true,
    );
    this.#fields = new Map(
      parts.dataMap.messages
        .filter((message) => this.hasStandIn(message))
        .map((message) => [message.name, message]),
    );
  }

  /** Whether values of a field are shown by pseudonyms or tokens. */
  hasStandIn(value: ValueClass): boolean {
    return this.#isKeyed(value, STAND_INS);
  }

  /** What the data map says of a field of messages of gRPC, if it is shown by a stand-in. */
  findField(fullName: string, shown: ShownClasses): MappedName | undefined {
    const field = this.#fields.get(fullName);
    return field === undefined || shown.has(field.dataClass) ? undefined : field;
  }

  /** Why a body may not be sent; undefined: nothing in it would be shown by a stand-in. */
  check(subject: BodySubject, written: WrittenBody, place: WrittenPlace): string | undefined {
    const { bytes } = written;
    if (bytes.length === 0 || !this.#hasKeyed(place)) return undefined;
    const { mediaType, graphql } = subject;
    // What it is asked with was looked at by its names.
    if (typeof graphql === 'object') return undefined;
    if (isPatch(subject, written, place)) {
      return namesOnly(written, this.#findPatched(subject, place)) ? undefined : PATCHED;
    }
    if (mediaType !== undefined && chooseFormat(subject, place.content).kind === 'refused') {
      return UNREAD;
    }
    if (mediaType?.essence === FORM && IN_JSON.has(place.content.format)) {
      return checkForm(bytes, this.#findStandIns(place));
    }
    const entry = this.#plans.toEntry(place.content, NDJSON.test(mediaType?.essence ?? ''));
    const plan = this.#plans.plan(entry, place.shown);
    if (plan.kind !== 'masked') return undefined;
    this.#isFound = false;
    try {
      const masker = plan.openMasker(() => undefined);
      masker.push(bytes);
      masker.end();
    } catch (error) {
      if (!(error instanceof ContentFormatError)) throw error;
      // A message that says nothing of itself may be a word.
      const isWord = mediaType === undefined && !looksStructured(bytes);
      if (!this.#isFound && !isWord) return UNREAD;
    }
    return this.#isFound ? WRITTEN : undefined;
  }

  /** Why a body may not be sent that is not looked at; undefined: it says of itself that nobody finds fields in it. */
  checkUnread({ mediaType }: BodySubject, place: WrittenPlace): string | undefined {
    // A FHIR server stores such a body as it is.
    if (!MULTIPART.test(mediaType?.essence ?? '') || place.content.format === 'fhir')
      return undefined;
    return this.#hasKeyed(place) ? UNREAD : undefined;
  }

  /** Whether something there is shown by a stand-in. */
  #hasKeyed({ content, shown }: WrittenPlace): boolean {
    const { classNames } = this.#plans.toEntry(content);
    const kinds = content.format === 'fhir' ? STAND_INS_OF_FHIR : STAND_INS;
    const values = [...classNames.map((dataClass) => ({ dataClass })), ...content.fields];
    return values.some((value) => !shown.has(value.dataClass) && this.#isKeyed(value, kinds));
  }

  #findPatched({ path }: BodySubject, place: WrittenPlace): PatchedResource {
    return {
      type: place.content.format === 'fhir' ? findResourceType(path) : undefined,
      standIns: new Set(this.#findStandIns(place).map((field) => field.path.replaceAll('"', ''))),
    };
  }

  #findStandIns({ content, shown }: WrittenPlace): readonly DataMapPath[] {
    return content.fields.filter((field) => !shown.has(field.dataClass) && this.hasStandIn(field));
  }

  #isKeyed({ dataClass, mask }: ValueClass, kinds: MaskKinds): boolean {
    return dataClass !== NO_CLASS && kinds.has(this.#masks.findMask(dataClass, mask).kind);
  }
}

/** Whether a body tells what becomes of what is there, instead of being there itself. */
function isPatch(subject: BodySubject, body: WrittenBody, { content }: WrittenPlace): boolean {
  if (isJsonPatch(subject.mediaType)) return true;
  return subject.method === 'PATCH' && (content.format === 'fhir' || isOperationList(body));
}

/** Fields of a form are called like the keys under which they are read back, in brackets or not: `mrn`, `patient[mrn]`. */
function checkForm(body: Buffer, standIns: readonly DataMapPath[]): string | undefined {
  const keys = new Set(standIns.map(lastKey));
  // Some servers separate fields by semicolons, too.
  const fields = [...new URLSearchParams(body.toString('utf8').replaceAll(';', '&'))];
  const isWritten = fields.some(([name]) =>
    [...name.split(NO_WORD), foldParameterName(name)].some((word) => keys.has(word.toLowerCase())),
  );
  if (isWritten) return WRITTEN;
  const isNamed =
    keys.size > 0 && [...keys].every((key) => key !== undefined && !NO_WORD.test(key));
  const isPlain = fields.flat().every((text) => !looksStructured(Buffer.from(text)));
  return isNamed && isPlain ? undefined : UNREAD;
}
