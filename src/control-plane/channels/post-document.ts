import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ChannelError } from './channel.ts';

/** Bytes of an answer that are read. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** A document to be posted. */
export interface Posting {
  /** The channel's name, for errors. */
  readonly channel: string;
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Authorities of the other side, PEM; the system's when undefined. */
  readonly ca?: string | undefined;
}

/**
 * Posts JSON and resolves with the answer's body. Redirects are not followed: what is told is meant for
 * one address.
 *
 * @throws {ChannelError} If it was not taken (any status but 2xx).
 */
export async function postDocument(posting: Posting, signal: AbortSignal): Promise<string> {
  const { channel } = posting;
  try {
    const answer = await send(posting, signal);
    const body = await readBody(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return body;
    const againAfterMs = readSeconds(answer.headers['retry-after']);
    throw new ChannelError(channel, `it answered with status ${status}`, { againAfterMs });
  } catch (cause) {
    if (cause instanceof ChannelError) throw cause;
    throw new ChannelError(channel, describe(cause), { cause });
  }
}

function send({ url, body, headers, ca }: Posting, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'sallyport',
        ...headers,
      },
      ...(ca !== undefined && { ca }),
    };
    const start = new URL(url).protocol === 'http:' ? httpRequest : httpsRequest;
    start(url, options).on('response', resolve).on('error', reject).end(body);
  });
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

/** A date, which the header can be too, is not looked at: then the usual wait has to do. */
function readSeconds(retryAfter: string | undefined): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : 0;
}

/** The error's code only: messages of the system quote addresses, and URLs can hold secrets. */
function describe(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it took too long';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `the connection failed (${code})` : 'the connection failed';
}
