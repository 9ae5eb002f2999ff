import type { SshConfiguration } from '../../api/client-configuration.ts';
import { CliError, EXIT } from '../cli-error.ts';
import type { CliHost, GatewayOption } from '../command-context.ts';
import type { KnownGateway } from '../gateway-settings.ts';
import { SignedInGateway } from '../signed-in-gateway.ts';
import { renewSshAccess, writeSshAccess } from '../ssh-access.ts';
import {
  addToSshConfig,
  hasInclude,
  includeLine,
  readIfPresent,
  sshConfigPath,
} from '../ssh-files.ts';

export interface SshConfigOptions extends GatewayOption {
  /** Adds the line to `~/.ssh/config`. */
  readonly add?: boolean;
}

/** `sallyport ssh-config` */
export async function runSshConfig(
  host: CliHost,
  { gateway, add }: SshConfigOptions,
): Promise<void> {
  const { known } = await SignedInGateway.open(host, gateway);
  const { ssh } = known.configuration;
  if (ssh === undefined) {
    throw new CliError(
      EXIT.failure,
      `${known.url} takes no SSH, or did not when you signed in`,
      'If it does by now, sign in again: sallyport login',
    );
  }
  const files = await renewSshAccess(host, known, ssh);
  if (add === true) return addInclude(host);
  host.terminal.print((await readIfPresent(files.config)).trimEnd());
}

/** What `sallyport login` does for SSH: a certificate, and what OpenSSH has to know. */
export async function prepareSsh(
  host: CliHost,
  known: KnownGateway,
  { ssh, add }: { readonly ssh: SshConfiguration; readonly add: boolean },
): Promise<void> {
  const { terminal, environment } = host;
  try {
    await writeSshAccess(host, known, ssh);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.refused) throw error;
    // Who may not have SSH is signed in all the same.
    terminal.say(`No SSH certificate: ${error.message}.`);
    return;
  }
  if (add) return addInclude(host);
  if (await hasInclude(environment)) return;
  terminal.say(
    'For SSH, put this line at the top of ~/.ssh/config (sallyport ssh-config --add does):',
  );
  terminal.say(`  ${includeLine(environment)}`);
}

async function addInclude({ environment, terminal }: CliHost): Promise<void> {
  const line = includeLine(environment);
  const isNew = await addToSshConfig(sshConfigPath(environment), line);
  terminal.say(isNew ? `Added to ~/.ssh/config: ${line}` : '~/.ssh/config has the line already.');
}
