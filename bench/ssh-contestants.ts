import { startSshEnvironment, TARGET } from '../test/ssh/environment.ts';

/** A way to the same host for OpenSSH's client: direct, or through something in between. */
export interface SshContestant {
  readonly name: string;
  /** Arguments of `ssh`, up to the destination. */
  readonly options: readonly string[];
  /** The process in the middle, where there is one for all sessions. */
  readonly pid: number | undefined;
}

/** A host, and the ways to it. */
export interface SshContestants extends AsyncDisposable {
  readonly direct: SshContestant;
  readonly jumpHost: SshContestant;
  readonly gateway: SshContestant;
}

/**
 * Starts Debian's sshd and a gateway before it: everything permitted, but every channel decided,
 * entered in the ledger and recorded. The jump host is the same sshd.
 */
export async function startSshContestants(): Promise<SshContestants> {
  const world = await startSshEnvironment({
    gateway: [[['limits', 'connectionsPerPrincipalMax'], 9000]],
  });
  const host = `${world.sshd.accounts[0]}@${world.sshd.host}`;
  const proxy = ['ssh', ...world.directOptions, '-W', '%h:%p', host].join(' ');
  const jump = ['-o', `ProxyCommand=${proxy}`, ...world.directOptions];
  const through = [...(await world.optionsFor('ana')), `${TARGET}@${world.address.host}`];
  return {
    direct: { name: 'direct', options: [...world.directOptions, host], pid: undefined },
    jumpHost: { name: 'jump host', options: [...jump, host], pid: undefined },
    gateway: { name: 'gateway', options: through, pid: world.process.pid },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
