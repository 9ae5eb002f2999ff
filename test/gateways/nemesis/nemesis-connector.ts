import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually } from '../../connector/eventually.ts';
import {
  addConnector,
  type ConnectorProcess,
  getConnector,
  startConnector,
  writeConnector,
} from '../../connector/start-connector.ts';
import type { PrivatePostgres } from '../../e2e/private-postgres.ts';
import { FaultyLink } from '../../faults/matrix/faulty-link.ts';
import { openWallClock, type WallClock } from '../../faults/wall-clock.ts';
import { DATABASE, type Member } from '../environment.ts';
import type { GatewaySurroundings } from './nemesis-world.ts';

/** The connectors, and how many of the gateways each dials. One that it does not dial asks another for its streams. */
export const CONNECTORS = [
  { name: 'ward-3', dials: 3 },
  { name: 'ward-4', dials: 2 },
] as const;

/** Of the demo's people: may add connectors. */
const OPERATOR = 'petra';

/** A connector that can be killed, stopped and cut off. */
export interface NemesisConnector extends AsyncDisposable {
  readonly name: string;
  /** With the records of what it carried. */
  readonly recordsDirectory: string;
  /** The running process; another one after {@link NemesisConnector.start}. */
  readonly process: ConnectorProcess;
  /** Starts another process on the same directory: after the last one ended, or beside it. */
  start(): Promise<void>;
  /** To the gateways that it dials, in their order. */
  readonly gateways: readonly FaultyLink[];
  /** To the server of the targets. */
  readonly target: FaultyLink;
  readonly clock: WallClock;
}

/** What a connector is between. */
export interface ConnectorPlace {
  /** Where it may have its own. */
  readonly directory: string;
  readonly server: PrivatePostgres;
  readonly members: readonly Member[];
  readonly surroundings: readonly GatewaySurroundings[];
  /** Names of the target that it logs in to, and of the one that it carries bytes to. */
  readonly targets: readonly [loggedIn: string, relayed: string];
}

/** Has a connector enrol, and waits until it is met by all gateways that it dials. */
export async function startNemesisConnector(
  name: string,
  { directory, server, members, surroundings, targets: [loggedIn, relayed] }: ConnectorPlace,
): Promise<NemesisConnector> {
  await using started = new AsyncDisposableStack();
  const { dials } = CONNECTORS.find((connector) => connector.name === name) ?? { dials: 0 };
  const gateways = surroundings.slice(0, dials).map(({ connectors }) => {
    const link = connectors.get(name);
    assert(link);
    return link;
  });
  const target = started.use(await FaultyLink.open(server.port));
  const clock = await openWallClock(join(directory, `${name}.clock`));
  const [member] = members;
  assert(member);
  const { token, authority } = await addConnector(member.api(OPERATOR), name);
  const own = join(directory, name);
  const file = { kind: 'postgres', address: `127.0.0.1:${target.port}`, database: DATABASE };
  await writeConnector(own, {
    ...{ name, authority, token },
    gateways: gateways.map(({ port }) => `127.0.0.1:${port}`),
    targets: {
      [loggedIn]: { ...file, tls: { mode: 'disable' }, credential: { user: server.superuser } },
      [relayed]: { ...file, credential: { at: 'gateway' } },
    },
    settings: { drainTimeout: '2s' },
  });
  let process = await startConnector(own, clock);
  started.defer(async () => void (await process.signal('SIGKILL')));
  await eventually('its tunnels', async () => {
    const { tunnels } = await getConnector(member.api(OPERATOR), name);
    return tunnels.length === dials ? tunnels : undefined;
  });
  const cleanUp = started.move();
  return {
    ...{ name, gateways, target, clock, recordsDirectory: join(own, 'data/carried') },
    get process() {
      return process;
    },
    async start() {
      process = await startConnector(own, clock);
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
