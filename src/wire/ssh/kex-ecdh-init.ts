import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/**
 * Decodes `SSH_MSG_KEX_ECDH_INIT`. Returns the client's public value.
 *
 * `SSH_MSG_KEXDH_INIT` and the hybrid methods' message have the same number and form.
 */
export function decodeKexEcdhInit(payload: Buffer): Buffer {
  const reader = readMessage(payload, MessageNumber.KexEcdhInit, 'KEX_ECDH_INIT');
  const clientValue = reader.string();
  reader.expectEnd();
  return clientValue;
}

/** Encodes `SSH_MSG_KEX_ECDH_INIT`. */
export function encodeKexEcdhInit(clientValue: Uint8Array): Buffer {
  return writeMessage(MessageNumber.KexEcdhInit).string(clientValue).toBuffer();
}
