import type { ContentMasker } from '../content-masker.ts';
import { JsonByte } from '../detectors/json-byte.ts';
import { JsonCursor } from '../detectors/json-cursor.ts';
import { KeyRedaction, type RedactKey } from '../detectors/key-redaction.ts';
import type { JsonPathMask } from '../detectors/redact-json.ts';
import type { Findings } from '../rows/findings.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import { ChangedBytes } from './changed-bytes.ts';
import type { ContentFindings } from './content-findings.ts';
import { type JsonTokenListener, JsonTokens } from './json-tokens.ts';

/** The class of what was looked at, and is nobody's. */
const NOTHING = 'none';

/** Of a string without characters: its quotes. */
const EMPTY_BYTES = 2;

/** What is to be masked in a file of JSON documents. */
export interface JsonContent {
  /** `ndjson`: any number of documents with line breaks between them; `json`: one. */
  readonly format: 'json' | 'ndjson';
  readonly paths: readonly JsonPathMask[];
  /** Whether strings that no path leads to are looked through, by their key and content. */
  readonly isInspected: boolean;
  /** A key as it stands in the paths. */
  readonly readKey: (key: string) => string;
  /** The path of what says whose document it is; one entry at most. */
  readonly patientPaths: readonly { readonly path: string }[];
}

/** Masks JSON as it streams by: one token is kept at most, and how deep it is. */
export class JsonMasker implements ContentMasker, JsonTokenListener {
  readonly #file: JsonContent;
  readonly #findings: Findings;
  readonly #evidence: ContentFindings;
  readonly #write: (bytes: Buffer) => void;
  readonly #tokens: JsonTokens;
  #cursor: JsonCursor<JsonPathMask>;
  #patientCursor: JsonCursor<{ readonly path: string }> | undefined;
  readonly #keys = new KeyRedaction();
  readonly #redactKey: RedactKey = (...text) => this.#findings.redact(...text);
  readonly #changed = new ChangedBytes();

  constructor(
    file: JsonContent,
    findings: { readonly found: Findings; readonly evidence: ContentFindings },
    write: (bytes: Buffer) => void,
  ) {
    this.#file = file;
    this.#findings = findings.found;
    this.#evidence = findings.evidence;
    this.#write = write;
    this.#tokens = new JsonTokens(this, file.format === 'ndjson');
    this.#cursor = new JsonCursor(file.paths);
    this.#patientCursor = this.#openPatientCursor();
  }

  push(bytes: Buffer): void {
    this.#tokens.push(bytes);
  }

  end(): void {
    this.#tokens.end();
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }

  document(): void {
    this.#evidence.record();
    this.#keys.begin();
    this.#cursor = new JsonCursor(this.#file.paths);
    this.#patientCursor = this.#openPatientCursor();
  }

  passed(bytes: Buffer, end: number): void {
    const changed = this.#changed.take(bytes, end);
    if (changed.length > 0) this.#write(changed);
  }

  enter(isArray: boolean): void {
    this.#cursor.enter(isArray);
    this.#patientCursor?.enter(isArray);
  }

  leave(): void {
    this.#cursor.leave();
    this.#patientCursor?.leave();
  }

  key(bytes: Buffer, start: number, end: number): void {
    const key = decodeString(bytes, start, end);
    this.#cursor.key(this.#file.readKey(key));
    this.#patientCursor?.key(key);
    if (!this.#file.isInspected) return;
    const shown = this.#keys.redact(key, this.#redactKey);
    if (shown === undefined) return;
    this.#changed.replace(bytes, { start, end }, Buffer.from(JSON.stringify(shown)));
  }

  string(bytes: Buffer, start: number, end: number): void {
    const mask = this.#cursor.value();
    if (this.#isPatient()) this.#evidence.see(decodeString(bytes, start, end));
    if (mask === undefined) {
      if (this.#file.isInspected) this.#inspect(bytes, start, end);
    } else if (mask.className !== NOTHING) {
      const masked = JSON.stringify(mask.mask(decodeString(bytes, start, end)));
      this.#changed.replace(bytes, { start, end }, Buffer.from(masked));
      this.#evidence.mask(mask.className);
    }
  }

  literal(bytes: Buffer, start: number, end: number): void {
    const mask = this.#cursor.value();
    const isPatient = this.#isPatient();
    const text = bytes.toString('latin1', start, end);
    if (isPatient) this.#evidence.see(text);
    if (mask === undefined && this.#file.isInspected && isNumber(text)) {
      return this.#maskByKey(bytes, start, end);
    }
    if (mask === undefined || mask.className === NOTHING || text === 'null') return;
    const masked = mask.mask(text);
    const written = isNumber(masked) ? masked : JSON.stringify(masked);
    this.#changed.replace(bytes, { start, end }, Buffer.from(written));
    this.#evidence.mask(mask.className);
  }

  #openPatientCursor(): JsonCursor<{ readonly path: string }> | undefined {
    const { patientPaths } = this.#file;
    return patientPaths.length === 0 ? undefined : new JsonCursor(patientPaths);
  }

  /** Whether the value at hand says whose document it is. */
  #isPatient(): boolean {
    return this.#patientCursor?.value() !== undefined;
  }

  #inspect(bytes: Buffer, start: number, end: number): void {
    if (this.#cursor.keyClass === undefined) this.#redact(bytes, start, end);
    else if (end - start > EMPTY_BYTES) this.#maskByKey(bytes, start, end);
  }

  /** Masks a value of which its key says what it is. */
  #maskByKey(bytes: Buffer, start: number, end: number): void {
    const { keyClass } = this.#cursor;
    if (keyClass === undefined) return;
    this.#changed.replace(bytes, { start, end }, Buffer.from(`"[${keyClass}]"`));
    this.#evidence.mask(keyClass);
  }

  /** Masks in a string what the detectors find. */
  #redact(bytes: Buffer, start: number, end: number): void {
    const inner = bytes.subarray(start + 1, end - 1);
    const text = inner.includes(JsonByte.backslash)
      ? Buffer.from(decodeString(bytes, start, end))
      : inner;
    const redacted = this.#findings.redact(text, 0, text.length);
    if (redacted === undefined) return;
    const masked = JSON.stringify(redacted.toString('utf8'));
    this.#changed.replace(bytes, { start, end }, Buffer.from(masked));
  }
}

function isNumber(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}

/** The string whose quotes are at both ends. */
function decodeString(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}
