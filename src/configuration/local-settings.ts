import type { Address } from './fields.ts';
import { type Configuration, loadConfiguration } from './load-configuration.ts';

/** What is each gateway's own where the configuration is shared. */
export interface LocalSettings {
  readonly name: string;
  /** Absolute path. */
  readonly dataDirectory: string;
  /** Reference to the connection string of the store. */
  readonly store: string;
  /** Reference to the masking key. */
  readonly maskingKey: string;
  /** Addresses in place of those of the configuration, by listener, in its order. */
  readonly listen: Readonly<Record<ListenerName, readonly Address[]>>;
  /** Where other gateways find this one. Undefined: where it listens for them. */
  readonly advertised: Address | undefined;
}

/** A gateway that takes its configuration from the store. */
export interface JoinedGateway {
  readonly local: LocalSettings;
  /** A configuration directory that the store is given, if it has none yet. */
  readonly initial: string | undefined;
}

/** Listeners whose addresses can be a gateway's own. */
export type ListenerName = 'postgres' | 'ssh' | 'http' | 'api' | 'connectors' | 'gateways';

/**
 * Reads a configuration directory, as the gateway has it that these settings are of.
 *
 * @throws {ConfigurationError} With everything that is wrong.
 */
export async function readConfiguration(
  directory: string,
  local: LocalSettings | undefined,
): Promise<Configuration> {
  const configuration = await loadConfiguration(directory);
  return local === undefined ? configuration : withLocalSettings(configuration, local);
}

/** A shared configuration, as one gateway has it. */
export function withLocalSettings(
  configuration: Configuration,
  local: LocalSettings,
): Configuration {
  const { name, dataDirectory, store, maskingKey, listen, advertised } = local;
  const { listeners } = configuration;
  const placeAll = <Listener extends { readonly address: Address }>(
    all: readonly Listener[],
    kind: ListenerName,
  ): readonly Listener[] =>
    all.map((listener, index) => ({
      ...listener,
      address: listen[kind][index] ?? listener.address,
    }));
  const [api] = listeners.api === undefined ? [] : placeAll([listeners.api], 'api');
  const [connectors] =
    listeners.connectors === undefined ? [] : placeAll([listeners.connectors], 'connectors');
  return {
    ...configuration,
    local,
    gateway: { ...configuration.gateway, name, dataDirectory },
    store: { kind: 'postgres', url: store },
    masking: { ...configuration.masking, key: maskingKey },
    listeners: {
      ...listeners,
      postgres: placeAll(listeners.postgres, 'postgres'),
      ssh: placeAll(listeners.ssh, 'ssh'),
      http: placeAll(listeners.http, 'http'),
      api,
      connectors,
      gateways: placeGateways(listeners.gateways, listen.gateways[0], advertised),
    },
  };
}

/** A gateway that is told where to listen for others does, whatever the configuration says. */
function placeGateways(
  shared: Configuration['listeners']['gateways'],
  address: Address | undefined,
  advertised: Address | undefined,
): Configuration['listeners']['gateways'] {
  const place = address ?? shared?.address;
  if (place === undefined) return undefined;
  return { address: place, advertised: advertised ?? shared?.advertised };
}
