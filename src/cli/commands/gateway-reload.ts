import { loadConfiguration } from '../../configuration/load-configuration.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost } from '../command-context.ts';

export interface GatewayReloadOptions {
  /** Configuration directory, whose data directory is looked in. */
  readonly config: string;
  /** Data directory of a gateway that takes its configuration from a store. */
  readonly data?: string;
  /** Replace the processes that serve sessions, too. */
  readonly restart?: boolean;
}

/** Has the gateway of this machine read its configuration again, or replace its processes one after another. */
export async function runGatewayReload(
  { programs, terminal }: CliHost,
  { config, data, restart = false }: GatewayReloadOptions,
): Promise<void> {
  const directory = data ?? (await loadConfiguration(config)).gateway.dataDirectory;
  if (!(await programs.signalGateway(directory, restart ? 'SIGUSR2' : 'SIGHUP'))) {
    throw new CliError(
      EXIT.unreachable,
      `No gateway runs on ${directory}`,
      'It has to be the data directory that the gateway was started with.',
    );
  }
  terminal.say(
    restart
      ? 'The gateway replaces the processes that serve sessions, one after another; its log says when: worker.replaced.'
      : 'The gateway reads its configuration again; its log says what came of it.',
  );
}
