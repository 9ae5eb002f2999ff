import { Ascii } from './ascii.ts';
import { maskBinaryArray } from './binary-array.ts';
import { maskBinaryRecord } from './binary-record.ts';
import { decodeByteaText, encodeByteaText } from './bytea-text.ts';
import type { FieldMask, MaskedValue } from './field-mask.ts';
import type { Findings, JsonPaths } from './findings.ts';
import { maskTextArray } from './text-array.ts';
import { maskEncoded, type TextEncoding } from './text-encoding.ts';
import { maskTextRecord } from './text-record.ts';
import { type FindType, shapeOf, type ValueShape } from './value-shape.ts';

/** Arrays in records in arrays … as deep as values are taken apart. */
const NESTING_MAX = 8;
/** In front of a jsonb document in binary format. */
const JSONB_VERSION = 1;
/** Stands for a type that nothing is known of. */
const UNKNOWN_TYPE_OID = 0;

/** What the second net has to know of one column. */
export interface InspectedColumn {
  /** 0 if it is not known. */
  readonly typeOid: number;
  readonly isBinary: boolean;
  readonly encoding: TextEncoding;
  /** `unknown`: looked through unless the type holds no text. */
  readonly inspect: 'text' | 'json' | 'unknown';
  readonly paths: JsonPaths;
}

/**
 * Makes the mask of one column; undefined where its type holds nothing to look for.
 *
 * What cannot be taken apart is counted in `findings` and becomes NULL: in text format nothing of a
 * known type but what is not in its encoding, in binary format a type of unknown form. Where only the type says that a column may hold
 * text (`unknown`), bytes of unknown form stay if nothing is found in them as they are.
 */
export function compileFieldMask(
  column: InspectedColumn,
  findings: Findings,
  findType: FindType,
): FieldMask | undefined {
  const shape = shapeOf(column.typeOid, findType);
  if (column.inspect === 'unknown' && shape.kind === 'plain') return undefined;
  const masker = new ColumnMasker(column, findings, findType);
  const maskValue: FieldMask = (bytes, start, end) => masker.maskValue(shape, bytes, start, end);
  return (bytes, start, end) => masker.maskField(maskValue, bytes, start, end);
}

class ColumnMasker {
  readonly #column: InspectedColumn;
  readonly #findings: Findings;
  readonly #findType: FindType;
  readonly #elementMasks = new Map<number, FieldMask | undefined>();
  readonly #textMask: FieldMask = (bytes, start, end) => this.#maskText(bytes, start, end);
  readonly #jsonMask: FieldMask = (bytes, start, end) => this.#maskJson(bytes, start, end);
  #nesting = 0;

  constructor(column: InspectedColumn, findings: Findings, findType: FindType) {
    this.#column = column;
    this.#findings = findings;
    this.#findType = findType;
  }

  maskField(maskValue: FieldMask, bytes: Buffer, start: number, end: number): MaskedValue {
    const { isBinary, encoding } = this.#column;
    // In text format all of a value is in the client's encoding, and cannot be taken apart before it is read.
    const masked = isBinary
      ? maskValue(bytes, start, end)
      : maskEncoded(encoding, maskValue, bytes.subarray(start, end));
    if (masked === null) this.#findings.withhold();
    return masked;
  }

  maskValue(shape: ValueShape, bytes: Buffer, start: number, end: number): MaskedValue {
    return shape.kind === 'plain'
      ? this.#maskMisfit(bytes, start, end)
      : this.#mask(shape, bytes, start, end);
  }

  #mask(shape: ValueShape, bytes: Buffer, start: number, end: number): MaskedValue {
    const { isBinary } = this.#column;
    switch (shape.kind) {
      case 'plain':
        return undefined;
      case 'text':
        return this.#maskEncoded(this.#textMask, bytes, start, end);
      case 'json':
        return isBinary && shape.hasVersion
          ? this.#maskJsonb(bytes, start, end)
          : this.#maskEncoded(this.#jsonMask, bytes, start, end);
      case 'bytea':
        return isBinary
          ? this.#findings.redact(bytes, start, end)
          : this.#maskByteaText(bytes, start, end);
      case 'array':
      case 'record':
        return this.#maskInside(shape, bytes, start, end);
      case 'opaque':
        return isBinary
          ? this.#maskUnknownBytes(bytes, start, end)
          : this.#maskUnknownText(bytes, start, end);
    }
  }

  /** In binary format, what stands within a value. */
  #maskEncoded(mask: FieldMask, bytes: Buffer, start: number, end: number): MaskedValue {
    const { isBinary, encoding } = this.#column;
    if (!isBinary) return mask(bytes, start, end);
    return maskEncoded(encoding, mask, bytes.subarray(start, end));
  }

  #maskText(bytes: Buffer, start: number, end: number): MaskedValue {
    return this.#column.inspect === 'json'
      ? this.#maskJson(bytes, start, end)
      : this.#findings.redact(bytes, start, end);
  }

  #maskJson(bytes: Buffer, start: number, end: number): MaskedValue {
    return this.#findings.redactJson(bytes, start, end, this.#column.paths);
  }

  #maskJsonb(bytes: Buffer, start: number, end: number): MaskedValue {
    if (bytes[start] !== JSONB_VERSION || start === end) return null;
    const masked = this.#maskEncoded(this.#jsonMask, bytes, start + 1, end);
    return masked && Buffer.concat([Buffer.of(JSONB_VERSION), masked]);
  }

  #maskByteaText(bytes: Buffer, start: number, end: number): MaskedValue {
    const value = decodeByteaText(bytes, start, end);
    if (value === undefined) return null;
    const masked = this.#findings.redact(value, 0, value.length);
    return masked && encodeByteaText(masked);
  }

  /** A column that is said to hold text and whose type cannot: no masked text fits in. */
  #maskMisfit(bytes: Buffer, start: number, end: number): MaskedValue {
    if (this.#column.isBinary) return null;
    return this.#findings.redact(bytes, start, end) === undefined ? undefined : null;
  }

  #maskInside(
    shape: Extract<ValueShape, { kind: 'array' | 'record' }>,
    bytes: Buffer,
    start: number,
    end: number,
  ): MaskedValue {
    const { isBinary } = this.#column;
    if (this.#nesting === NESTING_MAX) {
      return isBinary ? null : this.#findings.redact(bytes, start, end);
    }
    this.#nesting += 1;
    const masked =
      shape.kind === 'array'
        ? this.#maskArray(shape.elementOid, bytes, start, end)
        : this.#maskRecord(shape.fieldOids, bytes, start, end);
    this.#nesting -= 1;
    return masked;
  }

  #maskArray(elementOid: number, bytes: Buffer, start: number, end: number): MaskedValue {
    if (this.#column.isBinary) {
      return maskBinaryArray(bytes, start, end, (oid) => this.#elementMask(oid));
    }
    const mask = this.#elementMask(elementOid);
    return mask && maskTextArray(bytes, start, end, mask);
  }

  #maskRecord(
    fieldOids: readonly number[] | undefined,
    bytes: Buffer,
    start: number,
    end: number,
  ): MaskedValue {
    if (this.#column.isBinary) {
      return maskBinaryRecord(bytes, start, end, (oid) => this.#elementMask(oid));
    }
    return maskTextRecord(
      bytes.subarray(start, end),
      fieldOids?.length,
      (index, value, valueStart, valueEnd) =>
        this.#elementMask(fieldOids?.[index] ?? UNKNOWN_TYPE_OID)?.(value, valueStart, valueEnd),
    );
  }

  /** The mask of elements and fields of a type; undefined where the type holds nothing. */
  #elementMask(typeOid: number): FieldMask | undefined {
    const known = this.#elementMasks.get(typeOid);
    if (known !== undefined || this.#elementMasks.has(typeOid)) return known;
    const shape = shapeOf(typeOid, this.#findType);
    const mask: FieldMask | undefined =
      shape.kind === 'plain'
        ? undefined
        : (bytes, start, end) => this.#mask(shape, bytes, start, end);
    this.#elementMasks.set(typeOid, mask);
    return mask;
  }

  #maskUnknownBytes(bytes: Buffer, start: number, end: number): MaskedValue {
    if (this.#column.inspect !== 'unknown') return null;
    return this.#findings.redact(bytes, start, end) === undefined ? undefined : null;
  }

  /** Text of an unknown type: taken apart if it looks like something that can be, then looked through as it is. */
  #maskUnknownText(bytes: Buffer, start: number, end: number): MaskedValue {
    const first = bytes[start];
    const mayBeJson = first === Ascii.openBrace || first === Ascii.openBracket;
    if (mayBeJson && isJson(bytes.toString('utf8', start, end)))
      return this.#maskJson(bytes, start, end);
    const shape = STRUCTURES.get(first ?? 0);
    const inside = shape && this.#maskInside(shape, bytes, start, end);
    return inside ?? this.#maskText(bytes, start, end);
  }
}

/** What a value in text format may be, by its first byte. */
const STRUCTURES: ReadonlyMap<number, Extract<ValueShape, { kind: 'array' | 'record' }>> = new Map([
  [Ascii.openBrace, { kind: 'array', elementOid: UNKNOWN_TYPE_OID }],
  [Ascii.openBracket, { kind: 'array', elementOid: UNKNOWN_TYPE_OID }],
  [Ascii.openParenthesis, { kind: 'record', fieldOids: undefined }],
]);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
