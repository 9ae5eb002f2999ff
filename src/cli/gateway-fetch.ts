import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as openRequest } from 'node:https';
import { describeFailure } from './gateway-request.ts';

export interface GatewayFetchOptions {
  /** Origin of the gateway, for messages. */
  readonly url: string;
  /** PEM; the system's authorities when absent. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Milliseconds without a byte. */
const TIMEOUT_MS = 30_000;
/** Bytes of an answer; it is held whole. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Sends a request as `fetch` would, and trusts the authority that was pinned at login, which `fetch`
 * cannot be told. A request that is safe to repeat is sent once more when the connection broke.
 *
 * @throws {CliError} If there is no answer.
 */
export async function fetchFromGateway(
  request: Request,
  options: GatewayFetchOptions,
): Promise<Response> {
  const body = request.body === null ? undefined : await request.text();
  const isRepeatable = request.method === 'GET' || request.headers.has('idempotency-key');
  try {
    return await send(request, body, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isRepeatable || !isReset(error)) throw describeFailure(options.url, error);
  }
  try {
    return await send(request, body, options);
  } catch (error) {
    options.signal.throwIfAborted();
    throw describeFailure(options.url, error);
  }
}

async function send(
  { url, method, headers }: Request,
  body: string | undefined,
  { ca, signal }: GatewayFetchOptions,
): Promise<Response> {
  const outgoing = openRequest(url, {
    method,
    agent: false,
    signal,
    timeout: TIMEOUT_MS,
    headers: Object.fromEntries(headers),
    ...(ca !== undefined && { ca }),
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('Cannot read answer: it is too long');
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks), {
    status: response.statusCode ?? 0,
    headers: { 'content-type': response.headers['content-type'] ?? '' },
  });
}

function isReset(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}
