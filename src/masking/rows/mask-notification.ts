import { MESSAGE_HEADER_BYTES } from '../../wire/postgres/message-framing.ts';
import {
  decodeNotificationResponse,
  encodeNotificationResponse,
} from '../../wire/postgres/notification-response.ts';
import type { TextMasks } from './findings.ts';
import { redactText } from './redact-text.ts';

/**
 * Masks a whole `NotificationResponse` message, `buffer[start, end)`, header included: whoever notifies
 * chooses its channel and payload.
 *
 * @returns The message to send instead; undefined: as it is.
 * @throws {ProtocolError} If it is malformed.
 */
export function maskNotification(
  masks: TextMasks,
  buffer: Buffer,
  start: number,
  end: number,
): Buffer | undefined {
  const sent = decodeNotificationResponse(buffer.subarray(start + MESSAGE_HEADER_BYTES, end));
  const channel = redactText(sent.channel, masks);
  const payload = redactText(sent.payload, masks);
  if (channel === sent.channel && payload === sent.payload) return undefined;
  return encodeNotificationResponse({ processId: sent.processId, channel, payload });
}
