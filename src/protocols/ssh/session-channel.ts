import { isUtf8 } from 'node:buffer';
import { recogniseCommand } from '../../shell/recognise-command.ts';
import type { ChannelRequest } from '../../wire/ssh/channel-request.ts';
import { decodeEnvRequest, type EnvRequest, encodeEnvRequest } from '../../wire/ssh/env-request.ts';
import { decodeExecRequest, encodeExecRequest } from '../../wire/ssh/exec-request.ts';
import { encodeExitStatus } from '../../wire/ssh/exit-status.ts';
import {
  decodePtyRequest,
  decodeWindowChange,
  encodePtyRequest,
  type PtyRequest,
} from '../../wire/ssh/pty-request.ts';
import { decodeSignalRequest } from '../../wire/ssh/signal-request.ts';
import {
  decodeSubsystemRequest,
  encodeSubsystemRequest,
} from '../../wire/ssh/subsystem-request.ts';
import type { GuardedOperation, PendingClearance } from '../operation-clearance.ts';
import type {
  ChannelContext,
  ChannelOperation,
  OpenHandler,
  OutputStream,
} from './channel-handler.ts';
import { ChannelRelay, encodeMessage } from './channel-relay.ts';
import type { Channel, ChannelListener } from './connection/channel.ts';
import type { Connection, OpenOutcome } from './connection/connection.ts';
import type { Reply } from './connection/reply-queue.ts';
import { SendQueue } from './connection/send-queue.ts';
import type { Asker, Wish, WishOutcome } from './forwards.ts';
import { HeldRights, holdShownClasses, RIGHTS_CHANGED } from './held-rights.ts';
import { planOutput } from './plan-output.ts';
import type { ChannelFrames } from './recorded-frame.ts';
import { phrase } from './refusal.ts';
import { takeReason } from './stated-reason.ts';
import type { Access, OpenAccess } from './target-access.ts';

/** Variables that a client may set before a program starts. */
const VARIABLES_MAX = 128;
/** Bytes of their names and values together. */
const VARIABLES_BYTES_MAX = 64 * 1024;
/** What a terminal sends for Ctrl-C. */
const INTERRUPT = 0x03;
/** As shells have it for a program that SIGINT ended. */
const INTERRUPTED_STATUS = 130;
/** Each can be asked for once; nobody needs more. */
const WISHES_MAX = 4;
const REFUSED_STATUS = 1;
/** Bytes of a command, as Linux has it for one argument (`MAX_ARG_STRLEN`). */
const COMMAND_BYTES_MAX = 128 * 1024;

/** What the channel of a session is served with. */
export interface SessionChannelParts {
  readonly access: () => Promise<Access>;
  /** Made for each channel that starts something. */
  readonly context: (access: OpenAccess, start: ChannelStart) => ChannelContext;
  /** Undefined where starting it does nothing: what is done with it is decided as it is done. */
  readonly describe: (
    operation: ChannelOperation,
    context: ChannelContext,
  ) => GuardedOperation | undefined;
  /** Which of the variables the program may be given. */
  readonly filterVariables: (
    variables: readonly EnvRequest[],
    access: OpenAccess,
  ) => ReadonlyMap<string, string>;
  readonly openHandler: OpenHandler;
  readonly onActivity: () => void;
  /** Something failed that is nobody's doing but the gateway's. */
  readonly onFailure: (error: unknown) => void;
  /** The client wants its agent, or its display, to be reachable from the target, while its channel is there. */
  readonly onWish: (
    wish: Wish,
    request: ChannelRequest,
    reply: Reply,
    channel: Asker,
  ) => Promise<WishOutcome>;
}

/** What was asked for before a program starts. */
export interface ChannelStart {
  readonly terminal: PtyRequest | undefined;
  readonly environment: ReadonlyMap<string, string>;
  /** Why, in the client's own words. */
  readonly reason: string | undefined;
}

/**
 * The channel of one program on the target, until the program starts: collects what the client asks for,
 * has the program cleared, and starts it. A `ChannelRelay` goes on from there.
 */
export class SessionChannel implements ChannelListener {
  readonly #client: Channel;
  readonly #parts: SessionChannelParts;
  readonly #variables: EnvRequest[] = [];
  #variablesBytes = 0;
  #terminal: PtyRequest | undefined;
  readonly #wishes: Promise<WishOutcome>[] = [];
  /** What the client sent before the program started. */
  readonly #early = new SendQueue();
  #isClientAtEnd = false;
  #hasStarted = false;
  /** Aborts when the channel is gone, or its program has ended. */
  readonly #over = new AbortController();
  #target: Channel | undefined;
  #pending: PendingClearance | undefined;
  #frames: ChannelFrames | undefined;

  constructor(client: Channel, parts: SessionChannelParts) {
    this.#client = client;
    this.#parts = parts;
    client.listen(this, () => this.#early.byteCount);
  }

  onData(bytes: Buffer, stream: OutputStream): void {
    if (stream === 'stderr') return;
    this.#parts.onActivity();
    if (this.#pending !== undefined && this.#terminal !== undefined && bytes.includes(INTERRUPT)) {
      return this.#cancel();
    }
    this.#early.push(bytes, stream);
  }

  onEof(): void {
    this.#isClientAtEnd = true;
  }

  onSent(): void {}

  onClose(): void {
    if (this.#isClosed) return;
    this.#over.abort();
    this.#pending?.withdraw('disconnected');
    this.#frames?.close();
    this.#target?.abort();
  }

  onRequest(request: ChannelRequest, reply: Reply): void {
    const { requestType, requestData } = request;
    switch (requestType) {
      case 'env':
        return reply(this.#addVariable(decodeEnvRequest(requestData)));
      case 'pty-req':
        return reply(this.#setTerminal(decodePtyRequest(requestData)));
      case 'window-change':
        if (this.#terminal === undefined) return reply(false);
        this.#terminal = { ...this.#terminal, ...decodeWindowChange(requestData) };
        return reply(true);
      case 'signal':
        if (this.#pending !== undefined && decodeSignalRequest(requestData) === 'INT')
          this.#cancel();
        return reply(true);
      case 'auth-agent-req@openssh.com':
        return this.#wish('agent', request, reply);
      case 'x11-req':
        return this.#wish('x11', request, reply);
      case 'exec':
      case 'shell':
      case 'subsystem':
        return this.#start(request, reply);
      default:
        return reply(false);
    }
  }

  get #isClosed(): boolean {
    return this.#over.signal.aborted;
  }

  #addVariable(variable: EnvRequest): boolean {
    this.#variablesBytes += variable.name.length + variable.value.length;
    const isTooMuch =
      this.#variables.length >= VARIABLES_MAX || this.#variablesBytes > VARIABLES_BYTES_MAX;
    if (isTooMuch || this.#hasStarted) return false;
    // Whether the program gets it is decided when it starts.
    this.#variables.push(variable);
    return true;
  }

  #wish(wish: Wish, request: ChannelRequest, reply: Reply): void {
    if (this.#hasStarted || this.#wishes.length >= WISHES_MAX) return reply(false);
    const told = this.#parts.onWish(wish, request, reply, {
      over: this.#over.signal,
      onWaiting: (message) => this.#say(message),
    });
    told.catch((error: unknown) => this.#parts.onFailure(error));
    this.#wishes.push(told);
  }

  #setTerminal(terminal: PtyRequest): boolean {
    if (this.#terminal !== undefined || this.#hasStarted) return false;
    this.#terminal = { ...terminal, modes: Buffer.from(terminal.modes) };
    return true;
  }

  /** RFC 4254 6.5: one program in each channel. */
  #start(request: ChannelRequest, reply: Reply): void {
    if (this.#hasStarted) return reply(false);
    this.#hasStarted = true;
    const operation = readOperation(request);
    const run =
      operation.kind === 'refused'
        ? this.#refuse(operation.message, reply)
        : this.#run(operation, reply);
    Promise.resolve(run).catch((error: unknown) => this.#parts.onFailure(error));
  }

  async #run(operation: ChannelOperation, reply: Reply): Promise<void> {
    const access = await this.#parts.access();
    if (this.#isClosed) return;
    if (access.kind === 'closed') return this.#refuse(access.message, reply);
    const outcome = await openOn(access.upstream);
    if (outcome.kind === 'refused') {
      const name = access.session.target.name;
      return this.#refuse(
        phrase(`target "${name}" opens no channel: ${outcome.description}`),
        reply,
      );
    }
    const target = outcome.channel;
    const wishes = await Promise.all(this.#wishes);
    if (this.#isClosed) return target.abort();
    this.#target = target;
    for (const tell of wishes) tell?.(target);
    target.listen({ ...IDLE, onClose: () => this.#refuse(TARGET_LEFT, reply) });
    this.#clear(operation, target, access, reply);
  }

  #clear(operation: ChannelOperation, target: Channel, access: OpenAccess, reply: Reply): void {
    const { reason, others } = takeReason(this.#variables);
    const environment = this.#parts.filterVariables(others, access);
    const start: ChannelStart = { terminal: this.#terminal, environment, reason };
    const context = this.#parts.context(access, start);
    this.#frames = context.frames;
    context.frames.open(describeOpened(operation, context));
    const tried = this.#parts.describe(operation, context);
    if (tried === undefined) return this.#go(operation, { target, context, start, reply });
    const allowed = { target, context, start, reply, tried };
    let isWaiting = true;
    const pending = context.clearance.clear(tried, {
      onWaiting: (message) => {
        reply(true);
        this.#say(message);
      },
      onVerdict: (verdict) => {
        isWaiting = false;
        this.#pending = undefined;
        if (this.#isClosed) return;
        if (verdict.kind === 'refused') return this.#refuse(verdict.message, reply);
        this.#go(operation, allowed);
      },
    });
    if (isWaiting) this.#pending = pending;
  }

  /** It is sealed: the program starts, unless its handler refuses. */
  #go(operation: ChannelOperation, { target, context, start, reply, tried }: Started): void {
    const { session, channel } = context;
    const rights = tried && new HeldRights(session.guard, tried, holdShown(operation, context));
    const relay: ChannelRelay = new ChannelRelay(this.#client, target, {
      session,
      number: channel,
      frames: context.frames,
      hasTerminal: this.#terminal !== undefined,
      onActivity: this.#parts.onActivity,
      mayGoOn: () => {
        if (rights === undefined || rights.areHeld) return true;
        session.guard.note('cancel', { channel, reason: RIGHTS_CHANGED });
        relay.fail(phrase(`refused: ${RIGHTS_CHANGED}`), REFUSED_STATUS);
        return false;
      },
      onOver: () => this.#over.abort(),
    });
    const answered = (isGranted: boolean): void => {
      if (isGranted) reply(true);
      else relay.fail(phrase('the target refuses to start it'), REFUSED_STATUS);
    };
    relay.start((ends) => this.#parts.openHandler(operation, context, ends), {
      begin: () => this.#begin(operation, target, start.environment, answered),
      grant: () => reply(true),
      early: this.#early,
      isEnded: this.#isClientAtEnd,
    });
  }

  #begin(
    operation: ChannelOperation,
    target: Channel,
    environment: ReadonlyMap<string, string>,
    onReply: (isGranted: boolean) => void,
  ): void {
    for (const [name, value] of environment) {
      target.request('env', encodeEnvRequest({ name, value }));
    }
    // As it is now: it may have changed while people were asked.
    const terminal = this.#terminal;
    if (terminal !== undefined) {
      target.request('pty-req', encodePtyRequest(terminal), (isGranted) => {
        if (!isGranted) this.#say(phrase('the target gives no terminal'));
      });
    }
    const { requestType, requestData } = encodeOperation(operation);
    target.request(requestType, requestData, onReply);
  }

  #cancel(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.withdraw('cancelled');
    this.#end(phrase('given up; nothing was run'), INTERRUPTED_STATUS);
  }

  /** Says no. The client's request is granted all the same: else some clients show nothing of what is said. */
  #refuse(message: string, reply: Reply): void {
    reply(true);
    this.#end(message, REFUSED_STATUS);
  }

  #end(message: string, status: number): void {
    if (this.#isClosed) return;
    this.#over.abort();
    this.#pending?.withdraw('cancelled');
    this.#say(message);
    this.#frames?.exit({ status });
    this.#frames?.close();
    this.#client.request('exit-status', encodeExitStatus(status));
    this.#client.end();
    this.#client.close();
    this.#target?.abort();
  }

  #say(message: string): void {
    const bytes = encodeMessage(message, this.#terminal !== undefined);
    this.#frames?.output(bytes, 'stderr');
    this.#client.write(bytes, 'stderr');
  }
}

interface Started {
  readonly target: Channel;
  readonly context: ChannelContext;
  readonly start: ChannelStart;
  readonly reply: Reply;
  /** What was allowed; absent where what is done in the channel is decided as it is done. */
  readonly tried?: GuardedOperation;
}

const TARGET_LEFT = phrase('the target closed the channel');

const IDLE: ChannelListener = {
  onData() {},
  onEof() {},
  onRequest: (_request, reply) => reply(false),
  onSent() {},
  onClose() {},
};

/** Says whether what a program shows of files would still be shown; of a shell, the rights of the moment count. */
function holdShown(
  operation: ChannelOperation,
  context: ChannelContext,
): (() => boolean) | undefined {
  if (operation.kind === 'shell') return undefined;
  const { analyze } = context;
  const isRaw = (): boolean =>
    operation.kind === 'exec' &&
    planOutput({ text: operation.command, isCommand: true }, context, analyze) === undefined;
  return isRaw() ? isRaw : holdShownClasses(context);
}

function openOn(upstream: Connection): Promise<OpenOutcome> {
  return new Promise((resolve) => {
    upstream.open('session', Buffer.alloc(0), (outcome) => {
      if (outcome.kind === 'opened') outcome.channel.listen(IDLE);
      resolve(outcome);
    });
  });
}

function readOperation({
  requestType,
  requestData,
}: ChannelRequest): ChannelOperation | { readonly kind: 'refused'; readonly message: string } {
  switch (requestType) {
    case 'exec': {
      const bytes = decodeExecRequest(requestData);
      if (bytes.length > COMMAND_BYTES_MAX) return refuse('the command is too long');
      // What is decided has to be what runs, byte for byte.
      if (!isUtf8(bytes) || bytes.includes(0)) return refuse('the command is no text in UTF-8');
      return readCommand(bytes.toString('utf8'));
    }
    case 'subsystem': {
      const name = decodeSubsystemRequest(requestData);
      return name === 'sftp'
        ? { kind: 'subsystem', name }
        : refuse('there is no subsystem but sftp');
    }
    default:
      return { kind: 'shell' };
  }
}

/** Programs that copy are served as what they are; anything else is a command. */
function readCommand(command: string): ChannelOperation {
  const recognised = recogniseCommand(command);
  switch (recognised?.kind) {
    case undefined:
      return { kind: 'exec', command };
    case 'scp':
      return { kind: 'scp', command, scp: recognised };
    case 'rsync':
    case 'git':
      return { kind: 'copy', command, copy: recognised };
    case 'sftp-server':
      return { kind: 'subsystem', name: 'sftp' };
  }
}

function refuse(message: string): { readonly kind: 'refused'; readonly message: string } {
  return { kind: 'refused', message: phrase(`refused: ${message}`, 'Nothing was run.') };
}

function encodeOperation(
  operation: ChannelOperation,
): Pick<ChannelRequest, 'requestType' | 'requestData'> {
  switch (operation.kind) {
    case 'exec':
    case 'copy':
      return {
        requestType: 'exec',
        requestData: encodeExecRequest(Buffer.from(operation.command)),
      };
    case 'shell':
      return { requestType: 'shell', requestData: Buffer.alloc(0) };
    case 'scp':
    case 'subsystem':
      return { requestType: 'subsystem', requestData: encodeSubsystemRequest('sftp') };
  }
}

function describeOpened(
  operation: ChannelOperation,
  { account, terminal }: ChannelContext,
): Parameters<ChannelFrames['open']>[0] {
  const start = terminal !== undefined ? { account, terminal } : { account };
  switch (operation.kind) {
    case 'exec':
    case 'scp':
    case 'copy':
      return { kind: 'exec', text: operation.command, ...start };
    case 'shell':
      return { kind: 'shell', text: '', ...start };
    case 'subsystem':
      return { kind: 'subsystem', text: operation.name, ...start };
  }
}
