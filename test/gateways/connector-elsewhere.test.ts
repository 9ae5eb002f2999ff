import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../connector/eventually.ts';
import {
  addConnector,
  type ConnectorProcess,
  getConnector,
  startConnector,
  writeConnector,
} from '../connector/start-connector.ts';
import { callApi } from '../e2e/call-api.ts';
import { type ClientOutcome, runPsql } from '../e2e/run-client.ts';
import { DATABASE, type Gateways, type Member, startGateways, TARGET } from './environment.ts';

/** Where nobody is: RFC 5737. A gateway that connected to it would fail. */
const NOWHERE = '192.0.2.1:5432';

describe('a connector that is attached to one of several gateways', () => {
  let gateways: Gateways;
  let first: Member;
  let second: Member;
  let directory: string;
  let connector: ConnectorProcess | undefined;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-elsewhere-'));
    gateways = await startGateways({
      count: 2,
      gateway: [[['listeners', 'connectors'], { address: '127.0.0.1:0' }]],
      target: [
        [['address'], NOWHERE],
        [['connector'], ['ward-3', 'ward-4']],
      ],
    });
    [first, second] = gateways.members as [Member, Member];
    // It knows nothing of the other gateway.
    connector = await attach('ward-3', [first]);
  });
  after(async () => {
    await connector?.[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

  /** Resolves once the connector has a tunnel to each. */
  async function attach(name: string, members: readonly Member[]): Promise<ConnectorProcess> {
    const { token, authority } = await addConnector(first.api('petra'), name);
    const own = join(directory, name);
    await writeConnector(own, {
      ...{ name, authority, token },
      gateways: members.map(({ process }) => `127.0.0.1:${process.connectors?.port}`),
      targets: {
        [TARGET]: {
          kind: 'postgres',
          address: `${gateways.server.host}:${gateways.server.port}`,
          database: DATABASE,
          credential: { at: 'gateway' },
        },
      },
    });
    const attached = await startConnector(own);
    await eventually('its tunnels', async () => {
      const { tunnels } = await getConnector(second.api('petra'), name);
      return tunnels.length === members.length || undefined;
    });
    return attached;
  }

  async function count(member: Member): Promise<ClientOutcome> {
    return runPsql(member.side('ana'), ['-Atc', 'select count(*) from patients']);
  }

  it('carries sessions of both', async () => {
    assert.equal((await count(first)).stdout, '50\n');
    // The gateways have found each other by the time the one that has it says so in the store.
    const { stdout, stderr } = await count(second);
    assert.equal(stdout, '50\n', stderr);
  });

  it('brings as much to the other as there is', async () => {
    const { stdout } = await runPsql(second.side('ana'), [
      '-Atc',
      "select repeat('x', 1000) from generate_series(1, 20000)",
    ]);
    assert.equal(stdout.length, 20_000 * 1_001);
  });

  it('is missed by both when it is gone, in words of the client', async () => {
    const { state, problems } = await getConnector(second.api('petra'), 'ward-3');
    assert.deepEqual([state, problems], ['attached', []]);
    await connector?.signal('SIGKILL');
    for (const member of [first, second]) {
      const { stdout, stderr } = await count(member);
      assert.equal(stdout, '');
      assert.match(stderr, /does not answer/);
    }
    const silent = await eventually('that it is silent', async () => {
      const view = await getConnector(second.api('petra'), 'ward-3');
      return view.state === 'silent' ? view : undefined;
    });
    assert.match(silent.problems.join(), /^silent since .* UTC: it is attached to no gateway$/);
  });

  it('carries nothing more for any of them once it is removed on one', async () => {
    await using removed = await attach('ward-4', [first, second]);
    const sleeping = [first, second].map((member) =>
      runPsql(member.side('ana'), ['-Atc', 'select pg_sleep(600)']),
    );
    await eventually('both sessions at the target', async () => {
      const query = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'select pg_sleep%'`;
      return Number(await gateways.server.execute(query)) === 2 || undefined;
    });
    await callApi(second.api('petra'), 'POST', '/v1/connectors/ward-4/remove');
    for (const { stdout, stderr } of await Promise.all(sleeping)) {
      assert.equal(stdout, '');
      assert.notEqual(stderr, '');
    }
    for (const member of [first, second]) {
      assert.match((await count(member)).stderr, /does not answer/);
    }
    await assert.rejects(getConnector(first.api('petra'), 'ward-4'), /404/, removed.log());
  });
});
