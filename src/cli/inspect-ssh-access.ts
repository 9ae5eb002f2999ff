import type { CliHost } from './command-context.ts';
import type { KnownGateway } from './gateway-settings.ts';
import { findCertificate } from './ssh-access.ts';
import { hasInclude, sshFiles } from './ssh-files.ts';

/** Whether plain `ssh` gets through a gateway from this machine. */
export type SshAccess =
  | { readonly kind: 'ready'; readonly expiresAtMs: number }
  | { readonly kind: 'no-certificate' }
  | { readonly kind: 'expired'; readonly expiresAtMs: number }
  /** OpenSSH's configuration does not take in what was written for it. */
  | { readonly kind: 'not-included' };

/** Looks at the files alone. */
export async function inspectSshAccess(host: CliHost, known: KnownGateway): Promise<SshAccess> {
  const kept = await findCertificate(sshFiles(host.environment, known));
  if (kept === undefined) return { kind: 'no-certificate' };
  const { expiresAtMs } = kept;
  if (host.nowMs() >= expiresAtMs) return { kind: 'expired', expiresAtMs };
  if (!(await hasInclude(host.environment))) return { kind: 'not-included' };
  return { kind: 'ready', expiresAtMs };
}
