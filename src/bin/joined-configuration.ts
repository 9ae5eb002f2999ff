import { mkdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bundleConfiguration, hashBundle, writeBundle } from '../configuration/bundle.ts';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import type { LocalSettings } from '../configuration/local-settings.ts';
import type { PostgresConfigurations, StoredConfiguration } from '../store/configurations.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { applyBundle } from './open-configurations.ts';

/** Milliseconds between looks for a version that was not announced. */
const POLL_INTERVAL_MS = 3_000;
/** The highest version that this gateway ever took, in its data directory. */
const TAKEN_FILE = 'taken';
/** Who applied a configuration that a gateway brought itself. */
const BROUGHT_BY = 'gateway:';

/** The configuration of the store, as files in the data directory. */
export class JoinedConfiguration {
  readonly #configurations: PostgresConfigurations;
  readonly #root: string;
  #version = 0;

  /** @param dataDirectory Of the gateway. */
  constructor(configurations: PostgresConfigurations, dataDirectory: string) {
    this.#configurations = configurations;
    this.#root = join(dataDirectory, 'configuration');
  }

  /** Leads to the files of the version taken last. */
  get directory(): string {
    return join(this.#root, 'current');
  }

  /**
   * Has the store take a directory as its first version, if it has none.
   *
   * @throws {ConfigurationError} If it cannot be used.
   */
  async bring(directory: string, { name, dataDirectory }: LocalSettings): Promise<void> {
    if ((await this.#configurations.findNewest()) > 0) return;
    const files = await bundleConfiguration(await loadConfiguration(directory));
    const applied = await applyBundle(this.#configurations, dataDirectory, {
      files,
      by: `${BROUGHT_BY}${name}`,
      expectedVersion: undefined,
      isDryRun: false,
      // There is no ledger yet. What it is comes into this one with `configuration.apply`, when it is in force.
      enter: async () => undefined,
    });
    if (applied.kind !== 'invalid') return;
    throw new ConfigurationError(
      applied.problems.map((message) => ({ file: directory, line: 1, column: 1, message })),
    );
  }

  /**
   * Takes the newest version, if it is not the one taken last.
   *
   * @returns Whether there is another one now.
   * @throws If there is none, if it is older than one that was taken before, or not what was applied.
   */
  async take(): Promise<boolean> {
    const newest = await this.#configurations.findNewest();
    if (newest === this.#version && newest > 0) return false;
    const taken = await this.#readTaken();
    // Versions are never taken back: an older one is what somebody put in place of the newest.
    if (newest < taken) {
      throw new Error(`Cannot take configuration ${newest}: ${taken} was taken before`);
    }
    const stored = await this.#configurations.find(newest);
    if (stored === undefined) throw new Error('Cannot take configuration: the store has none');
    await this.#lay(stored);
    this.#version = newest;
    return true;
  }

  async #lay({ version, sha256, files }: StoredConfiguration): Promise<void> {
    if (hashBundle(files) !== sha256) {
      throw new Error(`Cannot take configuration ${version}: it is not what was applied`);
    }
    const name = `${version}-${sha256.slice(0, 12)}`;
    const directory = join(this.#root, name);
    await rm(directory, { recursive: true, force: true });
    await writeBundle(directory, files);
    const before = await readlink(this.directory).catch(() => undefined);
    // All files change at once for whoever reads them by the link.
    const link = join(this.#root, `${name}.link`);
    await rm(link, { force: true });
    await symlink(name, link);
    await rename(link, this.directory);
    await writeFile(join(this.#root, TAKEN_FILE), `${version}\n`, { mode: 0o600 });
    if (before !== undefined && before !== name) {
      await rm(join(this.#root, before), { recursive: true, force: true });
    }
  }

  async #readTaken(): Promise<number> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const text = await readFile(join(this.#root, TAKEN_FILE), 'utf8').catch(() => '0');
    return Number(text.trim());
  }
}

/** What {@link followConfiguration} tells, and when it ends. */
export interface FollowParts {
  /** Puts in force what was taken. Returns whether it is. */
  readonly onChange: () => Promise<boolean>;
  /** Whether the newest version is known to be in force. Told when that changes. */
  readonly onCurrent: (isCurrent: boolean) => void;
  readonly subscribe: (listener: () => void) => () => void;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Milliseconds of a clock that nobody sets. */
  readonly nowMs: () => number;
}

/** Milliseconds without an answer of the store, or with a version that cannot be put in force, after which policies may be old. */
export const CURRENT_FOR_MS = 60_000;
/** Milliseconds between attempts to put in force what could not be. */
const AGAIN_INTERVAL_MS = 30_000;

/** Takes each new version as it is announced, and looks for those that were not. */
export async function followConfiguration(
  joined: Pick<JoinedConfiguration, 'take'>,
  { onChange, onCurrent, subscribe, signal, log, nowMs }: FollowParts,
): Promise<void> {
  let wake = Promise.withResolvers<void>();
  const unsubscribe = subscribe(() => wake.resolve());
  let heardAtMs = nowMs();
  let isInForce = true;
  let triedAtMs = heardAtMs;
  while (!signal.aborted) {
    const rest = wait(POLL_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([wake.promise, rest]);
    if (signal.aborted) break;
    wake = Promise.withResolvers<void>();
    const askedAtMs = nowMs();
    try {
      const isTriedAgain = !isInForce && askedAtMs - triedAtMs >= AGAIN_INTERVAL_MS;
      if ((await joined.take()) || isTriedAgain) {
        triedAtMs = askedAtMs;
        isInForce = false;
        isInForce = await onChange();
      }
      if (isInForce) heardAtMs = askedAtMs;
    } catch (error) {
      logUnexpectedError(log, 'configuration', error);
    }
    onCurrent(nowMs() - heardAtMs < CURRENT_FOR_MS);
  }
  unsubscribe();
}
