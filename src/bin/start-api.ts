import { createHash, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { AccessService } from '../access/access-service.ts';
import type { ClientConfiguration } from '../api/client-configuration.ts';
import { readSessionEntries } from '../audit/read-session-entries.ts';
import { DATA_CLASS_NAMES } from '../configuration/data-class-names.ts';
import type { AuthorizationQuestion, RevealedQuestion } from '../control-plane/services.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/start-control-plane.ts';
import { describeTarget } from '../gateway/gateway-session.ts';
import type { ListenerCertificate } from '../gateway/listener-certificate.ts';
import { BrowserSignIns } from '../identity/browser-sign-ins.ts';
import { decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import type { OperationTarget } from '../policy/operation.ts';
import { decideRevelation } from '../policy/reveal.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { openDisclosures } from './open-disclosures.ts';
import { openExplainer } from './open-explainer.ts';
import { playRecording } from './open-recordings.ts';
import { VERSION } from './version.ts';

/** Serves the control plane with the services of a gateway process. */
export function startApi({
  own,
  certificate,
  postgres,
  log,
}: {
  readonly own: GatewayProcess;
  readonly certificate: ListenerCertificate;
  readonly postgres: readonly { readonly host: string; readonly port: number }[];
  readonly log: Log;
}): Promise<ControlPlane> {
  const { services } = own;
  const { address } = own.configuration.listeners.api ?? {
    address: { host: '127.0.0.1', port: 0 },
  };
  return startControlPlane({
    address,
    tls: { cert: certificate.certificatePem, key: certificate.keyPem },
    services: {
      authenticator: services.authenticator,
      signIns: new BrowserSignIns({
        store: services.store.signIns,
        nowMs: Date.now,
        limits: () => own.configuration.identity.browserSignIns,
        isDisabled: (id) => services.disabled.has(id),
        isTrusted: (provider) =>
          own.configuration.identity.providers.some(({ name }) => name === provider),
      }),
      consoleOrigin: () => findConsoleOrigin(own),
      idempotency: services.store.idempotency,
      access: NO_ACCESS,
      revealedClasses: (question) => findRevealed(own, question),
      isDisabled: (id) => services.disabled.has(id),
      authorize: (question) => authorize(own, question),
      clientConfiguration: () => describeClient(own, certificate, postgres),
      targets: () => own.configuration.targets,
      tokens: services.store.tokens,
      tokenLifetimeSecondsMax: Math.floor(own.configuration.identity.tokenLifetimeMs / 1000),
      forgetCachedTokens: () => services.authenticator.forgetCached(),
      sessions: services.store.sessions,
      sessionEntries: (session) =>
        readSessionEntries(join(own.configuration.gateway.dataDirectory, 'ledger'), {
          logName: session.gateway,
          session: session.id,
          startedAtMs: session.startedAtMs,
        }),
      playback: (session) => playRecording(own.configuration.gateway.dataDirectory, session),
      findDisclosures: openDisclosures(own),
      explain: openExplainer({
        configuration: () => own.configuration,
        policies: services.policies,
        resolveSecret: services.resolveSecret,
        log,
      }),
      ledger: services.ledger,
      isReady: async () => services.ledger.health !== 'failing' && (await services.store.isReady()),
      nowMs: Date.now,
      version: VERSION,
      log,
    },
  });
}

/** Nothing can be asked for. */
const NO_ACCESS = new Proxy({} as AccessService, {
  get: () => () => Promise.reject(new Error('Cannot reach access requests: not opened')),
});

/** Where the console says it is; links lead there, and requests that change something come from there. */
function findConsoleOrigin({ configuration }: GatewayProcess): string | undefined {
  const { consoleUrl } = configuration.reviews;
  return consoleUrl === undefined ? undefined : new URL(consoleUrl).origin;
}

function findRevealed(
  { configuration, services }: GatewayProcess,
  { principal, target: name, database }: RevealedQuestion,
): ReadonlySet<string> {
  const found = configuration.targets.find((target) => target.name === name);
  if (found === undefined) return new Set();
  const own = found.dataMap?.customClasses.map((custom) => custom.name) ?? [];
  const classNames = new Set([...DATA_CLASS_NAMES, ...own]);
  const target = describeTarget(found);
  const { current } = services.policies;
  const { shown } = decideRevelation(current, { principal, target, database, classNames });
  return new Set(shown.keys());
}

function authorize(
  { configuration, services }: GatewayProcess,
  question: AuthorizationQuestion,
): Decision {
  const { current } = services.policies;
  const { principal, action } = question;
  if (!('target' in question)) {
    const { name } = configuration.gateway;
    const target: OperationTarget = { name, kind: 'gateway', labels: {} };
    const facts =
      question.action === 'token.issue' ? { lifetimeSeconds: question.lifetimeSeconds } : {};
    return decide(current, { principal, target, action, facts });
  }
  const found = configuration.targets.find(({ name }) => name === question.target);
  if (found === undefined) {
    return { kind: 'deny', policyId: undefined, reason: 'the target is no longer configured' };
  }
  const target = describeTarget(found);
  if (question.action === 'connect') {
    const { clientAddress, database = found.database } = question;
    const facts = { database, applicationName: '', clientAddress, tls: true };
    return decide(current, { principal, target, action, facts });
  }
  const { owner } = question;
  const facts = question.action === 'grant.revoke' ? { owner, grant: question.grant } : { owner };
  return decide(current, { principal, target, action, facts });
}

function describeClient(
  { configuration }: GatewayProcess,
  certificate: ListenerCertificate,
  postgres: readonly { readonly host: string; readonly port: number }[],
): ClientConfiguration {
  const people = configuration.identity.providers.find(({ kind }) => kind === 'person');
  const [listener] = postgres;
  const { certificatePem, isSelfSigned } = certificate;
  const { raw } = new X509Certificate(certificatePem);
  return {
    version: 1,
    ...(people && {
      signIn: {
        issuer: people.issuer,
        clientId: people.clientId ?? 'sallyport',
        scopes: people.scopes,
      },
    }),
    browserSignIns: [],
    postgres: { host: listener?.host ?? '127.0.0.1', port: listener?.port ?? 0 },
    tls: isSelfSigned
      ? { ca: certificatePem, caSha256: createHash('sha256').update(raw).digest('hex') }
      : {},
  };
}
