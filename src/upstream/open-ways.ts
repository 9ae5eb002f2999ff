import type { ResolveSecret } from '../targets/secret-resolver.ts';
import { HttpDialer } from './http/http-dialer.ts';
import type { OpenStream } from './open-stream.ts';
import { PostgresLogins } from './postgres/postgres-logins.ts';
import { SshLogins } from './ssh/ssh-logins.ts';
import { StreamOpener } from './stream-opener.ts';
import type { Ways } from './ways.ts';

/** What the ways to targets are made of. */
export interface WaysParts {
  readonly resolveSecret: ResolveSecret;
  readonly nowMs: () => number;
  /** Undefined where no connector comes to. */
  readonly openStream?: OpenStream | undefined;
}

/** Opens the ways to targets, each as its file says: directly or through connectors, logging in or not. */
export function openWays({ resolveSecret, nowMs, openStream }: WaysParts): Ways {
  const streams = new StreamOpener(openStream);
  const databases = new PostgresLogins(resolveSecret, streams);
  const hosts = new SshLogins(resolveSecret, streams, nowMs);
  const sites = new HttpDialer(resolveSecret, streams);
  return {
    connectPostgres: (...question) => databases.connect(...question),
    cancelPostgres: (...question) => databases.cancel(...question),
    connectSsh: (...question) => hosts.connect(...question),
    dialHttp: (...question) => sites.dial(...question),
    reachHttp: (...question) => sites.reach(...question),
  };
}
