/** What a key of the gateway's own is for: one each, which all gateways on a store share. */
export type SshKeyPurpose =
  /** Signs certificates of clients. */
  | 'user-authority'
  /** Signs certificates of hosts. */
  | 'host-authority'
  /** Proves a listener. */
  | 'host';

/** Where the gateway's own keys for SSH are kept. `store/` provides it; it rejects if it cannot answer. */
export interface SshKeyStore {
  /**
   * The key that is kept for a purpose. If there is none, `candidate` is kept from now on; of several gateways
   * that start together, one has its candidate kept, and all get that one.
   *
   * @param candidate A private key, PKCS #8, DER.
   */
  findOrKeep(purpose: SshKeyPurpose, candidate: Buffer): Promise<Buffer>;
}
