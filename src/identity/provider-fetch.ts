import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isLoopback } from './loopback.ts';

/** Bytes; as for documents. */
const ANSWER_BYTES_MAX = 256 * 1024;
const TIMEOUT_MS = 10_000;

/** What of a `fetch` is used by the library that speaks to providers. */
export interface ProviderRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Speaks to an identity provider as `fetch` would, and trusts the authorities that the configuration
 * names for it, which `fetch` cannot be told. Follows no redirect; plain HTTP on loopback only.
 */
export async function fetchFromProvider(
  address: string,
  { method, headers, body, signal }: ProviderRequest,
  caFile: string | undefined,
): Promise<Response> {
  const url = new URL(address);
  const plain = url.protocol === 'http:';
  if (plain ? !isLoopback(url) : url.protocol !== 'https:') {
    throw new TypeError('Cannot ask identity provider: not an https URL');
  }
  const ca = caFile === undefined ? undefined : await readFile(caFile);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const options = {
    method,
    headers,
    agent: false,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    ...(ca !== undefined && { ca }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = plain ? httpRequest(url, options) : httpsRequest(url, options);
  outgoing.on('response', resolve).on('error', reject);
  outgoing.end(body instanceof URLSearchParams ? body.toString() : body);
  return readAnswer(await promise);
}

async function readAnswer(response: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      throw new TypeError('Cannot read answer of identity provider: it is too long');
    }
    chunks.push(chunk);
  }
  const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers });
}
