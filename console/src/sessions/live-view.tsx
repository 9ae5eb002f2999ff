import { Button, Stack, Text } from '@mantine/core';
import { type ReactElement, useEffect, useState } from 'react';
import { type PlaybackEvent, playbackEventSchema } from '../../../src/api/playback-event.ts';
import { Nothing } from '../query-view.tsx';
import { ChannelList } from './channel-list.tsx';
import { applyToChannels, type ChannelView } from './channel-views.ts';
import { ExchangeList } from './exchange-list.tsx';
import { addEvent, type Exchange } from './playback-exchanges.ts';

const KINDS: readonly PlaybackEvent['kind'][] = [
  'statement',
  'columns',
  'row',
  'done',
  'error',
  'notice',
  'data',
  'cut',
  'opened',
  'output',
  'screen',
  'exit',
  'file',
  'command',
  'guest',
];
/** Statements, or channels, that stay in sight. */
const SHOWN_MAX = 100;

/** What a running session does and is shown, as it happens. Asking for it is entered in the ledger. */
export function LiveView({ id }: { readonly id: string }): ReactElement {
  const [isWatching, setWatching] = useState(false);
  const [isLost, setLost] = useState(false);
  const [exchanges, setExchanges] = useState<readonly Exchange[]>([]);
  const [channels, setChannels] = useState<readonly ChannelView[]>([]);
  useEffect(() => {
    if (!isWatching) return;
    const source = new EventSource(`/v1/sessions/${encodeURIComponent(id)}/live?terminals=screens`);
    source.addEventListener('open', () => setLost(false));
    const hear = (message: Event): void => {
      // What the session shows is named by its kind; an error of its own is not one of the connection.
      if (!(message instanceof MessageEvent)) return setLost(true);
      const event = playbackEventSchema.parse(JSON.parse(String(message.data)));
      setExchanges((before) => addEvent(before, event).slice(-SHOWN_MAX));
      setChannels((before) => applyToChannels(before, event).slice(-SHOWN_MAX));
    };
    for (const kind of KINDS) source.addEventListener(kind, hear);
    return () => source.close();
  }, [id, isWatching]);
  if (!isWatching) {
    return (
      <Stack align="flex-start">
        <Text size="sm">That you watch it is entered in the ledger.</Text>
        <Button onClick={() => setWatching(true)}>Watch it live</Button>
      </Stack>
    );
  }
  return (
    <Stack aria-live="polite">
      {isLost && <Text size="sm">The connection is lost, or the session has ended.</Text>}
      {exchanges.length + channels.length === 0 && (
        <Nothing>Nothing has happened since you look.</Nothing>
      )}
      {channels.length > 0 ? (
        <ChannelList channels={channels} />
      ) : (
        <ExchangeList exchanges={exchanges} isFollowing />
      )}
    </Stack>
  );
}
