import { ProtocolError } from '../../../../wire/protocol-error.ts';
import type { GuardedOperation, PendingClearance } from '../../../operation-clearance.ts';
import { ChannelFrames } from '../../../ssh/recorded-frame.ts';
import type { RawSink } from '../../exchange.ts';
import type { RunningUpgrade, UpgradedExchange } from '../../upgrade-handler.ts';
import type { OnPort, ReadForward } from './port-forward-handler.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;
const CLOSE_MS_MAX = 5_000;
const PORTS_MAX = 64;

/**
 * Bytes to and from ports of a pod, as they are: nobody knows what is spoken there. Each port is decided before the first stream
 * to it is passed on; the bytes are counted.
 */
export class PortForwardRelay implements RunningUpgrade {
  readonly #exchange: UpgradedExchange;
  readonly #read: ReadForward;
  readonly #ports = new Map<number, ForwardedPort>();
  readonly #bytes = { sent: 0, shown: 0 };
  /** Ports that are not decided. */
  #undecided = 0;
  /** What came of the client while one is: the first was read, the others were not. Undefined while none is. */
  #held: Buffer[] | undefined;
  #hasEnded = false;
  #isOver = false;

  constructor(exchange: UpgradedExchange, openReader: (onPort: OnPort) => ReadForward) {
    this.#exchange = exchange;
    this.#read = openReader((port) => {
      if (this.#ports.has(port)) return;
      if (this.#ports.size === PORTS_MAX)
        throw new ProtocolError('port-forward', 'has too many ports');
      this.#ports.set(port, {
        operation: describePort(exchange.operation, port),
        isAllowed: false,
      });
      this.#undecided += 1;
    });
  }

  start(): void {
    const { client, target, session, channel, operation } = this.#exchange;
    new ChannelFrames(session.recorder, channel).open({ kind: 'request', text: operation.text });
    client.start(this.#sink('client', (bytes) => this.#heldOrTaken(bytes)));
    target.start(
      this.#sink('target', (bytes) => {
        this.#bytes.shown += bytes.length;
        session.counts.bytesShown += bytes.length;
        this.#pass('target', bytes);
      }),
    );
  }

  /** Whether every port would be allowed now. @param rights Of the moment. */
  mayGoOn(rights: string): boolean {
    const { guard } = this.#exchange.session;
    const allowed = [...this.#ports.values()].filter(({ isAllowed }) => isAllowed);
    return allowed.every(({ operation, approvedUnder }) =>
      approvedUnder === undefined
        ? guard.decide(operation, () => operation.actions).kind === 'allow'
        : rights === approvedUnder,
    );
  }

  /** @throws {ProtocolError} If it is not what was agreed on. */
  #takeSent(bytes: Buffer): void {
    const { session, client } = this.#exchange;
    this.#bytes.sent += bytes.length;
    session.counts.bytesSent += bytes.length;
    const known = new Set(this.#ports.keys());
    this.#read(bytes);
    if (this.#undecided === 0) return this.#pass('client', bytes);
    this.#held = [Buffer.from(bytes)];
    client.pause();
    for (const [port, forwarded] of this.#ports) {
      if (!known.has(port) && !this.#isOver) this.#clear(forwarded);
    }
  }

  #clear(forwarded: ForwardedPort): void {
    forwarded.pending = this.#exchange.clearance.clear(forwarded.operation, {
      onVerdict: (verdict) => {
        // Nothing in this protocol says no to one stream in words that people see.
        if (verdict.kind === 'refused') return this.close();
        forwarded.isAllowed = true;
        forwarded.approvedUnder = verdict.approvedUnder;
        this.#undecided -= 1;
        // The last may be told before all have been asked, and from a turn that is not this exchange's.
        if (this.#undecided === 0) this.#exchange.schedule(0, () => this.#release());
      },
    });
  }

  #release(): void {
    const [first, ...rest] = this.#held ?? [];
    if (this.#isOver || first === undefined) return;
    this.#held = undefined;
    this.#pass('client', first);
    for (const bytes of rest) {
      const isAgreed = this.#counts(() => this.#heldOrTaken(bytes));
      if (!isAgreed) return;
    }
    if (this.#held !== undefined) return;
    if (this.#hasEnded) this.#end('client');
    else this.#exchange.client.resume();
  }

  #heldOrTaken(bytes: Buffer): void {
    if (this.#held === undefined) this.#takeSent(bytes);
    else this.#held.push(Buffer.from(bytes));
  }

  #pass(from: 'client' | 'target', bytes: Buffer): void {
    const to = this.#exchange[from === 'client' ? 'target' : 'client'];
    to.write(Buffer.from(bytes));
    if (to.queuedBytes > QUEUED_BYTES_MAX) this.#exchange[from].pause();
  }

  #end(from: 'client' | 'target'): void {
    const { schedule } = this.#exchange;
    this.#exchange[from === 'client' ? 'target' : 'client'].end();
    schedule(CLOSE_MS_MAX, () => this.close());
  }

  close(): void {
    this.#finish();
    this.#exchange.client.destroy();
    this.#exchange.target.destroy();
  }

  #sink(side: 'client' | 'target', take: (bytes: Buffer) => void): RawSink {
    const { onActivity } = this.#exchange;
    const to = this.#exchange[side === 'client' ? 'target' : 'client'];
    return {
      onData: (bytes) => {
        onActivity();
        this.#counts(() => take(bytes));
      },
      onDrain: () => {
        if (side === 'client' || this.#held === undefined) to.resume();
      },
      onEnd: () => {
        if (side === 'client' && this.#held !== undefined) this.#hasEnded = true;
        else this.#end(side);
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
    const ports = [...this.#ports.keys()];
    for (const { pending } of this.#ports.values()) pending?.withdraw('disconnected');
    session.guard.note('forward', { exchange: channel, ports, bytesSent: sent, bytesShown: shown });
    const frames = new ChannelFrames(session.recorder, channel);
    frames.close();
  }
}

/** One port that something in a forward goes to. */
interface ForwardedPort {
  readonly operation: GuardedOperation;
  isAllowed: boolean;
  pending?: PendingClearance;
  /** The rights under which people approved it; absent where nobody was asked. */
  approvedUnder?: string | undefined;
}

/** A connection to a port, as what opened the forward, with the port. */
function describePort({ actions, text, detail }: GuardedOperation, port: number): GuardedOperation {
  return {
    text: `${text} to port ${port}`,
    actions: actions.map(({ action, facts }) => ({ action, facts: { ...facts, port } })),
    ...(detail !== undefined && { detail }),
  };
}
