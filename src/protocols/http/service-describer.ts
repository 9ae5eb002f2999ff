import type { HttpRequestHead } from './exchange.ts';
import type { CompletedOperation, HttpOperation, RequestDescriber } from './http-operation.ts';

/** Describes requests of one kind, among others that a service takes. */
export interface KindDescriber extends RequestDescriber {
  handles(request: HttpRequestHead): boolean;
}

/** Describes the requests of a service that speaks several protocols over HTTP. */
export class ServiceDescriber implements RequestDescriber {
  readonly #kinds: readonly KindDescriber[];
  readonly #plain: RequestDescriber;

  /** @param plain For what none of the kinds handles. */
  constructor(kinds: readonly KindDescriber[], plain: RequestDescriber) {
    this.#kinds = kinds;
    this.#plain = plain;
  }

  describe(request: HttpRequestHead): HttpOperation {
    return this.#choose(request).describe(request);
  }

  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation {
    return this.#choose(request).describeWithBody(request, body);
  }

  complete(
    request: HttpRequestHead,
    operation: HttpOperation,
  ): Promise<CompletedOperation> | undefined {
    return this.#choose(request).complete?.(request, operation);
  }

  #choose(request: HttpRequestHead): RequestDescriber {
    return this.#kinds.find((kind) => kind.handles(request)) ?? this.#plain;
  }
}
