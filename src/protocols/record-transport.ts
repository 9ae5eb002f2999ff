import type { Duplex } from 'node:stream';
import type { Session } from './protocol.ts';
import { openTransport, type Peer, type Transport, type TransportOwner } from './transport.ts';

/**
 * As `openTransport` to the target; takes down what goes over it while the session's raw track is kept. Whether the
 * track keeps up is for the owner to see to: see `RecordingPace`.
 */
export function openRecordedTransport(
  socket: Duplex,
  session: Pick<Session, 'rawTrack'>,
  owner: TransportOwner,
): Transport {
  return new RecordedTransport(socket, session, owner);
}

class RecordedTransport implements Transport, TransportOwner {
  readonly #inner: Transport;
  readonly #session: Pick<Session, 'rawTrack'>;
  readonly #owner: TransportOwner;

  constructor(socket: Duplex, session: Pick<Session, 'rawTrack'>, owner: TransportOwner) {
    this.#session = session;
    this.#owner = owner;
    this.#inner = openTransport(socket, 'target', this);
  }

  get queuedBytes(): number {
    return this.#inner.queuedBytes;
  }

  write(buffer: Buffer, start: number, end: number): void {
    this.#session.rawTrack?.record('sent', buffer, start, end);
    this.#inner.write(buffer, start, end);
  }

  writeOwned(bytes: Buffer): void {
    this.#session.rawTrack?.record('sent', bytes, 0, bytes.length);
    this.#inner.writeOwned(bytes);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }

  /** As it came, whatever of it the client is shown. */
  received(peer: Peer, buffer: Buffer, start: number, end: number): void {
    this.#session.rawTrack?.record('shown', buffer, start, end);
    this.#owner.received(peer, buffer, start, end);
  }

  drained(peer: Peer): void {
    this.#owner.drained(peer);
  }

  ended(peer: Peer): void {
    this.#owner.ended(peer);
  }

  closed(peer: Peer, error: Error | undefined): void {
    this.#owner.closed(peer, error);
  }
}
