import type { Facts } from '../../../policy/operation.ts';
import { type MethodPath, parseMethodPath } from '../../../wire/grpc/method-path.ts';
import { parseAuthority } from '../../../wire/http/authority.ts';
import type { HttpRequestHead } from '../exchange.ts';
import type { CompletedOperation, HttpOperation, RequestDescriber } from '../http-operation.ts';
import { OperationMemory } from '../operation-memory.ts';
import type { SchemaSource } from './schema-source.ts';

const GRPC_TYPE = /^application\/grpc(?:[-+;]|$)/i;

/** Describes calls of gRPC, by the descriptors of the target. */
export class GrpcDescriber implements RequestDescriber {
  readonly #source: SchemaSource;
  readonly #others: RequestDescriber;
  #memory = new OperationMemory();
  #schema: unknown;

  /** @param others Describe what turns out to be no call. */
  constructor(source: SchemaSource, others: RequestDescriber) {
    this.#source = source;
    this.#others = others;
  }

  /**
   * Whether a request calls a method: one that says so, or whatever else goes to a method that is known, for other protocols
   * (Connect, gRPC-Web, transcoding) call it at the same path. While no method is known, that may be any.
   */
  handles({ path, fields }: HttpRequestHead): boolean {
    const called = parseMethodPath(path);
    if (called === undefined) return false;
    const isSaid = fields.all('content-type').some((type) => GRPC_TYPE.test(type));
    return isSaid || this.#source.current === undefined || this.#find(called) !== undefined;
  }

  describe(request: HttpRequestHead): HttpOperation {
    const { method, scheme, authority, path, query, fields } = request;
    if (this.#schema !== this.#source.current) {
      this.#schema = this.#source.current;
      this.#memory = new OperationMemory();
    }
    const type = fields.get('content-type') ?? '';
    return this.#memory.recall(`${method} ${scheme} ${authority} ${path}?${query} ${type}`, () =>
      this.#describe(request, type),
    );
  }

  describeWithBody(request: HttpRequestHead): HttpOperation {
    return this.describe(request);
  }

  complete(
    request: HttpRequestHead,
    operation: HttpOperation,
  ): Promise<CompletedOperation> | undefined {
    if (operation.grpcMethod !== undefined) {
      this.#source.touch();
      return undefined;
    }
    return this.#source.renew()?.then(() => {
      const describer = this.handles(request) ? this : this.#others;
      return { kind: 'complete', operation: describer.describe(request) };
    });
  }

  #find({ service, method }: MethodPath): HttpOperation['grpcMethod'] {
    return this.#source.current?.findMethod(service, method);
  }

  #describe(
    { method, scheme, authority, path, query }: HttpRequestHead,
    type: string,
  ): HttpOperation {
    const called = parseMethodPath(path) ?? { service: '', method: '' };
    const grpcMethod = this.#find(called);
    const facts: Facts = {
      protocol: 'grpc',
      host: parseAuthority(authority).host,
      ...called,
      clientStreaming: grpcMethod?.clientStreaming ?? false,
      serverStreaming: grpcMethod?.serverStreaming ?? false,
      known: grpcMethod !== undefined,
    };
    return {
      route: '',
      text: `${method} ${scheme}://${authority}${path}${query === '' ? '' : '?…'}`,
      actions: [{ action: 'grpc.call', facts }],
      meaning: { contentType: type, query },
      ...(grpcMethod !== undefined && { grpcMethod }),
    };
  }
}
