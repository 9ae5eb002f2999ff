import { classOfKey } from './field-names.ts';
import {
  intoElement,
  intoKey,
  type JsonStep,
  type PathPosition,
  parseJsonPath,
  positionsAt,
} from './json-path.ts';
import { type JsonVisitor, walkJson } from './walk-json.ts';

/** What a path leads to, and how that is masked. */
export interface JsonPathMask {
  readonly path: string;
  readonly className: string;
  /** Of a string its characters, of a number its digits as they stand. */
  readonly mask: (text: string) => string;
}

/** Masks text by its content; undefined if nothing was found. */
export type RedactText = (bytes: Uint8Array, start: number, end: number) => Buffer | undefined;

export interface JsonMasking {
  readonly paths: readonly JsonPathMask[];
  readonly redactText: RedactText;
  readonly report: (className: string) => void;
}

/** Stands for a document that cannot be looked through. Valid JSON. */
const WITHHELD = Buffer.from('"[redacted]"');

/**
 * Masks a JSON document: by path, then by key, then every other string by its content. Keys, numbers that no path
 * leads to, and all formatting stay byte for byte; what comes out is JSON.
 *
 * @returns The masked document, or undefined if nothing was found. Text that is not JSON is masked as text.
 */
export function redactJsonDocument(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  masking: JsonMasking,
): Buffer | undefined {
  const redaction = new JsonRedaction(bytes, masking);
  switch (walkJson(bytes, { start, end }, redaction)) {
    case 'done':
      return redaction.result(start, end);
    case 'not-json':
      return masking.redactText(bytes, start, end);
    case 'too-deep':
      masking.report('json');
      return WITHHELD;
  }
}

const parsedPaths = new WeakMap<readonly JsonPathMask[], readonly PathPosition<JsonPathMask>[]>();

/** Parsed once for each list of paths: the same list serves every row. */
function rootPositions(paths: readonly JsonPathMask[]): readonly PathPosition<JsonPathMask>[] {
  let positions = parsedPaths.get(paths);
  if (positions === undefined) {
    positions = paths.map((target) => {
      const steps: readonly JsonStep[] = parseJsonPath(target.path);
      return { steps, next: 0, target };
    });
    parsedPaths.set(paths, positions);
  }
  return positions;
}

/** An array or object that the walk is in. */
interface Frame {
  readonly isArray: boolean;
  /** Where the paths have come to, for what is in it. */
  readonly positions: readonly PathPosition<JsonPathMask>[];
  /** Set if a path leads to it: it masks everything below. */
  readonly mask: JsonPathMask | undefined;
  /** The class that the key it stands under tells; an array passes it on to its elements. */
  readonly keyClass: string | undefined;
  nextIndex: number;
}

class JsonRedaction implements JsonVisitor {
  readonly #bytes: Buffer;
  readonly #masking: JsonMasking;
  readonly #frames: Frame[] = [];
  readonly #parts: Buffer[] = [];
  #writtenTo = -1;
  /** Of the value that comes next. */
  #positions: readonly PathPosition<JsonPathMask>[];
  #keyClass: string | undefined;

  constructor(bytes: Uint8Array, masking: JsonMasking) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#masking = masking;
    this.#positions = rootPositions(masking.paths);
  }

  result(start: number, end: number): Buffer | undefined {
    if (this.#writtenTo === -1) return undefined;
    const [first, ...rest] = this.#parts;
    return Buffer.concat([
      this.#bytes.subarray(start, this.#firstAt),
      first as Buffer,
      ...rest,
      this.#bytes.subarray(this.#writtenTo, end),
    ]);
  }

  #firstAt = 0;

  enter(isArray: boolean): void {
    const mask = this.#nextValue(isArray);
    this.#frames.push({
      isArray,
      positions: positionsAt(this.#positions, isArray),
      mask,
      keyClass: isArray ? this.#keyClass : undefined,
      nextIndex: 0,
    });
  }

  leave(): void {
    this.#frames.pop();
  }

  key(start: number, end: number): void {
    const frame = this.#frames.at(-1) as Frame;
    const key = this.#decode(start, end);
    this.#positions = intoKey(frame.positions, key);
    this.#keyClass = classOfKey(key);
  }

  string(start: number, end: number): void {
    const mask = this.#nextValue(false);
    if (mask !== undefined) {
      this.#replace(start - 1, end + 1, JSON.stringify(mask.mask(this.#decode(start, end))));
      this.#masking.report(mask.className);
      return;
    }
    if (this.#keyClass !== undefined && end > start) {
      this.#replace(start, end, `[${this.#keyClass}]`);
      this.#masking.report(this.#keyClass);
      return;
    }
    this.#redactString(start, end);
  }

  literal(start: number, end: number): void {
    const mask = this.#nextValue(false);
    const text = this.#bytes.toString('latin1', start, end);
    if (mask === undefined || text === 'null') return;
    const masked = mask.mask(text);
    const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(masked);
    this.#replace(start, end, isNumber ? masked : JSON.stringify(masked));
    this.#masking.report(mask.className);
  }

  #redactString(start: number, end: number): void {
    const escape = this.#bytes.indexOf(0x5c, start);
    if (escape === -1 || escape >= end) {
      const redacted = this.#masking.redactText(this.#bytes, start, end);
      // Neither what is left of the text nor what replaces the rest needs an escape.
      if (redacted !== undefined) this.#replace(start, end, redacted);
      return;
    }
    const decoded = Buffer.from(this.#decode(start, end));
    const redacted = this.#masking.redactText(decoded, 0, decoded.length);
    if (redacted !== undefined)
      this.#replace(start - 1, end + 1, JSON.stringify(redacted.toString()));
  }

  /** Follows the paths into the value that comes; returns the mask that a path, or a frame around, wants for it. */
  #nextValue(isArray: boolean): JsonPathMask | undefined {
    const frame = this.#frames.at(-1);
    if (frame?.isArray) {
      this.#positions = intoElement(frame.positions, frame.nextIndex);
      this.#keyClass = frame.keyClass;
      frame.nextIndex += 1;
    }
    const here = positionsAt(this.#positions, isArray);
    const arrived = here.find(({ steps, next }) => next === steps.length);
    return arrived?.target ?? frame?.mask;
  }

  #decode(start: number, end: number): string {
    const text = this.#bytes.toString('utf8', start, end);
    return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }

  #replace(start: number, end: number, replacement: string | Buffer): void {
    if (this.#writtenTo === -1) this.#firstAt = start;
    else this.#parts.push(this.#bytes.subarray(this.#writtenTo, start));
    this.#parts.push(Buffer.from(replacement));
    this.#writtenTo = end;
  }
}
