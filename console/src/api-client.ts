import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../../src/api/paths.ts';
import type { Problem } from '../../src/api/problem.ts';
import { ProblemError } from './problem-error.ts';

/** Header that proves that a change was asked for by this page, not by another site's. */
const CSRF_HEADER = 'sallyport-csrf';

let csrfToken = '';

/** The gateway's API, typed by its contract. Wrap each call in {@link answer}. */
export const api: Client<paths> = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
});

api.use({
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set(CSRF_HEADER, csrfToken);
    return request;
  },
});

/** What `GET /v1/whoami` said; sent with everything that changes something. */
export function rememberCsrfToken(token: string | undefined): void {
  csrfToken = token ?? '';
}

/** A key under which asking again does nothing twice. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}

/**
 * The answer's document.
 *
 * @throws {ProblemError} If the gateway refused, failed or did not answer.
 */
export async function answer<Data>(
  call: Promise<{ readonly data?: Data; readonly error?: unknown; readonly response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call.catch(() => {
    throw new ProblemError({
      code: 'no-answer',
      title: 'The gateway does not answer',
      hint: 'Look whether it runs and can be reached, then try again.',
    });
  });
  if (response.ok && data !== undefined) return data;
  throw toProblem(error, response.status);
}

function toProblem(error: unknown, status: number): ProblemError {
  return new ProblemError(
    isProblem(error)
      ? error
      : { code: 'internal', title: `The gateway answered with status ${status}` },
  );
}

function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && 'title' in error;
}
