import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SourceError } from './source-error.ts';

/** One question to a service that keeps secrets. */
export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** PEM file of the authorities of its certificate, read anew each time; the system's when undefined. */
  readonly caFile?: string | undefined;
  readonly signal: AbortSignal;
}

/** What it answered, whatever its status. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Bytes of an answer: the largest secret of any source has 64 KiB, in base64 and with its description. */
const ANSWER_BYTES_MAX = 512 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * Asks once, over a connection of its own. A redirection is an answer like any other and is never followed: the token
 * in the request is for nobody else. TLS is checked; that is also why an address whose name begins to lead elsewhere,
 * to a cloud's metadata for instance, learns nothing.
 *
 * @throws {SourceError} `ERR_SOURCE_UNAVAILABLE` if there is no answer in 10 s, or a longer one than 512 KiB.
 */
export async function requestService(request: ServiceRequest): Promise<ServiceAnswer> {
  const { method, url, headers, body, caFile } = request;
  try {
    const ca = caFile === undefined ? undefined : await readFile(caFile);
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const options = {
      method,
      agent: false,
      signal,
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(ca !== undefined && { ca }),
    } as const;
    const start = url.startsWith('http:') ? httpRequest : httpsRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      start(url, options).on('response', resolve).on('error', reject).end(body);
    });
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: await readBody(answer),
    };
  } catch (error) {
    throw error instanceof SourceError ? error : unavailable(describeFailure(error));
  }
}

/** The value of a JSON answer's property; undefined where there is none, or no JSON. */
export function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The object's property, if it is an object and has one. */
export function getProperty(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The source does not answer, or not as it is said to. */
export function unavailable(reason: string): SourceError {
  return new SourceError('ERR_SOURCE_UNAVAILABLE', reason);
}

/** Codes only: messages of the system and of libraries can quote what was sent. */
export function describeFailure(error: unknown): string {
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return 'it does not answer';
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isCode = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code);
  return isCode ? `the connection failed (${code})` : 'the connection failed';
}

async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw unavailable('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
