import { JsonCursor } from '../detectors/json-cursor.ts';
import type { JsonPathMask } from '../detectors/redact-json.ts';
import type { Findings } from '../rows/findings.ts';
import type { EvidenceFields } from '../rows/result-evidence.ts';
import type { FileFindings } from './file-findings.ts';
import type { FileMasker } from './file-plan.ts';
import { type JsonTokenListener, JsonTokens } from './json-tokens.ts';

/** The class of what was looked at, and is nobody's. */
const NOTHING = 'none';

/** What is to be masked in a file of JSON documents. */
export interface JsonFile {
  /** `ndjson`: any number of documents with line breaks between them; `json`: one. */
  readonly format: 'json' | 'ndjson';
  readonly paths: readonly JsonPathMask[];
  /** Whether strings that no path leads to are looked through, by their key and content. */
  readonly isInspected: boolean;
  /** The path of what says whose document it is; one entry at most. */
  readonly patientPaths: readonly { readonly path: string }[];
}

/** Masks JSON as it streams by: one token is kept at most, and how deep it is. */
export class JsonFileMasker implements FileMasker, JsonTokenListener {
  readonly #file: JsonFile;
  readonly #findings: Findings;
  readonly #evidence: FileFindings;
  readonly #write: (bytes: Buffer) => void;
  readonly #tokens: JsonTokens;
  #cursor: JsonCursor<JsonPathMask>;
  #patientCursor: JsonCursor<{ readonly path: string }>;
  #output: Buffer[] = [];

  constructor(
    file: JsonFile,
    findings: { readonly found: Findings; readonly evidence: FileFindings },
    write: (bytes: Buffer) => void,
  ) {
    this.#file = file;
    this.#findings = findings.found;
    this.#evidence = findings.evidence;
    this.#write = write;
    this.#tokens = new JsonTokens(this, file.format === 'ndjson');
    this.#cursor = new JsonCursor(file.paths);
    this.#patientCursor = new JsonCursor(file.patientPaths);
  }

  push(bytes: Buffer): void {
    this.#tokens.push(bytes);
    this.#flush();
  }

  end(): void {
    this.#tokens.end();
    this.#flush();
  }

  describe(): EvidenceFields {
    return this.#evidence.describe();
  }

  #flush(): void {
    if (this.#output.length > 0) this.#write(Buffer.concat(this.#output));
    this.#output = [];
  }

  document(): void {
    this.#evidence.record();
    this.#cursor = new JsonCursor(this.#file.paths);
    this.#patientCursor = new JsonCursor(this.#file.patientPaths);
  }

  between(bytes: Buffer): void {
    this.#output.push(bytes);
  }

  enter(isArray: boolean): void {
    this.#cursor.enter(isArray);
    this.#patientCursor.enter(isArray);
  }

  leave(): void {
    this.#cursor.leave();
    this.#patientCursor.leave();
  }

  key(token: Buffer): void {
    const key = decodeString(token);
    this.#cursor.key(key);
    this.#patientCursor.key(key);
    this.#output.push(token);
  }

  string(token: Buffer): void {
    const mask = this.#cursor.value();
    this.#see(() => decodeString(token));
    if (mask?.className === NOTHING) {
      this.#output.push(token);
    } else if (mask !== undefined) {
      this.#output.push(Buffer.from(JSON.stringify(mask.mask(decodeString(token)))));
      this.#evidence.mask(mask.className);
    } else {
      this.#output.push(this.#file.isInspected ? this.#inspect(token) : token);
    }
  }

  literal(token: Buffer): void {
    const mask = this.#cursor.value();
    const text = token.toString('latin1');
    this.#see(() => text);
    if (mask === undefined || mask.className === NOTHING || text === 'null') {
      this.#output.push(token);
      return;
    }
    const masked = mask.mask(text);
    const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(masked);
    this.#output.push(Buffer.from(isNumber ? masked : JSON.stringify(masked)));
    this.#evidence.mask(mask.className);
  }

  #see(readId: () => string): void {
    if (this.#file.patientPaths.length === 0) return;
    if (this.#patientCursor.value() !== undefined) this.#evidence.see(readId());
  }

  #inspect(token: Buffer): Buffer {
    const { keyClass } = this.#cursor;
    if (keyClass !== undefined && token.length > 2) {
      this.#evidence.mask(keyClass);
      return Buffer.from(`"[${keyClass}]"`);
    }
    const text = Buffer.from(decodeString(token));
    const redacted = this.#findings.redact(text, 0, text.length);
    return redacted === undefined ? token : Buffer.from(JSON.stringify(redacted.toString('utf8')));
  }
}

/** @param token With its quotes. */
function decodeString(token: Buffer): string {
  const text = token.toString('utf8');
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}
