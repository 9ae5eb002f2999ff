import { MessageNumber } from './message-number.ts';
import { readMessage } from './ssh-reader.ts';
import { writeMessage } from './ssh-writer.ts';

/** Decodes `SSH_MSG_SERVICE_REQUEST`. Returns the name of the service. */
export function decodeServiceRequest(payload: Buffer): string {
  const reader = readMessage(payload, MessageNumber.ServiceRequest, 'SERVICE_REQUEST');
  const serviceName = reader.identifier();
  reader.expectEnd();
  return serviceName;
}

/** Encodes `SSH_MSG_SERVICE_REQUEST`. */
export function encodeServiceRequest(serviceName: string): Buffer {
  return writeMessage(MessageNumber.ServiceRequest).text(serviceName).toBuffer();
}
