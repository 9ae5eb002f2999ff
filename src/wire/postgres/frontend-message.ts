import { ProtocolError } from '../protocol-error.ts';
import { type Bind, decodeBind } from './bind.ts';
import { type Close, decodeClose } from './close.ts';
import { type CopyData, decodeCopyData } from './copy-data.ts';
import { type CopyFail, decodeCopyFail } from './copy-fail.ts';
import { type Describe, decodeDescribe } from './describe.ts';
import { decodeEmptyMessage, type EmptyMessage } from './empty-message.ts';
import { decodeExecute, type Execute } from './execute.ts';
import { decodeFunctionCall, type FunctionCall } from './function-call.ts';
import { FrontendType } from './message-framing.ts';
import { decodeParse, type Parse } from './parse.ts';
import { decodeQuery, type Query } from './query.ts';

/** Any message a client sends once it is logged in. */
export type FrontendMessage =
  | Bind
  | Close
  | CopyData
  | CopyFail
  | Describe
  | EmptyMessage
  | Execute
  | FunctionCall
  | Parse
  | Query;

/**
 * Decodes a message by its type byte.
 *
 * @throws {ProtocolError} If the body is malformed, or the type is unknown or has its place only in
 *   the login.
 */
export function decodeFrontendMessage(type: number, body: Buffer): FrontendMessage {
  switch (type) {
    case FrontendType.Bind:
      return decodeBind(body);
    case FrontendType.Close:
      return decodeClose(body);
    case FrontendType.CopyData:
      return decodeCopyData(body);
    case FrontendType.CopyDone:
      return decodeEmptyMessage(body, 'CopyDone');
    case FrontendType.CopyFail:
      return decodeCopyFail(body);
    case FrontendType.Describe:
      return decodeDescribe(body);
    case FrontendType.Execute:
      return decodeExecute(body);
    case FrontendType.Flush:
      return decodeEmptyMessage(body, 'Flush');
    case FrontendType.FunctionCall:
      return decodeFunctionCall(body);
    case FrontendType.Parse:
      return decodeParse(body);
    case FrontendType.Query:
      return decodeQuery(body);
    case FrontendType.Sync:
      return decodeEmptyMessage(body, 'Sync');
    case FrontendType.Terminate:
      return decodeEmptyMessage(body, 'Terminate');
  }
  throw new ProtocolError('message', `unknown type 0x${type.toString(16)} from the client`);
}
