import { createPublicKey, type KeyObject } from 'node:crypto';
import { listPeerUris, type Peer } from '../../protocols/tunnel/peer.ts';
import {
  type CertificateAndKey,
  issuePeerCertificate,
  makeCertificateAuthority,
} from '../certificates.ts';

/** Where the key of the authority is kept that all gateways on a store share. `store/` provides it. */
export interface TunnelKeyStore {
  /**
   * What is kept for a purpose. If there is nothing, `candidate` is kept from now on; of several gateways that start
   * together, one has its candidate kept, and all get that one.
   */
  findOrKeep(purpose: 'tunnel-authority', candidate: Buffer): Promise<Buffer>;
}

/** A key that no certificate is issued for. */
export class KeyNotAcceptedError extends Error {
  override readonly name = 'KeyNotAcceptedError';
  readonly code = 'ERR_TUNNEL_KEY';
}

/** Vouches by certificates for both ends of tunnels: for connectors, and for gateways. */
export class TunnelAuthority {
  readonly #authority: CertificateAndKey;

  private constructor(authority: CertificateAndKey) {
    this.#authority = authority;
  }

  /** Opens the authority of the store, or makes it. */
  static async open(keys: TunnelKeyStore): Promise<TunnelAuthority> {
    const candidate = await makeCertificateAuthority('Sallyport tunnels');
    const kept = await keys.findOrKeep('tunnel-authority', Buffer.from(JSON.stringify(candidate)));
    // It was sealed by us.
    return new TunnelAuthority(JSON.parse(kept.toString('utf8')) as CertificateAndKey);
  }

  /** What the other end has to be given to believe our certificates. */
  get certificatePem(): string {
    return this.#authority.certificatePem;
  }

  /**
   * Issues a certificate, PEM.
   *
   * @param publicKey SPKI, DER.
   * @throws {KeyNotAcceptedError} If it is not a key on the curve P-256.
   */
  async issue(peer: Peer, publicKey: Buffer, lifetimeMs: number): Promise<string> {
    return issuePeerCertificate(this.#authority, {
      commonName: peer.name,
      uris: listPeerUris(peer),
      // A connector is no server to anybody, whoever has its key.
      isServer: peer.role === 'gateway',
      publicKey: checkKey(publicKey),
      lifetimeMs,
    });
  }
}

function checkKey(bytes: Buffer): Buffer {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch (cause) {
    throw new KeyNotAcceptedError('Cannot issue a certificate: the key cannot be read', { cause });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new KeyNotAcceptedError('Cannot issue a certificate: the key is not on the curve P-256');
  }
  return key.export({ format: 'der', type: 'spki' });
}
