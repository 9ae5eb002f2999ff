import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { type PlaybackEvent, playbackEventSchema } from '../../../src/api/playback-event.ts';
import { ProblemError } from '../problem-error.ts';
import { Nothing, QueryView } from '../query-view.tsx';
import { Player } from './player.tsx';
import { readLines } from './read-lines.ts';

/** Events that the browser keeps of one recording. */
const EVENTS_MAX = 50_000;

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

/** Reads the recording line by line; what is beyond the limit is left out, and said. */
async function fetchRecording(id: string, signal: AbortSignal): Promise<readonly PlaybackEvent[]> {
  const path = `/v1/sessions/${encodeURIComponent(id)}/recording?terminals=screens`;
  const response = await fetch(path, { credentials: 'same-origin', signal });
  if (!response.ok || response.body === null) {
    throw new ProblemError({ code: 'internal', title: 'The recording cannot be played' });
  }
  const events: PlaybackEvent[] = [];
  for await (const line of readLines(response.body)) {
    events.push(playbackEventSchema.parse(JSON.parse(line)));
    if (events.length >= EVENTS_MAX) {
      return [...events, { kind: 'cut', atMs: events.at(-1)?.atMs ?? 0 }];
    }
  }
  return events;
}
