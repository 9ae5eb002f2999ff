import { Button, Checkbox, Group, SegmentedControl, Slider, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type ReactElement, useEffect, useMemo, useState } from 'react';
import type { PlaybackEvent } from '../../../src/api/playback-event.ts';
import { ChannelList } from './channel-list.tsx';
import { hasChannels, listCommands, showChannels } from './channel-views.ts';
import { CommandTimeline } from './command-timeline.tsx';
import { ExchangeList } from './exchange-list.tsx';
import { advancePlayback, findFirstAfter, formatPlace } from './playback-clock.ts';
import { addEvent, type Exchange } from './playback-exchanges.ts';

/** Milliseconds between two steps of the player. */
const STEP_MS = 100;
const SPEEDS: readonly string[] = ['1', '2', '4', '16'];
/** Milliseconds of a recording that a key seeks by. */
const SEEK_MS = 10_000;
/** Milliseconds after which nothing that happens is skipped, if that is wanted. */
const IDLE_MAX_MS = 2_000;

/** Plays what was recorded, or shows all of it up to a place. */
export function Player({ events }: { readonly events: readonly PlaybackEvent[] }): ReactElement {
  const times = useMemo(() => events.map((event) => event.atMs), [events]);
  const player = usePlayer(times);
  const count = findFirstAfter(times, player.atMs);
  const isOfChannels = useMemo(() => hasChannels(events), [events]);
  return (
    <Stack>
      <Controls player={player} />
      {isOfChannels ? (
        <Channels events={events} count={count} player={player} />
      ) : (
        <Exchanges events={events} count={count} isFollowing={player.isPlaying} />
      )}
    </Stack>
  );
}

interface Shown {
  readonly events: readonly PlaybackEvent[];
  /** How many of the events have happened. */
  readonly count: number;
}

function Exchanges({
  events,
  count,
  isFollowing,
}: Shown & { readonly isFollowing: boolean }): ReactElement {
  const shown = useMemo(() => showFirst(events, count), [events, count]);
  return <ExchangeList exchanges={shown} isFollowing={isFollowing} />;
}

function Channels({
  events,
  count,
  player,
}: Shown & { readonly player: PlayerState }): ReactElement {
  const shown = useMemo(() => showChannels(events, count), [events, count]);
  const commands = useMemo(() => listCommands(events), [events]);
  return (
    <>
      {commands.length > 0 && (
        <CommandTimeline commands={commands} atMs={player.atMs} onSeek={player.seekTo} />
      )}
      <ChannelList channels={shown} />
    </>
  );
}

interface PlayerState {
  readonly atMs: number;
  readonly lengthMs: number;
  readonly isPlaying: boolean;
  readonly speed: string;
  readonly skipsIdle: boolean;
  readonly toggle: () => void;
  readonly seekTo: (atMs: number) => void;
  readonly setSpeed: (speed: string) => void;
  readonly setSkipsIdle: (skipsIdle: boolean) => void;
}

/** Plays on its own while it is told to, and listens to the keyboard. */
function usePlayer(times: readonly number[]): PlayerState {
  const lengthMs = times.at(-1) ?? 0;
  const [atMs, setAtMs] = useState(lengthMs);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState('1');
  const [skipsIdle, setSkipsIdle] = useState(true);
  const isAtEnd = atMs >= lengthMs;
  useEffect(() => {
    if (!isPlaying) return;
    const idleMaxMs = skipsIdle ? IDLE_MAX_MS : Number.POSITIVE_INFINITY;
    const pace = { speed: Number(speed), idleMaxMs };
    const timer = setInterval(
      () => setAtMs((before) => advancePlayback(times, before, STEP_MS, pace)),
      STEP_MS,
    );
    return () => clearInterval(timer);
  }, [isPlaying, speed, skipsIdle, times]);
  useEffect(() => {
    if (isAtEnd) setPlaying(false);
  }, [isAtEnd]);

  const toggle = (): void => {
    if (!isPlaying && isAtEnd) setAtMs(0);
    setPlaying(!isPlaying);
  };
  const seekTo = (place: number): void => setAtMs(Math.max(0, Math.min(lengthMs, place)));
  const changeSpeed = (by: number): void =>
    setSpeed(SPEEDS[Math.max(0, SPEEDS.indexOf(speed) + by)] ?? speed);
  useHotkeys([
    ['k', toggle],
    ['j', () => seekTo(atMs - SEEK_MS)],
    ['l', () => seekTo(atMs + SEEK_MS)],
    ['[', () => changeSpeed(-1)],
    [']', () => changeSpeed(1)],
    ['i', () => setSkipsIdle(!skipsIdle)],
  ]);
  return { atMs, lengthMs, isPlaying, speed, skipsIdle, toggle, seekTo, setSpeed, setSkipsIdle };
}

function Controls({ player }: { readonly player: PlayerState }): ReactElement {
  const { atMs, lengthMs, isPlaying, speed, skipsIdle } = player;
  return (
    <>
      <Group>
        <Button size="xs" onClick={player.toggle}>
          {isPlaying ? 'Pause' : 'Play'}
        </Button>
        <SegmentedControl
          size="xs"
          aria-label="Speed"
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          value={speed}
          onChange={player.setSpeed}
        />
        <Checkbox
          size="xs"
          label="Skip pauses"
          checked={skipsIdle}
          onChange={(event) => player.setSkipsIdle(event.currentTarget.checked)}
        />
        <Text size="sm">
          {formatPlace(atMs)} of {formatPlace(lengthMs)}
        </Text>
      </Group>
      <Slider
        label={formatPlace}
        thumbLabel="Place in the recording"
        min={0}
        max={Math.max(1, lengthMs)}
        value={atMs}
        onChange={player.seekTo}
      />
      <Text size="xs" c="dimmed">
        Keys: k plays and pauses, j and l seek by 10 seconds, [ and ] change the speed, i skips
        pauses.
      </Text>
    </>
  );
}

function showFirst(events: readonly PlaybackEvent[], count: number): readonly Exchange[] {
  let exchanges: readonly Exchange[] = [];
  for (const event of events.slice(0, count)) exchanges = addEvent(exchanges, event);
  return exchanges;
}
