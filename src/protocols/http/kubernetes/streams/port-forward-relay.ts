import { ProtocolError } from '../../../../wire/protocol-error.ts';
import type { GuardedOperation, PendingClearance, Verdict } from '../../../operation-clearance.ts';
import { ChannelFrames } from '../../../ssh/recorded-frame.ts';
import { phrase } from '../../../ssh/refusal.ts';
import { endUpgraded } from '../../end-upgraded.ts';
import type { RawSink } from '../../exchange.ts';
import type { Problem } from '../../problem.ts';
import type { RunningUpgrade, UpgradedExchange } from '../../upgrade-handler.ts';
import type { ForwardCarrier, OpenForwardCarrier } from './forward-carrier.ts';
import { type ForwardedStream, ForwardStreams } from './forward-streams.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;
const PORTS_MAX = 64;

/**
 * Bytes to and from ports of a pod, as they are: nobody knows what is spoken there. Each port is decided before the first stream
 * to it is passed on, while others go on; one that is refused is told why on its stream for errors. The bytes are counted.
 */
export class PortForwardRelay implements RunningUpgrade {
  readonly #exchange: UpgradedExchange;
  readonly #carrier: ForwardCarrier;
  readonly #streams: ForwardStreams;
  readonly #ports = new Map<number, ForwardedPort>();
  readonly #bytes = { sent: 0, shown: 0 };
  #isOver = false;

  constructor(exchange: UpgradedExchange, openCarrier: OpenForwardCarrier) {
    this.#exchange = exchange;
    const { client, target } = exchange;
    const listener = {
      sent: (bytes: Buffer) => this.#streams.fromClient(bytes),
      shown: (bytes: Buffer) => this.#streams.fromTarget(bytes),
    };
    this.#carrier = openCarrier(listener, {
      writeClient: (bytes) => client.write(bytes),
      writeTarget: (bytes) => target.write(bytes),
    });
    this.#streams = new ForwardStreams({ opened: (stream) => this.#opened(stream) }, this.#carrier);
  }

  start(): void {
    const { client, target, session, channel, operation } = this.#exchange;
    new ChannelFrames(session.recorder, channel).open({ kind: 'request', text: operation.text });
    client.start(
      this.#sink('client', (bytes) => {
        this.#bytes.sent += bytes.length;
        session.counts.bytesSent += bytes.length;
        this.#carrier.fromClient(bytes);
      }),
    );
    target.start(
      this.#sink('target', (bytes) => {
        this.#bytes.shown += bytes.length;
        session.counts.bytesShown += bytes.length;
        this.#carrier.fromTarget(bytes);
      }),
    );
  }

  /** Whether every port would be allowed now. @param rights Of the moment. */
  mayGoOn(rights: string): boolean {
    const { guard } = this.#exchange.session;
    const allowed = [...this.#ports.values()].filter(({ state }) => state === 'allowed');
    return allowed.every(({ operation, approvedUnder }) =>
      approvedUnder === undefined
        ? guard.decide(operation, () => operation.actions).kind === 'allow'
        : rights === approvedUnder,
    );
  }

  close(reason: string): void {
    if (!this.#isOver) {
      this.#streams.endAll(phrase(reason));
      this.#carrier.farewell();
      this.#finish();
    }
    endUpgraded(this.#exchange);
  }

  /** A stream that a port has had before goes the way of that. */
  #opened({ port, isOfErrors }: ForwardedStream): void {
    const known = this.#ports.get(port);
    if (known === undefined && this.#ports.size === PORTS_MAX)
      throw new ProtocolError('port-forward', 'has too many ports');
    // Of a connection, the stream for errors is the first: with each the port is asked for anew.
    if (known === undefined || (known.state === 'refused' && isOfErrors)) return this.#clear(port);
    if (known.state === 'refused') this.#streams.refuse(port, known.message);
    else if (known.state === 'allowed') this.#streams.permit(port);
  }

  #clear(port: number): void {
    const { clearance, schedule } = this.#exchange;
    const operation = describePort(this.#exchange.operation, port);
    const forwarded: ForwardedPort = { operation, state: 'undecided', message: '' };
    this.#ports.set(port, forwarded);
    forwarded.pending = clearance.clear(operation, {
      // It may be told from a turn that is not this exchange's.
      onVerdict: (verdict) =>
        schedule(0, () => this.#guarded(() => this.#take(port, forwarded, verdict))),
    });
  }

  #take(port: number, forwarded: ForwardedPort, verdict: Verdict<Problem>): void {
    if (verdict.kind === 'refused') {
      const { title, detail } = verdict.message;
      forwarded.state = 'refused';
      forwarded.message = phrase(`port ${port}: ${title}. ${detail}`);
      this.#streams.refuse(port, forwarded.message);
    } else {
      forwarded.state = 'allowed';
      forwarded.approvedUnder = verdict.approvedUnder;
      this.#streams.permit(port);
    }
    this.#regulate();
  }

  #sink(side: 'client' | 'target', take: (bytes: Buffer) => void): RawSink {
    const leave = (): void => {
      if (this.#isOver) return;
      if (side === 'target') return this.close('the cluster has ended it');
      // Nobody is there who could be told.
      this.#finish();
      endUpgraded(this.#exchange);
    };
    return {
      onData: (bytes) =>
        this.#guarded(() => {
          this.#exchange.onActivity();
          take(bytes);
          this.#regulate();
        }),
      onDrain: () => this.#regulate(),
      onEnd: leave,
      onClose: leave,
    };
  }

  /** Reads of each side what the other can take. */
  #regulate(): void {
    if (this.#isOver) return;
    const { client, target } = this.#exchange;
    if (target.queuedBytes + this.#streams.heldBytes > QUEUED_BYTES_MAX) client.pause();
    else client.resume();
    if (client.queuedBytes > QUEUED_BYTES_MAX) target.pause();
    else target.resume();
  }

  /** A failure ends this forward, both sides, and nothing else. */
  #guarded(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      const isOfPeer = error instanceof ProtocolError;
      this.close(
        isOfPeer ? `${error.messageName} ${error.reason}` : 'the gateway has failed at it',
      );
      if (!isOfPeer) throw error;
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
  state: 'undecided' | 'allowed' | 'refused';
  /** For the client, where it is refused. */
  message: string;
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
