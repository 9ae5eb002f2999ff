/** Requests on their way to the target at once, each on a connection of its own. */
const SENT_MAX = 4;
/** Milliseconds from one request to the next while the target is at the same work. */
const REPEAT_MS: readonly number[] = [100, 400, 1_600];

/**
 * Cancels what a session runs on its target, once the target has it, or what waits for people.
 *
 * A client may cancel a statement that still waits for the ledger or for a fresh catalog. Passed on
 * at once, the request would overtake the statement and be lost. It may overtake it even so, on a busy
 * target: the server forgets a request that comes before the process has read the statement.
 */
export class StatementCanceller {
  readonly #send: () => Promise<void>;
  /** Who wants to cancel what waits in the gateway. */
  #wanted: PromiseWithResolvers<void> | undefined;
  #sentCount = 0;
  /** Those who came while so many were on their way: one request is for all of them. */
  #behind: PromiseWithResolvers<void> | undefined;
  /** How often repeating was begun: only the last goes on, which is for all before it. */
  #repeatsBegun = 0;
  /** Whether something waits in the gateway; the relay says so. */
  isHolding: () => boolean = () => false;

  /** Gives up what waits for people; the relay does it. False if nothing does. */
  withdraw: () => boolean = () => false;

  /** Changes with each answer to a statement; undefined while the target has nothing to do. The relay says so. */
  atWork: () => number | undefined = () => undefined;

  /** A request that nobody waits for is on its way to the target: what the client sends meanwhile has to wait, or it could be hit. */
  repeating: Promise<void> | undefined;

  /** @param send Sends the request to the target, on a connection of its own; resolves once it is taken. */
  constructor(send: () => Promise<void>) {
    this.#send = send;
  }

  /**
   * Resolves once the target has taken the request: until then it could hit what the client sends
   * next. Clients take the end of the connection on which they cancel for that.
   */
  async cancel(): Promise<void> {
    if (this.withdraw()) return;
    if (!this.isHolding()) return this.#sendInTurn();
    this.#wanted ??= Promise.withResolvers();
    return this.#wanted.promise;
  }

  /** What waited has gone to the target, will never go, or waits for something else. */
  released(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const isWithdrawn = this.withdraw();
    if (!isWithdrawn && this.isHolding()) return;
    this.#wanted = undefined;
    wanted.resolve(isWithdrawn ? undefined : this.#sendBehindStatement());
  }

  #sendBehindStatement(): Promise<void> {
    const work = this.atWork();
    this.#repeatsBegun += 1;
    if (work !== undefined) this.#repeat({ work, begun: this.#repeatsBegun }, 0);
    return this.#sendInTurn();
  }

  #sendInTurn(): Promise<void> {
    if (this.#sentCount < SENT_MAX) return this.#sendCounted();
    this.#behind ??= Promise.withResolvers();
    return this.#behind.promise;
  }

  #sendCounted(): Promise<void> {
    this.#sentCount += 1;
    const taken = this.#send();
    const over = (): void => {
      this.#sentCount -= 1;
      const behind = this.#behind;
      this.#behind = undefined;
      behind?.resolve(this.#sendCounted());
    };
    void taken.then(over, over);
    return taken;
  }

  #repeat(repeated: { readonly work: number; readonly begun: number }, count: number): void {
    const delayMs = REPEAT_MS[count];
    if (delayMs === undefined) return;
    setTimeout(() => {
      if (this.#repeatsBegun !== repeated.begun || this.atWork() !== repeated.work) return;
      // One that is on its way still is for this, too.
      const taken = (this.repeating ??= this.#send());
      void taken.then(() => {
        this.repeating = undefined;
        this.#repeat(repeated, count + 1);
      });
    }, delayMs).unref();
  }
}
