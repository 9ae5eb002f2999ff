import type { Problem } from '../problem.ts';

/** What clients of Kubernetes call a status of HTTP. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [409, 'Conflict'],
  [413, 'RequestEntityTooLarge'],
  [415, 'UnsupportedMediaType'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);
const FORBIDDEN = 403;

/**
 * Says a problem as an API server would: kubectl prints `Error from server (Forbidden): …`.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
export function encodeStatus(problem: Problem): {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
} {
  // What waits for people is no success: a client would take the answer for the object.
  const code = problem.status < 400 ? FORBIDDEN : problem.status;
  const { title, detail, requestId } = problem;
  const request = requestId === undefined || detail.includes(requestId) ? '' : ` (${requestId})`;
  return {
    status: code,
    contentType: 'application/json',
    body: JSON.stringify({
      ...{ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' },
      message: `${title}${request}: ${detail}`,
      reason: REASONS.get(code) ?? 'InternalError',
      code,
    }),
  };
}
