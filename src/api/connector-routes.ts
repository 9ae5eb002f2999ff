import {
  addedConnectorSchema,
  connectorListSchema,
  connectorPathSchema,
  connectorSchema,
  connectorSubmissionSchema,
} from './connector.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** Who carries streams to targets in other networks. */
export const CONNECTOR_ROUTES: readonly Route[] = [
  {
    id: 'listConnectors',
    method: 'GET',
    path: '/v1/connectors',
    summary: 'Connectors, and the tunnels that they have to all gateways',
    access: { kind: 'gateway-policy', action: 'overview.read' },
    answer: { mediaType: JSON_TYPE, schema: connectorListSchema },
    problem: problemSchema,
  },
  {
    id: 'addConnector',
    method: 'POST',
    path: '/v1/connectors',
    summary: 'Let a connector enrol: by a token that is good once, or by tokens of its workload',
    access: { kind: 'gateway-policy', action: 'configuration.change' },
    json: connectorSubmissionSchema,
    answer: { mediaType: JSON_TYPE, status: 201, schema: addedConnectorSchema },
    problem: problemSchema,
  },
  {
    id: 'getConnector',
    method: 'GET',
    path: '/v1/connectors/{name}',
    summary: 'One connector',
    access: { kind: 'gateway-policy', action: 'overview.read' },
    pathParameters: connectorPathSchema,
    answer: { mediaType: JSON_TYPE, schema: connectorSchema },
    problem: problemSchema,
  },
  {
    id: 'removeConnector',
    method: 'POST',
    path: '/v1/connectors/{name}/remove',
    summary:
      'End the tunnels of a connector with all that runs through them, and let it begin none',
    access: { kind: 'gateway-policy', action: 'configuration.change' },
    pathParameters: connectorPathSchema,
    answer: { mediaType: JSON_TYPE, schema: connectorListSchema },
    problem: problemSchema,
  },
];
