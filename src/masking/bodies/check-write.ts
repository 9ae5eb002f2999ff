import { type JsonVisitor, walkJson } from '../detectors/walk-json.ts';

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

/** Keys under which a body holds requests of its own: FHIR's batches and conditional creates. */
const REQUEST_KEYS: ReadonlySet<string> = new Set(['url', 'ifNoneExist']);
/** Operations of a JSON Patch that tell what an element holds, or put it where it is shown (RFC 6902, section 4). */
const READING_OPERATIONS: ReadonlySet<string> = new Set(['test', 'copy', 'move']);
/** FHIRPath that finds an element by what is in it. */
const FHIR_PATH_QUESTION = /[\w)]\s*\(|[=<>~]/u;
/** Also in UTF-16, and behind a byte order mark. */
const IN_XML = /^[^\w{["<]*</u;
/** Bytes in which a document begins, whatever space is in front. */
const HEAD_BYTES = 1024;

/**
 * Why a body may not be sent: it asks by what is hidden, and its outcome would tell. Undefined: it does not ask.
 *
 * @param asks Whether a URL in it does.
 */
export function findQuestionInWrite(
  method: string,
  body: Buffer,
  asks: (url: string) => boolean,
): string | undefined {
  const visitor = new QuestionVisitor(body, method === 'PATCH', asks);
  const walk = walkJson(body, { start: 0, end: body.length }, visitor);
  if (walk === 'too-deep') return 'it is too deep to be looked through';
  // Its elements are chosen by XPath, which may ask (RFC 5261), or hold FHIRPath.
  if (method === 'PATCH' && IN_XML.test(body.toString('latin1', 0, HEAD_BYTES))) {
    return 'it is a patch in XML, which cannot be looked through';
  }
  return visitor.reason;
}

class QuestionVisitor implements JsonVisitor {
  reason: string | undefined;
  readonly #body: Buffer;
  readonly #isPatch: boolean;
  readonly #asks: (url: string) => boolean;
  #key = '';

  constructor(body: Buffer, isPatch: boolean, asks: (url: string) => boolean) {
    this.#body = body;
    this.#isPatch = isPatch;
    this.#asks = asks;
  }

  key(start: number, end: number): void {
    this.#key = this.#decode(start, end);
  }

  string(start: number, end: number): void {
    const text = this.#decode(start, end);
    if (REQUEST_KEYS.has(this.#key)) {
      // Of a conditional create there may be the query alone.
      const url = this.#key === 'url' || text.includes('?') ? text : `?${text}`;
      const mayAsk = /[?$%]/u.test(url);
      if (mayAsk && this.#asks(url)) this.reason = 'it holds a request that asks by what is hidden';
    }
    if (!this.#isPatch) return;
    // https://hl7.org/fhir/R4/fhirpatch.html
    const isReading = this.#key === 'op' && READING_OPERATIONS.has(text);
    const isQuestion = this.#key === 'valueString' && FHIR_PATH_QUESTION.test(text);
    if (isReading || isQuestion) this.reason = 'its outcome would tell what an element holds';
  }

  enter(): void {
    // Keys are read one by one.
  }

  leave(): void {
    this.#key = '';
  }

  literal(): void {
    // No number is a question.
  }

  #decode(start: number, end: number): string {
    const text = this.#body.toString('utf8', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }
}
