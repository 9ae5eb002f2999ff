import type { HostMasking } from '../../masking/host-masking.ts';
import { ProtocolError } from '../../wire/protocol-error.ts';
import { ChannelOpenFailureReason } from '../../wire/ssh/channel-open-failure.ts';
import { decodeDirectTcpip } from '../../wire/ssh/direct-tcpip.ts';
import { DisconnectReason } from '../../wire/ssh/disconnect.ts';
import type { GlobalRequest } from '../../wire/ssh/global-request.ts';
import type { Guard } from '../guard.ts';
import { GuardedClearance } from '../guarded-clearance.ts';
import { GuestGuard } from '../guest-guard.ts';
import type { Guest } from '../guests.ts';
import type { OperationClearance } from '../operation-clearance.ts';
import type { Door, SessionEnd, SessionOn } from '../protocol.ts';
import type { ChannelContext } from './channel-handler.ts';
import { ChannelStream } from './connection/channel-stream.ts';
import { Connection, type ConnectionListener, type OpenRequest } from './connection/connection.ts';
import type { MessagePort } from './connection/message-port.ts';
import type { Reply } from './connection/reply-queue.ts';
import { FAREWELLS } from './farewells.ts';
import { filterVariables } from './filter-variables.ts';
import { Forwards } from './forwards.ts';
import { hasLeft } from './has-left.ts';
import { findTargetName } from './nested-name.ts';
import { openHandler } from './open-handler.ts';
import type { Operations } from './operations.ts';
import { ChannelFrames } from './recorded-frame.ts';
import { phrase, SSH_REFUSAL_WORDS } from './refusal.ts';
import { type ChannelStart, SessionChannel } from './session-channel.ts';
import { openShellActions } from './shell-actions.ts';
import { type OpenAccess, type SshGreeting, TargetAccess } from './target-access.ts';
import { TransportError } from './transport/transport-error.ts';
import type { SshUpstream } from './upstream.ts';

const { AdministrativelyProhibited, UnknownChannelType, ResourceShortage } =
  ChannelOpenFailureReason;
/** Connections that go through one of a client's at once. */
const NESTED_MAX = 16;
/** Milliseconds that a connection may be there without a session, and without another that goes through it. */
const UNUSED_MS_MAX = 120_000;

/** What relays of a process share, and what they cannot do by themselves. */
export interface RelayParts {
  readonly operations: Operations;
  /** Milliseconds that reaching the target may take. */
  readonly connectTimeoutMs: number;
  readonly connect: (session: SessionOn<'ssh'>, signal: AbortSignal) => Promise<SshUpstream>;
  readonly findMasking: (targetName: string) => HostMasking | undefined;
  readonly onUpstreamError: (session: SessionOn<'ssh'>, error: Error) => void;
  readonly onProtocolError: (error: Error, session: SessionOn<'ssh'> | undefined) => void;
  readonly onActivity: (session: SessionOn<'ssh'>) => void;
  readonly nowMs: () => number;
  /** What follows the name of a target in names of hosts. */
  readonly suffix: () => string;
}

/** One client, signed in. */
export interface RelayClient {
  readonly port: MessagePort;
  /** Messages that came with the sign-in, and are for the connection. */
  readonly earlier: readonly Buffer[];
  readonly greeting: SshGreeting;
  readonly door: Door;
  /** Aborts when the gateway stops. */
  readonly signal: AbortSignal;
  /** False where connections go through each other already. */
  readonly mayNest: boolean;
  /** Serves a connection that the client opens through this one, to a target. */
  readonly serveNested: (stream: ChannelStream, targetName: string) => Promise<unknown>;
}

/**
 * Carries one connection until either side leaves, or its session has to end.
 *
 * Rejects, once both sides are closed, if the gateway itself failed.
 */
export function relay(client: RelayClient, parts: RelayParts): Promise<SessionEnd | undefined> {
  return new Promise((resolve, reject) => {
    new Relay(client, parts, { ended: resolve, failed: reject }).start();
  });
}

/** Who waits for the end of a connection. */
interface RelayOwner {
  ended(end: SessionEnd | undefined): void;
  failed(error: unknown): void;
}

class Relay {
  readonly #client: RelayClient;
  readonly #parts: RelayParts;
  readonly #owner: RelayOwner;
  readonly #connection: Connection;
  readonly #access: TargetAccess;
  readonly #forwards: Forwards;
  readonly #over = new AbortController();
  readonly #unused: NodeJS.Timeout;
  #nextNumber = 0;
  #nestedCount = 0;
  #takesSessions = true;
  #failure: { readonly error: unknown } | undefined;

  constructor(client: RelayClient, parts: RelayParts, owner: RelayOwner) {
    this.#client = client;
    this.#parts = parts;
    this.#owner = owner;
    this.#connection = new Connection(client.port, this.#clientListener);
    this.#access = new TargetAccess({
      door: client.door,
      greeting: client.greeting,
      connect: parts.connect,
      onUpstreamError: parts.onUpstreamError,
      signal: this.#over.signal,
      connectTimeoutMs: parts.connectTimeoutMs,
      onSession: (session) => session.onAbort((reason) => this.#finish(reason)),
      upstreamListener: this.#upstreamListener,
    });
    this.#forwards = new Forwards({
      access: () => this.#access.open(),
      clearance: (access) => this.#openClearance(access),
      takeNumber: () => this.#takeNumber(),
      onActivity: () => this.#noteActivity(),
      onFailure: (error) => this.#fail(error),
      client: this.#connection,
      over: this.#over.signal,
    });
    this.#unused = setInterval(() => {
      const isUsed = this.#access.session !== undefined || this.#nestedCount > 0;
      if (!isUsed) this.#finish('idle-timeout');
    }, UNUSED_MS_MAX);
  }

  start(): void {
    const { signal, earlier } = this.#client;
    signal.addEventListener('abort', this.#stop);
    if (signal.aborted) return this.#stop();
    this.#connection.start(earlier);
  }

  /** Connections without a session are nobody else's to end. */
  readonly #stop = (): void => this.#finish('gateway-stopping');

  // The client.

  readonly #clientListener: ConnectionListener = {
    onOpen: (request) => this.#open(request),
    onGlobalRequest: (request, reply) => this.#takeGlobalRequest(request, reply),
    onClose: (error) => {
      if (error === undefined || hasLeft(error)) return this.#finish('client-left');
      this.#fail(error);
    },
  };

  #open(request: OpenRequest): void {
    switch (request.channelType) {
      case 'session':
        return this.#openSession(request);
      case 'direct-tcpip':
        return this.#openDirect(request);
      case 'direct-streamlocal@openssh.com':
        return this.#forwards.openSocket(request);
      default:
        return request.refuse(UnknownChannelType, 'there are no channels of this type');
    }
  }

  #openSession(request: OpenRequest): void {
    if (!this.#takesSessions) {
      return request.refuse(AdministrativelyProhibited, 'no more sessions, as was asked for');
    }
    const channel = request.accept();
    if (channel === undefined) return;
    new SessionChannel(channel, {
      access: () => this.#access.open(),
      context: (access, start) => this.#describeContext(access, start),
      describe: (operation, context) => this.#parts.operations.describe(operation, context),
      filterVariables: (variables, { session }) => filterVariables(variables, session),
      openHandler,
      onActivity: () => this.#noteActivity(),
      onFailure: (error) => this.#fail(error),
      onWish: (...asked) => this.#forwards.wish(...asked),
    });
  }

  #openDirect(request: OpenRequest): void {
    const { host, port } = decodeDirectTcpip(request.typeData);
    const targetName = findTargetName({ host, port }, this.#parts.suffix());
    if (targetName === undefined) return this.#forwards.openLocal(request);
    if (!this.#client.mayNest || this.#nestedCount >= NESTED_MAX) {
      return request.refuse(ResourceShortage, 'too many connections through this one');
    }
    const channel = request.accept();
    if (channel === undefined) return;
    this.#nestedCount += 1;
    const served = this.#client.serveNested(new ChannelStream(channel), targetName);
    served
      .catch((error: unknown) => this.#parts.onProtocolError(error as Error, undefined))
      .finally(() => {
        this.#nestedCount -= 1;
      });
  }

  #takeGlobalRequest({ requestName, requestData }: GlobalRequest, reply: Reply): void {
    switch (requestName) {
      case 'tcpip-forward':
      case 'cancel-tcpip-forward':
        return this.#forwards.listen(requestName, requestData, reply);
      case 'no-more-sessions@openssh.com':
        this.#takesSessions = false;
        return reply(true);
      case 'keepalive@openssh.com':
        return reply(true);
      default:
        return reply(false);
    }
  }

  #describeContext(access: OpenAccess, start: ChannelStart): ChannelContext {
    const { terminal, environment, reason } = start;
    const { session } = access;
    const { nowMs, findMasking } = this.#parts;
    const channel = this.#takeNumber();
    return {
      session,
      account: session.account,
      channel,
      terminal: terminal && {
        name: terminal.terminal,
        columns: terminal.columns,
        rows: terminal.rows,
      },
      environment,
      frames: new ChannelFrames(session.recorder, channel),
      shell: openShellActions(session.account),
      clearance: this.#openClearance(access, reason),
      clearFor: (guests) => this.#openClearance(access, reason, guests),
      analyze: (command) => this.#parts.operations.analyze(command),
      masking: () => findMasking(session.target.name),
      nowMs,
      schedule: (afterMs, callback) => {
        const timer = setTimeout(() => this.#guarded(callback), afterMs);
        return () => clearTimeout(timer);
      },
    };
  }

  #takeNumber(): number {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    return number;
  }

  /**
   * @param reason Why its channel does what it does, in the client's own words.
   * @param guests Who typed it, with or instead of the client.
   */
  #openClearance(
    { session }: OpenAccess,
    reason?: string,
    guests: readonly Guest[] = [],
  ): OperationClearance {
    const { counts } = session;
    const guard = guests.reduce<Guard>(
      (stricter, guest) => new GuestGuard(stricter, guest),
      session.guard,
    );
    return new GuardedClearance({
      session: { guard, counts },
      protocol: 'ssh',
      words: SSH_REFUSAL_WORDS,
      reason,
      isolate: (act) => this.#guarded(act),
      detectors: () => this.#parts.findMasking(session.target.name)?.outputDetectors?.detectors,
    });
  }

  #noteActivity(): void {
    const { session } = this.#access;
    if (session !== undefined) this.#parts.onActivity(session);
  }

  // The target.

  readonly #upstreamListener: ConnectionListener = {
    onOpen: (request) => this.#forwards.openRemote(request),
    onGlobalRequest: (_request, reply) => reply(false),
    onClose: (error) => {
      const { session } = this.#access;
      if (session === undefined || this.#over.signal.aborted) return;
      if (error !== undefined && !isPeers(error) && !hasLeft(error)) return this.#fail(error);
      if (error !== undefined) this.#parts.onUpstreamError(session, error);
      this.#finish('target-left');
    },
  };

  // The end.

  /** What somebody else calls back for ends this connection and no other if it fails. */
  #guarded(act: () => void): void {
    if (this.#over.signal.aborted) return;
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#over.signal.aborted) return;
    if (isPeers(error)) {
      this.#parts.onProtocolError(error, this.#access.session);
      return this.#finish('protocol-error');
    }
    this.#failure = { error };
    this.#finish('internal-error');
  }

  #finish(end: SessionEnd): void {
    if (this.#over.signal.aborted) return;
    clearInterval(this.#unused);
    this.#client.signal.removeEventListener('abort', this.#stop);
    this.#over.abort();
    const farewell = FAREWELLS[end];
    const reason = DisconnectReason.ByApplication;
    this.#connection.disconnect(reason, phrase(farewell ?? 'closed'));
    this.#access.upstream?.disconnect(reason, 'the session is over');
    const { session } = this.#access;
    const isUnreachable = end === 'client-left' && this.#access.isUnreachable;
    const ended = session?.finish(isUnreachable ? 'target-unreachable' : end);
    session?.close();
    if (this.#failure !== undefined) this.#owner.failed(this.#failure.error);
    else this.#owner.ended(ended);
  }
}

/** The peer broke the protocol. */
function isPeers(error: unknown): error is Error {
  return error instanceof ProtocolError || error instanceof TransportError;
}
