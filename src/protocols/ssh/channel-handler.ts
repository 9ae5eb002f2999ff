import type { HostMasking } from '../../masking/host-masking.ts';
import type { CommandFacts } from '../../shell/command-facts.ts';
import type { RecognisedCommand, ScpCommand } from '../../shell/recognise-command.ts';
import type { Guest } from '../guests.ts';
import type { OperationClearance } from '../operation-clearance.ts';
import type { Session } from '../protocol.ts';
import type { ChannelFrames } from './recorded-frame.ts';
import type { ShellActions } from './shell-actions.ts';

/** The far side of rsync or git. */
export type CopyCommand = Extract<RecognisedCommand, { readonly kind: 'rsync' | 'git' }>;

/** What a client started in a session channel, once it was allowed. */
export type ChannelOperation =
  | { readonly kind: 'exec'; readonly command: string }
  /** The far side of an old `scp`: served by the target's SFTP server, the command itself never runs. */
  | { readonly kind: 'scp'; readonly command: string; readonly scp: ScpCommand }
  /** The far side of a program that copies in a protocol of its own. */
  | { readonly kind: 'copy'; readonly command: string; readonly copy: CopyCommand }
  | { readonly kind: 'shell' }
  | { readonly kind: 'subsystem'; readonly name: 'sftp' };

/**
 * Sits between the two ends of one channel. Synchronous; may hold back, change, answer or refuse what
 * passes. Bytes it is given are valid during the call only.
 */
export interface ChannelHandler {
  /**
   * Which bytes the relay takes down as they pass: `output` is what the client is shown, `none` only
   * what goes to stderr. Default: `all`.
   */
  readonly recording?: 'all' | 'output' | 'none';
  /** From the client. */
  receive(bytes: Buffer): void;
  /** The client sends nothing more. */
  receiveEnd(): void;
  /** From the target. */
  deliver(bytes: Buffer, stream: OutputStream): void;
  /** The target sends nothing more: what is held back goes out now, then `ends.endClient()`. */
  deliverEnd(): void;
  /** The client's window changed; the target is told by the relay. */
  resize(size: TerminalSize): void;
  /** One of the sides is gone: stop timers. Nothing is called afterwards. */
  close(): void;
}

export type OutputStream = 'stdout' | 'stderr';

/** What a handler does with the two ends of its channel. Calls after the end of the channel do nothing. */
export interface ChannelEnds {
  toTarget(bytes: Buffer): void;
  /** Whether the target keeps up with what it is sent. */
  readonly isTargetTaking: boolean;
  /** Nothing more goes to the target. */
  endTarget(): void;
  /** Recorded as it is given. */
  toClient(bytes: Buffer, stream: OutputStream): void;
  /** Nothing more goes to the client. */
  endClient(): void;
  /** Takes no more bytes of the client than its window still lets it send. Calls count. */
  holdClient(): void;
  releaseClient(): void;
  /** The same of the target. */
  holdTarget(): void;
  releaseTarget(): void;
  /** Ends the channel on both sides with an exit status of the gateway's own; that of the target is not passed on. */
  exit(status: number): void;
  /** The same, with a text on the client's stderr. */
  fail(message: string, exitStatus: number): void;
}

/** In characters; 0 where the client does not say. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal that a client asked for. */
export interface Terminal extends TerminalSize {
  /** Value of TERM. */
  readonly name: string;
}

/** What a handler knows of where it sits. */
export interface ChannelContext {
  readonly session: Session;
  /** The user on the host. */
  readonly account: string;
  /** The gateway's own number of the channel in the session's recording; never used twice. */
  readonly channel: number;
  /** Undefined where the client asked for none. The size is that of the start. */
  readonly terminal: Terminal | undefined;
  /** Variables that the target was given. */
  readonly environment: ReadonlyMap<string, string>;
  /** Output is taken down by `ends`; handlers add commands and files. */
  readonly frames: ChannelFrames;
  readonly shell: ShellActions;
  /** Decides, asks people and seals. */
  readonly clearance: OperationClearance;
  /** The same for what guests typed: only what they may do, too. */
  clearFor(guests: readonly Guest[]): OperationClearance;
  /** What the text of a command shows; kept, so for no text that may hold a password. */
  readonly analyze: (command: string) => CommandFacts;
  /** What the target's data map says of the moment; undefined where it has none. */
  masking(): HostMasking | undefined;
  nowMs(): number;
  /** Calls back once, later, unless what it returns is called before, as `close` has to. */
  schedule(afterMs: number, callback: () => void): () => void;
}

/** Makes the handler of a channel whose operation was allowed. */
export type OpenHandler = (
  operation: ChannelOperation,
  context: ChannelContext,
  ends: ChannelEnds,
) => ChannelHandler;
