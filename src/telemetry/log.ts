import { type DestinationStream, pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values a log line may hold. Deliberately flat: an object could smuggle a secret or a row along. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one line. Callers outside this folder use the functions of `events.ts` instead. */
export interface Log {
  write(level: LogLevel, event: string, fields: LogFields): void;
}

export interface LogOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Where lines go. Default: standard error, so that standard output stays for data. */
  readonly write?: (line: string) => void;
}

/** Longest field in characters: what a peer sent us must not fill the disk. */
const FIELD_LENGTH_MAX = 1_000;

/** Opens the operational log: one JSON object a line. It is not the ledger and proves nothing. */
export function openLog({ level = 'info', write }: LogOptions = {}): Log {
  const destination: DestinationStream =
    write === undefined ? pino.destination({ fd: 2, sync: true }) : { write };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    write(lineLevel, event, fields) {
      if (!logger.isLevelEnabled(lineLevel)) return;
      logger[lineLevel]({ event, ...cutLongFields(fields) });
    },
  };
}

/** A log that keeps nothing, for programs and tests that have no use for one. */
export const SILENT_LOG: Log = { write() {} };

function cutLongFields(fields: LogFields): LogFields {
  const cut: Record<string, string | number | boolean | undefined> = {};
  for (const [name, value] of Object.entries(fields)) {
    const tooLong = typeof value === 'string' && value.length > FIELD_LENGTH_MAX;
    cut[name] = tooLong ? `${value.slice(0, FIELD_LENGTH_MAX)}…` : value;
  }
  return cut;
}
