import { ByteReader } from '../byte-reader.ts';
import { BackendType, FrontendType, finishMessage, startMessage } from './message-framing.ts';

/** Messages that consist of their type alone. */
export interface EmptyMessage {
  readonly type:
    | 'BindComplete'
    | 'CloseComplete'
    | 'CopyDone'
    | 'EmptyQueryResponse'
    | 'Flush'
    | 'NoData'
    | 'ParseComplete'
    | 'PortalSuspended'
    | 'Sync'
    | 'Terminate';
}

/**
 * Checks that the body of such a message is empty.
 *
 * @throws {ProtocolError} If it is not.
 */
export function decodeEmptyMessage(body: Buffer, type: EmptyMessage['type']): EmptyMessage {
  new ByteReader(body, type).expectEnd();
  return { type };
}

/** Encodes a whole message of one of these types. `CopyDone` looks the same in both directions. */
export function encodeEmptyMessage(type: EmptyMessage['type']): Buffer {
  return finishMessage(startMessage(TYPE_BYTES[type]));
}

const TYPE_BYTES: Readonly<Record<EmptyMessage['type'], number>> = {
  ...FrontendType,
  ...BackendType,
};
