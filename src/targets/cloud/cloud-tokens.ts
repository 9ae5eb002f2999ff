import type { CloudToken, GetCloudToken, TokenHolder } from './cloud-token.ts';

/** A part of its life that a token has before it when it is handed out: logging in takes a while, and clocks differ. */
const MARGIN_PART = 1 / 4;
const MARGIN_MAX_MS = 300_000;
const KEPT_MAX = 1_000;
const TIMEOUT_MS = 15_000;
const FORGET_INTERVAL_MS = 10_000;

interface Kept<Value> {
  readonly value: Value;
  readonly untilMs: number;
}

/** Tokens of one kind, in memory, by whom they are for; asked for by many at once, the cloud is asked once. */
export class CloudTokens<Value> {
  readonly #ask: GetCloudToken<Value>;
  readonly #nowMs: () => number;
  readonly #name: (holder: TokenHolder) => string;
  readonly #kept = new Map<string, Kept<Value>>();
  #forgottenAtMs = Number.NEGATIVE_INFINITY;
  readonly #asking = new Map<string, Promise<Value>>();

  /**
   * @param name Who shares a token: all with the same name. Default: everybody.
   */
  constructor(
    ask: GetCloudToken<Value>,
    nowMs: () => number,
    name: (holder: TokenHolder) => string = () => '',
  ) {
    this.#ask = ask;
    this.#nowMs = nowMs;
    this.#name = name;
  }

  /** At once where there is one. @throws {SourceError} */
  get(holder: TokenHolder): Value | Promise<Value> {
    const name = this.#name(holder);
    const kept = this.#kept.get(name);
    if (kept !== undefined && this.#nowMs() < kept.untilMs) return kept.value;
    let asking = this.#asking.get(name);
    if (asking === undefined) {
      asking = this.#askOnce(name, holder).finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    return asking;
  }

  /** They were not taken: the next to ask gets others. False: so it was a moment ago, and it is not tried again yet. */
  forget(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#forgottenAtMs < FORGET_INTERVAL_MS) return false;
    this.#forgottenAtMs = nowMs;
    this.#kept.clear();
    return true;
  }

  async #askOnce(name: string, holder: TokenHolder): Promise<Value> {
    const askedAtMs = this.#nowMs();
    const { value, lifetimeMs } = await this.#ask(holder, AbortSignal.timeout(TIMEOUT_MS));
    this.#keep(name, { value, untilMs: askedAtMs + lifetimeMs - marginOf({ value, lifetimeMs }) });
    return value;
  }

  #keep(name: string, kept: Kept<Value>): void {
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    const [eldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && eldest !== undefined) this.#kept.delete(eldest);
  }
}

function marginOf({ lifetimeMs }: CloudToken<unknown>): number {
  return Math.min(lifetimeMs * MARGIN_PART, MARGIN_MAX_MS);
}
