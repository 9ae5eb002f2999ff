import type { ClientProtocol } from '../targets/target.ts';

/** What a gateway serves, each at sockets of its own. */
export type ServedAt = ClientProtocol | 'api' | 'metrics' | 'connectors' | 'gateways';

/** Descriptors of sockets that listened before the gateway started, in the order in which they were passed. */
export type PassedSockets = Readonly<Partial<Record<ServedAt, readonly number[]>>>;

/** The first descriptor that is passed: those before are the standard streams. @see sd_listen_fds(3) */
const FIRST_DESCRIPTOR = 3;
const NAMES: ReadonlySet<string> = new Set<ServedAt>([
  'postgres',
  'ssh',
  'http',
  'api',
  'metrics',
  'connectors',
  'gateways',
]);

/**
 * Reads which sockets systemd, or who works like it, has passed to a process. Sockets for another process are none.
 *
 * @throws {Error} If it cannot be told what a socket is for: what was meant to be served would not be.
 * @see sd_listen_fds_with_names(3)
 */
export function readPassedSockets(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): PassedSockets {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined) return {};
  const count = Number(LISTEN_FDS);
  const names = LISTEN_FDNAMES?.split(':') ?? [];
  if (!Number.isSafeInteger(count) || count < 0 || names.length !== count) {
    throw new Error('Cannot take the sockets that were passed: each needs a name (LISTEN_FDNAMES)');
  }
  const sockets: Partial<Record<ServedAt, number[]>> = {};
  for (const [index, name] of names.entries()) {
    if (!isServed(name)) {
      const known = [...NAMES].join(', ');
      throw new Error(
        `Cannot take the socket "${name}" that was passed: its name is none of ${known}`,
      );
    }
    const descriptors = (sockets[name] ??= []);
    descriptors.push(FIRST_DESCRIPTOR + index);
  }
  return sockets;
}

/**
 * Refuses sockets for which there are not as many listeners.
 *
 * @throws {Error} If some would not be served, or a listener would have none.
 */
export function checkPassedSockets(
  sockets: PassedSockets,
  listeners: Readonly<Record<ServedAt, number>>,
): void {
  for (const [name, descriptors] of Object.entries(sockets)) {
    const wanted = listeners[name as ServedAt];
    if (descriptors.length === wanted) continue;
    throw new Error(
      `Cannot take the sockets that were passed: ${descriptors.length} are for ${name}, and sallyport.yaml has ${wanted} of its listeners`,
    );
  }
}

function isServed(name: string): name is ServedAt {
  return NAMES.has(name);
}
