import type { ChannelEvent, PlaybackEvent } from '../api/playback-event.ts';
import { HarmlessOutput } from '../terminal/harmless-output.ts';
import { describeGuest } from './channel-printer.ts';

/** What stands in the first line of an asciicast. */
export interface CastHeader {
  readonly width: number;
  readonly height: number;
  /** Seconds since the Unix epoch. */
  readonly timestamp: number;
  readonly title: string;
}

export interface CastOptions {
  /** When the session began; milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** Default: the first that was opened for more than a forward. */
  readonly channel: number | undefined;
}

type Opened = ChannelEvent & { readonly kind: 'opened' };

/** Size of what had no terminal. */
const SIZE_DEFAULT = { columns: 80, rows: 24 };

/**
 * One channel of a recorded session as an asciicast, line by line: output, input, sizes, the lines of a shell as
 * markers, and the exit status.
 *
 * Output is in it as far as it draws: players hand it to a terminal or a browser as it is.
 *
 * @see https://docs.asciinema.org/manual/asciicast/v2/
 */
export async function* formatAsciicast(
  events: AsyncIterable<PlaybackEvent>,
  { startedAtMs, channel }: CastOptions,
): AsyncGenerator<string, void> {
  let opened: Opened | undefined;
  let output = new HarmlessOutput();
  for await (const event of events) {
    if (!('channel' in event)) continue;
    if (opened === undefined) {
      if (event.kind !== 'opened') continue;
      if (channel === undefined ? event.what === 'forward' : event.channel !== channel) continue;
      opened = event;
      output = new HarmlessOutput();
      yield formatHeader(opened, startedAtMs);
    } else if (event.channel === opened.channel) {
      // The number was given to another channel.
      if (event.kind === 'opened') return;
      const line = formatEvent(event, opened, output);
      if (line !== undefined) yield line;
    }
  }
}

function formatHeader(
  { atMs, terminal = SIZE_DEFAULT, what, text }: Opened,
  startedAtMs: number,
): string {
  const header: CastHeader & { readonly version: 2 } = {
    version: 2,
    width: terminal.columns || SIZE_DEFAULT.columns,
    height: terminal.rows || SIZE_DEFAULT.rows,
    timestamp: Math.floor((startedAtMs + atMs) / 1_000),
    title: what === 'shell' ? 'shell' : text,
  };
  return JSON.stringify(header);
}

function formatEvent(
  event: Exclude<ChannelEvent, { kind: 'opened' }>,
  opened: Opened,
  output: HarmlessOutput,
): string | undefined {
  const seconds = Math.max(0, event.atMs - opened.atMs) / 1_000;
  const line = (code: string, data: string): string => JSON.stringify([seconds, code, data]);
  switch (event.kind) {
    case 'output': {
      // What had no terminal has no carriage returns either.
      const text = opened.terminal ? event.text : event.text.replaceAll(/\r?\n/g, '\r\n');
      const shown = output.push(text);
      return shown === '' ? undefined : line('o', shown);
    }
    case 'input':
      return line('i', event.text);
    case 'resize':
      return line('r', `${event.columns}x${event.rows}`);
    case 'command':
      return line('m', event.decision === 'deny' ? `${event.text} (refused)` : event.text);
    case 'guest':
      return line('m', describeGuest(event));
    case 'exit':
      return line('x', event.signal ?? String(event.status ?? 0));
    case 'file':
    case 'screen':
      return undefined;
  }
}
