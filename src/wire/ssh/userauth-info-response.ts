import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Of one response; as many as there may be prompts. */
const RESPONSES_MAX = 64;

/** Decodes `SSH_MSG_USERAUTH_INFO_RESPONSE`. Returns the answers in the order of the prompts. */
export function decodeUserauthInfoResponse(payload: Buffer): string[] {
  const reader = readMessage(payload, MessageNumber.UserauthInfoResponse, 'USERAUTH_INFO_RESPONSE');
  const count = reader.uint32();
  if (count > RESPONSES_MAX) throw reader.error(`${count} responses`);
  const responses: string[] = [];
  for (let index = 0; index < count; index++) responses.push(reader.text());
  reader.expectEnd();
  return responses;
}

/** Encodes `SSH_MSG_USERAUTH_INFO_RESPONSE`. */
export function encodeUserauthInfoResponse(responses: readonly string[]): Buffer {
  const writer = writeMessage(MessageNumber.UserauthInfoResponse).uint32(responses.length);
  for (const response of responses) writer.text(response);
  return writer.toBuffer();
}
