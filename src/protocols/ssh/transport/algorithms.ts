/** Names of algorithms for each purpose, in order of preference. */
export interface AlgorithmOffer {
  readonly keyExchanges: readonly string[];
  /** Of the host's key. A server offers those that its keys can be used with. */
  readonly hostKeys: readonly string[];
  readonly ciphers: readonly string[];
  /** For ciphers that do not authenticate by themselves. */
  readonly macs: readonly string[];
}
