import type { Entry } from '../audit/decode-entry.ts';
import { fieldsOf, numberOf, textOf, textsOf } from '../audit/entry-fields.ts';
import type { EntryKind } from '../audit/ledger-port.ts';
import type { SignalSettings } from '../configuration/signal-settings.ts';
import { networkOf, originOf } from '../identity/client-address.ts';
import { type PastDay, type PrincipalHistory, usualOf } from './principal-history.ts';
import { PrincipalRecord } from './principal-record.ts';
import { RecentEvents } from './recent-events.ts';
import type { EntryReference, Signal, SignalRuleName } from './signal.ts';

/** Who acts in a session, and on what. */
export interface WatchedSession {
  readonly log: string;
  readonly principalId: string;
  readonly target: string;
}

/** What was learned so far: plain data, to be kept in the store. */
export interface WatchState {
  readonly sessions: ReadonlyMap<string, WatchedSession>;
  readonly histories: ReadonlyMap<string, PrincipalHistory>;
}

interface Seen {
  readonly entry: Entry;
  readonly atMs: number;
  readonly reference: EntryReference;
}

const DAY_MS = 86_400_000;
const HOURS = 24;

/** Kinds of the entries that say something here. */
export const WATCHED_KINDS: ReadonlySet<string> = new Set<EntryKind>([
  ...(['session.start', 'session.end', 'operation.refuse', 'pseudonym.use', 'result'] as const),
  ...(['sign-in.refuse', 'gateway.start'] as const),
]);

/** Reads entries as they come, in the order of each log, and says what somebody should look at. */
export class SignalWatch {
  readonly #limits: SignalSettings;
  readonly #sessions: Map<string, WatchedSession>;
  readonly #records: Map<string, PrincipalRecord>;
  readonly #changed = new Set<string>();
  readonly #refusals: RecentEvents;
  readonly #maskedAttempts: RecentEvents;

  constructor(limits: SignalSettings, state?: WatchState) {
    this.#limits = limits;
    this.#sessions = new Map(state?.sessions);
    this.#records = new Map();
    for (const [id, history] of state?.histories ?? []) {
      this.#records.set(id, new PrincipalRecord(history));
    }
    this.#refusals = new RecentEvents(limits.refusalsMax, limits.windowMs);
    this.#maskedAttempts = new RecentEvents(limits.maskedAttemptsMax, limits.windowMs);
  }

  /** What changed since this was last asked, and the sessions that run. */
  takeChanges(): WatchState {
    const histories = new Map<string, PrincipalHistory>();
    for (const id of this.#changed) {
      const record = this.#records.get(id);
      if (record !== undefined) histories.set(id, record.history);
    }
    this.#changed.clear();
    return { sessions: new Map(this.#sessions), histories };
  }

  /** What was taken could not be kept: it has to be taken again. */
  putBack({ histories }: WatchState): void {
    for (const id of histories.keys()) this.#changed.add(id);
  }

  /** Takes one entry; those of kinds that are not watched need not be given. Entries are read once: what is read again counts again. */
  add(log: string, entry: Entry): readonly Signal[] {
    const seen = { entry, atMs: Date.parse(entry.at), reference: { log, seq: entry.seq } };
    const { session } = entry;
    if (entry.kind === 'session.start' && session !== undefined) {
      this.#sessions.set(session, describeSession(log, entry));
    }
    const actor = session === undefined ? undefined : this.#sessions.get(session);
    if (session !== undefined && entry.kind === 'session.end') this.#sessions.delete(session);
    const { kind } = entry;
    if (kind === 'gateway.start') this.#forgetSessions(log);
    if (kind === 'sign-in.refuse') return this.#lookAtRefusedSignIn(seen);
    if (actor === undefined) return [];
    if (kind === 'session.start') return this.#lookAtStart(seen, actor);
    if (kind === 'operation.refuse') return this.#lookAtRefusal(seen, actor);
    if (kind === 'result') return this.#lookAtResult(seen, actor);
    const isOverBudget = kind === 'pseudonym.use' && entry['allowed'] === false;
    return isOverBudget ? this.#noteMaskedAttempt(seen, actor) : [];
  }

  /** Sessions that the last process of a log left without an end are over. */
  #forgetSessions(log: string): void {
    for (const [id, session] of this.#sessions) {
      if (session.log === log) this.#sessions.delete(id);
    }
  }

  #lookAtStart({ entry, atMs, reference }: Seen, actor: WatchedSession): readonly Signal[] {
    const { principalId, target } = actor;
    const record = this.#recordOf(principalId, entry);
    const { lastSessionAtMs, daysActive, hours, hoursToday, networks, networksToday } = record.past;
    const network = networkOf(textOf(entry['clientAddress']) ?? '');
    const hour = new Date(atMs).getUTCHours();
    record.addSession(atMs, network);
    const { dormantDays, familiarDays } = this.#limits;
    const found: Signal[] = [];
    const say = (rule: SignalRuleName, summary: string): void => {
      if (!record.isFirst(rule)) return;
      found.push({ rule, principalId, target, atMs, summary, entries: [reference] });
    };
    const awayDays = Math.floor((atMs - lastSessionAtMs) / DAY_MS);
    if (lastSessionAtMs > 0 && awayDays >= dormantDays) {
      say('dormant', `${principalId} came back after ${awayDays} days, on ${target}`);
    }
    if (daysActive < familiarDays) return found;
    const near = [hour, (hour + 1) % HOURS, (hour + HOURS - 1) % HOURS];
    if (!near.some((usual) => hours.includes(usual) || hoursToday.includes(usual))) {
      const clock = `${String(hour).padStart(2, '0')}:00 UTC`;
      say('hour', `${principalId} on ${target} at an unusual hour, about ${clock}`);
    }
    if (!networks.includes(network) && !networksToday.includes(network)) {
      say('origin', `${principalId} on ${target} from a new network, ${network}`);
    }
    return found;
  }

  #lookAtRefusal(seen: Seen, actor: WatchedSession): readonly Signal[] {
    const { atMs, reference, entry } = seen;
    const masked = entry['refusedBy'] === 'masking' ? this.#noteMaskedAttempt(seen, actor) : [];
    const { principalId, target } = actor;
    const entries = this.#refusals.note(`${principalId}\n${target}`, atMs, reference);
    if (entries === undefined) return masked;
    const { refusalsMax } = this.#limits;
    const summary = `${principalId} was refused more than ${refusalsMax} times within ${this.#window} on ${target}`;
    return [...masked, { rule: 'refusals', principalId, target, atMs, summary, entries }];
  }

  #noteMaskedAttempt({ atMs, reference }: Seen, actor: WatchedSession): readonly Signal[] {
    const { principalId, target } = actor;
    const entries = this.#maskedAttempts.note(`${principalId}\n${target}`, atMs, reference);
    if (entries === undefined) return [];
    const { maskedAttemptsMax } = this.#limits;
    const summary = `${principalId} tried more than ${maskedAttemptsMax} times within ${this.#window} to get around masks on ${target}`;
    return [{ rule: 'masked-columns', principalId, target, atMs, summary, entries }];
  }

  #lookAtRefusedSignIn({ entry, atMs, reference }: Seen): readonly Signal[] {
    const origin = originOf(textOf(entry['clientAddress']) ?? '');
    // Many of one address can be entered together.
    const count = numberOf(entry['count']) ?? 1;
    const entries = this.#refusals.note(`\n${origin}`, atMs, reference, count);
    if (entries === undefined) return [];
    const { refusalsMax } = this.#limits;
    const summary = `more than ${refusalsMax} sign-ins were refused within ${this.#window} from ${origin}`;
    return [{ rule: 'refusals', principalId: '', atMs, summary, entries }];
  }

  #lookAtResult({ entry, atMs, reference }: Seen, actor: WatchedSession): readonly Signal[] {
    const { principalId, target } = actor;
    const record = this.#recordOf(principalId, entry);
    record.addResult(numberOf(entry['rows']) ?? 0, reference);
    const found: Signal[] = [];
    const say = (
      rule: SignalRuleName,
      summary: string,
      entries: readonly EntryReference[],
    ): void => {
      if (record.isFirst(rule)) found.push({ rule, principalId, atMs, summary, entries });
    };
    for (const field of ['patients', 'pseudonyms', 'named'] as const) {
      const { form, key, hashes, about } = fieldsOf(entry[field]);
      if (form === 'sketch') record.addEstimate(numberOf(about) ?? 0);
      for (const hash of textsOf(hashes)) {
        const targets = record.addPatient(target, `${textOf(key)}:${hash}`);
        if (targets < this.#limits.targetsPerPatientMax) continue;
        const summary = `${principalId} was shown one patient on ${targets} targets today`;
        say('one-patient', summary, record.results);
      }
    }
    const rows = this.#judge(record, 'rows', record.rowsToday);
    if (rows !== undefined) say('rows', `${principalId} was shown ${rows}`, record.results);
    const patients = this.#judge(record, 'patients', record.patientsToday);
    if (patients !== undefined) {
      say('patients', `${principalId} was shown ${patients}`, record.results);
    }
    return found;
  }

  /** What is too much about a figure of today; undefined if nothing is. */
  #judge(record: PrincipalRecord, figure: keyof PastDay, today: number): string | undefined {
    const { rowsPerDayMax, patientsPerDayMax, rowsWorthNoticing, patientsWorthNoticing } =
      this.#limits;
    const [dayMax, worthNoticing] =
      figure === 'rows'
        ? [rowsPerDayMax, rowsWorthNoticing]
        : [patientsPerDayMax, patientsWorthNoticing];
    if (today > dayMax) return `${today} ${figure} today, more than ${dayMax}`;
    const { usualTimesMax, familiarDays } = this.#limits;
    const usual = usualOf(record.past, figure, familiarDays);
    if (usual === undefined || today <= worthNoticing || today <= usual * usualTimesMax) {
      return undefined;
    }
    return `${today} ${figure} today, usually ${usual}`;
  }

  #recordOf(principalId: string, { at }: Entry): PrincipalRecord {
    let record = this.#records.get(principalId);
    if (record === undefined) {
      record = new PrincipalRecord();
      this.#records.set(principalId, record);
    }
    this.#changed.add(principalId);
    record.turnDay(at.slice(0, 'YYYY-MM-DD'.length));
    return record;
  }

  get #window(): string {
    return `${Math.round(this.#limits.windowMs / 60_000)} minutes`;
  }
}

function describeSession(log: string, { principal, target }: Entry): WatchedSession {
  return {
    log,
    principalId: textOf(fieldsOf(principal)['id']) ?? '',
    target: textOf(target) ?? '',
  };
}
