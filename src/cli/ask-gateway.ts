import {
  type ClientConfiguration,
  clientConfigurationSchema,
} from '../api/client-configuration.ts';
import { CliError, EXIT } from './cli-error.ts';
import { API_PORT_HINT, type GatewayRequest, requestJson } from './gateway-request.ts';
import type { KnownGateway } from './gateway-settings.ts';

type Way = Pick<GatewayRequest, 'url' | 'ca' | 'signal' | 'verifyCertificate'>;

/**
 * Has a gateway say how it is reached.
 *
 * @throws {CliError} As `requestJson`, or if the answer is not what the contract says.
 */
export async function askGateway(way: Way): Promise<KnownGateway> {
  const configuration = await askConfiguration(way);
  const ca = way.ca ?? configuration.tls.ca;
  return { url: way.url, configuration, ...(ca !== undefined && { ca }) };
}

async function askConfiguration(way: Way): Promise<ClientConfiguration> {
  const answer = await askAnonymously(way);
  const configuration = clientConfigurationSchema.safeParse(answer);
  if (configuration.success) return configuration.data;
  throw new CliError(
    EXIT.failure,
    'The gateway answers by another version of the contract',
    'Use the sallyport command of the same version as the gateway.',
  );
}

/** Anybody may ask a gateway this. @throws {CliError} As `requestJson`. */
async function askAnonymously(way: Way): Promise<unknown> {
  try {
    return await requestJson({ ...way, path: '/v1/client-configuration' });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const isElsewhere = error.exitCode === EXIT.notSignedIn || error.exitCode === EXIT.failure;
    if (!isElsewhere) throw error;
    const message = `${way.url} is not the API of a Sallyport gateway`;
    throw new CliError(EXIT.unreachable, message, API_PORT_HINT, { cause: error });
  }
}
