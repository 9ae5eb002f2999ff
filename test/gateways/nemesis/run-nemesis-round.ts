import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Side } from '../../e2e/environment.ts';
import { query, signIn } from '../../e2e/raw-connection.ts';
import { missingFrom, NumberedLoad, readExecuted } from '../../faults/numbered-statements.ts';
import type { NemesisFault } from './nemesis-fault.ts';
import { type NemesisWorld, pick, sidesOf } from './nemesis-world.ts';

/** Clients of each gateway and target. */
const CLIENTS = 2;
/** Of {@link sidesOf}. */
const WAYS = [0, 1] as const;
/** Milliseconds before a fault begins, at most. */
const BEFORE_MS_MAX = 150;
/** Milliseconds after the end of a fault until each gateway works again. */
const RESUME_MS_MAX = 60_000;
const ATTEMPT_MS = 100;
/** Milliseconds for one gateway before the next is tried: the least that libpq's `connect_timeout` takes. */
const HOST_MS_MAX = 2_000;

/** A fault, and which one of several it comes to. */
export interface PlannedFault {
  readonly fault: NemesisFault;
  /** From 0 to below 1. */
  readonly share: number;
}

/** How one run is made. */
export interface NemesisPlan {
  /** Those that are there at the same time. */
  readonly faults: readonly PlannedFault[];
  readonly beforeMs: number;
  readonly lastsMs: number;
}

/** What clients saw in one run. */
export interface NemesisReport {
  /** Names. */
  readonly faults: readonly string[];
  readonly sent: number;
  readonly acknowledged: number;
  readonly executed: number;
  readonly refused: number;
  /** Sent, and never answered: the connection was cut. */
  readonly unanswered: number;
  /** Milliseconds from the fault until a new session ran a statement, for a client that tries one gateway after another. */
  readonly elsewhereMs: number;
  /** Milliseconds from the end of the fault until new sessions to both targets ran a statement on every gateway. */
  readonly resumeMs: number;
}

/**
 * Each fault by itself, and after that two that disturb different parts.
 *
 * @param run From 0.
 * @param random From 0 to below 1.
 */
export function planNemesis(
  faults: readonly NemesisFault[],
  run: number,
  random: () => number,
): NemesisPlan {
  const fault = faults[run] ?? pick(faults, random());
  const others = faults.filter(({ part }) => part !== fault.part);
  const planned = [{ fault, share: random() }];
  if (run >= faults.length && others.length > 0) {
    planned.push({ fault: pick(others, random()), share: random() });
  }
  const [min, max] = fault.lastsMs;
  return {
    faults: planned,
    beforeMs: Math.floor(random() * BEFORE_MS_MAX),
    lastsMs: Math.floor(min + random() * (max - min)),
  };
}

/**
 * Runs clients on all gateways, disturbs what they go through, ends that, and checks over all ledgers: acknowledged
 * within executed, executed within sealed, refused and executed apart, and that every gateway works again by itself.
 *
 * @param first The number of the first statement.
 * @throws {AssertionError} With the numbers that are missing.
 */
export async function runNemesisRound(
  world: NemesisWorld,
  { faults, beforeMs, lastsMs }: NemesisPlan,
  first: number,
): Promise<{ readonly report: NemesisReport; readonly next: number }> {
  const { members, target } = world;
  const load = new NumberedLoad(first);
  for (const member of members) {
    for (const way of WAYS) await load.startReturning(() => sidesOf(member)[way], CLIENTS);
  }
  await delay(beforeMs);
  const heals: (() => Promise<unknown>)[] = [];
  for (const { fault, share } of faults) heals.push(await fault.inject(world, share));
  const faultAt = performance.now();
  const from = Math.floor((faults[0]?.share ?? 0) * members.length);
  // The gateway that is disturbed is tried first.
  const inTurn = [...members.slice(from), ...members.slice(0, from)];
  const elsewhere = openAnywhere(() => inTurn.map((member) => sidesOf(member)[0])).then(() =>
    Math.round(performance.now() - faultAt),
  );
  await delay(lastsMs);
  // Together: what is to start may need what is cut off.
  await Promise.all(heals.map((heal) => heal()));
  const healedAt = performance.now();
  for (const member of members) {
    for (const way of WAYS) await untilOpen(() => sidesOf(member)[way]);
  }
  const resumeMs = Math.round(performance.now() - healedAt);
  const elsewhereMs = await elsewhere;
  const { sent, acknowledged, refused } = await load.finish();

  const executed = await readExecuted(target, first);
  const sealed = await world.readSealed();
  assert.deepEqual(missingFrom(executed, acknowledged), [], 'acknowledged, never executed');
  assert.deepEqual(missingFrom(sealed, executed), [], 'executed, never sealed');
  const both = [...refused.keys()].filter((number) => executed.has(number));
  assert.deepEqual(both, [], 'refused, yet executed');
  return {
    next: load.next,
    report: {
      faults: faults.map(({ fault }) => fault.name),
      sent: sent.size,
      acknowledged: acknowledged.size,
      executed: executed.size,
      refused: refused.size,
      unanswered: sent.size - acknowledged.size - refused.size,
      elsewhereMs,
      resumeMs,
    },
  };
}

/** Opens a session where it can be opened first, as libpq does with several hosts. */
async function openAnywhere(sides: () => readonly Side[]): Promise<void> {
  const until = performance.now() + RESUME_MS_MAX;
  while (performance.now() < until) {
    for (const side of sides()) if (await canOpen(side)) return;
    await delay(ATTEMPT_MS);
  }
  assert.fail('no gateway takes sessions');
}

async function untilOpen(side: () => Side): Promise<void> {
  const until = performance.now() + RESUME_MS_MAX;
  while (!(await canOpen(side()))) {
    assert(performance.now() < until, 'a gateway does not take sessions again');
    await delay(ATTEMPT_MS);
  }
}

/** Whether a session can be opened, and runs a statement. */
async function canOpen(side: Side): Promise<boolean> {
  const over = new AbortController();
  const opening = open(side);
  const late = delay(HOST_MS_MAX, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([opening, late]);
  } finally {
    over.abort();
  }
}

async function open(side: Side): Promise<boolean> {
  try {
    using session = await signIn(side);
    session.send(query('SELECT 1'));
    const answer = await session.messagesUntil('Z');
    return answer.some(({ type }) => type === 'D');
  } catch {
    return false;
  }
}
