/**
 * Cancels what a session runs on its target, once the target has it, or what waits for people.
 *
 * A client may cancel a statement that still waits for the ledger or for a fresh catalog. Passed on
 * at once, the request would overtake the statement and be lost.
 */
export class StatementCanceller {
  readonly #send: () => void;
  #isWanted = false;
  /** Whether something waits in the gateway; the relay says so. */
  isHolding: () => boolean = () => false;

  /** Gives up what waits for people; the relay does it. False if nothing does. */
  withdraw: () => boolean = () => false;

  /** @param send Sends the request to the target, on a connection of its own. */
  constructor(send: () => void) {
    this.#send = send;
  }

  cancel(): void {
    if (this.withdraw()) return;
    if (this.isHolding()) this.#isWanted = true;
    else this.#send();
  }

  /** What waited has gone to the target, will never go, or waits for something else. */
  released(): void {
    if (!this.#isWanted) return;
    if (!this.withdraw()) {
      if (this.isHolding()) return;
      this.#send();
    }
    this.#isWanted = false;
  }
}
