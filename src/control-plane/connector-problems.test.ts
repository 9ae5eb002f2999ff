import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  ConnectorRecord,
  TunnelFacts,
  TunnelRecord,
} from '../gateway/connectors/connector-store.ts';
import {
  describeConnectorState,
  findConnectorProblems,
  type ObservedConnector,
} from './connector-problems.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 6, 5, 11);
const HOUR_MS = 3_600_000;
const RECORD: ConnectorRecord = {
  ...{ id: 'c', name: 'ward-3', createdAtMs: 0, createdBy: 'clinic:7', workload: undefined },
  ...{ tokenExpiresAtMs: undefined, certificateExpiresAtMs: NOW_MS + 13 * HOUR_MS },
  seenAtMs: NOW_MS,
};
const WORKLOAD = { provider: 'cluster', claims: { sub: 'ward' } };

function tunnel(facts: Partial<TunnelFacts> = {}): TunnelRecord {
  return {
    ...{ id: 't', connectorId: 'c', log: 'gw-1.0', openedAtMs: NOW_MS },
    facts: {
      ...{ remoteAddress: '10.3.0.7', version: '0.9.0', process: 'p', startedAtMs: 0 },
      ...{ targets: [], state: 'open', health: undefined, ...facts },
    },
  };
}

function observe(
  record: Partial<ConnectorRecord> = {},
  tunnels: readonly TunnelRecord[] = [tunnel()],
): ObservedConnector {
  return { record: { ...RECORD, ...record }, tunnels, newestGateway: '0.9.0', nowMs: NOW_MS };
}

function stateOf(...states: readonly TunnelFacts['state'][]): string {
  return describeConnectorState(
    observe(
      {},
      states.map((state) => tunnel({ state })),
    ),
  );
}

describe('what is wrong with a connector', () => {
  it('is nothing while it is attached and its identity lasts', () => {
    assert.deepEqual(findConnectorProblems(observe()), []);
    assert.equal(stateOf('leaving', 'suspect', 'open'), 'attached');
  });

  it('is that nothing comes of it, and since when', () => {
    assert.deepEqual(findConnectorProblems(observe({}, [])), [
      'silent since 2026-11-22 06:05:11 UTC: it is attached to no gateway',
    ]);
    assert.deepEqual(findConnectorProblems(observe({ seenAtMs: undefined }, [])), [
      'enrolled, and attached to no gateway yet',
    ]);
    const suspect = observe({}, [tunnel({ state: 'suspect' })]);
    assert.match(findConnectorProblems(suspect).join(), /^suspect: nothing comes/);
    assert.deepEqual(
      [stateOf(), stateOf('leaving'), stateOf('leaving', 'suspect')],
      ['silent', 'leaving', 'suspect'],
    );
  });

  it('is that its identity was not renewed in time, and what to do when it is over', () => {
    const until = (leftMs: number, more: Partial<ConnectorRecord> = {}) =>
      findConnectorProblems(observe({ certificateExpiresAtMs: NOW_MS + leftMs, ...more }));
    assert.deepEqual(until(6 * HOUR_MS), []);
    assert.deepEqual(until(6 * HOUR_MS - 1), [
      'identity expires in 5 h, at 2026-11-22 12:05:10 UTC, and was not renewed',
    ]);
    assert.match(until(1).join(), /^identity expires in less than an hour/);
    assert.match(until(0).join(), /^identity expired at .*: remove it, add it again/);
    assert.match(until(0, { workload: WORKLOAD }).join(), /: it enrols again once a token/);
  });

  it('is that it never enrolled, and whether it still can', () => {
    const enrolment = (record: Partial<ConnectorRecord>) => {
      const absent = { certificateExpiresAtMs: undefined, seenAtMs: undefined };
      const connector = observe({ ...absent, ...record }, []);
      assert.equal(describeConnectorState(connector), 'not-enrolled');
      return findConnectorProblems(connector).join();
    };
    assert.match(enrolment({ tokenExpiresAtMs: NOW_MS + 1 }), /its token is good until 2026-11-22/);
    assert.match(enrolment({ tokenExpiresAtMs: NOW_MS }), /its token is over: remove it/);
    assert.match(enrolment({ workload: WORKLOAD }), /no token of its workload came/);
  });

  it('is which targets it does not reach, each once', () => {
    const health = { streams: 0, memoryBytes: 0, recordsWaiting: 0, unreachable: ['b', 'a'] };
    const connector = observe({}, [tunnel({ health }), tunnel({ health })]);
    assert.deepEqual(findConnectorProblems(connector), [
      'does not reach its target a',
      'does not reach its target b',
    ]);
  });

  it('is that it is older than gateways, unless a newer process of it is attached, too', () => {
    const old = tunnel({ version: '0.8.0' });
    assert.deepEqual(findConnectorProblems(observe({}, [old])), [
      'upgrade pending: it runs 0.8.0, and gateways 0.9.0',
    ]);
    assert.deepEqual(findConnectorProblems(observe({}, [old, tunnel()])), []);
  });
});
