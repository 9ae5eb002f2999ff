import path from 'node:path';
import { ConfigurationError } from '../configuration/configuration-error.ts';
import { loadConnectorConfiguration } from '../configuration/load-configuration.ts';
import { ConnectorTargets } from '../connector/connector-targets.ts';
import { EnrolmentError } from '../connector/enrol.ts';
import { LoggedInTargets } from '../connector/logins/logged-in-targets.ts';
import { startConnector } from '../connector/run-connector.ts';
import { openSecrets } from '../targets/open-secrets.ts';
import {
  logConnectorStarted,
  logConnectorStopping,
  logSecretNotRenewed,
  logUnexpectedError,
} from '../telemetry/events.ts';
import { openLog } from '../telemetry/log.ts';
import { openWays } from '../upstream/open-ways.ts';
import { adviseOnStart } from './advise-on-start.ts';
import type { Environment } from './open-services.ts';
import { VERSION } from './version.ts';

/** Milliseconds until an HTTP target can be spoken to. */
const CONNECT_TIMEOUT_MS = 10_000;

/** What a connector is started with. */
export interface ConnectorOptions {
  /** With `connector.yaml` and `targets/`. */
  readonly directory: string;
  /** In place of that of `connector.yaml`. */
  readonly name: string | undefined;
  readonly environment: Environment;
}

/**
 * Runs a connector until it is told to stop. SIGTERM: it takes no new streams, and ends when the last one has, or after
 * `drainTimeout`. SIGINT, or SIGTERM again: at once.
 *
 * @returns The exit code.
 */
export async function runConnector(options: ConnectorOptions): Promise<number> {
  const log = openLog();
  const leaving = new AbortController();
  const stopping = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    logConnectorStopping(log, signal);
    if (signal === 'SIGINT' || leaving.signal.aborted) stopping.abort();
    leaving.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    const read = await loadConnectorConfiguration(options.directory);
    const configuration = { ...read, name: options.name ?? read.name };
    await using secrets = openSecrets(configuration, {
      environment: options.environment,
      onProblem: (secret, { reason }) => logSecretNotRenewed(log, { secret, reason }),
    });
    await secrets.openVault();
    const resolveSecret = secrets.resolve;
    using logins = new LoggedInTargets(configuration.targets, {
      ways: openWays({ resolveSecret, nowMs: Date.now }),
      resolveSecret,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      onUnexpectedError: (error) => logUnexpectedError(log, 'upstream', error),
      nowMs: Date.now,
    });
    const targets = new ConnectorTargets(configuration.targets, logins);
    const parts = { configuration, targets, resolveSecret, version: VERSION, nowMs: Date.now, log };
    await using connector = await startConnector(parts, leaving.signal);
    logConnectorStarted(log, { connector: configuration.name, version: VERSION, pid: process.pid });
    process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid })}\n`);
    await aborted(leaving.signal);
    const patience = AbortSignal.timeout(configuration.drainTimeoutMs);
    await connector.leave(AbortSignal.any([stopping.signal, patience]));
    return 0;
  } catch (error) {
    if (leaving.signal.aborted) return 0;
    if (error instanceof ConfigurationError) {
      const place = path.resolve(options.directory);
      process.stderr.write(`${error.message}\nNothing was started from ${place}.\n`);
    } else {
      const advice = adviseOnStart(error);
      if (advice === undefined && !(error instanceof EnrolmentError)) {
        logUnexpectedError(log, 'start', error);
      }
      const lines = [
        `Cannot start the connector: ${(error as Error).message}`,
        advice ?? [],
      ].flat();
      process.stderr.write(`${lines.join('\n')}\n`);
    }
    return 1;
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
