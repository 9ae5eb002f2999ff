/** Milliseconds that clocks may differ: what token checks allow. */
const CLOCK_SKEW_MAX_MS = 60_000;

/** What one look found. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** How far two clocks are apart. */
export function checkClock(name: string, theirsMs: number, oursMs: number): Finding {
  const differenceMs = Math.abs(theirsMs - oursMs);
  const message = `differs by ${(differenceMs / 1000).toFixed(1)} s`;
  if (differenceMs <= CLOCK_SKEW_MAX_MS) return { name, state: 'ok', message };
  return {
    name,
    state: 'failed',
    message,
    hint: 'Tokens will look expired or not yet valid. Set the clock by NTP on both machines.',
  };
}

/** What a system call or a request failed with, for people: `ECONNREFUSED`; else the error's message. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
