import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import {
  type ConnectorIdentity,
  isToRenew,
  keepIdentity,
  pairIdentity,
  readIdentity,
} from '../../src/connector/connector-identity.ts';
import { eventually } from './eventually.ts';
import { issueFor } from './raw-peer.ts';
import {
  type EchoTarget,
  type GatewaySide,
  giveToken,
  openConnector,
  openEchoWorld,
  REQUEST,
  type TunnelWorld,
} from './tunnel-world.ts';

const SIGNAL = AbortSignal.timeout(120_000);

let world: TunnelWorld;
let gateway: GatewaySide;
let echo: EchoTarget;
const opened = new AsyncDisposableStack();

before(async () => {
  ({ world, gateway, echo } = await openEchoWorld(opened));
});
after(() => opened.disposeAsync());

/** A certificate that is over soon, as one would be that was issued a day ago. */
async function issueShort(name: string, lifetimeMs: number): Promise<ConnectorIdentity> {
  const token = await giveToken(world, name);
  assert(token);
  const record = await world.store.find(name);
  assert(record);
  await world.store.noteCertificate(record.id, Date.now() + lifetimeMs);
  const peer = { role: 'connector', name, id: record.id } as const;
  const { certificatePem, keyPem } = await issueFor(world.authority, peer, lifetimeMs);
  return pairIdentity(certificatePem, keyPem);
}

describe('the certificate of a connector', () => {
  it('is renewed at half of its life, over the tunnel, which goes on with its streams', async () => {
    // Valid since an hour ago, as all are: more than half of its life is over.
    const identity = await issueShort('ward-3', 20_000);
    assert(isToRenew(identity, Date.now()));
    await using connector = await openConnector(world, {
      ...{ name: 'ward-3', ports: [gateway.listener.port], identity },
      targets: { 'ward-db': echo.port },
    });
    const { stream } = await gateway.connectors.openStream(['ward-3'], REQUEST, SIGNAL);
    const data = join(connector.directory, 'data');
    const renewed = await eventually('another certificate', async () => {
      const kept = await readIdentity(data);
      return kept !== undefined && kept.notAfterMs > identity.notAfterMs ? kept : undefined;
    });
    assert.notEqual(renewed.keyPem, identity.keyPem);
    assert.match(await readFile(join(data, 'connector.pem'), 'utf8'), /PRIVATE KEY/);
    const record = await world.store.find('ward-3');
    assert((record?.certificateExpiresAtMs ?? 0) > identity.notAfterMs);
    stream.end('after the renewal');
    assert.equal((await buffer(stream)).toString(), 'after the renewal');
    assert(
      world.entries.some(
        ({ kind, by, connector: of }) =>
          kind === 'connector.enrol' && by === 'certificate' && of === 'ward-3',
      ),
    );
  });

  it('is asked for again where the tunnel is lost before the answer', async () => {
    const identity = await issueShort('ward-7', 60_000);
    const { store } = world;
    const noteCertificate = store.noteCertificate.bind(store);
    const asked = Promise.withResolvers<void>();
    store.noteCertificate = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    await using connector = await openConnector(world, {
      ...{ name: 'ward-7', ports: [gateway.listener.port], identity },
      targets: { 'ward-db': echo.port },
    });
    await asked.promise;
    store.noteCertificate = noteCertificate;
    gateway.connectors.tunnels.find(({ peer }) => peer.name === 'ward-7')?.end('lost');
    const data = join(connector.directory, 'data');
    await eventually('another certificate', async () => {
      const kept = await readIdentity(data);
      return kept !== undefined && kept.notAfterMs > identity.notAfterMs ? kept : undefined;
    });
  });

  it('is not taken if it is not valid now', async () => {
    const identity = await issueShort('ward-8', 60_000);
    const { authority } = world;
    const issue = authority.issue.bind(authority);
    // As a gateway would whose clock is two days behind.
    authority.issue = (peer, key) => issue(peer, key, -86_400_000);
    try {
      await using connector = await openConnector(world, {
        ...{ name: 'ward-8', ports: [gateway.listener.port], identity },
        targets: { 'ward-db': echo.port },
      });
      await eventually('its word on it', async () =>
        world.logged.some((line) => line.includes('"where":"certificate"')) ? true : undefined,
      );
      assert.deepEqual(await readIdentity(join(connector.directory, 'data')), identity);
      const { stream } = await gateway.connectors.openStream(
        ['ward-8'],
        { ...REQUEST, sessionId: 'session-8' },
        SIGNAL,
      );
      stream.end('goes on');
      assert.equal((await buffer(stream)).toString(), 'goes on');
    } finally {
      authority.issue = issue;
    }
  });

  it('ends the tunnel when it is over and was not renewed', async () => {
    const identity = await issueShort('ward-4', 6_000);
    await using connector = await openConnector(world, {
      ...{ name: 'ward-4', ports: [gateway.listener.port], identity },
      targets: { 'ward-db': echo.port },
    });
    // The store does not take the renewal of one that it does not know.
    world.store.noteCertificate = async () => true;
    assert(connector);
    await eventually('its end', async () =>
      world.logged.some((line) => line.includes('"ward-4","reason":"certificate expired"'))
        ? true
        : undefined,
    );
  });

  it('is kept with its key, or not at all', async () => {
    const one = await issueShort('ward-5', 60_000);
    const other = await issueShort('ward-6', 60_000);
    assert.throws(() => pairIdentity(one.certificatePem, other.keyPem), /another key/);
    await using connector = await openConnector(world, {
      ...{ name: 'ward-5', ports: [gateway.listener.port], identity: one },
      targets: {},
    });
    const kept = join(connector.directory, 'kept');
    assert.equal(await readIdentity(kept), undefined);
    await keepIdentity(kept, one);
    assert.deepEqual(await readIdentity(kept), one);
  });
});
