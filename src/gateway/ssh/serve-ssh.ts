import type { Configuration } from '../../configuration/load-configuration.ts';
import type { SignInLimits } from '../../identity/sign-in-places.ts';
import type { SshAuthorities } from '../../identity/ssh/ssh-authorities.ts';
import type { Session, SessionOn } from '../../protocols/protocol.ts';
import { SshProtocol, type SshProtocolParts } from '../../protocols/ssh/ssh-protocol.ts';
import { UpstreamError } from '../../protocols/upstream-error.ts';
import {
  logConnectionRefused,
  logUnexpectedError,
  logUpstreamUnreachable,
} from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { carriedFor, type Ways } from '../../upstream/ways.ts';
import type { Masking } from '../masking.ts';
import type { ServeProtocol } from '../serve-protocol.ts';

/**
 * As sshd's `MaxStartups` and `PerSourceMaxStartups`: signing in may take minutes, where a person does it. Room for
 * what begins connections by the dozen, such as Ansible, and for a few who hold on to all that they get.
 */
const SIGN_INS: SignInLimits = { max: 256, perOriginMax: 32 };

/** What SSH is served with. */
export interface ServeSshParts {
  readonly configuration: Configuration;
  /** What listeners prove themselves by. */
  readonly authorities: SshAuthorities;
  readonly masking: Masking;
  readonly ways: Ways;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Serves SSH clients. */
export function serveSsh(parts: ServeSshParts): ServeProtocol {
  return ({ onActivity }) => {
    let { ssh } = parts.configuration;
    const { listeners } = parts.configuration;
    const shared = describeShared(parts, onActivity);
    const suffix = (): string => ssh.suffix;
    // The suffix alone is what clients call the gateway whose configuration `sallyport login` wrote.
    const hostNames = (): readonly string[] => [ssh.suffix, ...ssh.hostNames];
    return {
      listeners: listeners.ssh.map(({ address, target, signInTimeoutMs }) => ({
        address,
        boundTo: target,
        signIns: SIGN_INS,
        protocol: new SshProtocol({
          ...shared,
          suffix,
          hostNames,
          handshakeTimeoutMs: signInTimeoutMs,
        }),
      })),
      reconfigure(next) {
        ssh = next.ssh;
      },
    };
  };
}

/** What all SSH listeners of a process share. */
function describeShared(
  { configuration, authorities, masking, ways, log, nowMs }: ServeSshParts,
  onActivity: (session: Session) => void,
): Omit<SshProtocolParts, 'suffix' | 'hostNames' | 'handshakeTimeoutMs'> {
  return {
    hostKeys: (names) => authorities.hostKeys(names),
    connectTimeoutMs: configuration.limits.handshakeTimeoutMs,
    connect: (session, signal) => {
      const { target, account, principal, id } = session;
      const login = { account, keyId: `${principal.id} ${id}` };
      return ways.connectSsh(target, login, carriedFor(session), signal);
    },
    findMasking: (targetName) => masking.findHost(targetName),
    onUpstreamError: (session, error) => reportUpstream(session, error, log),
    onProtocolError(error, session) {
      const clientAddress = session?.id ?? 'before sign-in';
      logConnectionRefused(log, { clientAddress, reason: error.message });
    },
    onActivity,
    nowMs,
  };
}

function reportUpstream(session: SessionOn<'ssh'>, error: Error, log: Log): void {
  if (!(error instanceof UpstreamError)) return logUnexpectedError(log, 'upstream', error);
  logUpstreamUnreachable(log, { target: session.target.name, code: error.code });
}
