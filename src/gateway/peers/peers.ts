import { setTimeout as wait } from 'node:timers/promises';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import type { OpenedStream } from '../../upstream/open-stream.ts';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';
import type { StreamRequest } from '../../wire/tunnel/stream-request.ts';
import { PeerError } from './peer-error.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { PeerLink, type PeerPlace } from './peer-link.ts';
import type { PeerQuestion } from './peer-question.ts';

/** A gateway on the store, as it said of itself. */
export interface PeerRecord extends PeerPlace {
  /** Of Sallyport. */
  readonly version: string;
  /** Fingerprint of the keys that all gateways have to share. */
  readonly keys: string;
}

/** Where gateways find each other. */
export interface PeerStore {
  /** Says that a gateway is there. */
  beat(own: PeerRecord): Promise<void>;
  /** Those that said so lately. */
  listAlive(): Promise<readonly PeerRecord[]>;
  /** Takes back that one is there. */
  leave(name: string): Promise<void>;
}

/** What {@link Peers} works with. */
export interface PeersOptions {
  readonly own: PeerRecord;
  readonly store: PeerStore;
  readonly identity: () => PeerIdentity;
  readonly log: Log;
}

/** Milliseconds between signs of life, each with a look at who else gave one. */
const BEAT_INTERVAL_MS = 2_000;
/** Cancel requests on their way at the same time: anybody who reaches a listener can send them. */
const CANCELS_MAX = 64;

/** The other gateways on the store, and the links to them. */
export class Peers implements AsyncDisposable {
  readonly #options: PeersOptions;
  readonly #links = new Map<string, PeerLink>();
  readonly #stopping = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  #cancels = 0;

  /** Resolves once the gateway is known to the others, and they to it. */
  static async open(options: PeersOptions): Promise<Peers> {
    const peers = new Peers(options);
    await peers.#beat();
    peers.#beating = peers.#goOn();
    return peers;
  }

  private constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** Names of the other gateways that gave a sign of life lately. */
  get names(): readonly string[] {
    return [...this.#links.keys()];
  }

  /**
   * Asks one of them.
   *
   * @throws {PeerError} If it is not there, or does not answer, or not to the end.
   */
  ask(gateway: string, question: PeerQuestion, signal?: AbortSignal): AsyncIterable<unknown> {
    return this.#linkTo(gateway).ask(question, signal);
  }

  /**
   * Opens a stream through a connector that one of them has.
   *
   * @throws {UpstreamError} If the connector refuses.
   * @throws {PeerError} If the gateway is not there, or cannot be asked.
   */
  // oxlint-disable-next-line max-params -- whom, and what is asked of a connector anywhere
  openStream(
    gateway: string,
    connectors: readonly string[],
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<OpenedStream> {
    return this.#linkTo(gateway).openStream(connectors, request, signal);
  }

  /** Passes a cancel request on to all of them; whoever has its session knows its key. */
  cancel({ processId, secretKey }: CancelRequest): void {
    for (const link of this.#links.values()) {
      if (this.#cancels >= CANCELS_MAX) return;
      this.#cancels += 1;
      void this.#passOn(link, { kind: 'cancel', processId, secretKey });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    for (const link of this.#links.values()) link[Symbol.dispose]();
    const { store, own, log } = this.#options;
    await store.leave(own.name).catch((error: unknown) => logUnexpectedError(log, 'peers', error));
  }

  #linkTo(gateway: string): PeerLink {
    const link = this.#links.get(gateway);
    if (link === undefined) throw new PeerError(gateway, 'it is not there');
    return link;
  }

  async #passOn(link: PeerLink, question: PeerQuestion): Promise<void> {
    try {
      for await (const _ of link.ask(question)) return;
    } catch (error) {
      logUnexpectedError(this.#options.log, 'cancel', error);
    } finally {
      this.#cancels -= 1;
    }
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await wait(BEAT_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      // Without the store, those that were there stay: their certificates say who they are.
      await this.#beat().catch((error: unknown) =>
        logUnexpectedError(this.#options.log, 'peers', error),
      );
    }
  }

  async #beat(): Promise<void> {
    const { own, store, identity } = this.#options;
    await store.beat(own);
    const alive = (await store.listAlive()).filter(({ name }) => name !== own.name);
    const names = new Set(alive.map(({ name }) => name));
    for (const [name, link] of this.#links) {
      if (names.has(name)) continue;
      link[Symbol.dispose]();
      this.#links.delete(name);
    }
    for (const { name, host, port } of alive) {
      const known = this.#links.get(name);
      if (known?.place.host === host && known.place.port === port) continue;
      known?.[Symbol.dispose]();
      this.#links.set(name, new PeerLink({ name, host, port }, identity));
    }
  }
}
