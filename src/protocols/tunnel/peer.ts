import type { X509Certificate } from 'node:crypto';

/** What somebody at the end of a tunnel is. */
export type PeerRole = 'connector' | 'gateway';

/** Who somebody at the end of a tunnel is: what the authority of tunnels wrote into the certificate. */
export interface Peer {
  readonly role: PeerRole;
  readonly name: string;
  /** Tells a connector from one of the same name that was removed before. Gateways have none. */
  readonly id: string | undefined;
}

/** As names of the configuration are. */
const NAME = /^sallyport:(connector|gateway):([a-z0-9][a-z0-9-]{0,62})$/;
const ID = /^urn:uuid:([0-9a-f-]{36})$/;

/** The alternative names (URIs) of a certificate for a peer. */
export function listPeerUris({ role, name, id }: Peer): readonly string[] {
  return [`sallyport:${role}:${name}`, ...(id === undefined ? [] : [`urn:uuid:${id}`])];
}

/**
 * Says for whom a certificate is that TLS has verified. Undefined if it is for nobody, or for more than one: our
 * authority signs no such certificate.
 */
export function readPeer({ subjectAltName }: X509Certificate): Peer | undefined {
  const uris = (subjectAltName ?? '')
    .split(', ')
    .map((entry) => (entry.startsWith('URI:') ? entry.slice('URI:'.length) : ''));
  const [named, identified, ...others] = uris;
  const [, role, name] = NAME.exec(named ?? '') ?? [];
  if (name === undefined || others.length > 0) return undefined;
  const id = ID.exec(identified ?? '')?.[1];
  if (role === 'connector' && id !== undefined) return { role, name, id };
  return role === 'gateway' && identified === undefined ? { role, name, id: undefined } : undefined;
}
