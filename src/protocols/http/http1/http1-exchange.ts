import type { FieldList } from '../../../wire/http/field-list.ts';
import type { ClientExchange, ClientExchangeOwner, ClientRequest } from '../client-exchange.ts';
import type { BodySource, HttpResponse, RawStream } from '../exchange.ts';
import type { RequestBody } from './request-body.ts';

/** What an exchange needs of its connection, which has one at a time. */
export interface ExchangeConnection {
  sendContinue(): void;
  respond(exchange: Http1Exchange, response: HttpResponse): void;
  upgrade(fields: FieldList): RawStream;
  abort(): void;
}

/** One request of HTTP/1.1 and its response. */
export class Http1Exchange implements ClientExchange {
  readonly request: ClientRequest;
  readonly requestBody: RequestBody;
  /** What is told before somebody serves it concerns nobody. */
  owner: ClientExchangeOwner = { onGone() {}, onResponded() {} };
  readonly #connection: ExchangeConnection;
  #expectsContinue: boolean;
  #hasAnswer = false;

  constructor(
    connection: ExchangeConnection,
    parts: {
      readonly request: ClientRequest;
      readonly body: RequestBody;
      readonly expectsContinue: boolean;
    },
  ) {
    this.#connection = connection;
    this.request = parts.request;
    this.requestBody = parts.body;
    this.#expectsContinue = parts.expectsContinue && !parts.body.hasEnded;
  }

  get hasAnswer(): boolean {
    return this.#hasAnswer;
  }

  get body(): BodySource {
    return this.requestBody;
  }

  /** The client waits for 100 Continue and was not told it: whether it sends the body nobody knows. */
  get isBodyUncertain(): boolean {
    return this.#expectsContinue;
  }

  sendContinue(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    this.#connection.sendContinue();
  }

  respond(response: HttpResponse): void {
    this.#hasAnswer = true;
    this.#connection.respond(this, response);
  }

  upgrade(fields: FieldList): RawStream {
    this.#hasAnswer = true;
    return this.#connection.upgrade(fields);
  }

  abort(): void {
    this.#connection.abort();
  }
}
