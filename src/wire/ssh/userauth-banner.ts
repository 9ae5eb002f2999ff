import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Decodes `SSH_MSG_USERAUTH_BANNER`. Returns its text, which may hold control characters. */
export function decodeUserauthBanner(payload: Buffer): string {
  const reader = readMessage(payload, MessageNumber.UserauthBanner, 'USERAUTH_BANNER');
  const text = reader.string().toString('utf8');
  reader.string();
  reader.expectEnd();
  return text;
}

/** Encodes `SSH_MSG_USERAUTH_BANNER`. */
export function encodeUserauthBanner(text: string): Buffer {
  return writeMessage(MessageNumber.UserauthBanner).text(text).text('').toBuffer();
}
