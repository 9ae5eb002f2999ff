import type { EntryFields } from './ledger-port.ts';

/** The last entry of a session. */
interface SessionChain {
  count: number;
  leafHash: string;
}

/** Where the next entry of a session stands in it. */
export interface ChainPosition {
  /** From 1. */
  readonly n: number;
  /** Hex leaf hash of the entry before; undefined for the first. */
  readonly prev: string | undefined;
}

const FIRST: ChainPosition = { n: 1, prev: undefined };

/** Numbers and chains the entries of each session until it ends. */
export class SessionChains {
  readonly #chains = new Map<string, SessionChain>();

  /** @param session Undefined for an entry that belongs to none. */
  next(session: string | undefined): ChainPosition {
    const chain = session === undefined ? undefined : this.#chains.get(session);
    return chain === undefined ? FIRST : { n: chain.count + 1, prev: chain.leafHash };
  }

  /** @param leafHash Hex. */
  add({ session, kind }: Pick<EntryFields, 'session' | 'kind'>, leafHash: string): void {
    if (session === undefined) return;
    const chain = this.#chains.get(session);
    if (kind === 'session.end' || kind === 'session.refuse') this.#chains.delete(session);
    else if (chain === undefined) this.#chains.set(session, { count: 1, leafHash });
    else {
      chain.count += 1;
      chain.leafHash = leafHash;
    }
  }
}
