import {
  findReferenceProblem,
  type SourceReference,
} from '../../configuration/secret-reference.ts';
import type { SecretSourceSettings } from '../../configuration/secret-source-settings.ts';
import type { ResolveSecret } from '../secret-resolver.ts';
import { AwsSecrets } from './aws-secrets.ts';
import { AzureKeyVault } from './azure-key-vault.ts';
import { GcpSecrets } from './gcp-secrets.ts';
import { KubernetesSecrets } from './kubernetes-secrets.ts';
import { BaoSource } from './openbao/bao-source.ts';
import { SecretCache } from './secret-cache.ts';
import type { SecretContent, SecretSource } from './secret-source.ts';
import type { SecretUse } from './secret-use.ts';
import { SourceError } from './source-error.ts';

/** What sources need of the process. */
export interface SecretSourcesParts {
  /** Of what sources themselves are asked with: from the environment, files and the vault alone. */
  readonly resolveSecret: ResolveSecret;
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs: () => number;
  /** Told of what failed while nobody waited for it. `name` is that of source and secret. */
  readonly onProblem: (name: string, error: SourceError) => void;
  /** Default: by their kind. */
  readonly openSource?: (settings: SecretSourceSettings, parts: SecretSourcesParts) => SecretSource;
}

interface OpenSource {
  readonly settings: SecretSourceSettings;
  readonly source: SecretSource;
  readonly cache: SecretCache;
}

const SWEEP_INTERVAL_MS = 1_000;

/** The configured sources of secrets, each opened when it is first asked. */
export class SecretSources implements AsyncDisposable {
  readonly #parts: SecretSourcesParts;
  readonly #open = new Map<string, OpenSource>();
  #settings: ReadonlyMap<string, SecretSourceSettings>;
  readonly #sweeping: NodeJS.Timeout;

  constructor(settings: ReadonlyMap<string, SecretSourceSettings>, parts: SecretSourcesParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#sweeping = setInterval(() => void this.sweep(), SWEEP_INTERVAL_MS).unref();
  }

  /** @throws {SourceError} If it cannot be had. Undefined: there is no such source. */
  async read<Picked>(
    reference: SourceReference,
    pick: (content: SecretContent) => Picked,
    use?: SecretUse,
  ): Promise<Picked | undefined> {
    const { source: name, path } = reference;
    const opened = this.#find(name);
    if (opened === undefined) return undefined;
    const { source, cache, settings } = opened;
    const problem = findReferenceProblem(settings, reference);
    if (problem !== undefined)
      throw new SourceError('ERR_SOURCE_MISSING', `its reference ${problem}`);
    const read = (signal: AbortSignal): ReturnType<SecretSource['read']> =>
      source.read(path, signal);
    return cache.get({ key: `${name}:${path}`, read, pick }, use);
  }

  /** Renews what is due. Called every second by itself. */
  async sweep(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ cache }) => cache.sweep()));
  }

  /**
   * Other settings are in force. What was read by the old ones is given back; sessions that hold it go on as far as
   * their targets let them.
   */
  reconfigure(settings: ReadonlyMap<string, SecretSourceSettings>): void {
    this.#settings = settings;
    for (const [name, opened] of this.#open) {
      if (isSame(opened.settings, settings.get(name))) continue;
      this.#open.delete(name);
      void this.#close(opened);
    }
  }

  /** Takes back what was leased. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeping);
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map((opened) => this.#close(opened)));
  }

  #find(name: string): OpenSource | undefined {
    const opened = this.#open.get(name);
    if (opened !== undefined) return opened;
    const settings = this.#settings.get(name);
    if (settings === undefined) return undefined;
    const { openSource = openByKind, nowMs, onProblem } = this.#parts;
    const fresh = {
      settings,
      source: openSource(settings, this.#parts),
      cache: new SecretCache({ nowMs, onProblem }),
    };
    this.#open.set(name, fresh);
    return fresh;
  }

  async #close({ source, cache }: OpenSource): Promise<void> {
    // Leases first: without its token nothing can be taken back.
    await cache[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  }
}

function openByKind(
  settings: SecretSourceSettings,
  { resolveSecret, nowMs }: SecretSourcesParts,
): SecretSource {
  switch (settings.kind) {
    case 'openbao':
    case 'hashicorp-vault':
      return new BaoSource(settings, { resolveSecret, nowMs });
    case 'aws-secretsmanager':
      return new AwsSecrets(settings);
    case 'gcp-secretmanager':
      return new GcpSecrets(settings);
    case 'azure-keyvault':
      return new AzureKeyVault(settings);
    case 'kubernetes':
      return new KubernetesSecrets(settings);
  }
}

function isSame(one: SecretSourceSettings, other: SecretSourceSettings | undefined): boolean {
  return other !== undefined && describe(one) === describe(other);
}

function describe(settings: SecretSourceSettings): string {
  return JSON.stringify(settings, (_key, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
}
