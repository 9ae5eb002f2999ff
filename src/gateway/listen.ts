import { createServer, type Server, type Socket } from 'node:net';
import { clientAddressOf } from '../identity/client-address.ts';
import { SignInPlaces } from '../identity/sign-in-places.ts';
import type { ClientProtocol } from '../targets/target.ts';
import { logConnectionRefused, logUnexpectedError } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { type DoorServices, GatewayDoor } from './door.ts';
import type { ProtocolListener } from './serve-protocol.ts';
import { stopAccepting } from './stop-accepting.ts';

/** Connections that the system keeps for us while we are busy. */
const BACKLOG = 4_096;
/** How long a connection may be silent before the kernel asks whether the peer still lives. */
const KEEP_ALIVE_AFTER_MS = 60_000;

/** What a listener does with its connections. */
export interface ListenOptions extends ProtocolListener {
  readonly services: DoorServices;
  readonly log: Log;
  /** Descriptor of a socket that somebody else has opened, and keeps open; its address is not asked for then. */
  readonly descriptor: number | undefined;
  /** Sockets of this listener at most, signed in or not. */
  readonly socketsMax: number;
  readonly signal: AbortSignal;
}

/** An open listener. */
export interface Listener {
  readonly protocol: ClientProtocol;
  readonly host: string;
  readonly port: number;
  /** Takes no more connections but those that wait already. Resolves once the last of them is over. */
  close(): Promise<void>;
}

/** Opens a listener. Each connection is served on its own: one that is slow or broken delays no other. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { address, descriptor, log, socketsMax, signIns, signal } = options;
  const places = signIns && new SignInPlaces(signIns);
  const served = new Tally();
  const server: Server = createServer(
    {
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
      pauseOnConnect: true,
      allowHalfOpen: true,
    },
    (socket) => {
      if (places === undefined) return serve(options, served, socket);
      const onSignedIn = places.take(clientAddressOf(socket));
      if (onSignedIn === undefined) return refuse(socket, log);
      socket.once('close', onSignedIn);
      serve(options, served, socket, onSignedIn);
    },
  );
  server.maxConnections = socketsMax;
  server.on('drop', (dropped) => {
    const clientAddress = clientAddressOf(dropped ?? {});
    logConnectionRefused(log, { clientAddress, reason: 'too many connections' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const place = descriptor === undefined ? address : { fd: descriptor };
    server.listen({ ...place, backlog: BACKLOG }, () => {
      server.off('error', reject);
      server.on('error', (error) => logUnexpectedError(log, 'listener', error));
      resolve();
    });
  });
  signal.addEventListener('abort', () => server.close(), { once: true });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  const { kind: protocol } = options.protocol;
  const close = async (): Promise<void> => {
    await stopAccepting(server);
    // A session takes its socket apart: to the server it is gone.
    await served.untilNone();
  };
  return { protocol, host: address.host, port, close };
}

// oxlint-disable-next-line max-params -- what a listener has, and one connection
/** Not async: a frame that waits for the end would hold the socket, which a session takes apart. */
function serve(
  { protocol, boundTo, services, log, signal }: ListenOptions,
  served: Tally,
  socket: Socket,
  onSignedIn?: () => void,
): void {
  const clientAddress = clientAddressOf(socket);
  const clientPort = socket.remotePort ?? 0;
  const door = new GatewayDoor(services, {
    protocol: protocol.kind,
    clientAddress,
    clientPort,
    boundTo,
    onSignedIn,
  });
  served.add(protocol.serve(socket, door, signal).catch(reportTo(log)));
}

/** Counts what runs. */
class Tally {
  #count = 0;
  #waiting: (() => void)[] = [];

  add(work: Promise<unknown>): void {
    this.#count += 1;
    void work.then(() => {
      this.#count -= 1;
      if (this.#count === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  untilNone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#waiting.push(resolve);
    });
  }
}

function refuse(socket: Socket, log: Log): void {
  const clientAddress = clientAddressOf(socket);
  const reason = 'too many connections that have not signed in';
  logConnectionRefused(log, { clientAddress, reason });
  socket.destroy();
}

function reportTo(log: Log): (error: unknown) => void {
  return (error) => logUnexpectedError(log, 'connection', error);
}
