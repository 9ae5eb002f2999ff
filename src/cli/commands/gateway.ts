import { resolve } from 'node:path';
import { type Address, address, entityName } from '../../configuration/fields.ts';
import type { JoinedGateway, ListenerName } from '../../configuration/local-settings.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';

/** Options of `sallyport gateway`. */
export interface GatewayOptions {
  readonly config: string;
  readonly join?: string;
  readonly name?: string;
  readonly data?: string;
  readonly maskingKey?: string;
  readonly initial?: string;
  /** `kind=host:port`. */
  readonly listen?: readonly string[];
  /** `host:port`. */
  readonly advertise?: string;
}

const LISTENERS: readonly ListenerName[] = [
  'postgres',
  'ssh',
  'http',
  'api',
  'connectors',
  'gateways',
];
const MASKING_KEY = 'env:SALLYPORT_MASKING_KEY';

/**
 * What `sallyport gateway` runs: the gateway of a directory, or one of the store's, whose own settings are options or in
 * SALLYPORT_JOIN, SALLYPORT_NAME, SALLYPORT_DATA, SALLYPORT_LISTEN (with spaces) and SALLYPORT_ADVERTISE.
 *
 * @throws {CliError} If something is missing, or none.
 */
export function chooseGateway(
  { environment }: Pick<CliHost, 'environment'>,
  options: GatewayOptions,
): string | JoinedGateway {
  const store = options.join ?? environment['SALLYPORT_JOIN'];
  if (store === undefined) return options.config;
  const name = required(options.name ?? environment['SALLYPORT_NAME'], '--name');
  if (!entityName().safeParse(name).success) {
    throw new CliError(EXIT.usage, `--name: ${name} is no name of a gateway`);
  }
  const data = required(options.data ?? environment['SALLYPORT_DATA'], '--data');
  const listen =
    options.listen ?? environment['SALLYPORT_LISTEN']?.split(' ').filter((text) => text !== '');
  const advertised = options.advertise ?? environment['SALLYPORT_ADVERTISE'];
  return {
    initial: options.initial,
    local: {
      ...{ name, dataDirectory: resolve(data), store },
      maskingKey: options.maskingKey ?? MASKING_KEY,
      listen: readListen(listen ?? []),
      advertised: advertised === undefined ? undefined : readAddress(advertised, '--advertise'),
    },
  };
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined && value !== '') return value;
  throw new CliError(EXIT.usage, `${option} is needed with --join`);
}

function readListen(texts: readonly string[]): JoinedGateway['local']['listen'] {
  const listen: Record<ListenerName, Address[]> = {
    ...{ postgres: [], ssh: [], http: [], api: [], connectors: [], gateways: [] },
  };
  for (const text of texts) {
    const [kind = '', place = ''] = text.split('=', 2);
    const listener = LISTENERS.find((one) => one === kind);
    if (listener === undefined) {
      throw new CliError(EXIT.usage, `--listen: ${kind} is none of ${LISTENERS.join(', ')}`);
    }
    listen[listener].push(readAddress(place, '--listen'));
  }
  return listen;
}

function readAddress(text: string, option: string): Address {
  const read = address().safeParse(text);
  if (read.success) return read.data;
  throw new CliError(EXIT.usage, `${option}: ${text} is no host:port`);
}
