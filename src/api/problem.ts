import { z } from 'zod';

/** Why a request was not served, for programs to switch on. */
export type ProblemCode =
  | 'bad-request'
  | 'not-signed-in'
  | 'refused'
  | 'not-found'
  /** What it is about is in another state by now, such as an access request that is over. */
  | 'conflict'
  /** The same `Idempotency-Key` came with another request. */
  | 'idempotency-key-reused'
  | 'too-large'
  | 'too-many-requests'
  | 'unavailable'
  | 'internal';

/**
 * The body of every error but the token endpoint's, as `application/problem+json`.
 *
 * @see RFC 9457
 */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** Checks a {@link Problem}. */
export const problemSchema: z.ZodType<Problem> = z
  .object({
    status: z.int().min(400).max(599),
    code: z.enum([
      'bad-request',
      'not-signed-in',
      'refused',
      'not-found',
      'conflict',
      'idempotency-key-reused',
      'too-large',
      'too-many-requests',
      'unavailable',
      'internal',
    ]),
    title: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: 'Problem' });
