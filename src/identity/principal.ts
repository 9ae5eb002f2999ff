/** Stable identity of a principal: `<issuer name in the configuration>:<subject>`, never an e-mail. */
export type PrincipalId = string;

/**
 * How a principal proved who it is: by a token of an identity provider, or one of ours, or an SSH certificate
 * of ours, or a TLS certificate of an authority of the configuration; in a browser, by OpenID Connect or SAML, for
 * this browser or for a terminal that showed a code; or as somebody whom Slack vouches for, for one verdict.
 */
export type SignInMethod =
  | 'oidc-token'
  | 'sallyport-token'
  | 'ssh-certificate'
  | 'oidc-browser'
  | 'oidc-device'
  | 'saml'
  | 'client-certificate'
  | 'slack';

/** A person or workload that asks, as an identity provider vouched for it. */
export interface Principal {
  readonly id: PrincipalId;
  /** Name of the identity provider in `sallyport.yaml`. */
  readonly issuer: string;
  /** The provider's `sub`. */
  readonly subject: string;
  readonly kind: 'person' | 'workload';
  /**
   * What all identities of one human have in common (`personClaim` of the providers), so that nobody
   * reviews an own request by another of them. Absent where the provider shows no such thing.
   */
  readonly person?: string;
  /** For people to read (user name or e-mail). Never used to decide who somebody is. */
  readonly displayName: string;
  readonly groups: readonly string[];
  /** Milliseconds since the Unix epoch, when the provider said all this, by its own clock. Absent where it does not say. */
  readonly vouchedAtMs?: number;
  /** How the principal proved who it is. */
  readonly signIn: SignInMethod;
  /** Milliseconds since the Unix epoch. From this instant on the principal may do nothing. */
  readonly expiresAtMs: number;
}
