import type {
  ChannelEvent,
  DrawnScreen,
  PlaybackEvent,
  ScreenRun,
} from '../../../src/api/playback-event.ts';

/** Characters of output that are kept of a channel without a terminal: its end. */
const TEXT_LENGTH_MAX = 20_000;
/** Files of a channel that are listed; the newest. */
const FILES_MAX = 500;

export type FileEvent = ChannelEvent & { readonly kind: 'file' };

/** A line that was typed in a shell, or a command that was run without one. */
export interface CommandView {
  /** Milliseconds since the session's start. */
  readonly atMs: number;
  readonly text: string;
  readonly decision: 'allow' | 'review' | 'deny';
  /** Name of the guest who had the keyboard; undefined for the session's principal. */
  readonly typedBy: string | undefined;
}

/** A channel of an SSH session, as it is at one place of a recording. */
export interface ChannelView {
  /** No two channels of a session have the same. */
  readonly key: string;
  readonly opened: ChannelEvent & { readonly kind: 'opened' };
  /** Undefined for a channel without a terminal. */
  readonly screen: ScreenView | undefined;
  /** What a channel without a terminal has written. */
  readonly text: string;
  readonly files: readonly FileEvent[];
  /** Undefined while it runs. */
  readonly exit: string | undefined;
}

export interface ScreenView {
  readonly columns: number;
  readonly rows: readonly (readonly ScreenRun[])[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** Whether a recording is one of channels. */
export function hasChannels(events: readonly PlaybackEvent[]): boolean {
  return events.some((event) => 'channel' in event);
}

/** Applies one more event. Channels stand in the order in which they were opened. */
export function applyToChannels(
  channels: readonly ChannelView[],
  event: PlaybackEvent,
): readonly ChannelView[] {
  if (!('channel' in event)) return channels;
  if (event.kind === 'opened') return [...channels, openChannel(event)];
  // A number is used again once its channel is closed: the newest is meant.
  const index = channels.findLastIndex(({ opened }) => opened.channel === event.channel);
  const channel = channels[index];
  return channel === undefined ? channels : channels.with(index, change(channel, event));
}

/** What the channels are after the first events of a recording. */
export function showChannels(
  events: readonly PlaybackEvent[],
  count: number,
): readonly ChannelView[] {
  let channels: readonly ChannelView[] = [];
  for (const event of events.slice(0, count)) channels = applyToChannels(channels, event);
  return channels;
}

/** What was tried in a session, in order: where a recording can be sought to. */
export function listCommands(events: readonly PlaybackEvent[]): readonly CommandView[] {
  /** By channel: the guest who has the keyboard. */
  const typists = new Map<number, string>();
  return events.flatMap((event): readonly CommandView[] => {
    if (event.kind === 'guest' && event.what === 'took') typists.set(event.channel, event.name);
    if (event.kind === 'guest' && event.what === 'gave') typists.delete(event.channel);
    if (event.kind === 'command') {
      const { atMs, text, decision, channel } = event;
      return [{ atMs, text, decision, typedBy: typists.get(channel) }];
    }
    const isTried = event.kind === 'opened' && (event.what === 'exec' || event.what === 'request');
    if (!isTried) return [];
    // What is refused is not opened.
    return [{ atMs: event.atMs, text: event.text, decision: 'allow', typedBy: undefined }];
  });
}

/** The screen after what has changed on it. */
export function applyScreen(before: ScreenView | undefined, drawn: DrawnScreen): ScreenView {
  const rows = Array.from({ length: drawn.rows }, (_, row) => before?.rows[row] ?? []);
  for (const { row, runs } of drawn.changed) if (row < rows.length) rows[row] = runs;
  return { columns: drawn.columns, rows, cursor: drawn.cursor };
}

function openChannel(opened: ChannelView['opened']): ChannelView {
  const { terminal } = opened;
  const screen = terminal && {
    columns: terminal.columns,
    rows: Array.from({ length: terminal.rows }, () => []),
    cursor: { row: 0, column: 0 },
  };
  const key = `${opened.channel}-${opened.atMs}`;
  return { key, opened, screen, text: '', files: [], exit: undefined };
}

function change(
  channel: ChannelView,
  event: Exclude<ChannelEvent, { kind: 'opened' }>,
): ChannelView {
  switch (event.kind) {
    case 'screen':
      return { ...channel, screen: applyScreen(channel.screen, event) };
    case 'output':
      return { ...channel, text: (channel.text + event.text).slice(-TEXT_LENGTH_MAX) };
    case 'file':
      return { ...channel, files: [...channel.files, event].slice(-FILES_MAX) };
    case 'exit':
      return { ...channel, exit: event.signal ?? String(event.status ?? '') };
    case 'command':
    case 'guest':
    case 'input':
    case 'resize':
      return channel;
  }
}
