import type { HostMasking } from '../../../../masking/host-masking.ts';
import { analyzeCommand } from '../../../../shell/analyze-command.ts';
import { ProtocolError } from '../../../../wire/protocol-error.ts';
import type { Guard } from '../../../guard.ts';
import { GuardedClearance } from '../../../guarded-clearance.ts';
import { GuestGuard } from '../../../guest-guard.ts';
import type { Guest } from '../../../guests.ts';
import type {
  ChannelContext,
  ChannelEnds,
  ChannelHandler,
  OutputStream,
  Terminal,
} from '../../../ssh/channel-handler.ts';
import { ExecChannel } from '../../../ssh/exec-channel.ts';
import { ChannelFrames } from '../../../ssh/recorded-frame.ts';
import { phrase, SSH_REFUSAL_WORDS } from '../../../ssh/refusal.ts';
import { ShellChannel } from '../../../ssh/shell-channel.ts';
import { endUpgraded } from '../../end-upgraded.ts';
import type { RawSink, RawStream } from '../../exchange.ts';
import type { RunningUpgrade, UpgradedExchange } from '../../upgrade-handler.ts';
import { encodeCommandStatus, readCommandStatus, STATUS_BYTES_MAX } from './command-status.ts';
import { openPodActions } from './pod-actions.ts';
import type { RemoteCommand } from './remote-command.ts';
import { encodeResize, ResizeReader } from './resize-reader.ts';
import type {
  CarrierEnds,
  CarrierListener,
  SentStream,
  ShownStream,
  StreamCarrier,
} from './stream-carrier.ts';

/** Bytes that one side may leave waiting before the other is read no further. */
const QUEUED_BYTES_MAX: number = 256 * 1024;
/** Milliseconds that one side has to end once the other has. */
const CLOSE_MS_MAX = 5_000;
const REFUSED_STATUS = 1;
/** Until the client tells another. */
const SIZE_AT_FIRST: Terminal = { name: 'xterm', columns: 80, rows: 24 };

export interface CommandRelayParts {
  readonly exchange: UpgradedExchange;
  readonly command: RemoteCommand;
  readonly openCarrier: (listener: CarrierListener, ends: CarrierEnds) => StreamCarrier;
  /** What is looked through, of the target, at present. */
  readonly findOutputMasking: () => HostMasking | undefined;
}

/**
 * A command in a container, or one that is attached to: what it shows is masked, what is typed in its terminal decided and
 * all of it recorded as of one by SSH.
 */
export class CommandRelay implements RunningUpgrade, CarrierListener, ChannelEnds {
  readonly #parts: CommandRelayParts;
  readonly #carrier: StreamCarrier;
  readonly #frames: ChannelFrames;
  readonly #sizes = new ResizeReader();
  readonly #handler: ChannelHandler;
  readonly #shownStreams = new Set<ShownStream>(['stdout']);
  #status: Buffer = Buffer.alloc(0);
  #hasOutputEnded = false;
  #isOver = false;
  /** Calls that hold a side, by the handler. */
  readonly #holds = { client: 0, target: 0 };
  readonly #isFull = { client: false, target: false };

  constructor(parts: CommandRelayParts) {
    this.#parts = parts;
    const { exchange, command } = parts;
    const { client, target, session, channel } = exchange;
    this.#carrier = parts.openCarrier(this, {
      writeClient: (bytes) => client.write(bytes),
      writeTarget: (bytes) => target.write(bytes),
    });
    this.#frames = new ChannelFrames(session.recorder, channel);
    const terminal = command.hasTerminal ? SIZE_AT_FIRST : undefined;
    this.#frames.open({
      kind: 'exec',
      text: exchange.operation.text,
      account: command.place,
      ...(terminal !== undefined && { terminal }),
    });
    if (!command.hasTerminal) this.#shownStreams.add('stderr');
    const context = this.#describeContext(terminal);
    this.#handler =
      terminal === undefined
        ? new ExecChannel(undefined, context, this)
        : new ShellChannel(context, terminal, this);
  }

  start(): void {
    const { client, target } = this.#parts.exchange;
    client.start(this.#sink('client', (bytes) => this.#carrier.fromClient(bytes)));
    target.start(this.#sink('target', (bytes) => this.#carrier.fromTarget(bytes)));
  }

  close(reason: string): void {
    if (this.#isOver) endUpgraded(this.#parts.exchange);
    else this.fail(phrase(reason), REFUSED_STATUS);
  }

  #describeContext(terminal: Terminal | undefined): ChannelContext {
    const { exchange, command, findOutputMasking } = this.#parts;
    const { session, channel, nowMs } = exchange;
    return {
      ...{ session, account: command.place, channel, terminal, nowMs },
      environment: new Map(),
      frames: this.#frames,
      shell: openPodActions(exchange.operation),
      clearance: this.#openClearance([]),
      clearFor: (guests) => this.#openClearance(guests),
      analyze: analyzeCommand,
      masking: findOutputMasking,
      schedule: (afterMs, callback) => exchange.schedule(afterMs, () => this.#guarded(callback)),
    };
  }

  /** @param guests Who typed it, with or instead of the client. */
  #openClearance(guests: readonly Guest[]): GuardedClearance<string> {
    const { exchange, findOutputMasking } = this.#parts;
    const { session } = exchange;
    const guard = guests.reduce<Guard>(
      (stricter, guest) => new GuestGuard(stricter, guest),
      session.guard,
    );
    return new GuardedClearance({
      session: { guard, counts: session.counts },
      protocol: 'kubernetes',
      words: SSH_REFUSAL_WORDS,
      reason: undefined,
      isolate: (act) => this.#guarded(act),
      detectors: () => findOutputMasking()?.outputDetectors?.detectors,
    });
  }

  // From the client.

  sent(stream: SentStream, bytes: Buffer): void {
    this.#parts.exchange.session.counts.bytesSent += bytes.length;
    if (stream === 'resize') return this.#resize(bytes);
    if ((this.#handler.recording ?? 'all') === 'all') this.#frames.input(bytes);
    this.#handler.receive(bytes);
  }

  sentEnd(stream: SentStream): void {
    if (stream === 'stdin') this.#handler.receiveEnd();
    else this.#carrier.endSent(stream);
  }

  #resize(bytes: Buffer): void {
    for (const size of this.#sizes.push(bytes)) {
      this.#frames.resize(size);
      this.#handler.resize(size);
      this.#carrier.send('resize', encodeResize(size));
    }
  }

  // From the target.

  shown(stream: ShownStream, bytes: Buffer): void {
    if (stream !== 'error') return this.#handler.deliver(bytes, stream);
    this.#endOutput();
    if (this.#status.length + bytes.length <= STATUS_BYTES_MAX)
      this.#status = Buffer.concat([this.#status, bytes]);
    this.#carrier.show('error', bytes);
  }

  shownEnd(stream: ShownStream): void {
    if (stream === 'error') {
      this.#endOutput();
      return this.#carrier.endShown('error');
    }
    this.#shownStreams.delete(stream);
    if (this.#shownStreams.size === 0) this.#endOutput();
  }

  /** What is held back goes out: nothing comes that could tell what it is. */
  #endOutput(): void {
    if (this.#hasOutputEnded || this.#isOver) return;
    this.#hasOutputEnded = true;
    this.#handler.deliverEnd();
    this.#carrier.endShown('stdout');
    this.#carrier.endShown('stderr');
  }

  // What the handler does with both ends.

  toTarget(bytes: Buffer): void {
    if (!this.#isOver) this.#carrier.send('stdin', bytes);
  }

  get isTargetTaking(): boolean {
    return this.#parts.exchange.target.queuedBytes <= QUEUED_BYTES_MAX;
  }

  endTarget(): void {
    if (!this.#isOver) this.#carrier.endSent('stdin');
  }

  toClient(bytes: Buffer, stream: OutputStream): void {
    if (this.#isOver) return;
    this.#parts.exchange.session.counts.bytesShown += bytes.length;
    this.#frames.output(bytes, stream);
    this.#carrier.show(stream, bytes);
  }

  /** The status of the command follows. */
  endClient(): void {}

  holdClient(): void {
    this.#hold('client', 1);
  }

  releaseClient(): void {
    this.#hold('client', -1);
  }

  holdTarget(): void {
    this.#hold('target', 1);
  }

  releaseTarget(): void {
    this.#hold('target', -1);
  }

  exit(status: number): void {
    this.fail('', status);
  }

  fail(message: string, exitStatus: number): void {
    if (this.#isOver) return;
    const { hasTerminal } = this.#parts.command;
    if (message !== '') {
      const lines = `${message}\n`;
      const bytes = Buffer.from(hasTerminal ? lines.replaceAll('\n', '\r\n') : lines);
      this.toClient(bytes, hasTerminal ? 'stdout' : 'stderr');
    }
    const text = `command terminated with exit code ${exitStatus}`;
    this.#carrier.show('error', encodeCommandStatus(exitStatus, text));
    this.#frames.exit({ status: exitStatus });
    for (const one of ['stdout', 'stderr', 'error'] as const) this.#carrier.endShown(one);
    this.#carrier.farewell();
    this.#finish();
    endUpgraded(this.#parts.exchange);
  }

  // The two connections.

  #sink(side: 'client' | 'target', take: (bytes: Buffer) => void): RawSink {
    const { exchange } = this.#parts;
    const other = side === 'client' ? 'target' : 'client';
    return {
      onData: (bytes) =>
        this.#guarded(() => {
          exchange.onActivity();
          take(bytes);
          this.#isFull[side] = exchange[other].queuedBytes > QUEUED_BYTES_MAX;
          this.#regulate(side);
        }),
      onDrain: () => {
        this.#isFull[other] = false;
        this.#regulate(other);
      },
      onEnd: () =>
        this.#guarded(() => {
          if (side === 'target') this.#endOutput();
          exchange[other].end();
          exchange.schedule(CLOSE_MS_MAX, () => this.#destroy());
        }),
      onClose: () => {
        this.#guarded(() => {
          if (side === 'target') this.#endOutput();
        });
        this.#finish();
        endUpgraded(exchange);
      },
    };
  }

  #hold(side: 'client' | 'target', count: 1 | -1): void {
    this.#holds[side] += count;
    this.#regulate(side);
  }

  #regulate(side: 'client' | 'target'): void {
    const stream: RawStream = this.#parts.exchange[side];
    if (this.#holds[side] > 0 || this.#isFull[side]) stream.pause();
    else stream.resume();
  }

  /** A failure ends this command, both sides, and nothing else. */
  #guarded(act: () => void): void {
    if (this.#isOver) return;
    try {
      act();
    } catch (error) {
      if (error instanceof ProtocolError) {
        return this.fail(phrase(`${error.messageName} ${error.reason}`), REFUSED_STATUS);
      }
      this.#destroy();
      throw error;
    }
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.close();
    if (this.#status.length > 0) this.#frames.exit(readCommandStatus(this.#status));
    this.#frames.close();
  }

  #destroy(): void {
    this.#finish();
    const { client, target } = this.#parts.exchange;
    client.destroy();
    target.destroy();
  }
}
