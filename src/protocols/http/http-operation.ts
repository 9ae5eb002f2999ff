import type { GuardedOperation } from '../operation-clearance.ts';
import type { HttpRequestHead } from './exchange.ts';

/** One request, as the guard is asked about it. */
export interface HttpOperation extends GuardedOperation {
  /** Template of the target's OpenAPI document that the path fits; "" where none does. */
  readonly route: string;
  /** `package.Service/Method` of a gRPC request. */
  readonly grpcMethod?: string;
  /** What the request says is only known with its body, which is at most so long; else undefined. */
  readonly bodyBytesMax?: number;
}

/**
 * Says what a request would do. Pure. The same object for requests that would do the same, as far as
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
}
