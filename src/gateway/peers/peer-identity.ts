/** What a gateway shows others, and who has to have signed what they show. PEM. */
export interface PeerIdentity {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly authorityPem: string;
}

/** Spoken on a link between gateways, as told apart from a connector's tunnel. */
export const PEER_PROTOCOL = 'sallyport-peer/1';
