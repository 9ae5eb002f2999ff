import type { FieldList } from '../../wire/http/field-list.ts';
import type { UpstreamError } from '../upstream-error.ts';

/**
 * The body of a request or response as it streams by: pieces without transfer coding, each valid during the
 * call only. Nothing is delivered before `start`, nor after `destroy`.
 */
export interface BodySource {
  /** Bytes of the whole body: 0 where there is none, undefined where only its end will tell. */
  readonly length: number | undefined;
  /** Has the sink called from now on, maybe before it returns. Once for each body. */
  start(sink: BodySink): void;
  /** Delivers nothing until `resume`, but what is already in the middle of being delivered. */
  pause(): void;
  resume(): void;
  /** Nobody wants the rest: it is drained, or the connection or stream that it comes over is given up. */
  destroy(): void;
}

/** Who takes a body. After `onEnd` or `onError` nothing is called. */
export interface BodySink {
  onData(bytes: Buffer): void;
  /** The body is whole. @param trailers Undefined where there are none. */
  onEnd(trailers: FieldList | undefined): void;
  /** The body breaks off: what was delivered is not all of it. */
  onError(error: Error): void;
}

/** What is known of a request before its body is. */
export interface HttpRequestHead {
  /** As it came; methods know upper and lower case. */
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Host and perhaps port, lower case, as the client named them. */
  readonly authority: string;
  /** Canonical, with a slash first, as the target is to get it but for its `basePath`. */
  readonly path: string;
  /** Behind the question mark, its escapes checked; "" where there is none. */
  readonly query: string;
  /**
   * End to end: without Host, Content-Length, what belongs to one connection, what names the client to
   * the gateway and what clients say of whom they pass on from. `te: trailers` stays.
   */
  readonly fields: FieldList;
  readonly version: '1.1' | '2';
  /** What the connection is to be instead, lower case: `websocket`, `spdy/3.1`. */
  readonly upgrade: string | undefined;
  /** Bytes of the body, 0 where there is none, -1 where only its end will tell. */
  readonly bodyBytes: number;
}

/** One request. */
export interface HttpRequest extends HttpRequestHead {
  readonly body: BodySource;
  /** The body as the client wrote it, without content coding, where the target is to get another in its place. */
  readonly clientBody?: Buffer;
}

/** The response to one request; never an interim one. */
export interface HttpResponse {
  readonly status: number;
  /** End to end; Content-Length is among them only where no body is there to have it (HEAD, 304). */
  readonly fields: FieldList;
  readonly body: BodySource;
}

/** Bytes both ways, after an upgrade. */
export interface RawStream {
  /** Bytes written that the system has not taken yet. */
  readonly queuedBytes: number;
  /** Has the sink called from now on, maybe before it returns. Once. */
  start(sink: RawSink): void;
  pause(): void;
  resume(): void;
  /** Takes the bytes as its own: nobody changes them any more. */
  write(bytes: Buffer): void;
  /** Nothing more will be written. */
  end(): void;
  destroy(): void;
}

/** Who takes what comes from one side after an upgrade. */
export interface RawSink {
  /** Valid during the call only. */
  onData(bytes: Buffer): void;
  /** Everything written has been handed to the system. */
  onDrain(): void;
  /** The peer sends nothing more. */
  onEnd(): void;
  /** The stream is gone. Called once, last. */
  onClose(error: Error | undefined): void;
}

/** Who waits for the answer of a target. Exactly one of the three is called, once, maybe at once. */
export interface ResponseListener {
  /** A body that breaks off later is told to its sink. */
  onResponse(response: HttpResponse): void;
  /** 101, where the request asked for an upgrade. */
  onUpgrade(response: HttpResponse, stream: RawStream): void;
  onError(error: UpstreamError): void;
}

/** A request that is on its way. */
export interface PendingExchange {
  /** The client has left, or may not have the rest: whatever of it is under way is given up. */
  abort(): void;
}

/** The way to one target. Its credential is added there and is seen nowhere else. */
export interface HttpUpstream {
  send(request: HttpRequest, listener: ResponseListener): PendingExchange;
}

/** The way to one target for one session. */
export interface SessionUpstream extends HttpUpstream {
  /** The session is over, and nothing is under way. */
  close(): void;
}
