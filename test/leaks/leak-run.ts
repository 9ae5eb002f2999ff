import { setTimeout } from 'node:timers/promises';
import { type Column, decodeRowDescription } from '../../src/wire/postgres/row-description.ts';
import type { Attack, Step } from './attacks.ts';
import type { Answer, Detector, Sighting } from './detector.ts';
import type { Door, LeakClient } from './leak-client.ts';

/** The same database twice, alike in all but what is to be masked. */
export interface Worlds {
  readonly a: Door;
  readonly b: Door;
}

/** A value that came out, or an answer that depends on one. */
export interface Leak {
  readonly attack: string;
  readonly text: string;
  readonly form: string;
  /** Planted values, or pieces of them, in the answer. Empty: the answers only differ. */
  readonly sightings: readonly Sighting[];
  /** Where the two answers part, in characters around it; undefined if they are the same. */
  readonly difference: string | undefined;
}

export interface LeakRunOptions {
  readonly worlds: Worlds;
  readonly detector: Detector;
  /** Whether the masks leave nothing by which the worlds' answers may differ. */
  readonly expectsSameAnswers: boolean;
  readonly onLeak: (leak: Leak) => void;
}

/** What a run did. A run of which nothing was answered proves nothing. */
export interface LeakRunOutcome {
  readonly steps: number;
  /** Steps that were answered with at least one row. */
  readonly withRows: number;
  readonly leaks: number;
  /** Steps that were sent again because the gateway could not parse anything for a moment. */
  readonly repeated: number;
  /** Attacks that were not finished, as a refusal that would not come again had failed a transaction, or came in one world only. */
  readonly abandoned: number;
}

/**
 * What a gateway says for the milliseconds after a text broke its parser, whatever the statement: it may be over in one world and not
 * yet in the other.
 */
const PASSING_REFUSAL = 'the parser is being replaced';

/**
 * What it says before, or once, it has read a changed catalog, which it does every few seconds: between the same two steps in one world, and
 * not in the other. What another session made for a moment may be known in one, too.
 */
const CATALOG_REFUSAL =
  /has changed since this statement was prepared|the relation .* is not known/u;

/** A step is sent again this often, as many milliseconds apart, before its answer is taken as it is. */
const REPEATS_MAX = 40;
const REPEAT_DELAY_MS = 50;

/** What legitimately differs from one server to the next, or from one moment to the next. */
const CHANGEABLE =
  /pg_stat_activity|pg_stat_get|pg_locks|pg_prepared_statement|pg_cursor|now\(|_timestamp\(|timeofday|random|txid|_xact|_lsn|_wal_|_time\(|_pid\(|inet_|show all|pg_settings|_stats = on|debug5|pg_authid|snapshot/i;

/** Runs attacks against both worlds, step by step, and looks for what they learn. */
export async function runAttacks(
  attacks: Iterable<Attack>,
  options: LeakRunOptions,
): Promise<LeakRunOutcome> {
  const counts = { steps: 0, withRows: 0, leaks: 0, repeated: 0, abandoned: 0 };
  let sessions: readonly LeakClient[] = [];
  const open = async (startup?: Attack['startup']): Promise<void> => {
    for (const session of sessions) session.close();
    const { a, b } = options.worlds;
    sessions = await Promise.all([a.open(startup), b.open(startup)]);
  };
  await open();
  for (const attack of attacks) {
    // Attacks that are rolled back leave a session as it was.
    const isOwnSession = attack.steps.at(-1)?.text !== 'ROLLBACK';
    if (isOwnSession || sessions.some((session) => !session.isOpen)) await open(attack.startup);
    for (const step of attack.steps) {
      const [a, b] = await Promise.all(
        sessions.map((session) => runStep(session, step, () => (counts.repeated += 1))),
      );
      if (a === undefined || b === undefined) break;
      counts.steps += 1;
      const isMomentary =
        [a, b].some(isPassingRefusal) || isCatalogRefusal(a) !== isCatalogRefusal(b);
      if (a.rows.length > 0 && !isMomentary) counts.withRows += 1;
      const expectsSameAnswers = options.expectsSameAnswers && !isMomentary;
      const leak = findLeak(attack, step, [a, b], { ...options, expectsSameAnswers });
      if (leak !== undefined) {
        counts.leaks += 1;
        options.onLeak(leak);
      }
      if (!isMomentary) continue;
      counts.abandoned += 1;
      await open();
      break;
    }
    if (isOwnSession) await open();
    else if (attack.name.startsWith('prepared'))
      await Promise.all(sessions.map((session) => session.run('DEALLOCATE ALL', 'simple')));
  }
  for (const session of sessions) session.close();
  return counts;
}

/** Runs a step, again and again while the gateway refuses whatever comes. */
async function runStep(session: LeakClient, step: Step, onRepeat: () => void): Promise<Answer> {
  for (let repeats = 0; ; repeats++) {
    const answer = await session.run(step.text, step.form);
    if (!isPassingRefusal(answer) || !isIdle(answer) || repeats === REPEATS_MAX) return answer;
    onRepeat();
    await setTimeout(REPEAT_DELAY_MS);
  }
}

function isPassingRefusal({ bytes }: Answer): boolean {
  return bytes.includes(PASSING_REFUSAL);
}

function isCatalogRefusal({ bytes }: Answer): boolean {
  return CATALOG_REFUSAL.test(bytes.toString('latin1'));
}

/** The last byte is the state that ReadyForQuery says: a failed transaction stays failed. */
function isIdle({ bytes }: Answer): boolean {
  return bytes.at(-1) === 0x49;
}

function findLeak(
  attack: Attack,
  step: Step,
  [a, b]: readonly [Answer, Answer],
  { detector, expectsSameAnswers }: LeakRunOptions,
): Leak | undefined {
  const sightings = [...detector.find(a, b), ...findKeyed(a.bytes)];
  const isComparable = expectsSameAnswers && !CHANGEABLE.test(`${attack.name} ${step.text}`);
  const difference = isComparable ? findDifference(a.bytes, b.bytes) : undefined;
  if (sightings.length === 0 && difference === undefined) return undefined;
  return { attack: attack.name, text: step.text, form: step.form, sightings, difference };
}

/** What vault tokens stand for, as the target spells it, or turned around, or in hexadecimal. */
const KEYED = /vk1_|_1kv|766b315f/i;

function findKeyed(bytes: Buffer): readonly Sighting[] {
  const seen = KEYED.exec(bytes.toString('latin1'))?.[0];
  return seen === undefined ? [] : [{ kind: 'mrn', change: 'what a token stands for', seen }];
}

function findDifference(a: Buffer, b: Buffer): string | undefined {
  const [one, other] = [steady(a), steady(b)];
  if (one === other) return undefined;
  let index = 0;
  while (one[index] === other[index] && index < one.length) index += 1;
  const around = (text: string): string =>
    JSON.stringify(text.slice(Math.max(0, index - 40), index + 40));
  return `${around(one)} against ${around(other)}`;
}

/** Leaves out what no value has a say in: OIDs of tables, the number of the process that notifies. */
function steady(bytes: Buffer): string {
  let text = '';
  for (let offset = 0; offset + 5 <= bytes.length; ) {
    const end = offset + 1 + bytes.readInt32BE(offset + 1);
    const type = bytes.toString('latin1', offset, offset + 1);
    const body = bytes.subarray(offset + 5, end);
    if (type === 'T' && body.length > 0)
      text += type + decodeRowDescription(body).columns.map(withoutTable).join();
    else text += type + body.toString('latin1', type === 'A' ? 4 : 0);
    offset = end;
  }
  return text;
}

function withoutTable({ name, typeOid, typeSize, typeModifier, formatCode }: Column): string {
  return JSON.stringify([name, typeOid, typeSize, typeModifier, formatCode]);
}
