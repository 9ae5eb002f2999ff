import type { SecretSourceSettings } from './secret-source-settings.ts';

/** What the values of a configuration's files are read against. */
export interface ConfigurationRoot {
  /** Absolute path that others are relative to. */
  readonly directory: string;
  /** The section `secrets` of `sallyport.yaml`, by name. */
  readonly secretSources: ReadonlyMap<string, SecretSourceSettings>;
  /** Told of each reference to a secret that is read. */
  readonly noteReference?: (reference: string) => void;
}

/** A configuration without sources of secrets beside the environment, files and the vault. */
export function rootWithoutSources(directory: string): ConfigurationRoot {
  return { directory, secretSources: new Map() };
}
