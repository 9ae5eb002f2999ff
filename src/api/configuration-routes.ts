import {
  CONFIGURATION_BYTES_MAX,
  configurationOutcomeSchema,
  configurationSubmissionSchema,
  sharedConfigurationSchema,
} from './configuration.ts';
import { problemSchema } from './problem.ts';
import { JSON_TYPE, type Route } from './route.ts';

/** The configuration that all gateways on the store take from there. */
export const CONFIGURATION_ROUTES: readonly Route[] = [
  {
    id: 'getConfiguration',
    method: 'GET',
    path: '/v1/configuration',
    summary: 'The newest version of the configuration that gateways share, by digests',
    access: { kind: 'gateway-policy', action: 'policy.read' },
    answer: { mediaType: JSON_TYPE, schema: sharedConfigurationSchema },
    problem: problemSchema,
  },
  {
    id: 'applyConfiguration',
    method: 'POST',
    path: '/v1/configuration',
    summary: 'Replace the configuration that gateways share, or say what would change',
    access: { kind: 'gateway-policy', action: 'configuration.change' },
    json: configurationSubmissionSchema,
    bodyBytesMax: CONFIGURATION_BYTES_MAX,
    weight: 20,
    answer: { mediaType: JSON_TYPE, schema: configurationOutcomeSchema },
    problem: problemSchema,
  },
];
