import { ByteReader } from '../byte-reader.ts';
import { BackendType, finishMessage, startMessage } from './message-framing.ts';

/** What NOTIFY sent to a channel this session listens to. */
export interface NotificationResponse {
  readonly type: 'NotificationResponse';
  /** Of the session that notified. */
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
}

/** Decodes the body of a `NotificationResponse` (`A`) message. */
export function decodeNotificationResponse(body: Buffer): NotificationResponse {
  const reader = new ByteReader(body, 'NotificationResponse');
  const processId = reader.int32();
  const channel = reader.cString();
  const payload = reader.cString();
  reader.expectEnd();
  return { type: 'NotificationResponse', processId, channel, payload };
}

/** Encodes a whole `NotificationResponse` (`A`) message. */
export function encodeNotificationResponse(fields: Omit<NotificationResponse, 'type'>): Buffer {
  const writer = startMessage(BackendType.NotificationResponse).int32(fields.processId);
  return finishMessage(writer.cString(fields.channel).cString(fields.payload));
}
