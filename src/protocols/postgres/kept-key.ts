/** A cancel key that is kept for as long as its session: in a fifth of the memory that a Buffer takes. */
export class KeptKey {
  readonly processId: number;
  /** Latin-1, a character for each byte. */
  readonly #secret: string;

  /** @param secretKey Only lent. */
  constructor(processId: number, secretKey: Buffer) {
    this.processId = processId;
    this.#secret = secretKey.toString('latin1');
  }

  /** A copy. */
  get secretKey(): Buffer {
    return Buffer.from(this.#secret, 'latin1');
  }
}
