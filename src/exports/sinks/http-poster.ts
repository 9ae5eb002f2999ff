import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SinkError } from '../sink.ts';

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Milliseconds that the other side asked to be left alone for. */
  readonly retryAfterMs: number | undefined;
}

export interface HttpPosterOptions {
  readonly url: string;
  /** PEM; the system's authorities when undefined. */
  readonly ca: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** A body to be posted. */
export interface Posting {
  /** Behind the sink's URL, with a slash in front; or nothing. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes of an answer: the bulk API says something of each entry. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Milliseconds: nobody is asked to wait for longer than this between two tries. */
const RETRY_AFTER_MS_MAX = 10 * 60_000;

/** Posts to one URL over connections that stay open. Redirects are not followed: what is told is meant for one address. */
export class HttpPoster implements Disposable {
  readonly #options: HttpPosterOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #isTls: boolean;

  constructor(options: HttpPosterOptions) {
    this.#options = options;
    this.#isTls = new URL(options.url).protocol === 'https:';
    const { ca } = options;
    this.#agent = this.#isTls
      ? new HttpsAgent({ keepAlive: true, maxSockets: 1, ...(ca !== undefined && { ca }) })
      : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** @throws {SinkError} If no answer came. */
  async post(posting: Posting, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      const answer = await this.#send(posting, signal);
      return {
        status: answer.statusCode ?? 0,
        body: await readBody(answer),
        retryAfterMs: readRetryAfter(answer.headers['retry-after']),
      };
    } catch (cause) {
      throw new SinkError('ERR_SINK_UNAVAILABLE', describeConnectionError(cause), { cause });
    }
  }

  #send(
    { path, contentType, body, headers }: Posting,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const start = this.#isTls ? httpsRequest : httpRequest;
      const options = {
        method: 'POST',
        agent: this.#agent,
        signal,
        headers: {
          'content-type': contentType,
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': 'sallyport',
          ...this.#options.headers,
          ...headers,
        },
      };
      start(this.#options.url + path, options)
        .on('response', resolve)
        .on('error', reject)
        .end(body);
    });
  }
}

/**
 * Returns if the answer says that all was taken.
 *
 * @throws {SinkError} As its status says.
 */
export function expectTaken({ status, retryAfterMs }: HttpAnswer): void {
  if (status >= 200 && status < 300) return;
  const reason = `it answered with status ${status}`;
  if (REFUSALS.has(status)) throw new SinkError('ERR_SINK_REFUSED', reason);
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw new SinkError('ERR_SINK_FORBIDDEN', reason);
  }
  throw new SinkError('ERR_SINK_UNAVAILABLE', reason, { retryAfterMs });
}

/** Bad request, content too large, unsupported media type, unprocessable content. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Parses an answer that has to be a JSON object. @throws {SinkError} */
export function parseAnswer(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Readonly<Record<string, unknown>>;
    }
  } catch (cause) {
    throw new SinkError('ERR_SINK_UNAVAILABLE', 'its answer is not JSON', { cause });
  }
  throw new SinkError('ERR_SINK_UNAVAILABLE', 'its answer is not an object');
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** In seconds; a date is rare enough to be taken for nothing. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, RETRY_AFTER_MS_MAX);
}

/** The error's code only: messages of the system quote addresses, and URLs can hold secrets. */
export function describeConnectionError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ABORT_ERR') return 'it took too long';
  return typeof code === 'string' ? `the connection failed (${code})` : 'the connection failed';
}
