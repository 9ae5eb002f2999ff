import {
  dataMapChangeSchema,
  dataMapConfirmationSchema,
  dataMapProposalSchema,
  discoverSubmissionSchema,
} from './data-map.ts';
import { EXPLAIN_BYTES_MAX, explainRequestSchema, explanationSchema } from './explanation.ts';
import { targetPathSchema } from './identifiers.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';
import { targetDetailSchema, targetListSchema } from './target.ts';

/** Bytes; a large data map is confirmed at once. */
const DATA_MAP_BYTES_MAX = 2 * 2 ** 20;

/** Targets, and what their columns hold. */
export const TARGET_ROUTES: readonly Route[] = [
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
    id: 'getTarget',
    method: 'GET',
    path: '/v1/targets/{name}',
    summary: 'One target that the asker may connect to: its health and its data map',
    access: { kind: 'signed-in' },
    pathParameters: targetPathSchema,
    weight: 5,
    answer: { mediaType: JSON_TYPE, schema: targetDetailSchema },
    problem: problemSchema,
  },
  {
    id: 'explainStatement',
    method: 'POST',
    path: '/v1/targets/{name}/explain',
    summary:
      'What would become of a statement, command or request: decisions, facts and masks; nothing is run',
    access: { kind: 'signed-in' },
    pathParameters: targetPathSchema,
    json: explainRequestSchema,
    bodyBytesMax: EXPLAIN_BYTES_MAX,
    weight: 10,
    answer: { mediaType: JSON_TYPE, schema: explanationSchema },
    problem: problemSchema,
  },
  {
    id: 'discoverTarget',
    method: 'POST',
    path: '/v1/targets/{name}/discover',
    summary: 'Look at names, types and samples of a target, and propose what its columns hold',
    access: { kind: 'gateway-policy', action: 'configuration.change' },
    pathParameters: targetPathSchema,
    json: discoverSubmissionSchema,
    weight: 60,
    answer: { mediaType: JSON_TYPE, schema: dataMapProposalSchema },
    problem: problemSchema,
  },
  {
    id: 'confirmDataMap',
    method: 'POST',
    path: '/v1/targets/{name}/data-map',
    summary: "Add entries to a target's data map",
    access: { kind: 'gateway-policy', action: 'configuration.change' },
    pathParameters: targetPathSchema,
    json: dataMapConfirmationSchema,
    bodyBytesMax: DATA_MAP_BYTES_MAX,
    answer: { mediaType: JSON_TYPE, schema: dataMapChangeSchema },
    problem: problemSchema,
  },
];
