import type { Configuration } from '../configuration/load-configuration.ts';
import { ConnectorService } from '../gateway/connectors/connector-service.ts';
import { Connectors } from '../gateway/connectors/connectors.ts';
import { EnrolmentDesk } from '../gateway/connectors/enrolment-desk.ts';
import { enterSealed } from '../gateway/connectors/enter-sealed.ts';
import { listenForTunnels, type TunnelApplication } from '../gateway/connectors/tunnel-listener.ts';
import type { PassedSockets } from '../gateway/passed-sockets.ts';
import type { Log } from '../telemetry/log.ts';
import { ENROLMENT_APPLICATION, TUNNEL_APPLICATION } from '../wire/tunnel/tunnel-protocol.ts';
import type { Services } from './open-services.ts';
import { openTunnelIdentity } from './open-tunnel-identity.ts';
import type { ListenAddress } from './process-message.ts';

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
  readonly passedSockets: PassedSockets;
  readonly log: Log;
}

/** Opens the listener for connectors, if there is to be one, and keeps their tunnels. */
export async function openConnectors({
  configuration,
  services,
  logName,
  isServing,
  passedSockets,
  log,
}: OwnConnectorsParts): Promise<OwnConnectors> {
  const connectors = new Connectors();
  const { listeners, gateway } = configuration;
  await using opened = new AsyncDisposableStack();
  const addresses: ListenAddress[] = [];
  if (isServing && listeners.connectors !== undefined) {
    const identity = opened.use(await openTunnelIdentity(services, gateway.name, log));
    const { authority } = identity;
    const { connectors: store, ledger, authenticator } = services;
    const desk = new EnrolmentDesk({
      ...{ store, authority, authenticator, nowMs: Date.now, log },
      enter: ({ name, id }, { expiresAtMs, ...facts }) =>
        enterSealed(ledger, {
          ...{ kind: 'connector.enrol', connector: name, connectorId: id, ...facts },
          expiresAt: new Date(expiresAtMs).toISOString(),
        }),
    });
    const service = opened.use(
      new ConnectorService({
        ...{ store, desk, connectors, ledger, nowMs: Date.now, log },
        ...{ logName, gateway: gateway.name },
      }),
    );
    const listener = await listenForTunnels({
      name: 'connectors',
      address: listeners.connectors.address,
      descriptor: passedSockets.connectors?.[0],
      authorityPem: authority.certificatePem,
      certificate: identity.current,
      applications: new Map<string, TunnelApplication>([
        [TUNNEL_APPLICATION, { role: 'connector', serve: service.accept.bind(service) }],
        [ENROLMENT_APPLICATION, { role: undefined, serve: desk.serve.bind(desk) }],
      ]),
      log,
    });
    identity.renewAt(listener);
    opened.defer(() => listener.close());
    addresses.push({ host: listener.host, port: listener.port });
  }
  const resources = opened.move();
  return { connectors, addresses, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
