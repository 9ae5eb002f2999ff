import assert from 'node:assert/strict';
import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/**
 * The fields of an error or notice by their one-letter code (`M` is the message, `C` the SQLSTATE).
 *
 * @see https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export type FieldsByCode = ReadonlyMap<string, string>;

export interface ErrorResponse {
  readonly type: 'ErrorResponse';
  readonly fields: FieldsByCode;
}

/** What the gateway says when it speaks for itself. */
export interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL' | 'PANIC';
  /** Five characters. */
  readonly sqlState: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** 1-based, in characters of the statement. */
  readonly position?: number;
}

/** Decodes the body of an `ErrorResponse` (`E`) message. */
export function decodeErrorResponse(body: Buffer): ErrorResponse {
  return { type: 'ErrorResponse', fields: decodeFields(body, 'ErrorResponse') };
}

/** Decodes the body that errors and notices have in common. */
export function decodeFields(body: Buffer, messageName: string): FieldsByCode {
  const reader = new ByteReader(body, messageName);
  const fields = new Map<string, string>();
  for (let code = reader.byte(); code !== 0; code = reader.byte()) {
    const letter = String.fromCharCode(code);
    if (fields.has(letter)) throw reader.error('a field is given twice');
    fields.set(letter, reader.cString());
  }
  reader.expectEnd();
  return fields;
}

/** Encodes a whole `ErrorResponse` (`E`) message. */
export function encodeErrorResponse(fields: ErrorFields): Buffer {
  return encodeFields(BackendType.ErrorResponse, listFields(fields));
}

/** Encodes a whole `ErrorResponse` (`E`) message from fields as a server sent them. */
export function encodeErrorResponseFields(fields: FieldsByCode): Buffer {
  return encodeFields(BackendType.ErrorResponse, fields);
}

/** Arranges what the gateway has to say in the fields of the protocol. */
export function listFields(
  fields: Omit<ErrorFields, 'severity'> & { readonly severity: string },
): FieldsByCode {
  assert.equal(fields.sqlState.length, 5);
  const byCode = new Map([
    ['S', fields.severity],
    ['V', fields.severity],
    ['C', fields.sqlState],
    ['M', fields.message],
  ]);
  if (fields.detail !== undefined) byCode.set('D', fields.detail);
  if (fields.hint !== undefined) byCode.set('H', fields.hint);
  if (fields.position !== undefined) byCode.set('P', String(fields.position));
  return byCode;
}

/** Encodes a whole message, an error or a notice by its `type`. */
export function encodeFields(type: number, fields: FieldsByCode): Buffer {
  const writer = startMessage(type);
  for (const [code, text] of fields) {
    assert(/^[A-Za-z]$/.test(code), 'an error field has a letter for a code');
    // Text may quote what a client sent. A zero byte would let it forge the fields after it.
    writer.byte(code.charCodeAt(0)).cString(text.replaceAll('\0', '\u{fffd}'));
  }
  return finishMessage(writer.byte(0));
}
