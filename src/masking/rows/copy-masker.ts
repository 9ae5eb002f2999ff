import type { CopyFormat } from '../../wire/postgres/copy-format.ts';
import {
  BackendType,
  MESSAGE_BYTES_MAX,
  MESSAGE_HEADER_BYTES,
} from '../../wire/postgres/message-framing.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { OutputColumn } from '../postgres/output-column.ts';
import { compileFieldMask } from './column-masker.ts';
import { CopyBinaryRows } from './copy-binary-rows.ts';
import { CopyCsvRows } from './copy-csv-rows.ts';
import { maskLooseRow } from './copy-loose-rows.ts';
import type { ColumnMasks, CopyRows } from './copy-rows.ts';
import type { CopySyntax } from './copy-syntax.ts';
import { CopyTextRows } from './copy-text-rows.ts';
import type { FieldMask, MaskedValue } from './field-mask.ts';
import { Findings, type TextMasks } from './findings.ts';
import type { RowLookups } from './row-plan.ts';
import { Splices } from './splices.ts';
import { maskEncoded, type TextEncoding, UTF8 } from './text-encoding.ts';

/** Bytes of the largest row that is put together from several messages. The server sends a row in one. */
const PIECED_ROW_BYTES_MAX = 64 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);
/** Stands for a type that nothing is known of. */
const UNKNOWN_TYPE_OID = 0;

/** A COPY that begins: what the server says of it, and what its statement said. */
export interface CopyOut extends Pick<CopyFormat, 'format' | 'columnFormats'> {
  /** Undefined: it could not be read. Then rows in which something is found may be left out whole. */
  readonly syntax?: CopySyntax | undefined;
}

/** Makes what looks through a COPY. @param outputs As for `compileRowPlan`. */
export function inspectCopy(
  copy: CopyOut,
  outputs: readonly OutputColumn[] | undefined,
  masks: TextMasks,
  lookups: RowLookups,
): CopyMasker {
  const findings = new Findings(masks);
  const known = outputs?.length === copy.columnFormats.length ? outputs : undefined;
  const columnMasks = copy.columnFormats.map((_, index) => {
    const { inspect, relationOid, column } = known?.[index] ?? UNKNOWN_OUTPUT;
    if (inspect === 'none') return undefined;
    const inspected = {
      typeOid: lookups.findColumnType?.(relationOid, column) ?? UNKNOWN_TYPE_OID,
      isBinary: copy.format === 'binary',
      encoding: lookups.encoding ?? UTF8,
      inspect,
      paths: inspect === 'json' ? lookups.findPaths(relationOid, column) : [],
    };
    return compileFieldMask(inspected, findings, lookups.findType);
  });
  return new CopyMasker(copy, columnMasks, findings, lookups.encoding);
}

/** Changes what one COPY sends to the client, field by field. */
export class CopyMasker {
  /** What was found so far. */
  readonly findings: Findings;
  readonly #masks: ColumnMasks;
  readonly #encoding: TextEncoding;
  readonly #rows: CopyRows | undefined;
  /** The start of a row whose rest is still to come. */
  #carry: Buffer = NOTHING;
  #carried = 0;

  constructor(
    copy: CopyOut,
    masks: ColumnMasks,
    findings: Findings,
    encoding: TextEncoding = UTF8,
  ) {
    this.findings = findings;
    this.#masks = masks;
    this.#encoding = encoding;
    this.#rows = rowsOf(copy, masks);
  }

  /**
   * Masks a whole `CopyData` message, `buffer[start, end)`, header included.
   *
   * @returns What to send instead, maybe nothing where a row is not whole yet; undefined: as it is.
   * @throws {ProtocolError} If the data are not such rows, or a row is too large.
   */
  data(buffer: Buffer, start: number, end: number): Buffer | undefined {
    if (this.#masks.every((mask) => mask === undefined)) return undefined;
    const bodyStart = start + MESSAGE_HEADER_BYTES;
    if (this.#rows === undefined) {
      const masked = this.#maskLoose(buffer.subarray(bodyStart, end));
      return masked === null ? NOTHING : masked && wrap(masked);
    }
    if (this.#carried === 0) return this.#pass(this.#rows, buffer, bodyStart, end);
    this.#append(buffer, bodyStart, end);
    const [carry, length] = [this.#carry, this.#carried];
    return this.#pass(this.#rows, carry, 0, length) ?? wrap(carry.subarray(0, length));
  }

  #maskLoose(row: Buffer): MaskedValue {
    const mask: FieldMask = (bytes, from, to) =>
      maskLooseRow(bytes.subarray(from, to), this.findings);
    const masked = maskEncoded(this.#encoding, mask, row);
    if (masked === null) this.findings.withhold();
    return masked;
  }

  /**
   * The data have ended: `CopyDone`, which passes as it is.
   *
   * @throws {ProtocolError} If they ended inside a row.
   */
  done(_buffer: Buffer, _start: number, _end: number): undefined {
    if (this.#carried > 0) throw malformed('ends inside a row');
  }

  #pass(rows: CopyRows, bytes: Buffer, start: number, end: number): Buffer | undefined {
    const splices = new Splices();
    let rowStart = start;
    for (;;) {
      const rowEnd = rows.findEnd(bytes, rowStart, end);
      if (rowEnd === -1) break;
      rows.mask(bytes, rowStart, rowEnd, splices);
      rowStart = rowEnd;
    }
    if (rowStart === end) {
      this.#carried = 0;
      return splices.isEmpty ? undefined : wrap(splices.apply(bytes, start, end));
    }
    // Nothing of what was carried is whole yet: it stays where it is.
    if (bytes === this.#carry && rowStart === 0) return NOTHING;
    const answer = rowStart === start ? NOTHING : wrap(splices.apply(bytes, start, rowStart));
    this.#carry = Buffer.from(bytes.subarray(rowStart, end));
    this.#carried = this.#carry.length;
    return answer;
  }

  /** Keeps more of a row. Room doubles, so that a row in many pieces costs no more than its size. */
  #append(bytes: Buffer, start: number, end: number): void {
    const length = this.#carried + end - start;
    if (length > PIECED_ROW_BYTES_MAX) throw malformed('a row in pieces is too large');
    if (length > this.#carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#carried));
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    bytes.copy(this.#carry, this.#carried, start, end);
    this.#carried = length;
  }
}

const UNKNOWN_OUTPUT: OutputColumn = { relationOid: 0, column: '', masked: [], inspect: 'unknown' };

function rowsOf(copy: CopyOut, masks: ColumnMasks): CopyRows | undefined {
  if (copy.format === 'binary') return new CopyBinaryRows(masks);
  switch (copy.syntax?.kind) {
    case 'text':
      return new CopyTextRows(masks, copy.syntax);
    case 'csv':
      return new CopyCsvRows(masks, copy.syntax);
    case 'binary':
    case undefined:
      return undefined;
  }
}

function wrap(data: Buffer): Buffer {
  if (data.length > MESSAGE_BYTES_MAX) throw malformed('too large for a message once masked');
  const message = Buffer.allocUnsafe(MESSAGE_HEADER_BYTES + data.length);
  message[0] = BackendType.CopyData;
  message.writeInt32BE(data.length + 4, 1);
  data.copy(message, MESSAGE_HEADER_BYTES);
  return message;
}

function malformed(reason: string): ProtocolError {
  return new ProtocolError('CopyData', reason);
}
