import type { Duplex } from 'node:stream';
import { ProtocolError } from '../../wire/protocol-error.ts';
import type { Door, Protocol, SessionEnd } from '../protocol.ts';
import { acceptDownstream, type Downstream } from './downstream.ts';
import { hasLeft } from './has-left.ts';
import { Operations } from './operations.ts';
import { type RelayParts, relay } from './relay.ts';
import { TransportError } from './transport/transport-error.ts';
import type { HostKey } from './transport/transport-options.ts';

/** Connections within connections: one jump, and one more for whoever jumps to the gateway. */
const DEPTH_MAX = 3;

/** What sessions share, and what the protocol cannot do by itself. */
export interface SshProtocolParts extends Omit<RelayParts, 'operations'> {
  /** What proves to a client that it reached one of these names. */
  readonly hostKeys: (names: readonly string[]) => readonly HostKey[];
  /** By which clients know the gateway itself. */
  readonly hostNames: () => readonly string[];
  /** Milliseconds from the first byte to the end of the sign-in. */
  readonly handshakeTimeoutMs: number;
}

/** SSH, on both sides. */
export class SshProtocol implements Protocol {
  readonly kind = 'ssh';
  readonly #parts: SshProtocolParts;
  readonly #relayParts: RelayParts;

  constructor(parts: SshProtocolParts) {
    this.#parts = parts;
    this.#relayParts = { ...parts, operations: new Operations() };
  }

  /** Serves one client connection; the data path, read top to bottom. */
  serve(stream: Duplex, door: Door, signal: AbortSignal): Promise<SessionEnd | undefined> {
    return this.#serve(stream, { names: this.#parts.hostNames(), door, signal, depth: 1 });
  }

  async #serve(stream: Duplex, place: Place): Promise<SessionEnd | undefined> {
    // Between two owners nobody listens, and an error without a listener would end the process.
    stream.on('error', ignoreError);
    const client = await this.#accept(stream, place);
    if (client === undefined) return undefined;
    const { signal, door, depth } = place;
    return relay(
      {
        ...client,
        door,
        signal,
        serveNested: (nested, targetName) => this.#serveNested(nested, targetName, place),
        mayNest: depth < DEPTH_MAX,
      },
      this.#relayParts,
    );
  }

  async #accept(stream: Duplex, { names, door, signal }: Place): Promise<Downstream | undefined> {
    const { hostKeys, handshakeTimeoutMs, nowMs } = this.#parts;
    try {
      const options = { hostKeys: hostKeys(names), handshakeTimeoutMs, nowMs };
      return await acceptDownstream(stream, options, door, signal);
    } catch (error) {
      if (hasLeft(error)) return undefined;
      if (error instanceof ProtocolError || error instanceof TransportError) {
        this.#parts.onProtocolError(error, undefined);
        return undefined;
      }
      stream.destroy();
      throw error;
    }
  }

  /** A connection that a client opens through its own is one like others: it signs in by itself. */
  #serveNested(
    stream: Duplex,
    targetName: string,
    { door, signal, depth }: Place,
  ): Promise<SessionEnd | undefined> {
    const names = [`${targetName}.${this.#parts.suffix()}`];
    return this.#serve(stream, { names, door: door.within(targetName), signal, depth: depth + 1 });
  }
}

/** Where a connection arrives. */
interface Place {
  /** By which the client knows whom it talks to. */
  readonly names: readonly string[];
  readonly door: Door;
  readonly signal: AbortSignal;
  /** 1 for one that comes from the network. */
  readonly depth: number;
}

/** An error without a listener would end the process; `close` follows and is what counts. */
function ignoreError(): void {}
