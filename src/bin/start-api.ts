import { createHash, X509Certificate } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { ClientConfiguration } from '../api/client-configuration.ts';
import type { RetentionKeeper } from '../audit/retention/retention-keeper.ts';
import { readConsoleFiles } from '../control-plane/browser/serve-console.ts';
import { type SignInProvider, signInPath } from '../control-plane/browser/sign-in-providers.ts';
import { CallLimits } from '../control-plane/limits/call-limits.ts';
import type { ControlPlaneServices } from '../control-plane/services.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/start-control-plane.ts';
import { JobThread } from '../control-plane/threads/job-thread.ts';
import type { Exporter } from '../exports/exporter.ts';
import type { ListenerCertificate } from '../gateway/listener-certificate.ts';
import { SamlRequests } from '../identity/saml-requests.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { describePostgres } from './describe-postgres.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { openAccessService } from './open-access-service.ts';
import { openAuthorization } from './open-authorization.ts';
import { openConfigurations } from './open-configurations.ts';
import { openExplainer } from './open-explainer.ts';
import type { JointReading } from './open-joint-reading.ts';
import { openPolicyDrafts } from './open-policy-drafts.ts';
import { openReports } from './open-reports.ts';
import type { Environment } from './open-services.ts';
import { openTargetCare } from './open-target-care.ts';
import { openTunnelAuthority } from './open-tunnel-identity.ts';
import { findSite, readConsoleOrigin, siteUrl } from './open-web-identity.ts';
import type { ListenAddresses } from './process-message.ts';
import { openSignInProviders } from './sign-in-providers.ts';
import type { StartedChannels } from './start-channels.ts';
import { VERSION } from './version.ts';

/** What the control plane is served with. */
export interface ApiParts {
  readonly own: GatewayProcess;
  readonly channels: StartedChannels;
  readonly exporter: Exporter;
  readonly retention: RetentionKeeper;
  /** What is read, here and at other gateways. */
  readonly reading: JointReading;
  /** Of this moment: it is read again while the control plane runs. */
  readonly certificate: () => ListenerCertificate;
  readonly addresses: ListenAddresses;
  /** Of a socket that listens already, in place of the configured address. */
  readonly descriptor: number | undefined;
  /** Aborts when the gateway was told to stop. */
  readonly draining: AbortSignal;
  readonly environment: Environment;
  readonly log: Log;
}

/** For what computes long. Apart: a draft of policies that takes long is no reason for nobody to sign in. */
interface Threads {
  readonly signIns: JobThread;
  readonly policies: JobThread;
  readonly reports: JobThread;
}

/** Serves the control plane with the services of a gateway process. */
export async function startApi(parts: ApiParts): Promise<ControlPlane> {
  const opened = new AsyncDisposableStack();
  const threads: Threads = {
    signIns: opened.use(new JobThread({ deadlineMs: 5_000, waitingMax: 50 })),
    policies: opened.use(new JobThread({ deadlineMs: 30_000, waitingMax: 10 })),
    reports: opened.use(new JobThread({ deadlineMs: 600_000, waitingMax: 1 })),
  };
  const { certificatePem, keyPem } = parts.certificate();
  const controlPlane = await startControlPlane({
    address: parts.own.configuration.listeners.api?.address ?? { host: '127.0.0.1', port: 0 },
    descriptor: parts.descriptor,
    draining: parts.draining,
    tls: { cert: certificatePem, key: keyPem },
    services: await createServices(parts, threads),
  });
  opened.use(controlPlane);
  const close = (): Promise<void> => opened.disposeAsync();
  return { ...controlPlane, close, [Symbol.asyncDispose]: close };
}

async function createServices(parts: ApiParts, threads: Threads): Promise<ControlPlaneServices> {
  const { own, channels, environment, log } = parts;
  const { services } = own;
  const signInProviders = openSignInProviders({
    configuration: () => own.configuration,
    resolveSecret: services.resolveSecret,
    once: services.store.onceOnly,
    samlRequests: new SamlRequests(services.maskingKey, Date.now),
    readSamlAnswer: async (question) => {
      const outcome = await threads.signIns.run('readSamlAnswer', question);
      return outcome.kind === 'done' ? outcome.output : undefined;
    },
  });
  const { explain, analyse } = openExplainer({
    configuration: () => own.configuration,
    policies: services.policies,
    services,
    ways: own.ways,
    signal: parts.draining,
    findGrants: (id, target) => own.access.grants.find(id, target),
    log,
  });
  const tunnelAuthority = await openTunnelAuthority(services);
  return {
    ...openIdentity(own),
    signInProviders,
    console: await readConsoleFiles(CONSOLE_DIRECTORY),
    limits: new CallLimits({
      addressPerSecondMax: () => own.configuration.limits.apiRequestsPerSecondMax,
      nowMs: Date.now,
    }),
    access: openAccessService(own),
    slackChannels: () => channels.slack,
    exporter: parts.exporter,
    findRequest: (id) => own.access.stores.requests.find(id),
    findPerson: (id) => own.access.stores.people.find(id),
    ...openAuthorization(own),
    clientConfiguration: () => {
      const { certificate, addresses } = parts;
      return describeClient(own, { certificate: certificate(), addresses, signInProviders });
    },
    targets: () => own.configuration.targets,
    findSite: (authority) => findSite(own.configuration, parts.addresses.http, authority),
    siteUrl: (target) => siteUrl(own.configuration, parts.addresses.http, target),
    callerKeys: () => own.webIdentity.callerTokens.keySet(),
    ...openShared(own, log),
    ...parts.reading,
    explain,
    ...openTargetCare(own, environment, log),
    policyFiles: () => own.configuration.policies,
    policySet: () => services.policies.current,
    policyDrafts: openPolicyDrafts(own, { analyse, reading: parts.reading }, threads.policies),
    connectors: {
      store: services.connectors,
      authorityPem: tunnelAuthority.certificatePem,
    },
    retention: parts.retention,
    reports: await openReports(own, parts.reading, { thread: threads.reports, log }),
    ledger: services.ledger,
    refusals: services.refusals,
    witnesses: own.witnessing.quorum,
    isReady: async () =>
      !parts.draining.aborted && own.spool.state !== 'refuse' && (await services.store.isReady()),
    nowMs: Date.now,
    version: VERSION,
    log,
  };
}

/** What all gateways on the store have together. */
function openShared(
  { configuration, services: { store, sessions, maskingKey } }: GatewayProcess,
  log: Log,
): Pick<
  ControlPlaneServices,
  'alerts' | 'configurations' | 'idempotency' | 'processes' | 'sessions' | 'listKnownLogs'
> {
  const { dataDirectory } = configuration.gateway;
  return {
    configurations: openConfigurations(store.openConfigurations(maskingKey), dataDirectory),
    idempotency: store.openIdempotency(maskingKey, (error) =>
      logUnexpectedError(log, 'idempotency', error),
    ),
    alerts: store.alerts,
    processes: store.gatewayProcesses,
    sessions,
    listKnownLogs: async () => (await store.logs.list()).map(({ id }) => id),
  };
}

/** Who asks. */
function openIdentity(
  own: GatewayProcess,
): Pick<
  ControlPlaneServices,
  | 'authenticator'
  | 'signIns'
  | 'siteSignIns'
  | 'consoleOrigin'
  | 'isDisabled'
  | 'tokens'
  | 'tokenLifetimeSecondsMax'
  | 'sshAuthorities'
  | 'sshCertificateLifetimeMs'
  | 'forgetCachedTokens'
> {
  const { authenticator, tokens, sshAuthorities } = own.services;
  const { webIdentity } = own;
  const isDisabled = (id: string): boolean => own.services.disabled.has(id);
  return {
    authenticator,
    signIns: webIdentity.browserSignIns,
    siteSignIns:
      own.configuration.listeners.http.length === 0 ? undefined : webIdentity.siteSignIns,
    // On loopback it is whatever address a browser uses.
    consoleOrigin: () => readConsoleOrigin(own.configuration),
    isDisabled,
    tokens,
    tokenLifetimeSecondsMax: Math.floor(own.configuration.identity.tokenLifetimeMs / 1000),
    sshAuthorities,
    sshCertificateLifetimeMs: () => own.configuration.ssh.certificateLifetimeMs,
    forgetCachedTokens: () => authenticator.forgetCached(),
  };
}

/** Where the console is built to, beside the source. */
const CONSOLE_DIRECTORY = fileURLToPath(new URL('../../console/dist', import.meta.url));

function describeClient(
  own: GatewayProcess,
  {
    certificate,
    addresses,
    signInProviders,
  }: {
    readonly certificate: ListenerCertificate;
    readonly addresses: ListenAddresses;
    readonly signInProviders: () => readonly SignInProvider[];
  },
): ClientConfiguration {
  const people = own.configuration.identity.providers.find(({ kind }) => kind === 'person');
  const postgres = describePostgres(own.configuration.listeners.postgres, addresses.postgres);
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
    browserSignIns: signInProviders().map(({ kind, name }) => ({
      kind,
      name,
      path: signInPath(name),
    })),
    ...(postgres && { postgres }),
    ...describeSsh(own, addresses),
    tls: isSelfSigned
      ? {
          ca: [certificatePem, ...listOwnCertificates(own)].join(''),
          caSha256: createHash('sha256').update(raw).digest('hex'),
        }
      : {},
  };
}

/** Those that the gateway made for its HTTP listeners, which have names of their own. */
function listOwnCertificates({ certificates }: GatewayProcess): readonly string[] {
  const made = certificates.http.filter(({ isSelfSigned }) => isSelfSigned);
  return [...new Set(made.map(({ certificatePem }) => certificatePem))];
}

function describeSsh(
  { configuration: { ssh }, services: { sshAuthorities } }: GatewayProcess,
  addresses: ListenAddresses,
): Pick<ClientConfiguration, 'ssh'> {
  const [listener] = addresses.ssh;
  if (listener === undefined || sshAuthorities === undefined) return {};
  return {
    ssh: {
      host: ssh.hostNames[0] ?? listener.host,
      port: listener.port,
      suffix: ssh.suffix,
      hostAuthority: `ssh-ed25519 ${sshAuthorities.hostAuthority.toString('base64')}`,
    },
  };
}
