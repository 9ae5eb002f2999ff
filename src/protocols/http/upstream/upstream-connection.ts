import type { UpstreamError } from '../../upstream-error.ts';
import type { HttpRequest, HttpResponse, PendingExchange, RawStream } from '../exchange.ts';

/** Who waits for the answer on one connection. Exactly one of the four is called, once, maybe at once. */
export interface AnswerListener {
  /** A body that breaks off later is told to its sink. */
  onResponse(response: HttpResponse): void;
  onUpgrade(response: HttpResponse, stream: RawStream): void;
  onError(error: UpstreamError): void;
  /** As `onError`, but the target said nothing to it, and may not have seen it: the connection was already over. */
  onStale(error: UpstreamError): void;
}

/** One connection to a target, which has an exchange at a time (HTTP/1.1) or several (HTTP/2). */
export interface UpstreamConnection {
  /** How many requests may be sent at the moment; 0 for good once the connection is over. */
  readonly freeSlots: number;
  /** Whether nothing is under way on it. */
  readonly isIdle: boolean;
  /** Sends a request. Not without a free slot. */
  send(request: HttpRequest, listener: AnswerListener): PendingExchange;
  /** Ends the connection, and what is under way on it. */
  close(): void;
}

/** Who keeps the connections. */
export interface UpstreamConnectionOwner {
  /** There are free slots, where there were none or fewer. */
  onFree(connection: UpstreamConnection): void;
  /** The connection is of no use any more. Called once. */
  onClosed(connection: UpstreamConnection): void;
  /** Somebody who was told something threw; the exchange is over. */
  onUnexpectedError(error: unknown): void;
}

/** How long a target may take. */
export interface UpstreamTimeouts {
  /** Milliseconds from the last byte of a request, or of what the target lets wait, to the head of its response. */
  readonly headTimeoutMs: number;
  /** Milliseconds that a connection is kept without use. */
  readonly idleTimeoutMs: number;
}

/** Interim responses (1xx) before a response. Targets send one or two. */
export const INTERIM_RESPONSES_MAX = 16;

/** Bytes that a target may leave waiting before a request's body is read no further. */
export const QUEUED_BYTES_MAX: number = 256 * 1024;
