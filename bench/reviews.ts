import { hash } from 'node:crypto';
import { loadavg } from 'node:os';
import { EventHub } from '../src/control-plane/event-hub.ts';
import type { Principal } from '../src/identity/principal.ts';
import { SILENT_LOG } from '../src/telemetry/log.ts';
import {
  as,
  OLGA,
  type OneProcess,
  person,
  startTwoProcesses,
  tryBulkRead,
  until,
} from '../test/access/agreement.fixture.ts';

/** Operations that wait while the others are measured: 50 principals with 20 each. */
const PRINCIPALS = 50;
const WAITING_EACH = 20;
/** Open pages, each of another person: every second one of an officer, who is told of all of it. */
const LISTENERS = 1_000;
const ROUNDS = 200;

/**
 * Measures how long an approval at one process takes until another process may run what waited for it,
 * alone, while a thousand operations wait, and while a thousand pages are told of it, too; and what such a
 * crowd costs a session that waits for nobody.
 */
async function main(): Promise<void> {
  await using both = await startTwoProcesses();
  const { one, other } = both;
  await report('approval → may run, nothing else waits', () => measureApprovals(one, other));
  await report('decide + look-up of a session, nothing waits', () => measureOthers(one));
  const startedAt = performance.now();
  const sessions = Array.from({ length: PRINCIPALS }, (_, index) =>
    one.openSession(person(`okta:crowd-${index}`, ['analysts'])),
  );
  const held = sessions.flatMap((session) =>
    Array.from({ length: WAITING_EACH }, (_, index) =>
      tryBulkRead(session, { sentText: `SELECT ${index} FROM patients` }),
    ),
  );
  // Opened in the order in which they were tried.
  const last = held.at(-1)?.opened.id ?? '';
  await until(() => other.service.findRequest(as(OLGA), last));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${held.length} operations wait after ${seconds} s\n`);
  await report('approval → may run, 1000 others wait', () => measureApprovals(one, other));
  await report('decide + look-up of a session, 1000 wait', () => measureOthers(one));
  const gone = new AbortController();
  const told = listenToAll(other, gone.signal);
  await report('approval → may run, 1000 wait, 1000 pages listen', () =>
    measureApprovals(one, other),
  );
  process.stdout.write(`${told.events} events were told over ${told.streams} streams\n`);
  gone.abort();
  for (const { opened } of held) opened.withdraw('cancelled');
  await Promise.all(held.map(({ outcome }) => outcome));
}

async function measureApprovals(one: OneProcess, other: OneProcess): Promise<readonly number[]> {
  const session = one.openSession(person('okta:measured', ['analysts']));
  const durations: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { opened, outcome } = tryBulkRead(session);
    const id = opened.id ?? '';
    await until(() => other.service.findRequest(as(OLGA), id));
    const startedAt = performance.now();
    await Promise.all([other.service.review(as(OLGA), id, { verdict: 'approve' }), outcome]);
    durations.push(performance.now() - startedAt);
  }
  return durations;
}

/** A sign-in asks the store for its token, an operation asks for its decision. */
async function measureOthers(one: OneProcess): Promise<readonly number[]> {
  const session = one.openSession(person('okta:bystander', ['analysts']));
  const durations: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    session.decide({}, () => []);
    await one.access.stores.people.find(hash('sha256', String(round)));
    durations.push(performance.now() - startedAt);
  }
  return durations;
}

/** Opens the pages at a process, and counts what they are told. */
function listenToAll(
  { service }: OneProcess,
  signal: AbortSignal,
): { readonly events: number; readonly streams: number } {
  const hub = new EventHub({
    access: service,
    sessions: { listChanged: async () => [] },
    authorize: () => ({ kind: 'deny', policyId: undefined, reason: 'not asked here' }),
    nowMs: Date.now,
    log: SILENT_LOG,
  });
  const told = { events: 0, streams: 0 };
  const listen = async (principal: Principal): Promise<void> => {
    // Whoever is too slow to be told is cut off, and listens anew, as a browser does.
    while (!signal.aborted) {
      const answer = await hub.serve(callOf(principal, signal));
      if (answer.kind !== 'stream') throw new Error('Cannot listen: the hub is full');
      told.streams += 1;
      for await (const { kind } of answer.messages) if (kind === 'event') told.events += 1;
    }
  };
  for (let index = 0; index < LISTENERS; index++) {
    void listen(person(`okta:page-${index}`, [index % 2 === 0 ? 'officers' : 'nurses']));
  }
  return told;
}

function callOf(principal: Principal, signal: AbortSignal): Parameters<EventHub['serve']>[0] {
  return {
    ...{ path: undefined, query: undefined, form: new URLSearchParams(), json: undefined },
    ...{ clientAddress: '127.0.0.1', signIn: undefined, signal, principal },
    isStillSignedIn: async () => true,
  };
}

/** Prints how long each took, the CPU time of both processes for it, and how busy the machine was. */
async function report(what: string, measure: () => Promise<readonly number[]>): Promise<void> {
  const before = process.cpuUsage();
  const durations = await measure();
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000 / durations.length;
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(
    `${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (CPU ${cpuMs.toFixed(1)} ms each, load ${loadavg()[0]?.toFixed(1)})\n`,
  );
}

await main();
process.exit();
