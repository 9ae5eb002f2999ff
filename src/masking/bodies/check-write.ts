import { type MediaType, structuredSuffix } from '../../wire/http/media-type.ts';
import { type JsonVisitor, walkJson } from '../detectors/walk-json.ts';
import type { BodySubject } from './body-subject.ts';
import { WRITING_OPERATIONS } from './read-patch.ts';

/** Pseudonyms and vault tokens, of any version. */
const STAND_IN = /\b(?:ps|vt)[1-9][0-9]?_[0-9a-f]{16}\b/u;
/** What masks and detectors leave of a value, alone in a string; of a key with its number. */
const PLACEHOLDER =
  /["'>=](?:\[redacted\]|\[date (?:18|19|20|21)\d\d\]|\[(?:[a-z]+-)*[a-z]+\])(?: \(\d+\))?["'<&]/u;
/** The codes by which a masked FHIR resource says so. */
const SECURITY_CODE = /"code"\s*:\s*"(?:REDACTED|MASKED|PSEUDED|ABSTRED)"/u;

/** Why a body may not be written: it would store masks in place of what they hide. Undefined: none was found in it. */
export function findMasksInWrite(body: Buffer): string | undefined {
  const text = body.toString('utf8').replaceAll('\\/', '/');
  if (SECURITY_CODE.test(text)) return 'it is a resource that was shown masked';
  if (STAND_IN.test(text)) return 'it holds a pseudonym, which would be stored as it is';
  if (PLACEHOLDER.test(text)) return 'it holds a mask, which would be stored as it is';
  return undefined;
}

/** Keys under which a body holds requests of its own: those of batches, and conditional creates. */
const REQUEST_KEYS: ReadonlySet<string> = new Set(['url', 'ifNoneExist']);
/** What a URL has that asks by anything. */
const QUESTION = /[?$%]/u;
/** Operations of a JSON Patch that tell what an element holds, or put it where it is shown (RFC 6902, section 4). */
const READING_OPERATIONS: ReadonlySet<string> = new Set(['test', 'copy', 'move']);
/** How bodies begin that may be read as JSON or XML, whatever they say of themselves; also in UTF-16, and behind a byte order mark. */
const STRUCTURED = /^[^\w]*[[{<]/;
/** Bytes in which a document begins, whatever space is in front. */
const HEAD_BYTES = 1024;
const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'text/json']);

const TELLS = 'its outcome would tell what an element holds';

/** What is known of a body in which requests are looked for. */
export interface QuestionPlace extends Pick<BodySubject, 'method' | 'mediaType'> {
  /** Whether a URL in it asks by what is hidden. */
  readonly asks: (url: string) => boolean;
}

/** Why a body that is no FHIR may not be sent: it asks by what is hidden, and its outcome would tell. Undefined: it does not ask. */
export function findQuestionInWrite(place: QuestionPlace, body: Buffer): string | undefined {
  const visitor = new QuestionVisitor(place, body);
  const walk = walkJson(body, { start: 0, end: body.length }, visitor);
  if (walk === 'too-deep') return 'it is too deep to be looked through';
  // Of one in XML, elements are chosen by XPath, which may ask (RFC 5261). JSON with more in it some servers read.
  if (isPatch(place) && walk === 'not-json' && mayBeStructured(place.mediaType, body)) {
    return 'it is a patch that cannot be looked through';
  }
  return visitor.reason;
}

/** Whether a body may be a patch, as its request says. */
export function isPatch({ method, mediaType }: Pick<BodySubject, 'method' | 'mediaType'>): boolean {
  return method === 'PATCH' || isJsonPatch(mediaType);
}

/** Whether a body is a list of operations, as it says itself (RFC 6902). */
export function isJsonPatch(mediaType: MediaType | undefined): boolean {
  return mediaType?.essence === 'application/json-patch+json';
}

/** Whether a body begins as JSON and XML do. */
export function looksStructured(body: Buffer): boolean {
  return STRUCTURED.test(body.toString('latin1', 0, HEAD_BYTES));
}

/** Whether a server may take for JSON or XML what is no JSON. */
function mayBeStructured(mediaType: MediaType | undefined, body: Buffer): boolean {
  if (body.length === 0) return false;
  const isJson =
    mediaType === undefined ||
    JSON_TYPES.has(mediaType.essence) ||
    structuredSuffix(mediaType) === 'json';
  return isJson || looksStructured(body);
}

class QuestionVisitor implements JsonVisitor {
  reason: string | undefined;
  readonly #asks: QuestionPlace['asks'];
  readonly #isPatch: boolean;
  readonly #body: Buffer;
  /** Of each array or object around: whether it is an array. */
  readonly #arrays: boolean[] = [];
  #key = '';

  constructor(place: QuestionPlace, body: Buffer) {
    this.#asks = place.asks;
    this.#isPatch = isPatch(place);
    this.#body = body;
  }

  key(start: number, end: number): void {
    this.#key = this.#decode(start, end);
  }

  string(start: number, end: number): void {
    if (this.reason !== undefined) return;
    const isRequest = REQUEST_KEYS.has(this.#key);
    if (!isRequest && !this.#isPatch) return;
    const text = this.#decode(start, end);
    if (isRequest && this.#isQuestion(text)) {
      this.reason = 'it holds a request that asks by what is hidden';
    } else if (this.#isPatch && this.#isReading(text)) {
      this.reason = TELLS;
    }
  }

  #isQuestion(text: string): boolean {
    // Of a conditional create there may be the query alone.
    const url = this.#key === 'url' || text.includes('?') ? text : `?${text}`;
    return QUESTION.test(url) && this.#asks(url);
  }

  enter(isArray: boolean): void {
    this.#arrays.push(isArray);
  }

  leave(): void {
    this.#arrays.pop();
    this.#key = '';
  }

  literal(): void {
    // No number is a question, but to some servers one is an operation.
    if (this.#isPatch && this.#isOperation()) this.reason = TELLS;
  }

  /** Whether a string says that something is read. Of operations, only those that write are known not to, in whatever case. */
  #isReading(text: string): boolean {
    if (this.#isOperation()) return !WRITING_OPERATIONS.has(text);
    return this.#key === 'op' && READING_OPERATIONS.has(text);
  }

  /** Whether the value at hand names the operation of an element of a JSON Patch. */
  #isOperation(): boolean {
    const [isList, isItem, ...within] = this.#arrays;
    if (isList !== true || isItem !== false || within.length > 0) return false;
    return this.#key.toLowerCase() === 'op';
  }

  #decode(start: number, end: number): string {
    const text = this.#body.toString('utf8', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }
}
