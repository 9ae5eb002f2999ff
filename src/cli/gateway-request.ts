import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { problemSchema } from '../api/problem.ts';
import { CliError, EXIT } from './cli-error.ts';
import { escapeLine } from './terminal-text.ts';

export interface GatewayRequest {
  /** Origin of the gateway. */
  readonly url: string;
  /** With query. */
  readonly path: string;
  /** PEM; the system's authorities when absent. */
  readonly ca?: string | undefined;
  readonly token?: string;
  /** Sent as a form, by POST. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as JSON, by POST. */
  readonly json?: unknown;
  readonly signal: AbortSignal;
  /**
   * False: believe any certificate. Only to fetch what is compared with a fingerprint afterwards, and
   * never with a token or a body.
   */
  readonly verifyCertificate?: boolean;
}

/** Milliseconds without a byte. */
const TIMEOUT_MS = 30_000;
/** Bytes of an answer that is held whole. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Codes of OpenSSL and Node that mean that nobody we know signed the certificate. */
const UNTRUSTED_CODES: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const CHECK_CLOCK =
  'Set the clock of this machine if it is wrong; otherwise the gateway needs a new certificate.';
/** What else is wrong with a certificate, and what to do: no authority would help. */
const CERTIFICATE_PROBLEMS: ReadonlyMap<unknown, readonly [problem: string, hint: string]> =
  new Map([
    ['CERT_HAS_EXPIRED', ['has expired by the clock of this machine', CHECK_CLOCK]],
    ['CERT_NOT_YET_VALID', ['is not valid yet by the clock of this machine', CHECK_CLOCK]],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      [
        'is for another name',
        'Use the name that it is for, or give the gateway one for this name.',
      ],
    ],
  ]);

/** What to try where something else than the API of a gateway answers. */
export const API_PORT_HINT =
  'Give the address of its API (listeners.api), not that of a listener for psql, ssh or HTTP.';

/** What to try where nobody answers. */
export const REACH_HINT = 'Check the address, the network, and that the gateway runs';

/** The gateway's certificate is not one that we trust. */
export class UntrustedCertificateError extends CliError {
  constructor(url: string, code: string, options?: ErrorOptions) {
    super(
      EXIT.unreachable,
      `The certificate of ${url} is not trusted (${code})`,
      'Pass the authority that signed it to sallyport login: --ca FILE, or --ca-sha256 FINGERPRINT; a job names the file in NODE_EXTRA_CA_CERTS.',
      options,
    );
  }
}

/**
 * Asks the gateway for a JSON document.
 *
 * @throws {CliError} If it cannot be reached, or its answer is an error: the exit code says which.
 */
export async function requestJson(options: GatewayRequest): Promise<unknown> {
  const response = await send(options);
  const text = await readWhole(response, options);
  if (response.statusCode !== 200 && response.statusCode !== 201) {
    throw describeProblem(options.url, response.statusCode, text);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(options, cause);
  }
}

/**
 * Asks the gateway for a document of one JSON object a line.
 *
 * @throws {CliError} As {@link requestJson}; also while iterating, when the answer breaks off.
 */
export async function* requestLines(options: GatewayRequest): AsyncGenerator<unknown> {
  const response = await send(options);
  if (response.statusCode !== 200) {
    throw describeProblem(options.url, response.statusCode, await readWhole(response, options));
  }
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of response) {
      rest += chunk;
      if (rest.length > ANSWER_BYTES_MAX) throw unusable(options);
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(
      EXIT.failure,
      `The answer of ${options.url} broke off`,
      'What it would have sent is gone, or damaged.',
      { cause },
    );
  }
}

async function send(options: GatewayRequest): Promise<IncomingMessage> {
  const { url, path, ca, token, signal, verifyCertificate = true } = options;
  const body = encodeBody(options);
  const outgoing = request(new URL(path, url), {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    signal,
    timeout: TIMEOUT_MS,
    rejectUnauthorized: verifyCertificate,
    ...(ca !== undefined && { ca }),
    headers: {
      accept: 'application/json, application/x-ndjson',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': body.mediaType }),
    },
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
  outgoing.end(body?.text);
  try {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return response;
  } catch (error) {
    signal.throwIfAborted();
    throw describeFailure(url, error);
  }
}

function encodeBody({
  form,
  json,
}: GatewayRequest): { readonly mediaType: string; readonly text: string } | undefined {
  if (form !== undefined) {
    const text = new URLSearchParams(form).toString();
    return { mediaType: 'application/x-www-form-urlencoded', text };
  }
  if (json === undefined) return undefined;
  return { mediaType: 'application/json', text: JSON.stringify(json) };
}

async function readWhole(response: IncomingMessage, options: GatewayRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw unusable(options);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Why there was no answer at all. */
export function describeFailure(url: string, cause: unknown): CliError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
  if (UNTRUSTED_CODES.has(code)) return new UntrustedCertificateError(url, code, { cause });
  const [problem, hint] = CERTIFICATE_PROBLEMS.get(code) ?? [];
  if (problem !== undefined) {
    const message = `The certificate of ${url} ${problem}`;
    return new CliError(EXIT.unreachable, message, hint, { cause });
  }
  // Somebody is there, and does not speak HTTPS.
  if (code === 'EPROTO' || code === 'ECONNRESET' || code.startsWith('HPE_')) {
    return new CliError(EXIT.unreachable, `Cannot speak to ${url}: ${code}`, API_PORT_HINT, {
      cause,
    });
  }
  return new CliError(
    EXIT.unreachable,
    `Cannot reach ${url}: ${code}`,
    `${REACH_HINT}: sallyport doctor`,
    { cause },
  );
}

/** What an answer that is an error means here. @param text Its body. */
export function describeProblem(url: string, statusCode = 0, text = ''): CliError {
  const { title, hint } = readProblem(text);
  const why = escapeLine(title ?? `it answered ${statusCode}`);
  const next = hint === undefined ? undefined : escapeLine(hint);
  if (statusCode === 401) {
    return new CliError(
      EXIT.notSignedIn,
      `${url} does not accept the sign-in`,
      'Sign in again: sallyport login. A job needs a new token in SALLYPORT_TOKEN.',
    );
  }
  if (statusCode === 403) return new CliError(EXIT.refused, `Refused: ${why}`, next);
  if (statusCode >= 500) return new CliError(EXIT.unreachable, `${url} failed: ${why}`, next);
  return new CliError(EXIT.failure, `Not done: ${why}`, next);
}

/** A problem document, or the errors of a token endpoint. */
function readProblem(text: string): { readonly title?: string; readonly hint?: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  const problem = problemSchema.safeParse(value);
  if (problem.success) {
    const { title, hint } = problem.data;
    return { title, ...(hint !== undefined && { hint }) };
  }
  if (typeof value !== 'object' || value === null || !('error_description' in value)) return {};
  return { title: String(value.error_description) };
}

function unusable({ url }: GatewayRequest, cause?: unknown): CliError {
  return new CliError(
    EXIT.unreachable,
    `The answer of ${url} is not that of a Sallyport gateway`,
    API_PORT_HINT,
    { cause },
  );
}
