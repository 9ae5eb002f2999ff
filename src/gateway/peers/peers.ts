import { setTimeout as wait } from 'node:timers/promises';
import { logUnexpectedError } from '../../telemetry/events.ts';
import type { Log } from '../../telemetry/log.ts';
import type { CancelRequest } from '../../wire/postgres/cancel-request.ts';
import { PeerError } from './peer-error.ts';
import type { PeerIdentity } from './peer-identity.ts';
import type { PeerLink, PeerPlace } from './peer-link.ts';
import { PeerLinks } from './peer-links.ts';
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
  /** Told where the others are, now and whenever that changes. */
  readonly onPlaces: (places: readonly PeerPlace[]) => void;
  readonly log: Log;
}

/** Milliseconds between signs of life, each with a look at who else gave one. */
const BEAT_INTERVAL_MS = 2_000;
/** Cancel requests on their way at the same time: anybody who reaches a listener can send them. */
const CANCELS_MAX = 64;

/** The other gateways on the store, and the links to them. */
export class Peers implements AsyncDisposable {
  readonly #options: PeersOptions;
  readonly #links: PeerLinks;
  readonly #stopping = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  /** Whether the store took the last sign of life. */
  #isHeard = false;
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
    this.#links = new PeerLinks(options.identity);
  }

  /** Names of the other gateways that gave a sign of life lately. */
  get names(): readonly string[] {
    return this.#links.names;
  }

  /**
   * Asks one of them.
   *
   * @throws {PeerError} If it is not there, or does not answer, or not to the end.
   */
  ask(gateway: string, question: PeerQuestion, signal?: AbortSignal): AsyncIterable<unknown> {
    const link = this.#links.find(gateway);
    if (link === undefined) throw new PeerError(gateway, 'it is not there');
    return link.ask(question, signal);
  }

  /** The link to one of them, if it is there. */
  find(gateway: string): PeerLink | undefined {
    return this.#links.find(gateway);
  }

  /** Passes a cancel request on to all of them; whoever has its session knows its key. */
  cancel({ processId, secretKey }: CancelRequest): void {
    for (const name of this.#links.names) {
      const link = this.#links.find(name);
      if (link === undefined || this.#cancels >= CANCELS_MAX) return;
      this.#cancels += 1;
      void this.#passOn(link, { kind: 'cancel', processId, secretKey });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#beating;
    this.#links[Symbol.dispose]();
    const { store, own, log } = this.#options;
    // A store that is away would hold up the end of the process, and misses the gateway by itself.
    if (!this.#isHeard) return;
    await store.leave(own.name).catch((error: unknown) => logUnexpectedError(log, 'peers', error));
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
    const { own, store, onPlaces } = this.#options;
    this.#isHeard = false;
    await store.beat(own);
    this.#isHeard = true;
    const places = (await store.listAlive())
      .filter(({ name }) => name !== own.name)
      .map(({ name, host, port }) => ({ name, host, port }));
    const byName = new Map(places.map((place) => [place.name, place]));
    if (this.#links.set(byName)) onPlaces(places);
  }
}
