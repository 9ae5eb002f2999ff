import { isUtf8 } from 'node:buffer';
import {
  encodeBytesField,
  encodeVarintField,
  readFields,
  rewriteFields,
  type WireField,
  WireType,
} from '../../wire/protobuf/message-fields.ts';
import { decodeVarint } from '../../wire/protobuf/varint.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { AskedValues } from '../bodies/asked-values.ts';
import { isDateClass, type ValueClass, type ValueMasks } from '../content/value-masks.ts';
import { ContentFormatError } from '../content-masker.ts';
import { classOfKey } from '../detectors/field-names.ts';
import { ANY, type MessageField, type MessageType } from './message-type.ts';

/** What becomes of fields of which the data map says nothing. */
export type UnmappedFields = 'inspect' | 'refuse' | 'pass';

export interface MessageMaskerParts {
  /** What the data map says, by full name of the field. */
  readonly fields: ReadonlyMap<string, ValueClass>;
  readonly unmapped: UnmappedFields;
  readonly masks: ValueMasks;
  /** Hidden in strings and bytes, wherever they stand; undefined where nothing was asked by. */
  readonly askedBy: AskedValues | undefined;
}

const TIMESTAMP = 'google.protobuf.Timestamp';
const LEFT_OUT: Buffer = Buffer.alloc(0);
const MS_OF_SECOND = 1_000n;

/** What is known of a value beside its field. */
interface Context {
  readonly depth: number;
  /** Of what class all is that is in it. */
  readonly said: ValueClass | undefined;
}

/**
 * Masks messages field by field, on the wire: what is not changed stays as it was written. Of strings and timestamps the mask is
 * left; numbers, bytes and messages of a hidden class are left out, so that they have their default. What the descriptors do not
 * know is left out as well, and so is `Any`.
 */
export class MessageMasker {
  readonly #parts: MessageMaskerParts;

  constructor(parts: MessageMaskerParts) {
    this.#parts = parts;
  }

  /** @throws {ContentFormatError} If the bytes are no message of the type. */
  mask(message: Buffer, type: MessageType): Buffer {
    try {
      return this.#message(message, type, { depth: 0, said: undefined });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ContentFormatError('protobuf', 'it is no message');
    }
  }

  #message(message: Buffer, type: MessageType, context: Context): Buffer {
    // The entry of a JSON object says what its value is.
    const said = context.said ?? classOfEntry(message, type, context.depth);
    return rewriteFields(message, context.depth, (wire) => {
      const field = type.findField(wire.number);
      if (field === undefined) return LEFT_OUT;
      checkWireType(wire, field);
      return this.#field(message, { wire, field }, { ...context, said });
    });
  }

  #field(
    message: Buffer,
    { wire, field }: { readonly wire: WireField; readonly field: MessageField },
    { depth, said: around }: Context,
  ): Buffer | undefined {
    const said =
      this.#parts.fields.get(field.fullName) ??
      (field.isKey ? undefined : around) ??
      this.#guess(field);
    const bytes = message.subarray(wire.valueStart, wire.end);
    const { value } = field;
    switch (value.kind) {
      case 'string':
        return this.#string(bytes, wire.number, said);
      case 'bytes':
      case 'number': {
        const isKept = value.kind === 'number' || this.#parts.unmapped === 'pass';
        const isHidden = said === undefined ? !isKept : this.#hides(said);
        if (isHidden) return defaultOf(message, field, wire);
        return value.kind === 'bytes' ? this.#hideAsked(bytes, wire.number) : undefined;
      }
      case 'message':
      case 'entry': {
        const masked = this.#inner(bytes, value.type, { depth: depth + 1, said });
        if (masked === bytes) return undefined;
        return masked === undefined
          ? defaultOf(message, field, wire)
          : encodeBytesField(wire.number, masked);
      }
    }
  }

  /** A message within another; undefined: nothing is left of it. */
  #inner(message: Buffer, type: MessageType, context: Context): Buffer | undefined {
    const { said } = context;
    const { unmapped, askedBy } = this.#parts;
    if (type.name === ANY) {
      const isKept = unmapped === 'pass' && said === undefined && askedBy === undefined;
      return isKept ? message : undefined;
    }
    if (type.name === TIMESTAMP && said !== undefined) return this.#timestamp(message, said);
    return this.#message(message, type, context);
  }

  #string(bytes: Buffer, number: number, said: ValueClass | undefined): Buffer | undefined {
    if (!isUtf8(bytes)) throw new ContentFormatError('protobuf', 'a string that is not UTF-8');
    const text = bytes.toString('utf8');
    if (text === '') return undefined;
    const { masks, unmapped } = this.#parts;
    if (said === undefined && unmapped === 'refuse') return encodeBytesField(number, LEFT_OUT);
    if (said === undefined && unmapped === 'pass') return this.#hideAsked(bytes, number);
    const masked = said === undefined ? masks.redact(text) : masks.mask(text, said);
    if (masked === undefined) return this.#hideAsked(bytes, number);
    const written = Buffer.from(masked);
    return this.#hideAsked(written, number) ?? encodeBytesField(number, written);
  }

  /** The field without what was asked by; undefined: that is not in it. */
  #hideAsked(bytes: Buffer, number: number): Buffer | undefined {
    const { askedBy } = this.#parts;
    if (askedBy === undefined) return undefined;
    const written = bytes.toString('latin1');
    const shown = askedBy.hide(written);
    return shown === written ? undefined : encodeBytesField(number, Buffer.from(shown, 'latin1'));
  }

  /** The first instant of the year that the mask leaves. */
  #timestamp(message: Buffer, said: ValueClass): Buffer | undefined {
    if (!this.#hides(said)) return message;
    if (!isDateClass(said.dataClass)) return undefined;
    const seconds = readSeconds(message);
    const date = new Date(Number(seconds * MS_OF_SECOND));
    if (Number.isNaN(date.getTime())) return undefined;
    const year = this.#parts.masks.mask(date.toISOString().slice(0, 10), said) ?? '';
    const start = Date.UTC(Number(year), 0) / Number(MS_OF_SECOND);
    return Number.isNaN(start) ? undefined : encodeVarintField(1, BigInt(start));
  }

  /** What the name of a field says, where the data map says nothing. */
  #guess({ name }: MessageField): ValueClass | undefined {
    if (this.#parts.unmapped === 'pass') return undefined;
    const dataClass = classOfKey(name);
    return dataClass === undefined ? undefined : { dataClass };
  }

  #hides(said: ValueClass): boolean {
    return this.#parts.masks.hides(said);
  }
}

/** The class that the key of a JSON object tells of its value. */
function classOfEntry(message: Buffer, type: MessageType, depth: number): ValueClass | undefined {
  if (type.name !== 'google.protobuf.Struct.fields') return undefined;
  const dataClass = classOfKey(readKey(message, depth));
  return dataClass === undefined ? undefined : { dataClass };
}

function readKey(entry: Buffer, depth: number): string {
  let key = '';
  for (const { number, wireType, valueStart, end } of readFields(entry, depth)) {
    // Of several, the last counts.
    if (number === 1 && wireType === WireType.lengthDelimited) {
      key = entry.toString('utf8', valueStart, end);
    }
  }
  return key;
}

function readSeconds(timestamp: Buffer): bigint {
  let seconds = 0n;
  for (const { number, wireType, valueStart, end } of readFields(timestamp, 0)) {
    if (number !== 1 || wireType !== WireType.varint) continue;
    seconds = BigInt.asIntN(64, decodeVarint(timestamp, valueStart, end));
  }
  return seconds;
}

/** @throws {ContentFormatError} If the field is written as one of another type, which receivers read differently. */
function checkWireType({ wireType }: WireField, { value, isPackable }: MessageField): void {
  const declared = value.kind === 'number' ? value.wireType : WireType.lengthDelimited;
  if (wireType === declared || (isPackable && wireType === WireType.lengthDelimited)) return;
  throw new ContentFormatError('protobuf', 'a field of another type than declared');
}

/** Nothing; or where there has to be something, what says nothing. */
function defaultOf(message: Buffer, { isRequired, value }: MessageField, wire: WireField): Buffer {
  const { number, wireType, start, valueStart, end } = wire;
  if (!isRequired) return LEFT_OUT;
  // Its own required fields would be missing.
  if (value.kind === 'message') throw new ContentFormatError('protobuf', 'a required message');
  if (wireType === WireType.lengthDelimited) return encodeBytesField(number, LEFT_OUT);
  if (wireType === WireType.varint) return encodeVarintField(number, 0n);
  return Buffer.concat([message.subarray(start, valueStart), Buffer.alloc(end - valueStart)]);
}
