import type { FieldList } from '../../wire/http/field-list.ts';
import type { HttpMessageError } from '../../wire/http/http-message-error.ts';
import type { ClientExchange } from './client-exchange.ts';

/** One connection of a client, in whichever version of HTTP. */
export interface ClientConnection {
  start(): void;
  /** Has the client go elsewhere: closes as soon as that costs it no request. */
  drain(): void;
  /** Takes no more requests, and closes once those at hand are answered. */
  stop(): void;
  destroy(): void;
}

/** Who serves the requests of a connection. */
export interface ClientConnectionOwner {
  /** Sets `exchange.owner` before it returns. */
  onExchange(exchange: ClientExchange): void;
  /** What the client sent is no HTTP, or is ambiguous. */
  onMessageError(error: HttpMessageError): void;
  /** What is answered then, where it can be. */
  describeMessageError(error: HttpMessageError): {
    readonly status: number;
    readonly fields: FieldList;
    readonly body: Buffer;
  };
  /** The gateway itself failed; the connection is over. */
  onFailure(error: unknown): void;
  /** Called once, last. */
  onClose(): void;
}
