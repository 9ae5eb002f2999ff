import { generateKeyPairSync } from 'node:crypto';
import type { Configuration } from '../configuration/load-configuration.ts';
import type { CertificateAndKey } from '../gateway/certificates.ts';
import { ConnectorService } from '../gateway/connectors/connector-service.ts';
import { Connectors } from '../gateway/connectors/connectors.ts';
import { EnrolmentDesk } from '../gateway/connectors/enrolment-desk.ts';
import { enterSealed } from '../gateway/connectors/enter-sealed.ts';
import { TunnelAuthority } from '../gateway/connectors/tunnel-authority.ts';
import { listenForTunnels, type TunnelApplication } from '../gateway/connectors/tunnel-listener.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { ENROLMENT_APPLICATION, TUNNEL_APPLICATION } from '../wire/tunnel/tunnel-protocol.ts';
import type { Services } from './open-services.ts';
import type { ListenAddress } from './process-message.ts';

/** Milliseconds that a gateway's certificate for tunnels lasts. */
const CERTIFICATE_LIFETIME_MS = 7 * 86_400_000;

/** The connectors of one process. */
export interface OwnConnectors extends AsyncDisposable {
  readonly connectors: Connectors;
  /** Where they come to. Empty where nobody listens for them. */
  readonly addresses: readonly ListenAddress[];
}

export interface OwnConnectorsParts {
  readonly configuration: Configuration;
  readonly services: Services;
  readonly logName: string;
  /** Whether this process opens listeners. */
  readonly isServing: boolean;
  readonly log: Log;
}

/** Opens the listener for connectors, if there is to be one, and keeps their tunnels. */
export async function openConnectors({
  configuration,
  services,
  logName,
  isServing,
  log,
}: OwnConnectorsParts): Promise<OwnConnectors> {
  const connectors = new Connectors();
  const { listeners, gateway } = configuration;
  await using opened = new AsyncDisposableStack();
  const addresses: ListenAddress[] = [];
  if (isServing && listeners.connectors !== undefined) {
    const authority = await openTunnelAuthority(services);
    const { store, ledger, authenticator } = services;
    const desk = new EnrolmentDesk({
      ...{ store: store.connectors, authority, authenticator, nowMs: Date.now, log },
      enter: ({ name, id }, { expiresAtMs, ...facts }) =>
        enterSealed(ledger, {
          ...{ kind: 'connector.enrol', connector: name, connectorId: id, ...facts },
          expiresAt: new Date(expiresAtMs).toISOString(),
        }),
    });
    const service = opened.use(
      new ConnectorService({
        ...{ store: store.connectors, desk, connectors, ledger, nowMs: Date.now, log },
        ...{ logName, gateway: gateway.name },
      }),
    );
    const certificate = () => makeGatewayCertificate(authority, gateway.name);
    const listener = await listenForTunnels({
      address: listeners.connectors.address,
      authorityPem: authority.certificatePem,
      certificate: await certificate(),
      applications: new Map<string, TunnelApplication>([
        [TUNNEL_APPLICATION, { role: 'connector', serve: service.accept.bind(service) }],
        [ENROLMENT_APPLICATION, { role: undefined, serve: desk.serve.bind(desk) }],
      ]),
      log,
    });
    const renewal = setInterval(() => {
      certificate().then(
        (next) => listener.replaceCertificate(next),
        (error: unknown) => logUnexpectedError(log, 'certificate', error),
      );
    }, CERTIFICATE_LIFETIME_MS / 2);
    renewal.unref();
    opened.defer(() => {
      clearInterval(renewal);
      listener.close();
    });
    addresses.push({ host: listener.host, port: listener.port });
  }
  const resources = opened.move();
  return { connectors, addresses, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** The authority of tunnels, which all gateways on the store share. */
export function openTunnelAuthority({
  store,
  maskingKey,
}: Pick<Services, 'store' | 'maskingKey'>): Promise<TunnelAuthority> {
  return TunnelAuthority.open(store.openTunnelKeys(maskingKey));
}

/** A certificate by which a gateway proves itself at either end of a tunnel; its key is nowhere but here. */
export async function makeGatewayCertificate(
  authority: TunnelAuthority,
  name: string,
): Promise<CertificateAndKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const peer = { role: 'gateway', name, id: undefined } as const;
  return {
    certificatePem: await authority.issue(peer, spki, CERTIFICATE_LIFETIME_MS),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
