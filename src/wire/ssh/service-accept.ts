import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Decodes `SSH_MSG_SERVICE_ACCEPT`. Returns the name of the service. */
export function decodeServiceAccept(payload: Buffer): string {
  const reader = readMessage(payload, MessageNumber.ServiceAccept, 'SERVICE_ACCEPT');
  const serviceName = reader.identifier();
  reader.expectEnd();
  return serviceName;
}

/** Encodes `SSH_MSG_SERVICE_ACCEPT`. */
export function encodeServiceAccept(serviceName: string): Buffer {
  return writeMessage(MessageNumber.ServiceAccept).text(serviceName).toBuffer();
}
