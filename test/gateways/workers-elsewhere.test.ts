import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTunnelIdentity, type TunnelIdentity } from '../../src/bin/open-tunnel-identity.ts';
import { PeerError } from '../../src/gateway/peers/peer-error.ts';
import { PeerLink } from '../../src/gateway/peers/peer-link.ts';
import { UpstreamError } from '../../src/protocols/upstream-error.ts';
import { openStore } from '../../src/store/open-store.ts';
import { SILENT_LOG } from '../../src/telemetry/log.ts';
import type { StreamRequest } from '../../src/wire/tunnel/stream-request.ts';
import { eventually } from '../connector/eventually.ts';
import {
  addConnector,
  getConnector,
  startConnector,
  writeConnector,
} from '../connector/start-connector.ts';
import { runPsql } from '../e2e/run-client.ts';
import { DATABASE, type Gateways, type Member, startGateways, TARGET } from './environment.ts';
import { OneAtATime } from './one-at-a-time.ts';

const WORKERS = 2;
/** Where nobody is: RFC 5737. A gateway that connected to it would fail. */
const NOWHERE = '192.0.2.1:5432';
const ROWS = 10_000;

const REQUEST: StreamRequest = {
  ...{ target: TARGET, kind: 'bytes', sessionId: 'ses_1', principalId: 'clinic:ana' },
};

describe('a connector that is attached to one process of one of several gateways', () => {
  let gateways: Gateways;
  let first: Member;
  let second: Member;
  const opened = new AsyncDisposableStack();
  before(async () => {
    gateways = opened.use(
      await startGateways({
        count: 2,
        gateway: [
          [['gateway', 'workers'], WORKERS],
          [['listeners', 'connectors'], { address: '127.0.0.1:0' }],
        ],
        target: [
          [['address'], NOWHERE],
          [['connector'], 'ward-3'],
        ],
      }),
    );
    [first, second] = gateways.members as [Member, Member];
    const directory = await mkdtemp(join(tmpdir(), 'sallyport-workers-elsewhere-'));
    opened.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 3 }));
    const place = opened.use(await OneAtATime.open(() => first.process.connectors?.port ?? 0));
    const { token, authority } = await addConnector(first.api('petra'), 'ward-3');
    await writeConnector(directory, {
      ...{ name: 'ward-3', authority, token },
      gateways: [`127.0.0.1:${place.port}`],
      targets: {
        [TARGET]: {
          ...{ kind: 'postgres', database: DATABASE, credential: { at: 'gateway' } },
          address: `${gateways.server.host}:${gateways.server.port}`,
        },
      },
    });
    opened.use(await startConnector(directory));
    await eventually('its tunnel', async () => {
      const { tunnels } = await getConnector(second.api('petra'), 'ward-3');
      return tunnels.length > 0 || undefined;
    });
  });
  after(() => opened.disposeAsync());

  async function useAll(member: Member): Promise<void> {
    const text = `select repeat('x', 100) from generate_series(1, ${ROWS})`;
    // Connections are dealt out in turn.
    for (let client = 0; client < 2 * WORKERS; client += 1) {
      const { stdout, stderr } = await runPsql(member.side('ana'), ['-Atc', text]);
      assert.equal(stdout.length, ROWS * 101, stderr);
    }
  }

  async function prove(name: string): Promise<TunnelIdentity> {
    const { SALLYPORT_STORE = '', SALLYPORT_MASKING_KEY = '' } = gateways.environment;
    const store = opened.use(
      await openStore({
        connection: { kind: 'external', connectionString: SALLYPORT_STORE },
        onConnectionLost: () => undefined,
      }),
    );
    const maskingKey = Buffer.from(SALLYPORT_MASKING_KEY, 'hex');
    return opened.use(await openTunnelIdentity({ store, maskingKey }, name, SILENT_LOG));
  }

  /** A link to the listener of one process of the first gateway, as who has the gateways' keys. */
  async function linkAs(name: string): Promise<PeerLink> {
    const identity = await prove(name);
    const opening = /"listener":"processes","host":"127.0.0.1","port":(\d+)/;
    const port = opening.exec(first.process.log())?.[1];
    const place = { name: first.name, host: '127.0.0.1', port: Number(port) };
    return opened.use(new PeerLink(place, () => identity.current));
  }

  it('carries sessions of every process of both', async () => {
    const { tunnels } = await getConnector(first.api('petra'), 'ward-3');
    assert.equal(tunnels.length, 1);
    await useAll(first);
    await useAll(second);
  });

  it('is lent by a process to those of its own gateway, and for targets of its own file', async () => {
    const stranger = await linkAs(second.name);
    await assert.rejects(
      stranger.openStream(['ward-3'], REQUEST, AbortSignal.timeout(60_000)),
      PeerError,
    );
    const own = await linkAs(first.name);
    for (const [names, target] of [
      [['ward-3'], 'elsewhere'],
      [['ward-4'], TARGET],
      [['ward-3', 'ward-4'], TARGET],
    ] as const) {
      await assert.rejects(
        own.openStream(names, { ...REQUEST, target }, AbortSignal.timeout(60_000)),
        UpstreamError,
      );
    }
    await assert.rejects(Array.fromAsync(own.ask({ kind: 'logs' })), PeerError);
  });
});
