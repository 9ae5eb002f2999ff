import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { query, signIn } from '../../e2e/raw-connection.ts';
import { missingFrom, NumberedLoad, readExecuted } from '../numbered-statements.ts';
import type { FaultWorld } from './fault-world.ts';
import type { Fault } from './faults.ts';
import { MaskedReader } from './masked-reader.ts';
import type { SealedNumbers } from './sealed-numbers.ts';

const CLIENTS = 4;
/** Milliseconds before a fault begins, at most. */
const BEFORE_MS_MAX = 150;
/** Milliseconds after the end of a fault until everything works again. */
const RESUME_MS_MAX = 60_000;
/** Milliseconds between attempts. */
const ATTEMPT_MS = 100;

/** What clients saw in one run. */
export interface RoundReport {
  readonly faults: readonly string[];
  readonly sent: number;
  readonly acknowledged: number;
  readonly executed: number;
  /** Statements answered by an error, by its SQLSTATE. */
  readonly refused: Readonly<Record<string, number>>;
  /** Sent, and never answered: the connection was cut. */
  readonly unanswered: number;
  /** What became of a sign-in in the middle of the fault: `in`, or why not. */
  readonly signIn: string;
  /** Milliseconds from the end of the fault until a new session ran a statement. */
  readonly resumeMs: number;
  /** Results that the masked reader got. */
  readonly maskedResults: number;
}

/** How a run is made: what fails, for how long. */
export interface RoundPlan {
  readonly faults: readonly Fault[];
  readonly beforeMs: number;
  readonly lastsMs: number;
}

/** Chooses what one run does. @param random From 0 to below 1. */
export function planRound(faults: readonly Fault[], random: () => number): RoundPlan {
  const pick = (): Fault => {
    const fault = faults[Math.floor(random() * faults.length)];
    assert(fault, 'there are faults');
    return fault;
  };
  const first = pick();
  const second = random() < 0.25 ? pick() : first;
  const chosen = second === first ? [first] : [first, second];
  const [min, max] = first.lastsMs;
  return {
    faults: chosen,
    beforeMs: Math.floor(random() * BEFORE_MS_MAX),
    lastsMs: Math.floor(min + random() * (max - min)),
  };
}

/**
 * Runs clients, lets something fail beneath them, ends it, and checks: acknowledged within executed, executed within
 * sealed, refused and executed apart, no hidden value in any byte, and that all works again by itself.
 *
 * @param first The number of the first statement.
 * @throws {AssertionError} With the numbers that are missing.
 */
export async function runRound(
  world: FaultWorld,
  plan: RoundPlan,
  { first, sealed }: { readonly first: number; readonly sealed: SealedNumbers },
): Promise<{ readonly report: RoundReport; readonly next: number }> {
  const { stack, target } = world;
  const load = new NumberedLoad(first);
  await load.start(stack.side(), CLIENTS);
  const reader = new MaskedReader(stack);
  await delay(plan.beforeMs);
  const heals: (() => Promise<unknown>)[] = [];
  for (const fault of plan.faults) heals.push(await fault.inject(world));
  const trySignIn = attemptSignIn(world);
  await delay(plan.lastsMs);
  await Promise.all(heals.map((heal) => heal()));
  const healedAt = performance.now();
  await resume(world);
  const resumeMs = Math.round(performance.now() - healedAt);
  const outcome = await load.finish();
  const { results, leaks } = await reader.finish();

  const executed = await readExecuted(target, first);
  await sealed.readOn();
  const { sent, acknowledged, refused } = outcome;
  assert.equal(leaks, 0, 'a hidden value was shown');
  assert.deepEqual(missingFrom(executed, acknowledged), [], 'acknowledged, never executed');
  assert.deepEqual(missingFrom(sealed.numbers, executed), [], 'executed, never sealed');
  const both = [...refused.keys()].filter((number) => executed.has(number));
  assert.deepEqual(both, [], 'refused, yet executed');
  return {
    next: load.next,
    report: {
      faults: plan.faults.map(({ name }) => name),
      sent: sent.size,
      acknowledged: acknowledged.size,
      executed: executed.size,
      refused: countBy(refused.values()),
      unanswered: sent.size - acknowledged.size - refused.size,
      signIn: await trySignIn,
      resumeMs,
      maskedResults: results,
    },
  };
}

/** Resolves once a new session ran a statement. */
async function resume({ stack }: FaultWorld): Promise<void> {
  const until = performance.now() + RESUME_MS_MAX;
  let last: unknown;
  while (performance.now() < until) {
    try {
      using session = await signIn(stack.side());
      session.send(query('SELECT 1'));
      const answer = await session.messagesUntil('Z');
      if (answer.some(({ type }) => type === 'D')) return;
    } catch (error) {
      last = error;
    }
    await delay(ATTEMPT_MS);
  }
  assert.fail(`nothing works again: ${String(last)}\n${stack.gateway().log().slice(-2_000)}`);
}

async function attemptSignIn({ stack }: FaultWorld): Promise<string> {
  try {
    using session = await signIn(stack.side());
    return session.socket.destroyed ? 'cut' : 'in';
  } catch (error) {
    return /"C":"([0-9A-Z]{5})"/.exec(String(error))?.[1] ?? 'cut';
  }
}

function countBy(codes: Iterable<string>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
