import { ProtocolError } from '../../../../wire/protocol-error.ts';
import { ChannelFrames } from '../../../ssh/recorded-frame.ts';
import type { RawSink } from '../../exchange.ts';
import type { RunningUpgrade, UpgradedExchange } from '../../upgrade-handler.ts';
import type { OnPort, ReadForward } from './port-forward-handler.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;
const CLOSE_MS_MAX = 5_000;
const PORTS_MAX = 64;

/** Bytes to and from ports of a pod, as they are: nobody knows what is spoken there. They are counted, and the ports told. */
export class PortForwardRelay implements RunningUpgrade {
  readonly #exchange: UpgradedExchange;
  readonly #read: ReadForward;
  readonly #ports = new Set<number>();
  readonly #bytes = { sent: 0, shown: 0 };
  #isOver = false;

  constructor(exchange: UpgradedExchange, openReader: (onPort: OnPort) => ReadForward) {
    this.#exchange = exchange;
    this.#read = openReader((port) => {
      if (this.#ports.size < PORTS_MAX) this.#ports.add(port);
    });
  }

  start(): void {
    const { client, target, session, channel, operation } = this.#exchange;
    new ChannelFrames(session.recorder, channel).open({ kind: 'request', text: operation.text });
    client.start(
      this.#sink('client', (bytes) => {
        this.#read(bytes);
        this.#bytes.sent += bytes.length;
        session.counts.bytesSent += bytes.length;
      }),
    );
    target.start(
      this.#sink('target', (bytes) => {
        this.#bytes.shown += bytes.length;
        session.counts.bytesShown += bytes.length;
      }),
    );
  }

  close(): void {
    this.#finish();
    this.#exchange.client.destroy();
    this.#exchange.target.destroy();
  }

  #sink(side: 'client' | 'target', count: (bytes: Buffer) => void): RawSink {
    const { onActivity, schedule } = this.#exchange;
    const from = this.#exchange[side];
    const to = this.#exchange[side === 'client' ? 'target' : 'client'];
    return {
      onData: (bytes) => {
        onActivity();
        if (!this.#counts(() => count(bytes))) return;
        to.write(Buffer.from(bytes));
        if (to.queuedBytes > QUEUED_BYTES_MAX) from.pause();
      },
      onDrain: () => to.resume(),
      onEnd: () => {
        to.end();
        schedule(CLOSE_MS_MAX, () => this.close());
      },
      onClose: () => {
        this.#finish();
        to.destroy();
      },
    };
  }

  /** Whether the bytes are what was agreed on; else it is over. */
  #counts(count: () => void): boolean {
    try {
      count();
      return true;
    } catch (error) {
      this.close();
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { session, channel } = this.#exchange;
    const { sent, shown } = this.#bytes;
    const ports = [...this.#ports];
    session.guard.note('forward', { exchange: channel, ports, bytesSent: sent, bytesShown: shown });
    const frames = new ChannelFrames(session.recorder, channel);
    frames.close();
  }
}
