import { isDayOver } from './is-day-over.ts';
import type { SignalRuleName } from './signal.ts';

/** What is known of a principal's earlier days. Immutable; plain data, to be kept in the store. */
export interface PrincipalHistory {
  /** `YYYY-MM-DD` of the day that is being counted; empty before the first. */
  readonly day: string;
  readonly rowsToday: number;
  /** Whose rows were shown today and where, `target hash`, as many as are told apart. */
  readonly patientsToday: readonly string[];
  /** Patients beyond those: an upper estimate, since some are counted twice. */
  readonly patientsEstimated: number;
  /** Of the last days with sessions, oldest first. */
  readonly days: readonly PastDay[];
  /** Days with sessions so far. */
  readonly daysActive: number;
  /** Hours of the day (UTC), 0 to 23, in which sessions began on earlier days. */
  readonly hours: readonly number[];
  /** Networks that sessions came from on earlier days. */
  readonly networks: readonly string[];
  /** The same, of today: they become usual tomorrow. */
  readonly hoursToday: readonly number[];
  readonly networksToday: readonly string[];
  /** Rules that have spoken today. */
  readonly saidToday: readonly SignalRuleName[];
  /** Milliseconds since the Unix epoch; of the last session's start. 0 before the first. */
  readonly lastSessionAtMs: number;
}

export interface PastDay {
  readonly rows: number;
  readonly patients: number;
}

/** Of a principal who was never seen. */
export const EMPTY_HISTORY: PrincipalHistory = {
  day: '',
  rowsToday: 0,
  patientsToday: [],
  patientsEstimated: 0,
  days: [],
  daysActive: 0,
  hours: [],
  networks: [],
  hoursToday: [],
  networksToday: [],
  saidToday: [],
  lastSessionAtMs: 0,
};

/** Days that a principal is compared with. */
const DAYS_MAX = 30;
const NETWORKS_MAX = 200;

/** Closes the day that is being counted when another has begun. */
export function turnDay(history: PrincipalHistory, day: string): PrincipalHistory {
  if (!isDayOver(history.day, day)) return history;
  const { hoursToday, networksToday } = history;
  const wasActive = hoursToday.length > 0 || history.rowsToday > 0;
  const patients = new Set(history.patientsToday.map((pair) => pair.slice(pair.indexOf(' ') + 1)));
  const past = { rows: history.rowsToday, patients: patients.size + history.patientsEstimated };
  return {
    ...history,
    day,
    rowsToday: 0,
    patientsToday: [],
    patientsEstimated: 0,
    days: wasActive ? [...history.days, past].slice(-DAYS_MAX) : history.days,
    daysActive: history.daysActive + (wasActive ? 1 : 0),
    hours: [...new Set([...history.hours, ...hoursToday])],
    networks: [...new Set([...history.networks, ...networksToday])].slice(-NETWORKS_MAX),
    hoursToday: [],
    networksToday: [],
    saidToday: [],
  };
}

/** The middle of what the principal's days come to; undefined with too few of them to tell. */
export function usualOf(
  { days }: PrincipalHistory,
  figure: keyof PastDay,
  daysMin: number,
): number | undefined {
  if (days.length < daysMin) return undefined;
  const sorted = days.map((day) => day[figure]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
