import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryConnectorStore } from '../../test/connector/memory-connector-store.ts';
import type { AddedConnector, ConnectorList, ConnectorView } from '../api/connector.ts';
import type { EntryFields } from '../audit/ledger-port.ts';
import type { TunnelRecord } from '../gateway/connectors/connector-store.ts';
import { hashEnrolmentToken } from '../gateway/connectors/enrolment-desk.ts';
import type { Answer } from './answer.ts';
import {
  addConnector,
  getConnector,
  listConnectors,
  removeConnector,
} from './connector-handlers.ts';
import type { SignedInCall } from './handler.ts';

const NOW_MS = 1_800_000_000_000;

function open() {
  const store = new MemoryConnectorStore();
  const entries: EntryFields[] = [];
  const ledger = { works: true };
  const services = {
    connectors: { store, authorityPem: 'PEM' },
    processes: { list: async () => [] },
    ledger: {
      health: 'healthy',
      append(entry: EntryFields, _mode: string, done: (error: Error | undefined) => void) {
        if (ledger.works) entries.push(entry);
        setImmediate(() => done(ledger.works ? undefined : new Error('the disk is full')));
      },
    },
    nowMs: () => NOW_MS,
  } as const;
  return { store, entries, ledger, services };
}

function call(parts: { readonly path?: object; readonly json?: object }): SignedInCall {
  // What the handlers look at.
  return { ...parts, principal: { id: 'clinic:7' }, clientAddress: '10.0.0.1' } as SignedInCall;
}

function bodyOf<Body>(answer: Answer): Body {
  assert(answer.kind === 'json');
  return answer.body as Body;
}

describe('connectors in the control plane', () => {
  it('are added with a token that is shown once, and is kept and entered nowhere', async () => {
    const { services, store, entries } = open();
    const answer = await addConnector(services, call({ json: { name: 'ward-3' } }));
    const { token = '', authority, connector } = bodyOf<AddedConnector>(answer);
    assert.match(token, /^sct_[\w-]{43}$/);
    assert.equal(authority, 'PEM');
    assert.equal(connector.createdBy, 'clinic:7');
    assert.equal(connector.tokenExpiresAt, new Date(NOW_MS + 3_600_000).toISOString());
    assert(!JSON.stringify([entries, await store.list()]).includes(token));
    assert.deepEqual(
      entries.map(({ kind, connector: name, principal }) => [kind, name, principal]),
      [['connector.add', 'ward-3', 'clinic:7']],
    );
    assert(await store.useToken('ward-3', hashEnrolmentToken(token), NOW_MS));
    const again = await addConnector(services, call({ json: { name: 'ward-3' } }));
    assert(again.kind === 'problem' && again.problem.code === 'conflict');
  });

  it('get no token that enrol by tokens of their workload', async () => {
    const { services, entries } = open();
    const workload = { provider: 'cluster', claims: { sub: 'ward' } };
    const answer = await addConnector(services, call({ json: { name: 'pod', workload } }));
    const { token, connector } = bodyOf<AddedConnector>(answer);
    assert.equal(token, undefined);
    assert.deepEqual(connector.workload, workload);
    assert.deepEqual(entries[0]?.['workload'], workload);
  });

  it('are neither added nor removed while the ledger does not take it', async () => {
    const { services, store, ledger } = open();
    const workload = { provider: 'cluster', claims: { sub: 'ward' } };
    ledger.works = false;
    await assert.rejects(addConnector(services, call({ json: { name: 'pod', workload } })));
    assert.equal(await store.find('pod'), undefined);
    ledger.works = true;
    await addConnector(services, call({ json: { name: 'pod', workload } }));
    ledger.works = false;
    await assert.rejects(removeConnector(services, call({ path: { name: 'pod' } })));
    assert.notEqual(await store.find('pod'), undefined);
  });

  it('are shown with their tunnels, and removed', async () => {
    const { services, store, entries } = open();
    const added = await addConnector(services, call({ json: { name: 'ward-3' } }));
    const { id } = bodyOf<AddedConnector>(added).connector;
    const tunnel: TunnelRecord = {
      ...{ id: 't', connectorId: id, log: 'gw-1.0', openedAtMs: NOW_MS },
      facts: {
        ...{ remoteAddress: '10.3.0.7', version: '1', process: 'p', startedAtMs: NOW_MS },
        ...{ targets: [{ name: 'ward-db', kinds: ['bytes'] }], state: 'open' },
        health: { streams: 3, memoryBytes: 9, recordsWaiting: 1, unreachable: ['ward-db'] },
      },
    };
    await store.noteTunnels({ log: 'gw-1.0', gateway: 'gw-1', nowMs: NOW_MS }, [tunnel]);
    const path = { name: 'ward-3' };
    const shown = bodyOf<ConnectorView>(await getConnector(services, call({ path })));
    const { tunnels, state, problems } = shown;
    assert.equal(state, 'attached');
    assert.match(problems.join(), /^not enrolled yet: .*,does not reach its target ward-db$/);
    assert.deepEqual(tunnels, [
      {
        ...{ log: 'gw-1.0', state: 'open', since: new Date(NOW_MS).toISOString() },
        ...{ remoteAddress: '10.3.0.7', version: '1', streams: 3, memoryBytes: 9 },
        ...{ recordsWaiting: 1, targets: ['ward-db'], unreachable: ['ward-db'] },
      },
    ]);
    const left = bodyOf<ConnectorList>(await removeConnector(services, call({ path })));
    assert.deepEqual(left.connectors, []);
    assert.equal(entries.at(-1)?.kind, 'connector.remove');
    assert.deepEqual(bodyOf<ConnectorList>(await listConnectors(services)).connectors, []);
    for (const answer of [
      await getConnector(services, call({ path })),
      await removeConnector(services, call({ path })),
    ]) {
      assert(answer.kind === 'problem' && answer.problem.code === 'not-found');
    }
  });
});
