import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccessRequest } from '../../access/access-request.ts';
import type { AccessEvent } from '../../access/access-service.ts';
import type { Delivery, DeliveryStore, WantedDelivery } from '../../access/delivery.ts';
import { BREAK_GLASS, OPERATION } from '../../access/request.fixture.ts';
import type { Alert } from '../../signals/alert-store.ts';
import type { Log } from '../../telemetry/log.ts';
import { type Channel, ChannelError } from './channel.ts';
import { Courier } from './courier.ts';
import type { Notice } from './notice.ts';
import type { Warning } from './warning.ts';

/** The store's rules, in memory. */
/** What a channel is told, of what. */
type Subject =
  | WantedDelivery
  | { readonly channel: string; readonly occasion: 'signal'; readonly alertId: string };

class MemoryDeliveries implements DeliveryStore {
  readonly #requests: ReadonlyMap<string, AccessRequest>;
  readonly all: (Delivery & { dueAtMs: number; done: boolean; failed: boolean })[] = [];

  constructor(requests: ReadonlyMap<string, AccessRequest>) {
    this.#requests = requests;
  }

  async addMissedEnds(_sinceMs: number, nowMs: number): Promise<void> {
    const told = this.all.filter(({ occasion }) => occasion === 'opened');
    const over = told.filter((each) => this.#requests.get(subjectOf(each))?.state !== 'pending');
    await this.add(
      over.map((each) => ({
        channel: each.channel,
        requestId: subjectOf(each),
        occasion: 'ended',
      })),
      nowMs,
    );
  }

  async add(wanted: Parameters<DeliveryStore['add']>[0], nowMs: number): Promise<void> {
    for (const each of wanted) {
      const isKnown = this.all.some(
        (known) =>
          known.channel === each.channel &&
          subjectOf(known) === subjectOf(each) &&
          known.occasion === each.occasion,
      );
      if (isKnown) continue;
      this.#keep(each, nowMs);
    }
  }

  /** As the store keeps them with their alerts. */
  warnOf(alertIds: readonly string[], nowMs: number): void {
    for (const alertId of alertIds) {
      this.#keep({ channel: 'chat', occasion: 'signal', alertId }, nowMs);
    }
  }

  #keep(subject: Subject, nowMs: number): void {
    const id = String(this.all.length);
    const more = { attempts: 0, createdAtMs: nowMs, receipt: undefined };
    this.all.push({ ...subject, ...more, id, dueAtMs: nowMs, done: false, failed: false });
  }

  async take(channel: string, { nowMs, againAtMs }: { nowMs: number; againAtMs: number }) {
    const due = this.all.filter(
      (each) => each.channel === channel && !each.done && each.dueAtMs <= nowMs,
    );
    return due.map((each) => {
      const earlier = this.all.findLast(
        (known) =>
          known.channel === channel &&
          subjectOf(known) === subjectOf(each) &&
          known.receipt !== undefined,
      );
      each.dueAtMs = againAtMs;
      Object.assign(each, { attempts: each.attempts + 1 });
      return { ...each, receipt: earlier?.receipt };
    });
  }

  async finish(id: string, receipt: string | undefined): Promise<void> {
    Object.assign(this.all[Number(id)] ?? {}, { done: true, receipt });
  }

  async postpone(id: string, againAtMs: number): Promise<void> {
    Object.assign(this.all[Number(id)] ?? {}, { dueAtMs: againAtMs });
  }

  async fail(id: string): Promise<void> {
    Object.assign(this.all[Number(id)] ?? {}, { done: true, failed: true });
  }
}

/** Id of what a message is about. */
function subjectOf(subject: Subject): string {
  return subject.occasion === 'signal' ? subject.alertId : subject.requestId;
}

class Recorded implements Channel {
  readonly name: string;
  readonly groups: readonly string[];
  readonly got: (readonly [Notice, string | undefined])[] = [];
  readonly warnings: Warning[] = [];
  /** What the next deliveries do instead. */
  readonly failures: (() => Promise<never>)[] = [];

  constructor(name: string, groups: readonly string[] = []) {
    this.name = name;
    this.groups = groups;
  }

  async deliver(notice: Notice, receipt: string | undefined): Promise<string> {
    const failure = this.failures.shift();
    if (failure !== undefined) await failure();
    this.got.push([notice, receipt]);
    return `receipt of ${notice.occasion}`;
  }

  async warn(warning: Warning): Promise<void> {
    const failure = this.failures.shift();
    if (failure !== undefined) await failure();
    this.warnings.push(warning);
  }
}

const ALERTS: readonly Alert[] = ['open', 'closed'].map((id) => ({
  id,
  rule: 'rows',
  principalId: 'okta:ana',
  target: 'hospital',
  atMs: OPERATION.createdAtMs,
  summary: 'okta:ana was shown 2000 rows today, usually 20',
  entries: [{ log: 'gw-1.0', seq: 4 }],
  state: id === 'open' ? 'open' : 'dismissed',
}));

const LOG = { write: () => undefined } as unknown as Log;

interface World {
  readonly courier: Courier;
  readonly deliveries: MemoryDeliveries;
  readonly requests: Map<string, AccessRequest>;
  tell(event: AccessEvent): void;
}

function open(channels: readonly Channel[], requests: readonly AccessRequest[] = []): World {
  const known = new Map(requests.map((request) => [request.id, request]));
  const deliveries = new MemoryDeliveries(known);
  let listener: (event: AccessEvent) => void = () => undefined;
  const courier = new Courier({
    channels,
    deliveries,
    findRequest: async (id) => known.get(id),
    findAlert: async (id) => ALERTS.find((alert) => alert.id === id),
    listWaiting: async () => [...known.values()].filter(({ end }) => end === undefined),
    subscribe: (heard) => {
      listener = heard;
      return () => undefined;
    },
    consoleUrl: () => undefined,
    nowMs: () => OPERATION.createdAtMs,
    log: LOG,
  });
  return { courier, deliveries, requests: known, tell: (event) => listener(event) };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isSo(); turn++) await new Promise(setImmediate);
  assert.ok(isSo(), 'it did not come to that');
}

function refuse(): Promise<never> {
  return Promise.reject(new ChannelError('chat', 'it answered with status 500'));
}

describe('Courier', () => {
  it('warns of an alert once, again after a failure, and not of one that was closed', async () => {
    const chat = new Recorded('chat');
    await using world = openDisposable([chat], []);
    const { deliveries } = world;
    chat.failures.push(refuse);
    deliveries.warnOf(['open', 'closed'], OPERATION.createdAtMs);
    world.tell({ kind: 'resync' });
    await until(() => chat.failures.length === 0 && deliveries.all[1]?.done === true);
    for (const each of deliveries.all) each.dueAtMs = 0;
    world.tell({ kind: 'resync' });
    await until(() => deliveries.all.every(({ done }) => done));
    assert.deepEqual(
      chat.warnings.map(({ alertId, title }) => [alertId, title]),
      [['open', 'Alert: okta:ana was shown 2000 rows today, usually 20']],
    );
  });

  it('tells a channel once that a request waits, and once that it is over', async () => {
    const chat = new Recorded('chat');
    await using world = openDisposable([chat], [OPERATION]);
    await until(() => chat.got.length === 1);
    world.tell({ kind: 'request.opened', requestId: OPERATION.id });
    world.tell({ kind: 'request.changed', requestId: OPERATION.id });
    world.requests.set(OPERATION.id, { ...OPERATION, state: 'rejected' });
    world.tell({ kind: 'request.changed', requestId: OPERATION.id });
    await until(() => chat.got.length === 2);
    assert.deepEqual(
      chat.got.map(([{ occasion }, receipt]) => [occasion, receipt]),
      [
        ['opened', undefined],
        ['ended', 'receipt of opened'],
      ],
    );
  });

  it('tells that a request is over although nobody listened when it ended', async () => {
    const chat = new Recorded('chat');
    await using world = openDisposable([chat], [OPERATION]);
    await until(() => chat.got.length === 1);
    world.requests.set(OPERATION.id, { ...OPERATION, state: 'withdrawn' });
    world.tell({ kind: 'resync' });
    await until(() => chat.got.length === 2);
    assert.equal(chat.got[1]?.[0].occasion, 'ended');
  });

  it('tells only channels of groups that may review', async () => {
    const officers = new Recorded('officers', ['officers']);
    const others = new Recorded('others', ['lawyers']);
    await using _ = openDisposable([others, officers], [OPERATION]);
    await until(() => officers.got.length === 1);
    assert.equal(others.got.length, 0);
  });

  it('lets a channel that hangs, or fails, delay no other', async () => {
    const hanging = new Recorded('hanging');
    const failing = new Recorded('failing');
    const chat = new Recorded('chat');
    const { promise, resolve } = Promise.withResolvers<void>();
    hanging.failures.push(() => promise.then(refuse));
    failing.failures.push(refuse);
    await using world = openDisposable([hanging, failing, chat], [OPERATION]);
    await until(() => chat.got.length === 1);
    await until(() =>
      world.deliveries.all.some(
        ({ attempts, dueAtMs, channel }) =>
          channel === 'failing' && attempts === 1 && dueAtMs === OPERATION.createdAtMs + 5_000,
      ),
    );
    assert.equal(hanging.got.length, 0);
    resolve();
  });

  it('waits for as long as a channel asks, within bounds', async () => {
    const patient = new Recorded('patient');
    const endless = new Recorded('endless');
    const throttle = (againAfterMs: number) => () =>
      Promise.reject(new ChannelError('chat', 'too many', { againAfterMs }));
    patient.failures.push(throttle(60_000));
    endless.failures.push(throttle(3_600_000));
    await using world = openDisposable([patient, endless], [OPERATION]);
    const waits = (): unknown =>
      world.deliveries.all.map(({ channel, dueAtMs }) => [
        channel,
        dueAtMs - OPERATION.createdAtMs,
      ]);
    const expected = JSON.stringify([
      ['patient', 60_000],
      ['endless', 600_000],
    ]);
    await until(() => JSON.stringify(waits()) === expected);
  });

  it('alerts the channels that a grant names', async () => {
    const pager = new Recorded('pager', ['nobody']);
    const chat = new Recorded('chat', ['nobody']);
    await using world = openDisposable([pager, chat], [BREAK_GLASS]);
    world.tell({ kind: 'alert', requestId: BREAK_GLASS.id, channels: ['pager'] });
    await until(() => pager.got.length === 1);
    assert.equal(pager.got[0]?.[0].occasion, 'alert');
    assert.equal(chat.got.length, 0);
  });

  it('does not say that something waits which is over by then', async () => {
    const chat = new Recorded('chat');
    const other = new Recorded('other');
    const { promise, resolve } = Promise.withResolvers<void>();
    chat.failures.push(() => promise as Promise<never>);
    const second: AccessRequest = { ...OPERATION, id: 'req_9' };
    await using world = openDisposable([chat, other], [OPERATION, second]);
    await until(() => other.got.length === 2);
    world.requests.set(second.id, { ...second, state: 'withdrawn' });
    resolve();
    await until(
      () =>
        world.deliveries.all.filter(({ channel, done }) => channel === 'chat' && done).length === 2,
    );
    assert.deepEqual(
      chat.got.map(([{ requestId }]) => requestId),
      [OPERATION.id],
    );
  });
});

function openDisposable(
  channels: readonly Channel[],
  requests: readonly AccessRequest[],
): World & AsyncDisposable {
  const world = open(channels, requests);
  return { ...world, [Symbol.asyncDispose]: () => world.courier[Symbol.asyncDispose]() };
}
