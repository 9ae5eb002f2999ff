import { parseMediaType } from '../../../wire/http/media-type.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { CompletedOperation, HttpOperation, RequestDescriber } from '../http-operation.ts';
import { findFormMethods, METHODS_OF_FORMS } from './find-form-methods.ts';

/** Bytes of a form that is read for the method it says: servers take no longer ones. */
const FORM_BYTES_MAX: number = 4 * 1024 * 1024;
const FORM = 'application/x-www-form-urlencoded';

/**
 * Describes forms as what servers take them for: one that is sent by POST, and says by a field `_method` that another is meant,
 * is decided by both. All other requests are what others say.
 */
export class FormDescriber implements RequestDescriber {
  readonly #inner: RequestDescriber;
  /** Of operations that are of several methods: those beside POST. */
  readonly #methods = new WeakMap<HttpOperation, readonly string[]>();

  /** @param inner Describes requests by their own method. */
  constructor(inner: RequestDescriber) {
    this.#inner = inner;
  }

  describe(request: HttpRequestHead): HttpOperation {
    const own = this.#inner.describe(request);
    if (!isForm(request)) return own;
    // Nobody waits for the end of what is no form, perhaps, nor reads that much: it may be any.
    if (own.bodyBytesMax === undefined && !isRead(request)) {
      return this.#add(own, METHODS_OF_FORMS, (method) =>
        this.#inner.describe({ ...request, method }),
      );
    }
    return { ...own, bodyBytesMax: own.bodyBytesMax ?? FORM_BYTES_MAX };
  }

  describeWithBody(request: HttpRequestHead, body: Buffer): HttpOperation {
    const describe = (asked: HttpRequestHead): HttpOperation => {
      const own = this.#inner.describe(asked);
      return own.bodyBytesMax === undefined ? own : this.#inner.describeWithBody(asked, body);
    };
    const own = describe(request);
    const methods = isForm(request) ? findFormMethods(body) : [];
    return this.#add(own, methods, (method) => describe({ ...request, method }));
  }

  complete(
    request: HttpRequestHead,
    operation: HttpOperation,
  ): Promise<CompletedOperation> | undefined {
    const completing = this.#inner.complete?.(request, operation);
    const methods = this.#methods.get(operation);
    if (methods === undefined) return completing;
    return completing?.then((completed) => {
      if (completed.kind !== 'complete') return completed;
      const describe = (method: string): HttpOperation =>
        this.#inner.describe({ ...request, method });
      return { kind: 'complete', operation: this.#add(completed.operation, methods, describe) };
    });
  }

  #add(
    own: HttpOperation,
    methods: readonly string[],
    describe: (method: string) => HttpOperation,
  ): HttpOperation {
    if (methods.length === 0) return own;
    const others = methods.flatMap((method) => describe(method).actions);
    const text = `${own.text} (_method: ${methods.join(', ')})`;
    const operation = { ...own, text, actions: [...own.actions, ...others] };
    this.#methods.set(operation, methods);
    return operation;
  }
}

/** To some servers a body without a type is a form. */
function isForm({ method, fields, bodyBytes }: HttpRequestHead): boolean {
  if (method !== 'POST' || bodyBytes === 0) return false;
  const type = parseMediaType(fields.get('content-type') ?? '');
  return type === undefined || type.essence === FORM;
}

/** Whether a form is short enough; of one whose length is not known, that is found out. */
function isRead({ fields, bodyBytes }: HttpRequestHead): boolean {
  return bodyBytes > FORM_BYTES_MAX ? false : bodyBytes > 0 || fields.has('content-type');
}
