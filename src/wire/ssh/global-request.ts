import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

export interface GlobalRequest {
  readonly requestName: string;
  readonly wantReply: boolean;
  /** What follows, by the request: see `tcpip-forward.ts`. */
  readonly requestData: Buffer;
}

/** Decodes `SSH_MSG_GLOBAL_REQUEST` (RFC 4254 section 4). */
export function decodeGlobalRequest(payload: Buffer): GlobalRequest {
  const reader = readMessage(payload, MessageNumber.GlobalRequest, 'GLOBAL_REQUEST');
  const requestName = reader.identifier();
  const wantReply = reader.boolean();
  return { requestName, wantReply, requestData: reader.bytes(reader.remaining) };
}

/** Encodes `SSH_MSG_GLOBAL_REQUEST`. */
export function encodeGlobalRequest(message: GlobalRequest): Buffer {
  const writer = writeMessage(MessageNumber.GlobalRequest).text(message.requestName);
  return writer.boolean(message.wantReply).bytes(message.requestData).toBuffer();
}
