import {
  decodeFields,
  type ErrorFields,
  encodeFields,
  type FieldsByCode,
  listFields,
} from './error-response.ts';
import { BackendType } from './message-framing.ts';

export interface NoticeResponse {
  readonly type: 'NoticeResponse';
  readonly fields: FieldsByCode;
}

/** Like {@link ErrorFields}, with the severities of a notice. */
export interface NoticeFields extends Omit<ErrorFields, 'severity'> {
  readonly severity: 'WARNING' | 'NOTICE' | 'DEBUG' | 'INFO' | 'LOG';
}

/** Decodes the body of a `NoticeResponse` (`N`) message. */
export function decodeNoticeResponse(body: Buffer): NoticeResponse {
  return { type: 'NoticeResponse', fields: decodeFields(body, 'NoticeResponse') };
}

/** Encodes a whole `NoticeResponse` (`N`) message. */
export function encodeNoticeResponse(fields: NoticeFields): Buffer {
  return encodeFields(BackendType.NoticeResponse, listFields(fields));
}

/** Encodes a whole `NoticeResponse` (`N`) message from fields as a server sent them. */
export function encodeNoticeResponseFields(fields: FieldsByCode): Buffer {
  return encodeFields(BackendType.NoticeResponse, fields);
}
