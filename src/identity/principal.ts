/** Stable identity of a principal: `<issuer name in the configuration>:<subject>`, never an e-mail. */
export type PrincipalId = string;

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
  /** How the principal proved who it is. */
  readonly signIn: 'oidc-token' | 'sallyport-token';
  /** Milliseconds since the Unix epoch. From this instant on the principal may do nothing. */
  readonly expiresAtMs: number;
}
