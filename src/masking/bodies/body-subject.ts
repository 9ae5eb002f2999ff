import type { MediaType } from '../../wire/http/media-type.ts';
import type { GrpcMethod } from '../protobuf/message-type.ts';
import type { AskedValue, AskedValues } from './asked-values.ts';
import type { GraphqlShape } from './graphql-selection.ts';

/** What is known of a body before its first byte. */
export interface BodySubject {
  /** Of the request. */
  readonly method: string;
  /** Canonical, as the target gets it but for its `basePath`. */
  readonly path: string;
  /** Of the request, as it is written; absent where nothing goes by it. */
  readonly query?: string;
  /** Of the response; undefined for the body of a request, and for messages. */
  readonly status?: number;
  /** What the body says that it is; undefined where it does not say, or not clearly. */
  readonly mediaType: MediaType | undefined;
  /** Of a gRPC request, where descriptors have it. */
  readonly grpcMethod?: GrpcMethod;
  /** What a GraphQL request asks for; `unknown`: the gateway cannot tell. Absent where none was made. */
  readonly graphql?: GraphqlShape | 'unknown';
  /** What the request asked by, where stand-ins stood for it. Absent where nothing did. */
  readonly askedBy?: AskedValues;
}

/** What becomes of the messages of one direction of a stream: of a WebSocket, of gRPC. */
export type MessagePlan =
  | { readonly kind: 'raw' }
  | { readonly kind: 'masked'; readonly mask: MaskMessage }
  /** None may be shown. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Masks one whole message; what comes out is fresh. A promise where something has to be asked of the store.
 *
 * @throws {ContentFormatError} If the message is not what the data map says.
 */
export type MaskMessage = (message: Buffer) => Buffer | Promise<Buffer>;

/** What becomes of the query of a request. */
export type QueryResolution =
  | { readonly kind: 'unchanged' }
  /** Pseudonyms in it stand for values, which the target gets. */
  | {
      readonly kind: 'changed';
      readonly query: string;
      readonly askedBy: readonly AskedValue[];
    }
  /** It asks by something that is hidden: its answer would tell. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What becomes of the messages of a call of gRPC. */
export type CallResolution =
  | { readonly kind: 'unchanged' }
  /** Pseudonyms in them stand for values, which the target gets. */
  | {
      readonly kind: 'changed';
      readonly messages: readonly Buffer[];
      readonly askedBy: readonly AskedValue[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** What becomes of a call, by what its messages may ask by. */
export type CheckedCall =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Its messages have to be read first. */
  | {
      readonly kind: 'read';
      readonly resolve: (
        messages: readonly Buffer[],
      ) => CallResolution | PendingResolution<CallResolution>;
    };

/** What becomes of something, where the store has to be asked first. It rejects if the store cannot be asked. */
export type PendingResolution<Resolution = QueryResolution> = {
  readonly kind: 'pending';
  readonly resolution: Promise<Resolution>;
};
