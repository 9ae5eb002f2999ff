import { ProtocolError } from '../protocol-error.ts';
import { parseJson } from '../tunnel/json-reader.ts';

/**
 * A line of what one gateway answers another: a value, or the end of them. Without the line that says so, an answer
 * was cut off.
 */
export type PeerLine =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'end' }
  /** What was asked cannot be answered; nothing follows. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Bytes of one line: a page of a ledger. */
export const PEER_LINE_BYTES_MAX: number = 32 * 1024 * 1024;

const VALUE = 0x3d; // =
const END = '.\n';
const FAILED = 0x21; // !
/** Stands for bytes, and for an object that looks like one of these. */
const BYTES = '$bytes';
const OBJECT = '$object';

/** Writes a line. A value is what JSON can say, and bytes. */
export function encodePeerLine(line: PeerLine): Buffer {
  switch (line.kind) {
    case 'value':
      return Buffer.from(`=${encodePeerValue(line.value)}\n`);
    case 'end':
      return Buffer.from(END);
    case 'failed':
      return Buffer.from(`!${JSON.stringify(line.reason)}\n`);
  }
}

/**
 * Reads a line without its end.
 *
 * @throws {ProtocolError} If it is none.
 */
export function decodePeerLine(bytes: Buffer): PeerLine {
  const rest = bytes.subarray(1);
  if (bytes[0] === VALUE) return { kind: 'value', value: decodePeerValue(rest) };
  if (bytes.equals(Buffer.from('.'))) return { kind: 'end' };
  const reason = bytes[0] === FAILED ? parseJson(rest, 'answer') : undefined;
  if (typeof reason === 'string') return { kind: 'failed', reason };
  throw new ProtocolError('answer', 'is no line of one');
}

/** A value as JSON; members that are undefined are left out. */
export function encodePeerValue(value: unknown): string {
  return JSON.stringify(toJson(value) ?? null);
}

/** @throws {ProtocolError} If it was not written by {@link encodePeerValue}. */
export function decodePeerValue(bytes: Buffer): unknown {
  return fromJson(parseJson(bytes, 'answer'));
}

function toJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { [BYTES]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map((element) => toJson(element) ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => [name, toJson(member)] as const);
  const isMistakable = members.some(([name]) => name === BYTES || name === OBJECT);
  return isMistakable ? { [OBJECT]: members } : Object.fromEntries(members);
}

function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  const members = Object.entries(value);
  const [first] = members;
  if (members.length === 1 && first?.[0] === BYTES) return readBytes(first[1]);
  if (members.length === 1 && first?.[0] === OBJECT) return readObject(first[1]);
  return Object.fromEntries(members.map(([name, member]) => [name, fromJson(member)]));
}

function readBytes(text: unknown): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  if (bytes === undefined || bytes.toString('base64') !== text) {
    throw new ProtocolError('answer', 'has bytes that are no base64');
  }
  return bytes;
}

function readObject(members: unknown): unknown {
  if (!Array.isArray(members)) throw new ProtocolError('answer', 'has an object without members');
  return Object.fromEntries(
    members.map((member: unknown) => {
      if (!Array.isArray(member) || member.length !== 2 || typeof member[0] !== 'string') {
        throw new ProtocolError('answer', 'has a member without a name');
      }
      return [member[0], fromJson(member[1])];
    }),
  );
}
