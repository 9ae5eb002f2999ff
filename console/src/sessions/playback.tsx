import { Button, Group, SegmentedControl, Slider, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useEffect, useMemo, useState } from 'react';
import { type PlaybackEvent, playbackEventSchema } from '../../../src/api/playback-event.ts';
import { ProblemError } from '../problem-error.ts';
import { Nothing, QueryView } from '../query-view.tsx';
import { ExchangeList } from './exchange-list.tsx';
import { addEvent, type Exchange } from './playback-exchanges.ts';

/** Milliseconds between two steps of the player. */
const STEP_MS = 100;
/** Events that the browser keeps of one recording. */
const EVENTS_MAX = 50_000;
const SPEEDS: readonly string[] = ['1', '4', '16'];

/** Plays a recording, or shows all of it. Asking for it is entered in the ledger. */
export function Playback({ id }: { readonly id: string }): ReactElement {
  const [isWanted, setWanted] = useState(false);
  const query = useQuery({
    queryKey: ['recording', id],
    queryFn: ({ signal }) => fetchRecording(id, signal),
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!isWanted) {
    return (
      <Stack align="flex-start">
        <Text size="sm">That you watched it is entered in the ledger.</Text>
        <Button onClick={() => setWanted(true)}>Watch the recording</Button>
      </Stack>
    );
  }
  return (
    <QueryView query={query}>
      {(events) =>
        events.length === 0 ? <Nothing>Nothing was recorded.</Nothing> : <Player events={events} />
      }
    </QueryView>
  );
}

function Player({ events }: { readonly events: readonly PlaybackEvent[] }): ReactElement {
  const lengthMs = events.at(-1)?.atMs ?? 0;
  const [atMs, setAtMs] = useState(lengthMs);
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState('1');
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setInterval(() => {
      setAtMs((before) => Math.min(lengthMs, before + STEP_MS * Number(speed)));
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [isPlaying, speed, lengthMs]);
  const shown = useMemo(() => showUntil(events, atMs), [events, atMs]);
  return (
    <Stack>
      <Group>
        <Button
          size="xs"
          onClick={() => {
            if (!isPlaying && atMs >= lengthMs) setAtMs(0);
            setPlaying(!isPlaying);
          }}
        >
          {isPlaying ? 'Pause' : 'Play'}
        </Button>
        <SegmentedControl
          size="xs"
          aria-label="Speed"
          data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          value={speed}
          onChange={setSpeed}
        />
      </Group>
      <Slider
        label={(value) => `${(value / 1000).toFixed(1)} s`}
        thumbLabel="Place in the recording"
        min={0}
        max={Math.max(1, lengthMs)}
        value={atMs}
        onChange={setAtMs}
      />
      <ExchangeList exchanges={shown} isFollowing={isPlaying} />
    </Stack>
  );
}

function showUntil(events: readonly PlaybackEvent[], atMs: number): readonly Exchange[] {
  let exchanges: readonly Exchange[] = [];
  for (const event of events) {
    if (event.atMs > atMs) break;
    exchanges = addEvent(exchanges, event);
  }
  return exchanges;
}

/** Reads the recording line by line; what is beyond the limit is left out, and said. */
async function fetchRecording(id: string, signal: AbortSignal): Promise<readonly PlaybackEvent[]> {
  const path = `/v1/sessions/${encodeURIComponent(id)}/recording`;
  const response = await fetch(path, { credentials: 'same-origin', signal });
  if (!response.ok || response.body === null) {
    throw new ProblemError({ code: 'internal', title: 'The recording cannot be played' });
  }
  const events: PlaybackEvent[] = [];
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  while (events.length < EVENTS_MAX) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? '')).split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    for (const line of lines) {
      if (line !== '') events.push(playbackEventSchema.parse(JSON.parse(line)));
    }
    if (done) return events;
  }
  await reader.cancel();
  return [...events, { kind: 'cut', atMs: events.at(-1)?.atMs ?? 0 }];
}
