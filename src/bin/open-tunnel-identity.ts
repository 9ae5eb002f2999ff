import { generateKeyPairSync } from 'node:crypto';
import type { CertificateAndKey } from '../gateway/certificates.ts';
import { TunnelAuthority } from '../gateway/connectors/tunnel-authority.ts';
import type { TunnelListener } from '../gateway/connectors/tunnel-listener.ts';
import type { PeerIdentity } from '../gateway/peers/peer-identity.ts';
import { logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import type { Services } from './open-services.ts';

/** Milliseconds that a gateway's certificate for tunnels and links lasts. */
const CERTIFICATE_LIFETIME_MS = 7 * 86_400_000;
/** Milliseconds after which there is a new one: well before the old one ends. */
const CERTIFICATE_RENEWAL_MS = 12 * 3_600_000;

/** By what a process proves that it is of a gateway, renewed while it runs. */
export interface TunnelIdentity extends Disposable {
  readonly authority: TunnelAuthority;
  readonly current: PeerIdentity;
  /** Has a listener show each new certificate. */
  renewAt(listener: TunnelListener): void;
}

/** Opens what a process of a gateway proves itself with, in front of connectors and of other gateways. */
export async function openTunnelIdentity(
  services: Pick<Services, 'store' | 'maskingKey'>,
  gateway: string,
  log: Log,
): Promise<TunnelIdentity> {
  const authority = await openTunnelAuthority(services);
  const issue = async (): Promise<PeerIdentity> => ({
    ...(await makeGatewayCertificate(authority, gateway)),
    authorityPem: authority.certificatePem,
  });
  let current = await issue();
  const listeners: TunnelListener[] = [];
  const renewal = setInterval(() => {
    issue().then(
      (renewed) => {
        current = renewed;
        for (const listener of listeners) listener.replaceCertificate(renewed);
      },
      (error: unknown) => logUnexpectedError(log, 'certificate', error),
    );
  }, CERTIFICATE_RENEWAL_MS);
  renewal.unref();
  return {
    authority,
    get current() {
      return current;
    },
    renewAt: (listener) => void listeners.push(listener),
    [Symbol.dispose]: () => clearInterval(renewal),
  };
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
