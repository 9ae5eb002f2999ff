import { ProtocolError } from '../../wire/protocol-error.ts';
import { ChannelOpenFailureReason } from '../../wire/ssh/channel-open-failure.ts';
import type { ChannelRequest } from '../../wire/ssh/channel-request.ts';
import { decodeDirectStreamlocal } from '../../wire/ssh/direct-streamlocal.ts';
import {
  type DirectTcpip,
  decodeDirectTcpip,
  encodeDirectTcpip,
} from '../../wire/ssh/direct-tcpip.ts';
import { SshReader } from '../../wire/ssh/ssh-reader.ts';
import { decodeTcpipForward, type TcpipForward } from '../../wire/ssh/tcpip-forward.ts';
import type { GuardedOperation, OperationClearance, Verdict } from '../operation-clearance.ts';
import type { SessionOn } from '../protocol.ts';
import { ChannelRelay } from './channel-relay.ts';
import type { Channel } from './connection/channel.ts';
import type { Connection, OpenRequest } from './connection/connection.ts';
import type { Reply } from './connection/reply-queue.ts';
import { type ForwardPlace, findForwardAddress } from './forward-address.ts';
import { ForwardHandler, type ForwardSummary } from './forward-handler.ts';
import { HeldRights, RIGHTS_CHANGED } from './held-rights.ts';
import { ChannelFrames } from './recorded-frame.ts';
import { phrase } from './refusal.ts';
import type { Access, OpenAccess } from './target-access.ts';

const { AdministrativelyProhibited, ConnectFailed } = ChannelOpenFailureReason;
/** Addresses that a client may have the target listen on. */
const LISTENED_MAX = 16;

/** Something of the client's that the target can reach while it is wished for. */
export type Wish = 'agent' | 'x11';

/** Which channels a target opens for each wish, and what policies call it. */
const WISHES = {
  agent: { channelType: 'auth-agent@openssh.com', action: 'ssh.agent' },
  x11: { channelType: 'x11', action: 'ssh.x11' },
} as const;

/** What a forward is for: a channel, or the connection. */
export interface Asker {
  /** Aborts when it is gone. */
  readonly over: AbortSignal;
  /** People are asked. */
  readonly onWaiting: (message: string) => void;
}

export interface ForwardsParts {
  readonly access: () => Promise<Access>;
  readonly clearance: (access: OpenAccess) => OperationClearance;
  /** The next number of a channel in the recording. */
  readonly takeNumber: () => number;
  readonly onActivity: () => void;
  readonly onFailure: (error: unknown) => void;
  /** The client's connection. */
  readonly client: Connection;
  /** Aborts when that connection is over. */
  readonly over: AbortSignal;
}

/** A connection that was allowed, on its way. */
interface Forward {
  readonly session: SessionOn<'ssh'>;
  readonly direction: 'local' | 'remote';
  readonly operation: GuardedOperation;
  readonly place: ForwardPlace;
}

/**
 * Connections through the target, and from it to the client. Each is decided by itself, counted and hashed;
 * nothing is forwarded that no policy permits.
 */
export class Forwards {
  readonly #parts: ForwardsParts;
  /** What the target listens on for the client, by `host:port`. */
  readonly #listened = new Set<string>();
  /** Of wishes to listen: those that have no answer yet. */
  #listensAsked = 0;
  /** What the client lets the target reach, for each channel in which it was wished for. */
  readonly #granted: Wish[] = [];
  readonly #connection: Asker;

  constructor(parts: ForwardsParts) {
    this.#parts = parts;
    const { over, client } = parts;
    this.#connection = { over, onWaiting: (message) => client.say(message) };
  }

  // From the client.

  /** The client asks for a connection to somewhere. */
  openLocal(request: OpenRequest): void {
    const asked = decodeDirectTcpip(request.typeData);
    this.#guarded(this.#openLocal(asked, request), () =>
      request.refuse(ConnectFailed, 'internal error'),
    );
  }

  async #openLocal(asked: DirectTcpip, request: OpenRequest): Promise<void> {
    const access = await this.#parts.access();
    if (access.kind === 'closed') return request.refuse(AdministrativelyProhibited, access.message);
    const { session, upstream } = access;
    const found = await findForwardAddress(session.target, asked);
    const { host } = found.kind === 'found' ? found : asked;
    const place = { host, port: asked.port };
    const operation = describeForward('ssh.forward.local', session, place);
    if (found.kind === 'refused') {
      return request.refuse(AdministrativelyProhibited, refuse(session, operation, found.reason));
    }
    const verdict = await this.#clear(access, operation);
    if (verdict.kind === 'refused') {
      return request.refuse(AdministrativelyProhibited, verdict.message);
    }
    const typeData = encodeDirectTcpip({ ...asked, host: found.address });
    const forward: Forward = { session, direction: 'local', operation, place };
    upstream.open('direct-tcpip', typeData, (outcome) => {
      if (outcome.kind === 'refused') {
        return request.refuse(ConnectFailed, phrase('the target cannot connect there'));
      }
      this.#join(request.accept(), outcome.channel, forward);
    });
  }

  /** The client asks for a connection to a Unix socket: no target lists any. */
  openSocket(request: OpenRequest): void {
    const host = decodeDirectStreamlocal(request.typeData);
    this.#guarded(this.#refuseSocket(host, request), () =>
      request.refuse(ConnectFailed, 'internal error'),
    );
  }

  async #refuseSocket(host: string, request: OpenRequest): Promise<void> {
    const access = await this.#parts.access();
    if (access.kind === 'closed') return request.refuse(AdministrativelyProhibited, access.message);
    const operation = describeForward('ssh.forward.local', access.session, { host, port: 0 });
    const reason = 'sockets of the target are not connected to';
    request.refuse(AdministrativelyProhibited, refuse(access.session, operation, reason));
  }

  /** The client asks the target to take connections for it, or no longer. */
  listen(requestName: string, requestData: Buffer, reply: Reply): void {
    const asked = decodeTcpipForward(requestData);
    const data = Buffer.from(requestData);
    const listening =
      requestName === 'tcpip-forward'
        ? this.#listen(asked, data, reply)
        : this.#unlisten(asked, data, reply);
    this.#guarded(listening, () => reply(false));
  }

  async #listen(asked: TcpipForward, data: Buffer, reply: Reply): Promise<void> {
    const access = await this.#parts.access();
    const isFull = this.#listened.size + this.#listensAsked >= LISTENED_MAX;
    if (access.kind === 'closed' || isFull) return reply(false);
    const { session, upstream } = access;
    this.#listensAsked += 1;
    const answer: Reply = (...answered) => {
      this.#listensAsked -= 1;
      reply(...answered);
    };
    // Names are the same in capitals, for a host and so for policies.
    const place = { host: asked.address.toLowerCase(), port: asked.port };
    const operation = describeForward('ssh.forward.remote', session, place);
    const verdict = await this.#clear(access, operation);
    if (verdict.kind === 'refused') {
      this.#parts.client.say(verdict.message);
      return answer(false);
    }
    upstream.request('tcpip-forward', data, (isGranted, answered) => {
      const port = isGranted && asked.port === 0 ? readPort(answered) : asked.port;
      if (isGranted) this.#listened.add(keyOf({ host: asked.address, port }));
      answer(isGranted, Buffer.from(answered));
    });
  }

  async #unlisten(asked: TcpipForward, data: Buffer, reply: Reply): Promise<void> {
    const key = keyOf({ host: asked.address, port: asked.port });
    if (!this.#listened.delete(key)) return reply(false);
    const access = await this.#parts.access();
    if (access.kind === 'closed') return reply(false);
    access.upstream.request('cancel-tcpip-forward', data, (isGranted) => reply(isGranted));
  }

  /**
   * The client wants its agent or its display to be reachable from the target. It is answered at once: some clients start
   * their program only then, and the target is asked when it starts.
   */
  async wish(
    wish: Wish,
    { requestType, requestData }: ChannelRequest,
    reply: Reply,
    channel: Asker,
  ): Promise<WishOutcome> {
    const data = Buffer.from(requestData);
    const access = await this.#parts.access();
    const isGranted = access.kind === 'open' && (await this.#isAllowed(wish, access, channel));
    reply(isGranted);
    return isGranted ? (target) => target.request(requestType, data) : undefined;
  }

  async #isAllowed(wish: Wish, access: OpenAccess, channel: Asker): Promise<boolean> {
    const verdict = await this.#clear(access, describeWish(wish, access.session), channel);
    if (verdict.kind === 'refused' || channel.over.aborted) return false;
    this.#granted.push(wish);
    const end = (): void => void this.#granted.splice(this.#granted.indexOf(wish), 1);
    channel.over.addEventListener('abort', end, { once: true });
    return true;
  }

  // From the target.

  /** The target asks for a channel to the client: for a connection that it took, or to what it may reach. */
  openRemote(request: OpenRequest): void {
    this.#guarded(this.#openRemote(request), () => request.refuse(ConnectFailed, 'internal error'));
  }

  async #openRemote(request: OpenRequest): Promise<void> {
    const access = await this.#parts.access();
    if (access.kind === 'closed') return request.refuse(ConnectFailed, 'the client has left');
    const { session } = access;
    const asked = this.#readRemote(request, session);
    if (asked === undefined) {
      return request.refuse(AdministrativelyProhibited, 'nobody asked for it');
    }
    const { operation, place } = asked;
    const verdict = await this.#clear(access, operation);
    if (verdict.kind === 'refused') {
      this.#parts.client.say(verdict.message);
      return request.refuse(AdministrativelyProhibited, 'not permitted');
    }
    // People may have been asked, and what it was for may be over by now.
    if (this.#readRemote(request, session) === undefined) {
      return request.refuse(AdministrativelyProhibited, 'nobody asks for it any more');
    }
    this.#parts.client.open(request.channelType, request.typeData, (outcome) => {
      if (outcome.kind === 'refused') {
        return request.refuse(outcome.reason, 'the client does not take it');
      }
      const target = request.accept();
      if (target === undefined) return outcome.channel.abort();
      this.#join(outcome.channel, target, { session, direction: 'remote', operation, place });
    });
  }

  /** Undefined for what the client never asked for. */
  #readRemote(
    { channelType, typeData }: OpenRequest,
    session: SessionOn<'ssh'>,
  ): { readonly operation: GuardedOperation; readonly place: ForwardPlace } | undefined {
    if (channelType === 'forwarded-tcpip') {
      const { host, port } = decodeDirectTcpip(typeData);
      if (!this.#listened.has(keyOf({ host, port }))) return undefined;
      const place = { host: host.toLowerCase(), port };
      return { operation: describeForward('ssh.forward.remote', session, place), place };
    }
    const wish = this.#granted.find((granted) => WISHES[granted].channelType === channelType);
    if (wish === undefined) return undefined;
    return { operation: describeWish(wish, session), place: { host: wish, port: 0 } };
  }

  // Both.

  #join(client: Channel | undefined, target: Channel, forward: Forward): void {
    if (client === undefined) return target.abort();
    const { session, direction, operation, place } = forward;
    const number = this.#parts.takeNumber();
    const frames = new ChannelFrames(session.recorder, number);
    frames.open({ kind: 'forward', direction, ...place });
    const { onActivity } = this.#parts;
    const rights = new HeldRights(session.guard, operation);
    const relay = new ChannelRelay(client, target, {
      session,
      number,
      frames,
      hasTerminal: false,
      onActivity,
      mayGoOn: () => {
        if (rights.areHeld) return true;
        session.guard.note('cancel', { channel: number, reason: RIGHTS_CHANGED });
        this.#parts.client.say(phrase(`${operation.text}: ${RIGHTS_CHANGED}`));
        client.abort();
        target.abort();
        return false;
      },
    });
    const [tried] = operation.actions;
    const note = (summary: ForwardSummary): void => {
      session.guard.note('forward', { operation: tried?.action, direction, ...place, ...summary });
    };
    relay.start((ends) => new ForwardHandler(ends, note));
  }

  /**
   * Asks whether it may happen. There is no answer any more once who asked has left.
   *
   * @param asker Default: the connection.
   */
  async #clear(
    access: OpenAccess,
    operation: GuardedOperation,
    { over, onWaiting }: Asker = this.#connection,
  ): Promise<Verdict> {
    if (over.aborted) return { kind: 'refused', message: phrase('the client has left') };
    const asked = Promise.withResolvers<Verdict>();
    const listener = { onVerdict: asked.resolve, onWaiting };
    const pending = this.#parts.clearance(access).clear(operation, listener);
    const withdraw = (): void => pending.withdraw('disconnected');
    over.addEventListener('abort', withdraw, { once: true });
    const verdict = await asked.promise;
    over.removeEventListener('abort', withdraw);
    return verdict;
  }

  /** What a peer made up ends in a refusal, what the gateway did wrong ends the connection. */
  #guarded(work: Promise<void>, refuseIt: () => void): void {
    work.catch((error: unknown) => {
      refuseIt();
      if (!(error instanceof ProtocolError)) this.#parts.onFailure(error);
    });
  }
}

/** Tells the target of a wish that was granted, before a program starts there; undefined if it was not. */
export type WishOutcome = ((target: Channel) => void) | undefined;

function describeForward(
  action: 'ssh.forward.local' | 'ssh.forward.remote',
  { account, target }: SessionOn<'ssh'>,
  { host, port }: ForwardPlace,
): GuardedOperation {
  const words = action === 'ssh.forward.local' ? 'connect to' : 'listen on';
  return {
    actions: [{ action, facts: { account, protocol: target.kind, host, port } }],
    text: `${words} ${host}:${port}`,
    meaning: { account },
    // Clients show why a channel was not opened, and nothing of one that will be.
    mayWait: false,
  };
}

function describeWish(wish: Wish, { account, target }: SessionOn<'ssh'>): GuardedOperation {
  return {
    actions: [{ action: WISHES[wish].action, facts: { account, protocol: target.kind } }],
    text: `forward ${wish}`,
    meaning: { account },
  };
}

/** Enters what is refused whatever the policies say. Returns what the client is told. */
function refuse(session: SessionOn<'ssh'>, operation: GuardedOperation, reason: string): string {
  const { text, actions } = operation;
  session.counts.operations += 1;
  session.counts.refused += 1;
  session.guard.sealRefusal(
    { kind: 'deny', policyId: undefined, reason },
    { text, actions: actions.map(({ action }) => action), relations: [] },
  );
  return phrase(`refused: ${reason}`);
}

function keyOf({ host, port }: ForwardPlace): string {
  return `${host}:${port}`;
}

function readPort(answer: Buffer): number {
  const reader = new SshReader(answer, 'REQUEST_SUCCESS tcpip-forward');
  const port = reader.uint32();
  reader.expectEnd();
  return port;
}
