import {
  exportListSchema,
  exportPathSchema,
  replayStartedSchema,
  replaySubmissionSchema,
} from './export.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** Where the ledger's entries are sent as they come. */
export const EXPORT_ROUTES: readonly Route[] = [
  {
    id: 'listExports',
    method: 'GET',
    path: '/v1/exports',
    summary: 'How the exports of this gateway go',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    answer: { mediaType: JSON_TYPE, schema: exportListSchema },
    problem: problemSchema,
  },
  {
    id: 'replayExport',
    method: 'POST',
    path: '/v1/exports/{name}/replay',
    summary: 'Send everything from an instant on to a sink again',
    access: { kind: 'gateway-policy', action: 'configuration.change' },
    pathParameters: exportPathSchema,
    json: replaySubmissionSchema,
    answer: { mediaType: JSON_TYPE, schema: replayStartedSchema },
    problem: problemSchema,
  },
];
