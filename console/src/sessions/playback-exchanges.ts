import type { ChannelEvent, PlaybackEvent } from '../../../src/api/playback-event.ts';

/** Rows of one result that are kept to be shown; the rest is counted. */
const ROWS_SHOWN_MAX = 200;

/** A statement with what came back for it. */
export interface Exchange {
  /** Milliseconds since the session's start. */
  readonly atMs: number;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly rowCount: number;
  /** What the target said at the end, errors and notices, in order. */
  readonly messages: readonly string[];
}

const NOTHING: Omit<Exchange, 'atMs' | 'text'> = {
  parameters: [],
  columns: [],
  rows: [],
  rowCount: 0,
  messages: [],
};

/** Puts one more event where it belongs: to the last statement, or to a new one. */
export function addEvent(
  exchanges: readonly Exchange[],
  event: PlaybackEvent,
): readonly Exchange[] {
  if ('channel' in event) return exchanges;
  if (event.kind === 'statement') {
    const { atMs, text, parameters = [] } = event;
    return [...exchanges, { ...NOTHING, atMs, text, parameters }];
  }
  const last = exchanges.at(-1) ?? { ...NOTHING, atMs: event.atMs, text: '' };
  return [...exchanges.slice(0, -1), extend(last, event)];
}

function extend(
  exchange: Exchange,
  event: Exclude<PlaybackEvent, ChannelEvent | { kind: 'statement' }>,
): Exchange {
  const say = (message: string): Exchange => ({
    ...exchange,
    messages: [...exchange.messages, message],
  });
  switch (event.kind) {
    case 'columns':
      return { ...exchange, columns: event.names, rows: [], rowCount: 0 };
    case 'row': {
      const rowCount = exchange.rowCount + 1;
      if (exchange.rows.length >= ROWS_SHOWN_MAX) return { ...exchange, rowCount };
      return { ...exchange, rowCount, rows: [...exchange.rows, event.values] };
    }
    case 'done':
      return say(event.tag);
    case 'error':
    case 'notice': {
      const { severity, code, message, detail, hint } = event;
      const more = [detail, hint].filter((part) => part !== undefined);
      return say([`${severity} ${code}: ${message}`, ...more].join('\n'));
    }
    case 'data':
      return say(`${event.bytes.toLocaleString('en')} bytes of data`);
    case 'cut':
      return say('The limit of the recording was reached here; the rest is only counted.');
  }
}
