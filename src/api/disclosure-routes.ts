import { disclosureListSchema, disclosureRequestSchema } from './disclosure.ts';
import { targetPathSchema } from './identifiers.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** Whose data were shown to whom. */
export const DISCLOSURE_ROUTES: readonly Route[] = [
  {
    id: 'findDisclosures',
    method: 'POST',
    path: '/v1/targets/{name}/disclosures',
    summary:
      'Results that showed rows of one patient, by the ledger; the question is entered there, too',
    access: { kind: 'gateway-policy', action: 'audit.read' },
    pathParameters: targetPathSchema,
    json: disclosureRequestSchema,
    weight: 60,
    answer: { mediaType: JSON_TYPE, schema: disclosureListSchema },
    problem: problemSchema,
  },
];
