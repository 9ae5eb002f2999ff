import type { AskedValues } from '../../masking/bodies/asked-values.ts';
import type { GraphqlShape } from '../../masking/bodies/graphql-selection.ts';
import type { GrpcMethod } from '../../masking/protobuf/message-type.ts';
import type { GuardedOperation } from '../operation-clearance.ts';
import type { HttpRequestHead } from './exchange.ts';

/** One request, as the guard is asked about it. */
export interface HttpOperation extends GuardedOperation {
  /** Template of the target's OpenAPI document that the path fits; "" where none does. */
  readonly route: string;
  /** Of a gRPC request, where the target's descriptors have it. */
  readonly grpcMethod?: GrpcMethod;
  /** What a GraphQL request asks for; `unknown`: the gateway cannot tell. Absent where it is none. */
  readonly graphql?: GraphqlShape | 'unknown';
  /** Of other places that it reads or writes, beside its own. Absent: none. */
  readonly otherPaths?: readonly string[];
  /** Values that its sender may not see and the target gets, since pseudonyms or tokens stood for them. */
  readonly askedBy?: AskedValues;
  /** What the request says is only known with its body, which is at most so long; else undefined. */
  readonly bodyBytesMax?: number;
}

/** An operation with what only the target knows of it, or why the target does not say. */
export type CompletedOperation =
  | { readonly kind: 'complete'; readonly operation: HttpOperation }
  | { readonly kind: 'incomplete'; readonly reason: string };

/**
 * Says what a request would do. Pure, but for `complete`. The same object for requests that would do the same, as far as
 * it remembers: the decision cache knows operations by it.
 */
export interface RequestDescriber {
  /** @throws {HttpError} If it is no request that the target can be asked. */
  describe(request: HttpRequestHead): HttpOperation;
  /**
   * As `describe`, for what it gave `bodyBytesMax`.
   *
   * @param body Whole, without content coding.
   */
  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation;
  /** Asks the target what policies are to know of an operation; undefined where that is nothing. Never rejects. */
  complete?(
    request: HttpRequestHead,
    operation: HttpOperation,
  ): Promise<CompletedOperation> | undefined;
}
