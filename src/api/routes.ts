import type { z } from 'zod';
import { clientConfigurationSchema } from './client-configuration.ts';
import { explainPathSchema, explainRequestSchema, explanationSchema } from './explanation.ts';
import { healthSchema } from './health.ts';
import { playbackEventSchema } from './playback-event.ts';
import { problemSchema } from './problem.ts';
import {
  sessionListSchema,
  sessionPathSchema,
  sessionQuerySchema,
  sessionViewSchema,
} from './session.ts';
import { targetListSchema } from './target.ts';
import {
  revocationRequestSchema,
  tokenAnswerSchema,
  tokenProblemSchema,
  tokenRequestSchema,
} from './token.ts';
import { whoamiSchema } from './whoami.ts';

/** Name of a route: `operationId` in the OpenAPI document. */
export type RouteId =
  | 'getClientConfiguration'
  | 'exchangeToken'
  | 'revokeToken'
  | 'getWhoami'
  | 'listTargets'
  | 'explainStatement'
  | 'listSessions'
  | 'getSession'
  | 'getRecording'
  | 'getOpenapi'
  | 'getHealth'
  | 'getReadiness';

/**
 * Who may call a route.
 *
 * `public`: anybody. `token`: proves itself by a token in its form. `signed-in`: whoever has a valid
 * bearer token, and what the answer holds is what that principal may see. `policy`: who may, by policy, do `action`
 * to the thing the path names.
 */
export type RouteAccess =
  | { readonly kind: 'public' }
  | { readonly kind: 'token' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'policy'; readonly action: 'session.list' | 'session.watch' };

/** One request that the control plane serves. What is not in {@link ROUTES} is not served. */
export interface Route {
  readonly id: RouteId;
  readonly method: 'GET' | 'POST';
  /** Parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly summary: string;
  readonly access: RouteAccess;
  readonly pathParameters?: z.ZodType;
  readonly query?: z.ZodType;
  /** Body, `application/x-www-form-urlencoded`. */
  readonly form?: z.ZodType;
  /** Body, `application/json`. A route has this or `form`, not both. */
  readonly json?: z.ZodType;
  readonly answer: RouteAnswer;
  /** Other answers than errors of the gateway itself, by status. */
  readonly problem: z.ZodType;
}

/** What comes back when all went well. */
export interface RouteAnswer {
  readonly mediaType: 'application/json' | 'application/x-ndjson';
  /** Of the document, or of one line. Absent when the answer has no fixed shape or no body. */
  readonly schema?: z.ZodType;
}

const JSON_TYPE = 'application/json';

/** The whole contract, in the order a client meets it. */
export const ROUTES: readonly Route[] = [
  {
    id: 'getClientConfiguration',
    method: 'GET',
    path: '/v1/client-configuration',
    summary: 'What a client must know before it can sign in',
    access: { kind: 'public' },
    answer: { mediaType: JSON_TYPE, schema: clientConfigurationSchema },
    problem: problemSchema,
  },
  {
    id: 'exchangeToken',
    method: 'POST',
    path: '/oauth2/token',
    summary: "Exchange an identity provider's token for a short Sallyport token (RFC 8693)",
    access: { kind: 'token' },
    form: tokenRequestSchema,
    answer: { mediaType: JSON_TYPE, schema: tokenAnswerSchema },
    problem: tokenProblemSchema,
  },
  {
    id: 'revokeToken',
    method: 'POST',
    path: '/oauth2/revoke',
    summary: 'End a Sallyport token early (RFC 7009)',
    access: { kind: 'token' },
    form: revocationRequestSchema,
    answer: { mediaType: JSON_TYPE },
    problem: tokenProblemSchema,
  },
  {
    id: 'getWhoami',
    method: 'GET',
    path: '/v1/whoami',
    summary: 'Whom the gateway takes the asker for',
    access: { kind: 'signed-in' },
    answer: { mediaType: JSON_TYPE, schema: whoamiSchema },
    problem: problemSchema,
  },
  {
    id: 'listTargets',
    method: 'GET',
    path: '/v1/targets',
    summary: 'Targets that the asker may connect to',
    access: { kind: 'signed-in' },
    answer: { mediaType: JSON_TYPE, schema: targetListSchema },
    problem: problemSchema,
  },
  {
    id: 'explainStatement',
    method: 'POST',
    path: '/v1/targets/{name}/explain',
    summary: 'What would become of a statement: decisions, facts and masks; nothing is run',
    access: { kind: 'signed-in' },
    pathParameters: explainPathSchema,
    json: explainRequestSchema,
    answer: { mediaType: JSON_TYPE, schema: explanationSchema },
    problem: problemSchema,
  },
  {
    id: 'listSessions',
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Sessions that the asker may see, newest first',
    access: { kind: 'signed-in' },
    query: sessionQuerySchema,
    answer: { mediaType: JSON_TYPE, schema: sessionListSchema },
    problem: problemSchema,
  },
  {
    id: 'getSession',
    method: 'GET',
    path: '/v1/sessions/{id}',
    summary: 'One session',
    access: { kind: 'policy', action: 'session.list' },
    pathParameters: sessionPathSchema,
    answer: { mediaType: JSON_TYPE, schema: sessionViewSchema },
    problem: problemSchema,
  },
  {
    id: 'getRecording',
    method: 'GET',
    path: '/v1/sessions/{id}/recording',
    summary: 'What a session did and was shown, one event a line',
    access: { kind: 'policy', action: 'session.watch' },
    pathParameters: sessionPathSchema,
    answer: { mediaType: 'application/x-ndjson', schema: playbackEventSchema },
    problem: problemSchema,
  },
  {
    id: 'getOpenapi',
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This contract, as OpenAPI 3.1',
    access: { kind: 'public' },
    answer: { mediaType: JSON_TYPE },
    problem: problemSchema,
  },
  {
    id: 'getHealth',
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    access: { kind: 'public' },
    answer: { mediaType: JSON_TYPE, schema: healthSchema },
    problem: healthSchema,
  },
  {
    id: 'getReadiness',
    method: 'GET',
    path: '/readyz',
    summary: 'Whether sessions can start: store and ledger work',
    access: { kind: 'public' },
    answer: { mediaType: JSON_TYPE, schema: healthSchema },
    problem: healthSchema,
  },
];
