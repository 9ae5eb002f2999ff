/** What a gateway shows others, and who has to have signed what they show. PEM. */
export interface PeerIdentity {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly authorityPem: string;
}

/** The field of a CONNECT request that names the connectors, with commas, through which a stream may go. */
export const CONNECTORS_FIELD = 'sallyport-connectors';

/** Spoken on a link between gateways, as told apart from a connector's tunnel. */
export const PEER_PROTOCOL = 'sallyport-peer/1';
