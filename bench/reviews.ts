import { hash } from 'node:crypto';
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
const ROUNDS = 200;

/**
 * Measures how long an approval at one process takes until another process may run what waited for it,
 * alone and while a thousand operations wait, and what such a crowd costs a session that waits for nobody.
 */
async function main(): Promise<void> {
  await using both = await startTwoProcesses();
  const { one, other } = both;
  print('approval → may run, nothing else waits', await measureApprovals(one, other));
  print('decide + look-up of a session, nothing waits', await measureOthers(one));
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
  print('approval → may run, 1000 others wait', await measureApprovals(one, other));
  print('decide + look-up of a session, 1000 wait', await measureOthers(one));
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

function print(what: string, durations: readonly number[]): void {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms\n`);
}

await main();
process.exit();
