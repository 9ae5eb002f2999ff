import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isLoopback } from './loopback.ts';

/** Bytes. Discovery documents are about 2 KB; the largest known key sets about 20 KB. */
const DOCUMENT_BYTES_MAX = 256 * 1024;
const FETCH_TIMEOUT_MS = 5_000;

/** An identity provider did not give us a document we can use. */
export class ProviderUnreachableError extends Error {
  override readonly name = 'ProviderUnreachableError';
  readonly code = 'ERR_IDENTITY_PROVIDER_UNREACHABLE';

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`Cannot fetch ${url}: ${reason}`, options);
  }
}

/** Fetches one JSON object of an identity provider. */
export type FetchDocument = (
  url: string,
  caFile: string | undefined,
) => Promise<Readonly<Record<string, unknown>>>;

/**
 * Fetches a JSON object by HTTPS (HTTP on loopback only), within 5 s and 256 KiB.
 *
 * Redirects are not followed: a provider that could be made to redirect would choose the keys.
 *
 * @throws {ProviderUnreachableError} For everything that goes wrong.
 */
export const fetchDocument: FetchDocument = async (url, caFile) => {
  try {
    const body = await getBody(new URL(url), caFile);
    const document: unknown = JSON.parse(body.toString('utf8'));
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw new ProviderUnreachableError(url, 'its answer is not a JSON object');
    }
    return document as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof ProviderUnreachableError) throw error;
    throw new ProviderUnreachableError(url, 'no usable answer', { cause: error });
  }
};

async function getBody(url: URL, caFile: string | undefined): Promise<Buffer> {
  const ca = caFile === undefined ? undefined : await readFile(caFile);
  const response = await getResponse(url, ca);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new ProviderUnreachableError(url.href, `it answered ${response.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bodyBytes += chunk.length;
    if (bodyBytes > DOCUMENT_BYTES_MAX) {
      throw new ProviderUnreachableError(
        url.href,
        `its answer exceeds ${DOCUMENT_BYTES_MAX} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function getResponse(url: URL, ca: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const plain = url.protocol === 'http:';
    if (plain ? !isLoopback(url) : url.protocol !== 'https:') {
      throw new ProviderUnreachableError(url.href, 'not an https URL');
    }
    const options = {
      // The agent is not shared: a kept-alive connection would outlive a changed `caFile`.
      agent: false,
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      ...(ca === undefined ? {} : { ca }),
    };
    const request = plain ? httpRequest(url, options) : httpsRequest(url, options);
    request.on('response', resolve).on('error', reject).end();
  });
}
