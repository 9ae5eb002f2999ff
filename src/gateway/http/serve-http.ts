import assert from 'node:assert/strict';
import type { HttpListener } from '../../configuration/listener-settings.ts';
import type { Configuration } from '../../configuration/load-configuration.ts';
import type { SignInLimits } from '../../identity/sign-in-places.ts';
import type { SiteSignIns } from '../../identity/site-sign-ins.ts';
import type { ExchangeServices, FindReview } from '../../protocols/http/exchange-context.ts';
import { HttpProtocol } from '../../protocols/http/http-protocol.ts';
import { HttpSessions } from '../../protocols/http/http-sessions.ts';
import type { ResolveSecret } from '../../targets/secret-resolver.ts';
import {
  logConnectionRefused,
  logUnexpectedError,
  logUpstreamUnreachable,
} from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import { HttpTargets } from '../../upstream/http/http-targets.ts';
import type { SignIdentity } from '../../upstream/http/with-caller.ts';
import type { Ways } from '../../upstream/ways.ts';
import type { ListenerCertificate } from '../listener-certificate.ts';
import type { Masking } from '../masking.ts';
import type { ProtocolListener, ServeProtocol, ServingParts } from '../serve-protocol.ts';
import { HttpServices } from './http-services.ts';
import { GatewaySiteSignIn } from './site-sign-in.ts';

/**
 * Signing in takes a request, so a place is held for moments; browsers open connections ahead of any, and many of them may be
 * behind one address.
 */
const SIGN_INS: SignInLimits = { max: 1_024, perOriginMax: 256 };

/** What HTTP is served with. */
export interface ServeHttpParts {
  readonly configuration: Configuration;
  readonly masking: Masking;
  /** Of each HTTP listener; asked for every connection, so a renewed one is used at once. */
  readonly httpCertificates: () => readonly ListenerCertificate[];
  readonly ways: Ways;
  readonly resolveSecret: ResolveSecret;
  readonly signIdentity: SignIdentity;
  readonly findReview: FindReview;
  readonly siteSignIns: SiteSignIns;
  /** Where people sign in to the console. Undefined: nowhere that is known. */
  readonly consoleOrigin: () => string | undefined;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Serves HTTP clients. */
export function serveHttp(parts: ServeHttpParts): ServeProtocol {
  return (serving) => {
    const { configuration, masking, log, consoleOrigin } = parts;
    let { http: settings } = configuration;
    const targets = new HttpTargets({
      ...parts,
      connectTimeoutMs: configuration.limits.handshakeTimeoutMs,
      onUnexpectedError: (error) => logUnexpectedError(log, 'upstream', error),
    });
    serving.signal.addEventListener('abort', () => targets.close(), { once: true });
    const services = new HttpServices(configuration, { masking, targets, nowMs: parts.nowMs });
    const siteSignIn = new GatewaySiteSignIn({
      signIns: parts.siteSignIns,
      consoleOrigin,
      settings: () => settings,
    });
    const exchanges = { ...describeExchanges(parts, serving), siteSignIn };
    return {
      listeners: configuration.listeners.http.map((listener, index) =>
        describeListener(parts, serving, { listener, index, services, exchanges }),
      ),
      reconfigure(next) {
        settings = next.http;
        targets.reconfigure(next.targets);
        services.reconfigure(next);
      },
    };
  };
}

/** What all exchanges of a process share. */
function describeExchanges(
  { findReview, log, nowMs }: ServeHttpParts,
  { signal, onActivity }: ServingParts,
): Omit<ExchangeServices, 'siteSignIn'> {
  const sessions = new HttpSessions({ nowMs, onActivity });
  signal.addEventListener('abort', () => sessions[Symbol.dispose](), { once: true });
  return {
    sessions,
    onUpstreamError({ target }, { code }) {
      logUpstreamUnreachable(log, { target: target.name, code });
    },
    onFailure: (error) => logUnexpectedError(log, 'http', error),
    onActivity,
    findReview,
    nowMs,
  };
}

interface ListenerParts {
  readonly listener: HttpListener;
  readonly index: number;
  readonly services: HttpServices;
  readonly exchanges: ExchangeServices;
}

function describeListener(
  { httpCertificates, log }: ServeHttpParts,
  { draining }: ServingParts,
  { listener, index, services, exchanges }: ListenerParts,
): ProtocolListener {
  const { address, tls, target, clientAuthorities } = listener;
  const protocol = new HttpProtocol({
    clientAuthorities: clientAuthorities.length > 0,
    tlsMode: tls.mode === 'disabled' ? 'disabled' : 'required',
    tlsOptions() {
      const certificate = httpCertificates()[index];
      assert(certificate, 'every listener has a certificate');
      return certificate.options;
    },
    findService: (authority, path) => services.find(authority, path, target),
    services: exchanges,
    draining,
    onProtocolError(error, clientAddress) {
      logConnectionRefused(log, { clientAddress, reason: error.message });
    },
  });
  return { address, protocol, boundTo: target, signIns: SIGN_INS };
}
