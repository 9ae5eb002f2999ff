import { ProtocolError } from '../protocol-error.ts';
import { type Authentication, decodeAuthentication } from './authentication.ts';
import { type BackendKeyData, decodeBackendKeyData } from './backend-key-data.ts';
import { type CommandComplete, decodeCommandComplete } from './command-complete.ts';
import { type CopyBothResponse, decodeCopyBothResponse } from './copy-both-response.ts';
import { type CopyData, decodeCopyData } from './copy-data.ts';
import { type CopyInResponse, decodeCopyInResponse } from './copy-in-response.ts';
import { type CopyOutResponse, decodeCopyOutResponse } from './copy-out-response.ts';
import { type DataRow, decodeDataRow } from './data-row.ts';
import { decodeEmptyMessage, type EmptyMessage } from './empty-message.ts';
import { decodeErrorResponse, type ErrorResponse } from './error-response.ts';
import { decodeFunctionCallResponse, type FunctionCallResponse } from './function-call-response.ts';
import { BackendType } from './message-framing.ts';
import {
  decodeNegotiateProtocolVersion,
  type NegotiateProtocolVersion,
} from './negotiate-protocol-version.ts';
import { decodeNoticeResponse, type NoticeResponse } from './notice-response.ts';
import { decodeNotificationResponse, type NotificationResponse } from './notification-response.ts';
import { decodeParameterDescription, type ParameterDescription } from './parameter-description.ts';
import { decodeParameterStatus, type ParameterStatus } from './parameter-status.ts';
import { decodeReadyForQuery, type ReadyForQuery } from './ready-for-query.ts';
import { decodeRowDescription, type RowDescription } from './row-description.ts';

/** Any message a server sends. */
export type BackendMessage =
  | Authentication
  | BackendKeyData
  | CommandComplete
  | CopyBothResponse
  | CopyData
  | CopyInResponse
  | CopyOutResponse
  | DataRow
  | EmptyMessage
  | ErrorResponse
  | FunctionCallResponse
  | NegotiateProtocolVersion
  | NoticeResponse
  | NotificationResponse
  | ParameterDescription
  | ParameterStatus
  | ReadyForQuery
  | RowDescription;

/** A table, and not a switch, so that each type reads as one line. */
const DECODERS: ReadonlyMap<number, (body: Buffer) => BackendMessage> = new Map<
  number,
  (body: Buffer) => BackendMessage
>([
  [BackendType.Authentication, decodeAuthentication],
  [BackendType.BackendKeyData, decodeBackendKeyData],
  [BackendType.BindComplete, (body) => decodeEmptyMessage(body, 'BindComplete')],
  [BackendType.CloseComplete, (body) => decodeEmptyMessage(body, 'CloseComplete')],
  [BackendType.CommandComplete, decodeCommandComplete],
  [BackendType.CopyBothResponse, decodeCopyBothResponse],
  [BackendType.CopyData, decodeCopyData],
  [BackendType.CopyDone, (body) => decodeEmptyMessage(body, 'CopyDone')],
  [BackendType.CopyInResponse, decodeCopyInResponse],
  [BackendType.CopyOutResponse, decodeCopyOutResponse],
  [BackendType.DataRow, decodeDataRow],
  [BackendType.EmptyQueryResponse, (body) => decodeEmptyMessage(body, 'EmptyQueryResponse')],
  [BackendType.ErrorResponse, decodeErrorResponse],
  [BackendType.FunctionCallResponse, decodeFunctionCallResponse],
  [BackendType.NegotiateProtocolVersion, decodeNegotiateProtocolVersion],
  [BackendType.NoData, (body) => decodeEmptyMessage(body, 'NoData')],
  [BackendType.NoticeResponse, decodeNoticeResponse],
  [BackendType.NotificationResponse, decodeNotificationResponse],
  [BackendType.ParameterDescription, decodeParameterDescription],
  [BackendType.ParameterStatus, decodeParameterStatus],
  [BackendType.ParseComplete, (body) => decodeEmptyMessage(body, 'ParseComplete')],
  [BackendType.PortalSuspended, (body) => decodeEmptyMessage(body, 'PortalSuspended')],
  [BackendType.ReadyForQuery, decodeReadyForQuery],
  [BackendType.RowDescription, decodeRowDescription],
]);

/**
 * Decodes a message by its type byte.
 *
 * @throws {ProtocolError} If the type is unknown or the body malformed.
 */
export function decodeBackendMessage(type: number, body: Buffer): BackendMessage {
  const decode = DECODERS.get(type);
  if (decode === undefined) {
    throw new ProtocolError('message', `unknown type 0x${type.toString(16)} from the server`);
  }
  return decode(body);
}
