import { gatewayListSchema } from './gateway-process.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** Who serves sessions. */
export const GATEWAY_ROUTES: readonly Route[] = [
  {
    id: 'listGateways',
    method: 'GET',
    path: '/v1/gateways',
    summary: 'Processes of all gateways on the store, with those that fell silent in the last week',
    access: { kind: 'gateway-policy', action: 'overview.read' },
    answer: { mediaType: JSON_TYPE, schema: gatewayListSchema },
    problem: problemSchema,
  },
];
