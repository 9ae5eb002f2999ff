import { Readable } from 'node:stream';
import {
  requestService,
  type ServiceAnswer,
  type ServiceRequest,
} from '../secrets/request-service.ts';

/** How clouds are asked. Tests lead it elsewhere. */
export type RequestService = (request: ServiceRequest) => Promise<ServiceAnswer>;

/** A request as the AWS SDK hands it to what sends it. */
interface AwsRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What sends the requests of the AWS SDK. */
export interface AwsHandler {
  handle(
    request: AwsRequest,
    options?: { readonly abortSignal?: unknown },
  ): Promise<{
    readonly response: {
      readonly statusCode: number;
      readonly headers: Record<string, string>;
      readonly body: Readable;
    };
  }>;
  destroy(): void;
}

/** Sends what the AWS SDK asks within the bounds of all requests for secrets; its own reads as much as it is sent. */
export function awsHandler(request: RequestService = requestService): AwsHandler {
  return {
    async handle({ method, protocol, hostname, port, path, headers, body }) {
      const place = port === undefined ? hostname : `${hostname}:${port}`;
      const { status, ...answer } = await request({
        method: readMethod(method),
        url: `${protocol}//${place}${path}`,
        headers,
        body: readBody(body),
        signal: new AbortController().signal,
      });
      const response = {
        statusCode: status,
        headers: flatten(answer.headers),
        body: Readable.from([answer.body]),
      };
      return { response };
    },
    destroy: () => undefined,
  };
}

/** The same for libraries that use `fetch`. Nothing is followed, whatever they ask for. */
export function fetchThrough(request: RequestService = requestService): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const {
      status,
      headers,
      body: answered,
    } = await request({
      method: readMethod(asked.method),
      url: asked.url,
      headers: Object.fromEntries(asked.headers),
      ...(body.length > 0 && { body }),
      signal: asked.signal,
    });
    const isEmpty = status === 204 || status === 304;
    return new Response(isEmpty ? null : Uint8Array.from(answered), {
      status,
      headers: flatten(headers),
    });
  };
}

/** A request as Azure's libraries hand it to what sends it, and its fields, of which only they know the class. */
interface AzureRequest<Fields> {
  readonly url: string;
  readonly method: string;
  readonly headers: Fields;
  readonly body?: unknown;
}

interface AzureAnswer<Asked, Fields> {
  readonly request: Asked;
  readonly headers: Fields;
  readonly status: number;
  readonly bodyAsText: string;
}

/** The same for Azure's libraries. */
export function azureClient(request: RequestService = requestService): {
  sendRequest<
    Fields extends { toJSON(): Record<string, string> },
    Asked extends AzureRequest<Fields>,
  >(asked: Asked & AzureRequest<Fields>): Promise<AzureAnswer<Asked, Fields>>;
} {
  return {
    async sendRequest(asked) {
      const { status, headers, body } = await request({
        method: readMethod(asked.method),
        url: asked.url,
        headers: asked.headers.toJSON(),
        body: readBody(asked.body),
        signal: new AbortController().signal,
      });
      type Fields = typeof asked.headers;
      const Fields = asked.headers.constructor as new (fields: Record<string, string>) => Fields;
      return {
        request: asked,
        headers: new Fields(flatten(headers)),
        status,
        bodyAsText: body.toString('utf8'),
      };
    },
  };
}

function readMethod(method: string): ServiceRequest['method'] {
  if (method === 'GET' || method === 'POST' || method === 'PUT') return method;
  throw new RangeError(`nothing asks a cloud by ${method}`);
}

function readBody(body: unknown): Buffer | string | undefined {
  if (body === undefined || body === null || typeof body === 'string') return body ?? undefined;
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  throw new RangeError('nothing streams to a cloud');
}

function flatten(headers: ServiceAnswer['headers']): Record<string, string> {
  const fields = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}
