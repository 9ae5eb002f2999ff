import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { runPsql } from '../e2e/run-client.ts';
import { eventually } from './eventually.ts';
import { type NetworkedClient, type Outcome, openClients } from './networked-clients.ts';
import {
  CONNECTOR,
  DATABASE_PORT,
  type NetworkedWorld,
  startNetworkedWorld,
} from './networked-world.ts';
import { getConnector } from './start-connector.ts';
import { CUT, type ThreeNetworks } from './three-networks.ts';

const LINKS = ['gateway', 'target'] as const;

/** What clients print when nobody answers for a target. */
const NO_ANSWER = /does not answer/;
/** What clients print whose session a link has ended. */
const ENDED: Readonly<Record<string, RegExp>> = {
  psql: /terminating connection because the target closed its side/,
  ssh: /the target closed the connection/,
  kubectl: /error|EOF/i,
  curl: /^curl: \(\d+\)/,
};

let world: NetworkedWorld;
let networks: ThreeNetworks;
let clients: readonly NetworkedClient[];
const opened = new AsyncDisposableStack();

before(async () => {
  world = opened.use(await startNetworkedWorld());
  ({ networks } = world);
  clients = await openClients(world, opened);
});
after(() => opened.disposeAsync());

/** All clients ask at the same time, and get what they ask for. */
async function askAll(): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      const { name, answer } = client;
      const outcome = { name, ...(await client.ask()) };
      assert.deepEqual(outcome, { name, stdout: answer, stderr: '', status: 0 });
    }),
  );
}

function startAll() {
  const running = clients.map((client) => ({ name: client.name, client: client.start() }));
  return {
    goOn: () => Promise.all(running.map(({ client }) => client.goOn())),
    stop: () => Promise.all(running.map(({ client }) => client.stop())),
    ended: () =>
      Promise.all(running.map(async ({ name, client }) => ({ name, ...(await client.ended) }))),
  };
}

/** The states of its tunnels, as the control plane knows them. */
async function listStates(): Promise<string> {
  const { tunnels } = await getConnector(world.api, CONNECTOR);
  return tunnels.map(({ state }) => state).join(' ');
}

function ask(name: string): Promise<Outcome> {
  const client = clients.find((other) => other.name === name);
  assert(client);
  return client.ask();
}

describe('a gateway, a connector and a target in three networks', () => {
  it('has no way between gateway and target but the connector', async () => {
    const socket = connect(DATABASE_PORT, networks.targetAddress);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.match(error.code ?? '', /ENETUNREACH|EHOSTUNREACH/);
  });

  it('has psql, ssh, kubectl and curl work, with credentials that only the connector has', async () => {
    assert.deepEqual(
      clients.map(({ name }) => name),
      ['psql', 'ssh', 'kubectl', 'curl'],
    );
    await askAll();
  });

  for (const link of LINKS) {
    it(`has all of them work when the link of the ${link} is slow, and when it loses`, async () => {
      const running = startAll();
      await running.goOn();
      for (const trouble of [{ delayMs: 100 }, { loss: 0.03 }]) {
        await networks.change(link, trouble);
        await askAll();
        await running.goOn();
      }
      await networks.change(link);
      await running.stop();
    });
  }

  it('has much come through whole though both links lose', async () => {
    for (const link of LINKS) await networks.change(link, { loss: 0.02 });
    const { stdout } = await runPsql(world.environment.gateway, [
      '-Atc',
      "select repeat('x', 1000) from generate_series(1, 2000)",
    ]);
    for (const link of LINKS) await networks.change(link);
    assert.equal(stdout.length, 2_000 * 1_001);
  });

  it('has sessions outlive a cut of the link of the gateway, and new ones once it is back', async () => {
    const running = startAll();
    await running.goOn();
    await networks.change('gateway', CUT);
    await eventually('that the tunnel does not answer', async () =>
      (await listStates()).includes('suspect') ? true : undefined,
    );
    await networks.change('gateway');
    await running.goOn();
    await askAll();
    await running.stop();
  });

  it('has sessions wait while the link of the target is cut, and says that it does not answer', async () => {
    const running = startAll();
    await running.goOn();
    await networks.change('target', CUT);
    const goneOn = running.goOn();
    // A connection that is kept for the next request is not known to be cut: what uses it waits.
    const waiting = [ask('kubectl'), ask('curl')];
    for (const { stderr, status } of await Promise.all([ask('psql'), ask('ssh')])) {
      assert.notEqual(status, 0);
      assert.match(stderr, NO_ANSWER);
    }
    await networks.change('target');
    await goneOn;
    for (const { stdout, stderr, status } of await Promise.all(waiting)) {
      if (status !== 0) assert.match(stdout + stderr, NO_ANSWER);
    }
    await askAll();
    await running.stop();
  });

  it('ends sessions with a word when the link of the gateway stays cut', async () => {
    const running = startAll();
    await running.goOn();
    await networks.change('gateway', CUT);
    // psql looks at its connection when it has something to say.
    const goneOn = running.goOn().catch(() => undefined);
    const asked = Promise.all(clients.map((client) => client.ask()));
    for (const { name, stderr, status } of await running.ended()) {
      assert.notEqual(status, 0, name);
      assert.match(stderr, ENDED[name] ?? /^$/, name);
    }
    await goneOn;
    for (const { stdout, stderr, status } of await asked) {
      assert.notEqual(status, 0);
      assert.match(stdout + stderr, NO_ANSWER);
    }
    await networks.change('gateway');
    await eventually('a tunnel', async () =>
      (await listStates()).includes('open') ? true : undefined,
    );
    await askAll();
  });

  it('changes the connector for a new one without ending a session', async () => {
    const [psql] = clients;
    assert(psql);
    const running = psql.start();
    await running.goOn();
    const left = world.connector.signal('SIGTERM');
    await world.startConnector();
    await askAll();
    await running.goOn();
    await running.stop();
    // It would wait for the connections that the gateway keeps for the next request.
    void world.connector.signal('SIGTERM');
    assert.equal(await left, 0);
    await askAll();
  });
});
