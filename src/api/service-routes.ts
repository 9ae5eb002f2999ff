import { callerKeysSchema } from './caller-keys.ts';
import { healthSchema } from './health.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** The contract itself, and whether the gateway works. */
export const SERVICE_ROUTES: readonly Route[] = [
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
    id: 'getCallerKeys',
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'The keys by which HTTP targets check who asks through the gateway',
    access: { kind: 'public' },
    answer: { mediaType: JSON_TYPE, schema: callerKeysSchema },
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
