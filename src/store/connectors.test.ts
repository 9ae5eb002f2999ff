import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { TunnelFacts } from '../gateway/connectors/connector-store.ts';
import { openPrivateStore, type PrivateStore } from './private-store.fixture.ts';

const NOW_MS = 1_800_000_000_000;
const CREATED_BY = 'clinic:7';
const FACTS: TunnelFacts = {
  remoteAddress: '10.3.0.7',
  version: '0.8.0',
  process: 'b5c0',
  startedAtMs: NOW_MS,
  targets: [{ name: 'ward-db', kinds: ['bytes'] }],
  state: 'open',
  health: undefined,
};

let own: PrivateStore;

function token(expiresAtMs = NOW_MS + 1): { readonly hash: Buffer; readonly expiresAtMs: number } {
  return { hash: randomBytes(32), expiresAtMs };
}

async function add(name: string, given = token()): Promise<string> {
  const id = randomUUID();
  const connector = { id, name, createdBy: CREATED_BY, workload: undefined };
  assert(await own.connectors.add(connector, given));
  return id;
}

describe('PostgresConnectors', () => {
  before(async () => {
    own = await openPrivateStore();
  });
  after(() => own[Symbol.asyncDispose]());

  it('lets a token be used once, by whoever comes first on any gateway', async () => {
    const given = token();
    const id = await add('once', given);
    const uses = await Promise.all(
      [own.connectors, own.otherConnectors, own.connectors, own.otherConnectors].map((connectors) =>
        connectors.useToken('once', given.hash, NOW_MS),
      ),
    );
    assert.deepEqual(
      uses.flatMap((use) => (use === undefined ? [] : [use.id])),
      [id],
    );
    assert.equal((await own.connectors.find('once'))?.tokenExpiresAtMs, undefined);
  });

  it('seals how earlier connectors enrol as it stands there, when it is told to', async () => {
    const { connectors } = own;
    await connectors.sealEarlier();
    const given = token();
    await add('earlier', given);
    const workload = { provider: 'ci', claims: { sub: 'ward' } };
    const other = { id: randomUUID(), name: 'earlier-job', createdBy: CREATED_BY, workload };
    await connectors.add(other, undefined);
    await own.query("update sallyport.connectors set sealed = null where name like 'earlier%'");
    assert.equal(await connectors.useToken('earlier', given.hash, NOW_MS), undefined);
    assert.equal(await connectors.sealEarlier(), 2);
    assert.deepEqual((await connectors.find('earlier-job'))?.workload, workload);
    assert((await connectors.useToken('earlier', given.hash, NOW_MS)) !== undefined);
  });

  it('lets no token be used that is over, of another name, or of a connector that was removed', async () => {
    const { connectors } = own;
    const over = token(NOW_MS);
    await add('over', over);
    assert.equal(await connectors.useToken('over', over.hash, NOW_MS), undefined);
    const good = token();
    const goodId = await add('good', good);
    assert.equal(await connectors.useToken('over', good.hash, NOW_MS), undefined);
    await connectors.remove(goodId);
    assert.equal(await connectors.useToken('good', good.hash, NOW_MS), undefined);
  });

  it('gives a name to one at a time, and another id to the next', async () => {
    const connectors = own.otherConnectors;
    const id = await add('ward-3');
    const again = { id: randomUUID(), name: 'ward-3', createdBy: CREATED_BY, workload: undefined };
    assert.equal(await connectors.add(again, token()), false);
    assert.equal(await connectors.remove(id), true);
    assert.equal(await connectors.remove(id), false);
    assert.equal(await connectors.noteCertificate(id, NOW_MS), false);
    assert.equal(await connectors.add(again, token()), true);
    assert.equal((await connectors.find('ward-3'))?.id, again.id);
  });

  it('lets nobody enrol by what somebody wrote into the store without the key', async () => {
    const { connectors } = own;
    const mine = token();
    const hex = (hash: Buffer): string => `decode('${hash.toString('hex')}', 'hex')`;
    const id = await add('ward-7');
    await own.query(
      `update sallyport.connectors set token_hash = ${hex(mine.hash)} where name = 'ward-7'`,
    );
    assert.equal(await connectors.useToken('ward-7', mine.hash, NOW_MS), undefined);
    await own.query(
      "update sallyport.connectors set removed_at = now(), token_hash = null where name = 'ward-7'",
    );
    const until = new Date(NOW_MS + 60_000).toISOString();
    const rule = `'{"provider": "cluster", "claims": {"sub": "me"}}'`;
    for (const sealed of ['null', `(select sealed from sallyport.connectors where id = '${id}')`]) {
      await own.query(
        `insert into sallyport.connectors (id, name, created_by, workload, token_hash, token_expires_at, sealed)
         values (gen_random_uuid(), 'ward-7', 'me', ${rule}, ${hex(mine.hash)}, '${until}', ${sealed})`,
      );
      assert.equal(await connectors.useToken('ward-7', mine.hash, NOW_MS), undefined);
      assert.equal((await connectors.find('ward-7'))?.workload, undefined);
      await own.query(
        "delete from sallyport.connectors where name = 'ward-7' and removed_at is null",
      );
    }
  });

  it('enrols nobody for another name, or after its hour, than a token was made for', async () => {
    const { connectors } = own;
    const renamed = token();
    await add('ward-8', renamed);
    await own.query("update sallyport.connectors set name = 'ward-9' where name = 'ward-8'");
    assert.equal(await connectors.useToken('ward-9', renamed.hash, NOW_MS), undefined);
    const over = token(NOW_MS);
    await add('ward-10', over);
    await own.query(
      "update sallyport.connectors set token_expires_at = 'infinity' where name = 'ward-10'",
    );
    assert.equal(await connectors.useToken('ward-10', over.hash, NOW_MS), undefined);
  });

  it('keeps of a rule for tokens of workloads what it was given', async () => {
    const workload = { provider: 'cluster', claims: { sub: 'system:serviceaccount:ward:conn' } };
    const connector = { id: randomUUID(), name: 'pod', createdBy: CREATED_BY, workload };
    await own.connectors.add(connector, undefined);
    const found = await own.otherConnectors.find('pod');
    assert.deepEqual(found?.workload, workload);
    assert.equal(found?.tokenExpiresAtMs, undefined);
  });

  it('knows the tunnels that processes said to have of late', async () => {
    const { connectors } = own;
    const connectorId = await add('tunnels');
    const tunnel = (log: string) => ({
      ...{ id: randomUUID(), connectorId, log, openedAtMs: NOW_MS, facts: FACTS },
    });
    const [one, two, other] = [tunnel('gw-1.0'), tunnel('gw-1.0'), tunnel('gw-2.0')];
    const end = (log: string, nowMs: number) => ({ log, gateway: log.slice(0, 4), nowMs });
    await connectors.noteTunnels(end('gw-1.0', NOW_MS), [one, two]);
    await connectors.noteTunnels(end('gw-1.1', NOW_MS), []);
    await connectors.noteTunnels(end('gw-2.0', NOW_MS - 60_000), [other]);
    const ids = async (sinceMs: number) =>
      (await own.otherConnectors.listTunnels(sinceMs)).map(({ id }) => id).toSorted();
    assert.deepEqual(await ids(NOW_MS - 1), [one.id, two.id].toSorted());
    assert.deepEqual(await connectors.listEnds('gw-1', NOW_MS), ['gw-1.0', 'gw-1.1']);
    assert.deepEqual(await connectors.listEnds('gw-2', NOW_MS), []);
    await connectors.noteTunnels(end('gw-1.0', NOW_MS + 5), [two]);
    assert.deepEqual(await ids(0), [two.id, other.id].toSorted());
    const { health: _, ...said } = FACTS;
    assert.deepEqual((await connectors.listTunnels(NOW_MS))[0]?.facts, said);
    await connectors.forgetEnd('gw-1.0');
    assert.deepEqual(await ids(0), [other.id]);
    assert.deepEqual(await connectors.listEnds('gw-1', 0), ['gw-1.1']);
  });

  it('remembers when there last was a tunnel, however it ended', async () => {
    const { connectors } = own;
    const id = await add('gone');
    const seenAt = async () => (await own.otherConnectors.find('gone'))?.seenAtMs;
    const begin = (log: string, nowMs: number) =>
      connectors.noteTunnels({ log, gateway: 'gw-8', nowMs }, [
        { id: randomUUID(), connectorId: id, log, openedAtMs: NOW_MS, facts: FACTS },
      ]);
    assert.equal(await seenAt(), undefined);
    await begin('gw-8.0', NOW_MS);
    await begin('gw-8.1', NOW_MS - 7);
    assert.equal(await seenAt(), NOW_MS);
    await connectors.noteTunnels({ log: 'gw-8.0', gateway: 'gw-8', nowMs: NOW_MS + 1 }, []);
    await connectors.forgetEnd('gw-8.1');
    assert.deepEqual(
      (await connectors.listTunnels(0)).filter(({ connectorId }) => connectorId === id),
      [],
    );
    assert.equal(await seenAt(), NOW_MS);
  });

  it('goes forward only in what is entered of records', async () => {
    const { connectors } = own;
    const id = await add('records');
    assert.equal(await connectors.findEntered(id, 'p'), undefined);
    await connectors.noteEntered(id, 'p', { sequence: 7, digest: 'seven' });
    await connectors.noteEntered(id, 'p', { sequence: 5, digest: 'five' });
    assert.deepEqual(await connectors.findEntered(id, 'p'), { sequence: 7, digest: 'seven' });
    assert.equal(await connectors.findEntered(id, 'q'), undefined);
  });
});
