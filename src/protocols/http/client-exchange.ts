import type { FieldList } from '../../wire/http/field-list.ts';
import type { BodySource, HttpResponse, RawStream } from './exchange.ts';

/** The head of a request as it came from a client, in whichever version of HTTP. */
export interface ClientRequest {
  readonly method: string;
  /** Path and query as they were sent, or `*`. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  /** Host and perhaps port, lower case. */
  readonly authority: string;
  /** Without those of one connection, Host and Content-Length. */
  readonly fields: FieldList;
  readonly version: '1.1' | '2';
  /** What the client would have the connection be, lower case. */
  readonly upgrade: string | undefined;
  /** 0 where there is none, -1 where only its end will tell. */
  readonly bodyBytes: number;
}

/** Who serves the request of a client exchange. */
export interface ClientExchangeOwner {
  /** The client is gone, or does not want the response any more. Called once, not after `onResponded`. */
  onGone(): void;
  /** All of the response is on its way. Called once, not after an upgrade. */
  onResponded(): void;
}

/** One request of a client, and where its response goes. */
export interface ClientExchange {
  readonly request: ClientRequest;
  readonly body: BodySource;
  /** Has to be set before anything else is called. */
  owner: ClientExchangeOwner;
  /** A response has begun, or the connection is no longer one of HTTP: nothing else can be answered. */
  readonly hasAnswer: boolean;
  /** Has a client that waits for it send the body. Does nothing for others. */
  sendContinue(): void;
  /** Sends the response as its body comes, no faster than the client takes it. Once. */
  respond(response: HttpResponse): void;
  /** Sends 101; the connection is no longer one of HTTP. Only where `request.upgrade` says what it is to be. */
  upgrade(fields: FieldList): RawStream;
  /** Breaks off, so that the client cannot take what it has for the whole. */
  abort(): void;
}
