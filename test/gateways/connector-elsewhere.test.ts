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
        [['connector'], 'ward-3'],
      ],
    });
    [first, second] = gateways.members as [Member, Member];
    const { token, authority } = await addConnector(first.api('petra'), 'ward-3');
    await writeConnector(directory, {
      ...{ name: 'ward-3', authority, token },
      // It knows nothing of the other gateway.
      gateways: [`127.0.0.1:${first.process.connectors?.port}`],
      targets: {
        [TARGET]: {
          kind: 'postgres',
          address: `${gateways.server.host}:${gateways.server.port}`,
          database: DATABASE,
          credential: { at: 'gateway' },
        },
      },
    });
    connector = await startConnector(directory);
    await eventually('its tunnel', async () => {
      const { tunnels } = await getConnector(second.api('petra'), 'ward-3');
      return tunnels.length > 0 ? tunnels : undefined;
    });
  });
  after(async () => {
    await connector?.[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });

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
    await connector?.signal('SIGKILL');
    for (const member of [first, second]) {
      const { stdout, stderr } = await count(member);
      assert.equal(stdout, '');
      assert.match(stderr, /does not answer/);
    }
  });
});
