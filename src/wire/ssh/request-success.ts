import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Decodes `SSH_MSG_REQUEST_SUCCESS`. Returns what the request answers with, mostly nothing. */
export function decodeRequestSuccess(payload: Buffer): Buffer {
  const reader = readMessage(payload, MessageNumber.RequestSuccess, 'REQUEST_SUCCESS');
  return reader.bytes(reader.remaining);
}

/** Encodes `SSH_MSG_REQUEST_SUCCESS`. */
export function encodeRequestSuccess(responseData: Uint8Array): Buffer {
  return writeMessage(MessageNumber.RequestSuccess).bytes(responseData).toBuffer();
}
