import { isUtf8 } from 'node:buffer';
import { ProtocolError } from '../protocol-error.ts';

/** Of the reason: what a control frame holds, without the code. */
const REASON_BYTES_MAX = 123;

/** Why a connection ends. */
export interface ClosePayload {
  /** Undefined if the peer names none. */
  readonly code: number | undefined;
  readonly reason: string;
}

/** @throws {ProtocolError} If the code is one that no frame may hold, or the reason is not UTF-8. */
export function decodeClosePayload(payload: Buffer): ClosePayload {
  if (payload.length === 0) return { code: undefined, reason: '' };
  if (payload.length === 1) throw new ProtocolError('close frame', 'ends inside its code');
  const code = payload.readUInt16BE(0);
  const reason = payload.subarray(2);
  if (!isSendable(code)) throw new ProtocolError('close frame', 'holds a code that none may');
  if (!isUtf8(reason)) throw new ProtocolError('close frame', 'reason is not UTF-8');
  return { code, reason: reason.toString('utf8') };
}

/** Encodes a close. A reason that is too long is left out. */
export function encodeClosePayload({ code, reason }: ClosePayload): Buffer {
  if (code === undefined) return Buffer.alloc(0);
  const text = Buffer.from(reason);
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return text.length > REASON_BYTES_MAX ? payload : Buffer.concat([payload, text]);
}

/** Registered codes that a peer may send, and those for libraries and applications (section 7.4). */
function isSendable(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}
